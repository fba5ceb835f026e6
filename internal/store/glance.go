package store

import (
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// glance is what one snapshot has read of the epochs, so that each is asked
// for once: a snapshot sees the same all the time.
type glance struct {
	known  bool
	epoch  int64
	usable bool
	trees  map[postroom.AccountID]int64 // epoch of the tree; zero for no account
	// modseqs are those of the accounts' counters, where they were read.
	modseqs map[postroom.AccountID]postroom.ModSeq
}

// glanceOf is the glance of a snapshot, empty at first; nil for a transaction
// that writes or looks into the past.
func glanceOf(tx *db.Tx) *glance {
	if !tx.ReadOnly() || tx.Past() {
		return nil
	}
	kept := tx.Kept()
	if *kept == nil {
		*kept = &glance{trees: make(map[postroom.AccountID]int64), modseqs: make(map[postroom.AccountID]postroom.ModSeq)}
	}
	g, _ := (*kept).(*glance)
	return g
}

// at is the moment of the snapshot for an account, if that was read already.
func (g *glance) at(f *facts, tx *db.Tx, account postroom.AccountID) (m moment, treeEpoch int64, ok bool) {
	if g == nil || !g.known {
		return m, 0, false
	}
	if treeEpoch, ok = g.trees[account]; account == 0 {
		ok = true // no account has no tree
	}
	return moment{facts: f, tx: tx, epoch: g.epoch, usable: g.usable}, treeEpoch, ok
}

// note keeps what was read.
func (g *glance) note(m moment, account postroom.AccountID, st stamp) {
	if g != nil {
		g.known, g.epoch, g.usable = true, m.epoch, m.usable
		g.trees[account], g.modseqs[account] = st.tree, st.modseq
	}
}

// many is how many accounts are asked for in one query.
const many = 64

// eachOf runs a query for accounts, many at a time: in is put where the query
// has IN (?).
func eachOf(tx *db.Tx, query string, ids []postroom.AccountID, fn func(scan func(...any) error) error) error {
	for len(ids) > 0 {
		n := min(many, len(ids))
		width := many
		if n <= 4 { // a few need no wide list
			width = n
		}
		args := make([]any, width)
		for i := range args {
			args[i] = ids[min(i, n-1)]
		}
		ids = ids[n:]
		if err := tx.Each(strings.Replace(query, "IN (?)", "IN ("+placeholders(1, width)+")", 1), args, fn); err != nil {
			return err
		}
	}
	return nil
}

// glanceAt reads the epochs of the trees of many accounts, and their ModSeqs, at
// once.
func glanceAt(tx *db.Tx, ids []postroom.AccountID) error {
	g := glanceOf(tx)
	if g == nil || len(ids) < 2 {
		return nil
	}
	return eachOf(tx, `SELECT a.id, a.tree_epoch, COALESCE(n.modseq, 0) FROM account a LEFT JOIN account_counter n ON n.account_id = a.id
		WHERE a.id IN (?)`, ids, func(scan func(...any) error) error {
		var id postroom.AccountID
		var epoch int64
		var at postroom.ModSeq
		err := scan(&id, &epoch, &at)
		g.trees[id], g.modseqs[id] = epoch, at
		return err
	})
}

// readAccounts reads many accounts, in no order; those that are gone are
// passed over.
func readAccounts(tx *db.Tx, ids []postroom.AccountID) (list []postroom.Account, err error) {
	err = eachOf(tx, accountColumns+` WHERE id IN (?)`, ids, func(scan func(...any) error) error {
		a, err := scanAccount(scan)
		list = append(list, a)
		return err
	})
	return list, err
}

// readCollectionsOf reads the collections of many accounts, each account's by
// path.
func readCollectionsOf(tx *db.Tx, ids []postroom.AccountID) (map[postroom.AccountID][]postroom.Collection, error) {
	all := make(map[postroom.AccountID][]postroom.Collection, len(ids))
	err := eachOf(tx, collectionColumns+`WHERE account_id IN (?)`, ids, func(scan func(...any) error) error {
		c, err := scanCollection(scan)
		all[c.Ref.Account] = append(all[c.Ref.Account], c)
		return err
	})
	for _, list := range all {
		sortByPath(list)
	}
	return all, err
}
