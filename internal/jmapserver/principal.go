package jmapserver

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// The capabilities of RFC 9670 and of draft-ietf-jmap-mail-sharing.
const (
	principalsCapability = "urn:ietf:params:jmap:principals"
	ownerCapability      = "urn:ietf:params:jmap:principals:owner"
	mailShareCapability  = "urn:ietf:params:jmap:mail:share"
)

// sharingMethods are those of principals, shares, grants, quotas and blobs.
func sharingMethods() map[string]method {
	return map[string]method{
		"Principal/get":          {principalsCapability, typed((*call).principalGet)},
		"Principal/changes":      {principalsCapability, typed((*call).principalChanges)},
		"Principal/query":        {principalsCapability, typed((*call).principalQuery)},
		"Principal/queryChanges": {principalsCapability, typed((*call).principalQueryChanges)},
		"Principal/set":          {principalsCapability, typed((*call).principalSet)},

		"ShareNotification/get":          {principalsCapability, typed((*call).shareNotificationGet)},
		"ShareNotification/changes":      {principalsCapability, typed((*call).shareNotificationChanges)},
		"ShareNotification/set":          {principalsCapability, typed((*call).shareNotificationSet)},
		"ShareNotification/query":        {principalsCapability, typed((*call).shareNotificationQuery)},
		"ShareNotification/queryChanges": {principalsCapability, typed((*call).shareNotificationQueryChanges)},

		"Share/get":      {sharedCapability, typed((*call).shareGet)},
		"Share/set":      {sharedCapability, typed((*call).shareSet)},
		"Grant/get":      {sharedCapability, typed((*call).grantGet)},
		"Grant/set":      {sharedCapability, typed((*call).grantSet)},
		"Grant/describe": {sharedCapability, typed((*call).grantDescribe)},
		"SendRight/get":  {sharedCapability, typed((*call).sendRightGet)},
		"SendRight/set":  {sharedCapability, typed((*call).sendRightSet)},

		"Blob/upload": {blobCapability, typed((*call).blobUpload)},
		"Blob/get":    {blobCapability, typed((*call).blobGet)},
		"Blob/lookup": {blobCapability, typed((*call).blobLookup)},

		"Quota/get":          {quotaCapability, typed((*call).quotaGet)},
		"Quota/changes":      {quotaCapability, typed((*call).quotaChanges)},
		"Quota/query":        {quotaCapability, typed((*call).quotaQuery)},
		"Quota/queryChanges": {quotaCapability, typed((*call).quotaQueryChanges)},
	}
}

// principalsAccount is what the account with the principals says (RFC 9670
// §1.5.1).
type principalsAccount struct {
	Current jmapwire.ID `json:"currentUserPrincipalId"`
}

// ownedAccount says who owns an account (RFC 9670 §1.5.2).
type ownedAccount struct {
	Account   jmapwire.ID `json:"accountIdForPrincipal"`
	Principal jmapwire.ID `json:"principalId"`
}

// sharingCapabilities adds what an account can do about sharing. The principals
// are in the session's own account.
func sharingCapabilities(all map[string]any, session *store.Session, account postroom.AccountID) {
	all[mailShareCapability], all[quotaCapability] = struct{}{}, struct{}{}
	all[blobCapability] = blobLimits
	all[ownerCapability] = ownedAccount{jmapwire.AccountID(session.Home()), principalID(toAccount(account))}
	if account == session.Home() {
		all[principalsCapability] = principalsAccount{principalID(toAccount(session.Actor().Account))}
	}
}

// principal is a person, mailbox or group of the organisation that the session
// may know of (RFC 9670 §2).
type principal struct {
	ID      jmapwire.ID
	Type    string // individual, group, resource or other
	Name    string
	Email   string
	account postroom.AccountID // zero for a group
	grantee postroom.Grantee
}

var principalProperties = []string{"id", "type", "name", "description", "email", "timeZone", "capabilities", "accounts"}

func toAccount(id postroom.AccountID) postroom.Grantee {
	return postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)}
}

// principalPrefixes are how the ids of principals begin, by kind of grantee:
// whatever can be granted something is a principal.
var principalPrefixes = map[postroom.GranteeKind]string{postroom.GranteeAccount: "P", postroom.GranteeGroup: "PG", postroom.GranteeOrg: "PO"}

// principalID is the id of a grantee; empty for one that is no principal.
func principalID(g postroom.Grantee) jmapwire.ID {
	prefix, is := principalPrefixes[g.Kind]
	if !is {
		return ""
	}
	return jmapwire.ID(prefix + strconv.FormatInt(g.ID, 10))
}

// parsePrincipalID is the inverse of principalID.
func parsePrincipalID(id jmapwire.ID) (g postroom.Grantee, ok bool) {
	for kind, prefix := range principalPrefixes {
		rest, is := strings.CutPrefix(string(id), prefix)
		n, err := strconv.ParseInt(rest, 10, 64)
		if g = (postroom.Grantee{Kind: kind, ID: n}); is && err == nil && n > 0 && principalID(g) == id {
			return g, true
		}
	}
	return g, false
}

// principals lists those the session may know of, by name.
func (c *call) principals() ([]principal, error) {
	list, _, err := c.principalsThat(func(principal) bool { return true })
	return list, err
}

// principalsThat lists those of principals that fit, and what stands for all. What
// fits is shown has no id yet.
func (c *call) principalsThat(fits func(principal) bool) (list []principal, mark string, err error) {
	book, org, mark, err := c.session.AddressBook(c.ctx, func(e *store.BookEntry) bool { return fits(principalOf(e)) })
	if err != nil {
		return nil, "", err
	}
	list = make([]principal, len(book), len(book)+1)
	for i := range book {
		list[i] = principalOf(&book[i])
	}
	if everybody := (principal{Type: "other", Name: "org", grantee: postroom.Grantee{Kind: postroom.GranteeOrg, ID: int64(org)}}); org != 0 && fits(everybody) {
		list = append(list, everybody)
	}
	for i := range list {
		list[i].ID = principalID(list[i].grantee)
	}
	sortedBy(list, func(p principal) string { return strings.ToLower(p.Name) })
	return list, mark, nil
}

// principalOf is an entry of the address book, without its id.
func principalOf(e *store.BookEntry) principal {
	p := principal{Type: "individual", Name: cmp.Or(e.Name, e.Address), Email: e.Address, account: e.Account, grantee: toAccount(e.Account)}
	switch {
	case e.Group != 0:
		p.Type, p.grantee = "group", postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(e.Group)}
	case e.Kind == postroom.Resource:
		p.Type = "resource"
	}
	return p
}

// sortedBy sorts by a text, which is made once of each, and by id where that is
// the same.
func sortedBy(list []principal, text func(principal) string) {
	type keyed struct {
		key string
		principal
	}
	keys := make([]keyed, len(list))
	for i, p := range list {
		keys[i] = keyed{text(p), p}
	}
	slices.SortFunc(keys, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.ID, b.ID)) })
	for i, k := range keys {
		list[i] = k.principal
	}
}

// atHome checks that a call is about the session's own account, which alone has
// principals, shares and notifications.
func (c *call) atHome(id jmapwire.ID) error {
	m, err := c.mail(id)
	if err == nil && m.Account() != c.session.Home() {
		err = jmapwire.Fail("accountNotSupportedByMethod")
	}
	return err
}

// principalsNow lists the principals that fit with the accounts they may be seen
// to have, and the state of both.
func (c *call) principalsNow(fits func(principal) bool) (list []principal, accounts map[jmapwire.ID]sessionAccount, state string, err error) {
	session, err := newSession(c.ctx, c.session)
	if err != nil {
		return nil, nil, "", err
	}
	list, mark, err := c.principalsThat(fits)
	if err != nil {
		return nil, nil, "", err
	}
	state, err = stateOf([]any{mark, session.Accounts})
	return list, session.Accounts, state, err
}

// principalState stands for the principals, given the accounts that may be seen.
// It reads nobody: in a large organisation many ask for it at the same time.
func (c *call) principalState(accounts map[jmapwire.ID]sessionAccount) (string, error) {
	mark, err := c.session.ColleaguesMark(c.ctx)
	if err != nil {
		return "", err
	}
	return stateOf([]any{mark, accounts})
}

// principalsState is principalState of now.
func (c *call) principalsState(jmapwire.ID) (string, error) {
	session, err := newSession(c.ctx, c.session)
	if err != nil {
		return "", err
	}
	return c.principalState(session.Accounts)
}

// principalGet is Principal/get (RFC 9670 §2.2).
func (c *call) principalGet(a jmapwire.Get) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, principalProperties)
	if err != nil {
		return nil, err
	}
	named := func(principal) bool { return true }
	if a.IDs != nil {
		wanted := make(map[postroom.Grantee]bool, len(*a.IDs))
		for _, id := range *a.IDs {
			if g, ok := parsePrincipalID(id); ok {
				wanted[g] = true
			}
		}
		named = func(p principal) bool { return wanted[p.grantee] }
	}
	list, accounts, state, err := c.principalsNow(named)
	if err != nil {
		return nil, err
	}
	return got(a, state, list, func(p principal) jmapwire.ID { return p.ID }, func(p principal) any {
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = principalProperty(p, name, accounts)
		}
		return o
	})
}

func principalProperty(p principal, name string, accounts map[jmapwire.ID]sessionAccount) any {
	switch name {
	case "id":
		return p.ID
	case "type":
		return p.Type
	case "name":
		return p.Name
	case "email":
		if p.Email != "" {
			return p.Email
		}
	case "capabilities":
		return struct{}{}
	case "accounts":
		// Only what may be seen of them is told.
		if id := jmapwire.AccountID(p.account); p.account != 0 {
			if of, is := accounts[id]; is {
				return map[jmapwire.ID]sessionAccount{id: of}
			}
		}
	}
	return nil // description and timeZone are not kept
}

// principalChanges is Principal/changes (RFC 9670 §2.3).
func (c *call) principalChanges(a jmapwire.Changes) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	state, err := c.principalsState(a.AccountID)
	return unchanged(a, state), orCannot(a, state, err)
}

// principalQuery is Principal/query (RFC 9670 §2.5).
func (c *call) principalQuery(a jmapwire.Query) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	filter, bad := jmapwire.ParseFilter(a.Filter)
	if bad != nil {
		return nil, bad
	}
	conditions := make(map[*jmapwire.Filter]principalCondition)
	if bad := filter.Each(func(f *jmapwire.Filter) *jmapwire.Error {
		var of principalCondition
		if err := jmapwire.Decode(f.Condition, &of); err != nil {
			return &jmapwire.Error{Type: "unsupportedFilter", Description: err.Description}
		}
		conditions[f] = of
		return nil
	}); bad != nil {
		return nil, bad
	}
	list, _, state, err := c.principalsNow(func(p principal) bool {
		return filter.Match(func(f *jmapwire.Filter) bool { return conditions[f].matches(p) })
	})
	if err != nil {
		return nil, err
	}
	if err := sortPrincipals(list, a.Sort); err != nil {
		return nil, err
	}
	return pageOf(a, list, func(p principal) jmapwire.ID { return p.ID }, state, false)
}

// principalQueryChanges is Principal/queryChanges (RFC 9670 §2.6): queries are
// made anew.
func (c *call) principalQueryChanges(a jmapwire.QueryChanges) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	return nil, jmapwire.Fail("cannotCalculateChanges")
}

// principalSet is Principal/set (RFC 9670 §2.4). Who there is is for
// administrators to say, by another way than this.
func (c *call) principalSet(a jmapwire.Set) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	refuse := &jmapwire.Error{Type: "forbidden", Description: "principals are changed by administrators"}
	return c.set("Principal/set", a, setter{
		state:   func() (string, error) { return c.principalsState(a.AccountID) },
		create:  func(json.RawMessage) (jmapwire.ID, any, error) { return "", nil, refuse },
		update:  func(jmapwire.ID, json.RawMessage) (any, error) { return nil, refuse },
		destroy: func(jmapwire.ID) error { return refuse },
	})
}

// principalCondition is a FilterCondition (RFC 9670 §2.5.1).
type principalCondition struct {
	AccountIDs *[]jmapwire.ID `jmap:"accountIds"`
	Email      *string        `jmap:"email"`
	Name       *string        `jmap:"name"`
	Text       *string        `jmap:"text"`
	Type       *string        `jmap:"type"`
	TimeZone   *string        `jmap:"timeZone"`
}

func (f principalCondition) matches(p principal) bool {
	has := func(part *string, in ...string) bool {
		return part == nil || slices.ContainsFunc(in, func(s string) bool {
			return strings.Contains(strings.ToLower(s), strings.ToLower(*part))
		})
	}
	return (f.AccountIDs == nil || p.account != 0 && slices.Contains(*f.AccountIDs, jmapwire.AccountID(p.account))) &&
		has(f.Email, p.Email) && has(f.Name, p.Name) && has(f.Text, p.Name, p.Email) &&
		(f.Type == nil || *f.Type == p.Type) && f.TimeZone == nil
}

// sortPrincipals sorts by name, email or type.
func sortPrincipals(list []principal, raw json.RawMessage) error {
	sort, bad := jmapwire.ParseSort(raw)
	if bad != nil {
		return bad
	}
	keys := map[string]func(principal) string{"name": func(p principal) string { return strings.ToLower(p.Name) },
		"email": func(p principal) string { return p.Email }, "type": func(p principal) string { return p.Type }}
	for _, by := range sort {
		if keys[by.Property] == nil || by.Keyword != nil {
			return &jmapwire.Error{Type: "unsupportedSort", Description: "principals are sorted by name, email or type"}
		}
	}
	slices.SortStableFunc(list, func(a, b principal) int {
		for _, by := range sort {
			n := cmp.Compare(keys[by.Property](a), keys[by.Property](b))
			if !by.IsAscending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	return nil
}
