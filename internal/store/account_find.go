package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// EntryOrder is in which order entries are listed.
type EntryOrder uint8

// The orders. Entries that are equal in it follow by address.
const (
	ByAddress EntryOrder = iota
	ByName
	// ByUsed and ByCreated are of accounts, for who may see both.
	ByUsed
	ByCreated
)

// LoginFilter selects accounts by whether they may sign in.
type LoginFilter uint8

// AnyLogin is no condition. LoginOff is also that of accounts that are not
// active.
const (
	AnyLogin LoginFilter = iota
	LoginOn
	LoginOff
)

// EntryFilter selects accounts or groups; zero fields select all.
type EntryFilter struct {
	Domain string
	// Kinds are of accounts; none: all of them.
	Kinds []postroom.AccountKind
	// Login is of accounts, for who may see it.
	Login LoginFilter
	// Text is a part of an address, of an alias or of a name, in any case.
	Text string
	// After is an address: only entries behind it in the order. In any order but
	// that of addresses there must be such an entry.
	After string
	// Max is how many at most; 0: no limit.
	Max int
	// Order, and whether from its end.
	Order      EntryOrder
	Descending bool
}

// hidden reports whether the filter asks for what is told to administrators
// alone.
func (f *EntryFilter) hidden() bool {
	return f.Login != AnyLogin || f.Order == ByUsed || f.Order == ByCreated
}

// candidate is what of an entry is needed to find it.
type candidate struct {
	id            int64
	address, name string
	number        int64 // the bytes or the time it is ordered by
	fits          bool
}

// FindAccounts lists the accounts that the caller may know of and that fit, in
// order.
func (d *Directory) FindAccounts(ctx context.Context, f EntryFilter) (all []postroom.Account, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if f.hidden() && !c.administers(c.account.Org, postroom.SeeDirectory) {
			return errDenied()
		}
		number := "0"
		switch f.Order {
		case ByUsed:
			number = "COALESCE((SELECT used_bytes FROM account_counter WHERE account_id = account.id), 0)"
		case ByCreated:
			number = "created"
		case ByAddress, ByName:
		}
		query, args, err := c.entriesOf(tx, `SELECT id, address, name, `+number+`, kind, login, state FROM account`, f.Domain)
		if err != nil {
			return err
		}
		var found []candidate
		err = tx.Each(query, args, func(scan func(...any) error) error {
			var e candidate
			var a postroom.Account
			err := scan(&e.id, &e.address, &e.name, &e.number, &a.Kind, &a.Login, &a.State)
			on := a.Login && a.State == postroom.Active
			e.fits = (len(f.Kinds) == 0 || slices.Contains(f.Kinds, a.Kind)) && (f.Login == AnyLogin || on == (f.Login == LoginOn))
			found = append(found, e)
			return err
		})
		if err != nil {
			return err
		}
		seen := func(found []candidate, most int) ([]postroom.Account, error) {
			return pageOf(tx, found, most, accountColumns, scanAccount, func(a postroom.Account) int64 { return int64(a.ID) }, c.seesAccount)
		}
		all, err = pageBehind(tx, &f, found, seen, `SELECT account_id FROM address WHERE account_id <> 0 AND address LIKE $1 ESCAPE '!'`)
		if err != nil {
			return err
		}
		for i := range all {
			if all[i], err = c.complete(tx, all[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// FindGroups lists the groups that the caller may know of and that fit, in
// order.
func (d *Directory) FindGroups(ctx context.Context, f EntryFilter) (all []postroom.Group, err error) {
	if f.Order != ByAddress && f.Order != ByName {
		return nil, postroom.Errorf(postroom.Invalid, "groups are ordered by address or name")
	}
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		query, args, err := c.entriesOf(tx, `SELECT id, address, name FROM mail_group`, f.Domain)
		if err != nil {
			return err
		}
		var found []candidate
		err = tx.Each(query, args, func(scan func(...any) error) error {
			e := candidate{fits: true}
			err := scan(&e.id, &e.address, &e.name)
			found = append(found, e)
			return err
		})
		if err != nil {
			return err
		}
		seen := func(found []candidate, most int) ([]postroom.Group, error) {
			return pageOf(tx, found, most, groupColumns, scanGroup, func(g postroom.Group) int64 { return int64(g.ID) }, c.seesGroup)
		}
		all, err = pageBehind(tx, &f, found, seen, `SELECT group_id FROM address WHERE group_id <> 0 AND address LIKE $1 ESCAPE '!'`)
		return err
	})
	return all, err
}

// rowsAtOnce is how many entries are read in one query.
const rowsAtOnce = 250

// pageOf reads entries in the order of the candidates until there are as many
// as wanted that the caller sees.
func pageOf[T any](tx *db.Tx, found []candidate, most int, columns string, scan func(func(...any) error) (T, error),
	id func(T) int64, sees func(*db.Tx, T) (bool, error)) ([]T, error) {
	all := make([]T, 0, min(len(found), max(most, rowsAtOnce)))
	for chunk := range slices.Chunk(found, rowsAtOnce) {
		args := make([]any, len(chunk))
		for i, e := range chunk {
			args[i] = e.id
		}
		rows := make(map[int64]T, len(chunk))
		err := tx.Each(columns+` WHERE id IN (`+placeholders(1, len(chunk))+`)`, args, func(values func(...any) error) error {
			row, err := scan(values)
			rows[id(row)] = row
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, e := range chunk {
			if most > 0 && len(all) == most {
				return all, nil
			}
			row, there := rows[e.id]
			if !there {
				continue
			}
			seen, err := sees(tx, row)
			if err != nil {
				return nil, err
			}
			if seen {
				all = append(all, row)
			}
		}
	}
	return all, nil
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

// pageBehind are the entries that the caller sees and that fit, in order, behind
// the address of the filter. seen are, of candidates, those the caller sees.
func pageBehind[T any](tx *db.Tx, f *EntryFilter, found []candidate, seen func(found []candidate, most int) ([]T, error), aliases string) ([]T, error) {
	matches, err := f.matcher(tx, aliases)
	if err != nil {
		return nil, err
	}
	after := f.start(found)
	if f.After != "" && f.Order != ByAddress {
		// An entry that is not to be seen is none to go on behind.
		if known, err := seen(after, 1); err != nil || len(known) == 0 {
			return nil, orError(err, postroom.Errorf(postroom.Stale, "%s is no longer there: list again from the beginning", printable(f.After)))
		}
	}
	found = slices.DeleteFunc(found, func(e candidate) bool {
		return !e.fits || len(after) > 0 && f.compare(e, after[0]) <= 0 || !matches(e)
	})
	slices.SortFunc(found, f.compare)
	return seen(found, f.Max)
}

// start is the entry behind which the answer begins, when it is there; the order
// of addresses needs none to be.
func (f *EntryFilter) start(found []candidate) []candidate {
	if f.After == "" {
		return nil
	}
	address := canonicalOrSelf(f.After)
	if f.Order == ByAddress {
		return []candidate{{address: address}}
	}
	i := slices.IndexFunc(found, func(e candidate) bool { return e.address == address })
	if i < 0 {
		return nil
	}
	return []candidate{found[i]}
}

// compare is the order of the filter.
func (f *EntryFilter) compare(a, b candidate) int {
	n := 0
	switch f.Order {
	case ByName:
		n = strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
	case ByUsed, ByCreated:
		n = cmp.Compare(a.number, b.number)
	case ByAddress:
	}
	if n = cmp.Or(n, strings.Compare(a.address, b.address)); f.Descending {
		return -n
	}
	return n
}

// matcher tells which entries fit the text of a filter. Names are compared here,
// not in the database, which knows upper and lower case of ASCII alone.
func (f *EntryFilter) matcher(tx *db.Tx, aliases string) (func(candidate) bool, error) {
	text := strings.ToLower(strings.TrimSpace(f.Text))
	if text == "" {
		return func(candidate) bool { return true }, nil
	}
	known := make(map[int64]bool)
	err := tx.Each(aliases, []any{containing(text)}, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		known[id] = true
		return err
	})
	return func(e candidate) bool { return known[e.id] || strings.Contains(strings.ToLower(e.name), text) }, err
}
