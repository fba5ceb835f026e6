package store

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// EntryFilter selects accounts or groups; zero fields select all.
type EntryFilter struct {
	Domain string
	// Kinds are of accounts; none: all of them.
	Kinds []postroom.AccountKind
	// Text is a part of an address, of an alias or of a name, in any case.
	Text string
	// After is an address: only entries behind it in the order of addresses.
	After string
	// Max is how many at most; 0: no limit.
	Max int
}

// FindAccounts lists the accounts that the caller may know of and that fit, by
// address.
func (d *Directory) FindAccounts(ctx context.Context, f EntryFilter) (all []postroom.Account, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		query, args, err := c.entriesOf(tx, accountColumns, f.Domain)
		if err != nil {
			return err
		}
		matches, err := matcher(tx, f, `SELECT account_id FROM address WHERE account_id <> 0 AND address LIKE $1 ESCAPE '!'`)
		if err != nil {
			return err
		}
		var found []postroom.Account
		err = tx.Each(query, args, func(scan func(...any) error) error {
			a, err := scanAccount(scan)
			if err == nil && matches(int64(a.ID), a.Address, a.Name) && (len(f.Kinds) == 0 || slices.Contains(f.Kinds, a.Kind)) {
				found = append(found, a)
			}
			return err
		})
		if err != nil {
			return err
		}
		sorted(found, func(a *postroom.Account) string { return a.Address })
		all = make([]postroom.Account, 0, len(found))
		for _, a := range found {
			if f.Max > 0 && len(all) == f.Max {
				break
			}
			sees, err := c.seesAccount(tx, a)
			if err != nil {
				return err
			}
			if !sees {
				continue
			}
			if a, err = c.complete(tx, a); err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

// FindGroups lists the groups that the caller may know of and that fit, by
// address.
func (d *Directory) FindGroups(ctx context.Context, f EntryFilter) (all []postroom.Group, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		query, args, err := c.entriesOf(tx, groupColumns, f.Domain)
		if err != nil {
			return err
		}
		matches, err := matcher(tx, f, `SELECT group_id FROM address WHERE group_id <> 0 AND address LIKE $1 ESCAPE '!'`)
		if err != nil {
			return err
		}
		var found []postroom.Group
		err = tx.Each(query, args, func(scan func(...any) error) error {
			g, err := scanGroup(scan)
			if err == nil && matches(int64(g.ID), g.Address, g.Name) {
				found = append(found, g)
			}
			return err
		})
		if err != nil {
			return err
		}
		sorted(found, func(g *postroom.Group) string { return g.Address })
		all = make([]postroom.Group, 0, len(found))
		for _, g := range found {
			if f.Max > 0 && len(all) == f.Max {
				break
			}
			sees, err := c.seesGroup(tx, g)
			if err != nil {
				return err
			}
			if sees {
				all = append(all, g)
			}
		}
		return nil
	})
	return all, err
}

// entriesOf restricts a reading of accounts or groups to one domain, or else to
// the organisation of who does not administer the server.
func (c *caller) entriesOf(tx *db.Tx, columns, domain string) (query string, args []any, err error) {
	if domain == "" {
		if c.admin.Scope == postroom.ServerAdmin {
			return columns, nil, nil
		}
		return columns + ` WHERE org_id = $1`, []any{c.account.Org}, nil
	}
	dom, err := domainNamed(tx, domain)
	if err != nil {
		return "", nil, err
	}
	if !c.within(dom.Org) {
		return "", nil, noSuch("domain", domain)
	}
	return columns + ` WHERE domain_id = $1`, []any{dom.ID}, nil
}

// matcher tells which entries fit the text and come behind the address of a
// filter. Names are compared here, not in the database, which knows upper and
// lower case of ASCII alone.
func matcher(tx *db.Tx, f EntryFilter, aliases string) (func(id int64, address, name string) bool, error) {
	text := strings.ToLower(strings.TrimSpace(f.Text))
	known := make(map[int64]bool)
	if text != "" {
		pattern := containing(text)
		err := tx.Each(aliases, []any{pattern}, func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			known[id] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	after := ""
	if f.After != "" {
		after = canonicalOrSelf(f.After)
	}
	return func(id int64, address, name string) bool {
		return address > after && (text == "" || known[id] || strings.Contains(strings.ToLower(name), text))
	}, nil
}
