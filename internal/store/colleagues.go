package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"sync"

	"postroom"
	"postroom/internal/store/internal/db"
)

// colleagues keep what stands for the accounts and groups of organisations.
type colleagues struct {
	mu sync.Mutex
	by map[postroom.OrgID]colleaguesAt
}

type colleaguesAt struct {
	epoch int64
	mark  string
}

// maxColleagues bounds the organisations; a full map is emptied.
const maxColleagues = 10_000

// ColleaguesMark stands for the accounts and groups of the session's
// organisation, as the address book shows them: while it is the same, so is what
// Accounts and Groups list of those, but for hidden ones that come into sight or
// leave it by a grant. It is the same for everybody in the organisation, and
// read once for all of them.
func (s *Session) ColleaguesMark(ctx context.Context) (mark string, err error) {
	err = s.Directory().read(ctx, func(tx *db.Tx, c *caller) error {
		mark, err = s.store.colleagues.read(tx, c.account.Org)
		if c.administers(c.account.Org, postroom.SeeDirectory) {
			mark += "a" // hidden ones, too
		}
		return err
	})
	return mark, err
}

// read gives the mark of an organisation. Who waits meanwhile is spared reading
// the same.
func (k *colleagues) read(tx *db.Tx, org postroom.OrgID) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	epoch, err := directoryEpoch(tx)
	if err != nil {
		return "", err
	}
	at, known := k.by[org]
	if known && at.epoch == epoch {
		return at.mark, nil
	}
	mark, err := readColleagues(tx, org)
	if err != nil || known && at.epoch > epoch { // an older snapshot
		return mark, err
	}
	if k.by == nil || len(k.by) >= maxColleagues {
		k.by = make(map[postroom.OrgID]colleaguesAt)
	}
	k.by[org] = colleaguesAt{epoch, mark}
	return mark, nil
}

// directoryEpoch is the epoch in which an account or a group changed last, as far
// as the log goes back: grants, which change more often, are none of that.
func directoryEpoch(tx *db.Tx) (epoch int64, err error) {
	err = tx.QueryRow(`SELECT epoch FROM rights_change WHERE kind <> $1 ORDER BY epoch DESC LIMIT 1`, changedGrants).Scan(&epoch)
	if noRow(err) {
		err = tx.QueryRow(`SELECT COALESCE(MIN(epoch), 0) FROM rights_change`).Scan(&epoch)
	}
	return epoch, err
}

func readColleagues(tx *db.Tx, org postroom.OrgID) (string, error) {
	h := fnv.New128a()
	for _, query := range []string{
		`SELECT id, address, name, kind, hide_in_gal FROM account WHERE org_id = $1 ORDER BY id`,
		`SELECT id, address, name, 0, hide_in_gal FROM mail_group WHERE org_id = $1 ORDER BY id`,
	} {
		err := tx.Each(query, []any{org}, func(scan func(...any) error) error {
			var id, kind int64
			var address, name string
			var hidden bool
			err := scan(&id, &address, &name, &kind, &hidden)
			_, _ = fmt.Fprintf(h, "%d %q %q %d %t\n", id, address, name, kind, hidden) // never fails
			return err
		})
		if err != nil {
			return "", err
		}
		_, _ = h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
