package jmapserver

import (
	"slices"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// mailboxProperties are those of a Mailbox (RFC 8621 §2).
var mailboxProperties = []string{"id", "name", "parentId", "role", "sortOrder", "totalEmails", "unreadEmails", "totalThreads",
	"unreadThreads", "myRights", "isSubscribed"}

// mailboxGet is Mailbox/get (RFC 8621 §2.1).
func (c *call) mailboxGet(a jmapwire.Get) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	known := mailboxProperties
	if slices.Contains(c.using, mailShareCapability) {
		known = slices.Concat(mailboxProperties, []string{"shareWith"})
	}
	properties, err := chosen(a.Properties, known)
	if err != nil {
		return nil, err
	}
	list, state, err := m.Mailboxes(c.ctx)
	if err != nil {
		return nil, err
	}
	var shares map[postroom.CollectionRef]any
	if slices.Contains(properties, "shareWith") {
		if shares, err = c.allShares(list); err != nil {
			return nil, err
		}
	}
	return got(a, state, list, func(b store.MailMailbox) jmapwire.ID { return jmapwire.MailboxID(b.Ref) },
		func(b store.MailMailbox) any {
			o := mailboxObject(b, properties)
			if shares != nil {
				o["shareWith"] = shares[b.Ref]
			}
			return o
		})
}

// mailboxObject is a Mailbox with some of its properties.
func mailboxObject(b store.MailMailbox, properties []string) map[string]any {
	o := make(map[string]any, len(properties))
	for _, name := range properties {
		o[name] = mailboxProperty(b, name)
	}
	return o
}

func mailboxProperty(b store.MailMailbox, name string) any {
	switch name {
	case "id":
		return jmapwire.MailboxID(b.Ref)
	case "name":
		return b.Name
	case "parentId":
		if b.Parent == 0 || b.Parent == postroom.RootCollection {
			return nil
		}
		return jmapwire.MailboxID(postroom.CollectionRef{Account: b.Ref.Account, Collection: b.Parent})
	case "role":
		if b.Role == postroom.RoleNone {
			return nil
		}
		return b.Role
	case "sortOrder":
		return sortOrder(b)
	case "totalEmails":
		return b.Counts.Emails
	case "unreadEmails":
		return b.Counts.Unread
	case "totalThreads":
		return b.Counts.Threads
	case "unreadThreads":
		return b.Counts.UnreadThreads
	case "myRights":
		return rights.JMAP(b.Rights)
	}
	return b.Subscribed
}

// sortOrder is the place somebody gave a mailbox, else that of its role, in the
// order people know.
func sortOrder(b store.MailMailbox) int {
	if b.Order >= 0 {
		return b.Order
	}
	order := []postroom.Role{postroom.RoleInbox, postroom.RoleDrafts, postroom.RoleSent, postroom.RoleArchive, postroom.RoleJunk, postroom.RoleTrash}
	if i := slices.Index(order, b.Role); i >= 0 {
		return i + 1
	}
	return len(order) + 1
}
