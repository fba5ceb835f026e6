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
	mu   sync.Mutex
	size int // organisations and entries
	by   map[postroom.OrgID]colleaguesAt
}

// colleaguesAt is what was there in an epoch. It is not changed.
type colleaguesAt struct {
	epoch int64
	mark  string
	book  []BookEntry
}

// maxColleagues bounds the organisations with their entries; what is full is
// emptied.
const maxColleagues = 200_000

// ColleaguesMark stands for the accounts and groups of the session's
// organisation, as the address book shows them: while it is the same, so is what
// Accounts and Groups list of those, but for hidden ones that come into sight or
// leave it by a grant. It is the same for everybody in the organisation, and
// read once for all of them.
func (s *Session) ColleaguesMark(ctx context.Context) (mark string, err error) {
	err = s.Directory().read(ctx, func(tx *db.Tx, c *caller) error {
		at, err := s.store.colleagues.read(tx, c.account.Org)
		mark = c.markOf(at)
		return err
	})
	return mark, err
}

// read gives what is of an organisation. Who waits meanwhile is spared reading
// the same.
func (k *colleagues) read(tx *db.Tx, org postroom.OrgID) (colleaguesAt, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	epoch, err := directoryEpoch(tx)
	if err != nil {
		return colleaguesAt{}, err
	}
	at, known := k.by[org]
	if known && at.epoch == epoch {
		return at, nil
	}
	now, err := readColleagues(tx, org)
	if err != nil || known && at.epoch > epoch { // an older snapshot
		return now, err
	}
	now.epoch = epoch
	if k.size += 1 + len(now.book) - len(at.book); k.by == nil || k.size > maxColleagues {
		k.by, k.size = make(map[postroom.OrgID]colleaguesAt), 1+len(now.book)
	}
	k.by[org] = now
	return now, nil
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

func readColleagues(tx *db.Tx, org postroom.OrgID) (now colleaguesAt, err error) {
	h := fnv.New128a()
	for _, query := range []string{
		`SELECT id, 0, address, name, kind, hide_in_gal FROM account WHERE org_id = $1 ORDER BY id`,
		`SELECT 0, id, address, name, 0, hide_in_gal FROM mail_group WHERE org_id = $1 ORDER BY id`,
	} {
		err := tx.Each(query, []any{org}, func(scan func(...any) error) error {
			var e BookEntry
			err := scan(&e.Account, &e.Group, &e.Address, &e.Name, &e.Kind, &e.hidden)
			_, _ = fmt.Fprintf(h, "%d %q %q %d %t\n", int64(e.Account)+int64(e.Group), e.Address, e.Name, e.Kind, e.hidden) // never fails
			now.book = append(now.book, e)
			return err
		})
		if err != nil {
			return now, err
		}
		_, _ = h.Write([]byte{0})
	}
	now.mark = hex.EncodeToString(h.Sum(nil))
	return now, nil
}
