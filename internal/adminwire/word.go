package adminwire

import "postroom"

var displayedSenders = [...]string{"inherit", "hide", "show"}

// DisplayedSender is inherit, hide or show.
func DisplayedSender(d postroom.DisplayedSender) string { return displayedSenders[min(int(d), 2)] }

// ParseDisplayedSender is the inverse; the empty word is inherit.
func ParseDisplayedSender(word string) (postroom.DisplayedSender, bool) {
	d, ok := index(displayedSenders[:], word)
	return postroom.DisplayedSender(d), ok
}

var adminScopes = [...]string{"none", "org", "server"}

// AdminScope is none, org or server.
func AdminScope(a postroom.AdminScope) string { return adminScopes[min(int(a), 2)] }

// ParseAdminScope is the inverse; the empty word is none.
func ParseAdminScope(word string) (postroom.AdminScope, bool) {
	a, ok := index(adminScopes[:], word)
	return postroom.AdminScope(a), ok
}

var subscriptionPolicies = [...]string{"closed", "open", "approval"}

// SubscriptionPolicy is closed, open or approval.
func SubscriptionPolicy(p postroom.SubscriptionPolicy) string {
	return subscriptionPolicies[min(int(p), 2)]
}

// ParseSubscriptionPolicy is the inverse; the empty word is closed.
func ParseSubscriptionPolicy(word string) (postroom.SubscriptionPolicy, bool) {
	p, ok := index(subscriptionPolicies[:], word)
	return postroom.SubscriptionPolicy(p), ok
}

var shareModes = [...]string{"", "automount", "offer"}

// ShareMode is automount or offer, or empty for the default.
func ShareMode(m postroom.ShareMode) string { return shareModes[min(int(m), 2)] }

// ParseShareMode is the inverse; the empty word is zero: the store's default.
func ParseShareMode(word string) (postroom.ShareMode, bool) {
	m, ok := index(shareModes[:], word)
	return postroom.ShareMode(m), ok
}

var granteeKinds = [...]string{"", "account", "group", "domain", "plan", "org", "all", "public", "guest"}

// GranteeKind is the name of a kind of grantee.
func GranteeKind(k postroom.GranteeKind) string {
	if int(k) < len(granteeKinds) {
		return granteeKinds[k]
	}
	return ""
}

var collectionKinds = [...]string{"", "mail", "calendar", "contacts", "tasks"}

// CollectionKind is mail, calendar, contacts or tasks.
func CollectionKind(k postroom.CollectionKind) string { return collectionKinds[min(int(k), 4)] }

// index finds word; the empty word is the first.
func index(words []string, word string) (int, bool) {
	if word == "" {
		return 0, true
	}
	for i, w := range words {
		if w == word {
			return i, true
		}
	}
	return 0, false
}
