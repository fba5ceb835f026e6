package store_test

import (
	"slices"

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
}
