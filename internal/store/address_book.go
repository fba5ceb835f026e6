package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// BookEntry is an account or a group as the address book shows it. One of Account
// and Group is zero; Kind is that of an account.
type BookEntry struct {
	Account       postroom.AccountID
	Group         postroom.GroupID
	Kind          postroom.AccountKind
	Address, Name string
	hidden        bool
}

// AddressBook lists the accounts and groups of the session's organisation that
// fit, in no particular order. What the session may not know of is not among
// them, nor does it count in anything. mark is that of ColleaguesMark in the same
// moment. fits must not change what it is shown. Nothing without an organisation.
//
// An organisation's entries are read once for everybody and looked through in
// memory, until an account or a group changes.
func (s *Session) AddressBook(ctx context.Context, fits func(*BookEntry) bool) (list []BookEntry, org postroom.OrgID, mark string, err error) {
	err = s.Directory().read(ctx, func(tx *db.Tx, c *caller) error {
		list, org = nil, c.account.Org
		at, err := s.store.colleagues.read(tx, org)
		if err != nil {
			return err
		}
		mark = c.markOf(at)
		for i := range at.book {
			e := &at.book[i]
			if !fits(e) {
				continue
			}
			seen, err := c.seesEntry(tx, org, e)
			if err != nil {
				return err
			}
			if seen {
				list = append(list, *e)
			}
		}
		return nil
	})
	return list, org, mark, err
}

// seesEntry is seesAccount or seesGroup.
func (c *caller) seesEntry(tx *db.Tx, org postroom.OrgID, e *BookEntry) (bool, error) {
	if e.Account != 0 {
		return c.seesAccount(tx, postroom.Account{ID: e.Account, Org: org, HideInGAL: e.hidden})
	}
	if !e.hidden {
		return c.seesGroup(tx, postroom.Group{ID: e.Group, Org: org})
	}
	g, err := readGroup(tx, e.Group)
	if err != nil {
		return false, err
	}
	return c.seesGroup(tx, g)
}

// markOf is the mark of an organisation as it counts for the caller.
func (c *caller) markOf(at colleaguesAt) string {
	if c.administers(c.account.Org, postroom.SeeDirectory) {
		return at.mark + "a" // hidden ones, too
	}
	return at.mark
}
