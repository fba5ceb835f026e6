package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store"
)

// onMail runs an operation of the mail of the account on the only email of the
// mailbox.
func onMail(fn func(c cell, m *store.Mail, id postroom.EmailID) error) func(cell) error {
	return func(c cell) error {
		id, err := c.email()
		if err != nil {
			return err
		}
		m, err := c.s.Mail(c.ctx, c.ref.Account)
		if err != nil {
			return err
		}
		return fn(c, m, id)
	}
}

// email is the number of the email in the cell's mailbox, which cleo may read.
func (c cell) email() (postroom.EmailID, error) {
	m, err := c.w.signIn("cleo").Mail(c.ctx, c.ref.Account)
	if err != nil {
		return 0, err
	}
	x, err := m.Index(c.ctx)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(x.Rows, func(r store.MailRow) bool { return r.Mailbox == c.ref.Collection })
	return x.Rows[i].Email, nil
}

// absent is the answer for what a list has not.
func absent(there bool) error {
	if !there {
		return postroom.Errorf(postroom.NotFound, "not there")
	}
	return nil
}

// orAbsent is an error, or the answer for what a list has not.
func orAbsent(err error, there bool) error {
	if err != nil {
		return err
	}
	return absent(there)
}

// emailOperations are the rows of the mail of an account, email by email.
var emailOperations = []struct {
	name string
	try  func(cell) error
}{
	{"Mail.Mailboxes", func(c cell) error {
		m, err := c.s.Mail(c.ctx, c.ref.Account)
		if err != nil {
			return err
		}
		list, _, err := m.Mailboxes(c.ctx)
		if err != nil {
			return err
		}
		return absent(slices.ContainsFunc(list, func(b store.MailMailbox) bool { return b.Ref == c.ref }))
	}},
	{"Mail.Index", func(c cell) error {
		m, err := c.s.Mail(c.ctx, c.ref.Account)
		if err != nil {
			return err
		}
		x, err := m.Index(c.ctx)
		if err != nil {
			return err
		}
		return absent(slices.ContainsFunc(x.Rows, func(r store.MailRow) bool { return r.Mailbox == c.ref.Collection }))
	}},
	{"Mail.IndexMark", func(c cell) error {
		m, err := c.s.Mail(c.ctx, c.ref.Account)
		if err != nil {
			return err
		}
		mark, _, err := m.IndexMark(c.ctx)
		if err != nil {
			return err
		}
		return absent(strings.Contains(" "+mark.Rows+mark.Members, fmt.Sprintf(" %d.", c.ref.Collection)))
	}},
	{"Mail.Emails", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		list, _, err := m.Emails(c.ctx, []postroom.EmailID{id})
		if err != nil {
			return err
		}
		return absent(len(list) == 1)
	})},
	{"Mail.Open", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		content, err := m.Open(c.ctx, id)
		if err == nil {
			content.Close()
		}
		return err
	})},
	{"Mail.Contents", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		n := 0
		for e, err := range m.Contents(c.ctx, []postroom.EmailID{id}) {
			if err != nil {
				return err
			}
			n++
			e.Content.Close()
		}
		return absent(n == 1)
	})},
	{"Mail.SearchText", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		hits, err := m.SearchText(c.ctx, store.TextQuery{Field: store.Anywhere})
		return orAbsent(err, slices.Contains(hits.Emails, id))
	})},
	{"Mail.SearchHeader", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		list, err := m.SearchHeader(c.ctx, "Subject", "")
		return orAbsent(err, slices.Contains(list, id))
	})},
	{"Mail.Snippets", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		list, err := m.Snippets(c.ctx, []postroom.EmailID{id}, []store.TextQuery{{Field: store.Anywhere, Text: "x"}})
		return orAbsent(err, len(list) == 1)
	})},
	{"Mail.Searched", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		n := 0
		for e, err := range m.Searched(c.ctx, []postroom.EmailID{id}) {
			if err != nil {
				return err
			}
			n++
			e.Content.Close()
		}
		return absent(n == 1)
	})},
	{"Mail.Change seen", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		_, err := m.Change(c.ctx, id, store.EmailChange{Add: store.Tags{Flags: postroom.FlagSeen}})
		return err
	})},
	{"Mail.Change keyword", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		_, err := m.Change(c.ctx, id, store.EmailChange{Add: store.Tags{Words: "$label1"}})
		return err
	})},
	{"Mail.ChangeTags seen", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		refused, err := m.ChangeTags(c.ctx, map[postroom.EmailID]store.EmailChange{id: {Add: store.Tags{Flags: postroom.FlagSeen}}})
		return cmp.Or(err, refused[id])
	})},
	{"Mail.ChangeTags keyword", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		refused, err := m.ChangeTags(c.ctx, map[postroom.EmailID]store.EmailChange{id: {Add: store.Tags{Words: "$label1"}}})
		return cmp.Or(err, refused[id])
	})},
	{"Mail.Change to the owner's Trash", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		_, err := m.Change(c.ctx, id, store.EmailChange{Mailboxes: []postroom.CollectionID{postroom.TrashCollection}})
		return err
	})},
	{"Mail.Destroy", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error { return m.Destroy(c.ctx, id) })},
	{"Mail.Insert", func(c cell) error {
		m, err := c.s.Mail(c.ctx, c.ref.Account)
		if err == nil {
			_, err = m.Insert(c.ctx, store.NewEmail{Raw: strings.NewReader("Subject: x\r\n\r\nx\r\n"), Size: 17, Mailboxes: []postroom.CollectionID{c.ref.Collection}})
		}
		if postroom.KindOf(err) == postroom.Invalid { // how a mailbox is refused that is not there
			err = absent(false)
		}
		return err
	}},
	{"Mail.Threads", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		threads, _, err := m.Threads(c.ctx, []postroom.ThreadID{postroom.ThreadID(id)})
		if err != nil {
			return err
		}
		return absent(len(threads) == 1)
	})},
	{"Mail.Changes", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		_, state, err := m.Emails(c.ctx, nil)
		if err != nil {
			return err
		}
		found, err := m.Changes(c.ctx, "0"+state[strings.IndexByte(state, '-'):], 0)
		if err != nil {
			return err
		}
		return absent(slices.Contains(found.Created, int64(id)))
	})},
	{"Mail.ThreadChanges", onMail(func(c cell, m *store.Mail, id postroom.EmailID) error {
		_, state, err := m.Emails(c.ctx, nil)
		if err != nil {
			return err
		}
		found, err := m.ThreadChanges(c.ctx, "0"+state[strings.IndexByte(state, '-'):], 0)
		if err != nil {
			return err
		}
		return absent(slices.Contains(found.Created, int64(id)))
	})},
	{"Mail.MailboxChanges", onMail(func(c cell, m *store.Mail, _ postroom.EmailID) error {
		_, state, err := m.Mailboxes(c.ctx)
		if err != nil {
			return err
		}
		found, err := m.MailboxChanges(c.ctx, "0"+state[strings.IndexByte(state, '-'):], 0)
		if err != nil {
			return err
		}
		return absent(slices.Contains(found.Created, int64(c.ref.Collection)))
	})},
	{"Mail.CreateMailbox", onMail(func(c cell, m *store.Mail, _ postroom.EmailID) error {
		_, err := m.CreateMailbox(c.ctx, store.NewMailbox{Path: c.path + "/child"})
		return err
	})},
	{"Mail.SetOrder", onMail(func(c cell, m *store.Mail, _ postroom.EmailID) error { return m.SetOrder(c.ctx, c.ref.Collection, 3) })},
	{"Mail.Subscribe", onMail(func(c cell, m *store.Mail, _ postroom.EmailID) error {
		return m.Subscribe(c.ctx, c.ref.Collection, store.Subscribed)
	})},
}
