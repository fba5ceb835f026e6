package store

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

const (
	// shareNotesKept is for how long a notification is there, and maxShareNotes
	// how many a person has; the oldest go.
	shareNotesKept = 90 * day
	maxShareNotes  = 200
	// shareNotesGone is for how long it is known that one went.
	shareNotesGone = 30 * day
	// shareNotesMerge is within what time several changes of one thing by one
	// person are one notification.
	shareNotesMerge = 10 * time.Minute
)

// ShareNotification tells a person that what they may do with a mailbox of
// somebody else has changed (RFC 9670 §3).
type ShareNotification struct {
	ID      int64
	Created time.Time
	// By is who changed it; the zero account for the console and for what time
	// did.
	By postroom.Account
	// Mailbox is what it is about: the Inbox for all of an account, and then Name
	// is its address.
	Mailbox postroom.CollectionRef
	Name    string
	// Old and New are what the person might and may do; NoRights when they
	// could not or cannot look it up.
	Old, New postroom.Rights
}

// shareTeller writes notifications in one transaction.
type shareTeller struct {
	store *Store
	tx    *db.Tx
	now   time.Time
	names map[postroom.AccountID]postroom.Account
}

// tell writes down what has changed for one person in one account.
func (t *shareTeller) tell(pair sharePair, by postroom.AccountID, changes []shareChange) error {
	if len(changes) == 0 {
		return nil
	}
	if there, err := exists(t.tx, `SELECT 1 FROM account WHERE id = $1`, pair.person); err != nil || !there {
		return err
	}
	for _, c := range changes {
		n := ShareNotification{Created: t.now, Mailbox: postroom.CollectionRef{Account: pair.account, Collection: c.collection},
			Name: c.name, Old: c.was, New: c.is}
		var err error
		if n.By, err = t.named(by); err != nil {
			return err
		}
		if err := t.put(pair.person, n); err != nil {
			return err
		}
	}
	return t.bound(pair.person)
}

func (t *shareTeller) named(id postroom.AccountID) (postroom.Account, error) {
	if a, is := t.names[id]; is || id == 0 {
		return a, nil
	}
	a, err := readAccount(t.tx, id)
	if err != nil {
		return a, err
	}
	if t.names == nil {
		t.names = make(map[postroom.AccountID]postroom.Account)
	}
	t.names[id] = a
	return a, nil
}

// put writes one notification. It takes the place of a young one about the same
// mailbox; one that takes back what that said leaves none.
func (t *shareTeller) put(person postroom.AccountID, n ShareNotification) error {
	var old ShareNotification
	err := t.tx.QueryRow(`SELECT notification_id, old_rights FROM share_notification WHERE person_id = $1 AND account_id = $2
		AND collection_id = $3 AND by_id = $4 AND removed = 0 AND created > $5 ORDER BY notification_id DESC LIMIT 1`,
		person, n.Mailbox.Account, n.Mailbox.Collection, n.By.ID, db.Micros(t.now.Add(-shareNotesMerge))).Scan(&old.ID, &old.Old)
	switch {
	case noRow(err):
	case err != nil:
		return err
	default:
		if err := t.store.removeShareNotes(t.tx, person, []int64{old.ID}); err != nil {
			return err
		}
		if n.Old = old.Old; n.Old == n.New {
			return nil
		}
	}
	if n.ID, err = nextShareNote(t.tx); err != nil {
		return err
	}
	_, err = t.tx.Exec(`INSERT INTO share_notification (person_id, notification_id, created, by_id, by_name, by_address, account_id,
		collection_id, name, old_rights, new_rights, modseq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $2)`,
		person, n.ID, db.Micros(n.Created), n.By.ID, n.By.Name, n.By.Address, n.Mailbox.Account, n.Mailbox.Collection, n.Name, n.Old, n.New)
	if err != nil {
		return err
	}
	return shareNoted(t.tx, person, n.ID)
}

// bound removes the oldest notifications of somebody who has too many.
func (t *shareTeller) bound(person postroom.AccountID) error {
	ids, err := readNumbers(t.tx, `SELECT notification_id FROM share_notification WHERE person_id = $1 AND removed = 0
		ORDER BY notification_id DESC LIMIT 1000 OFFSET $2`, person, maxShareNotes)
	if err != nil || len(ids) == 0 {
		return err
	}
	return t.store.removeShareNotes(t.tx, person, ids)
}

func readNumbers(tx *db.Tx, query string, args ...any) (list []int64, err error) {
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var n int64
		err := scan(&n)
		list = append(list, n)
		return err
	})
	return list, err
}

func nextShareNote(tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(`UPDATE directory_sequence SET value = value + 1 WHERE id = 4 RETURNING value`).Scan(&n)
	return n, err
}

// shareNoted moves the state of a person's notifications.
func shareNoted(tx *db.Tx, person postroom.AccountID, at int64) error {
	_, err := tx.Exec(`INSERT INTO share_notified (person_id, modseq) VALUES ($1, $2)
		ON CONFLICT (person_id) DO UPDATE SET modseq = excluded.modseq`, person, at)
	wakeAccount(tx, person)
	return err
}

// removeShareNotes removes notifications; that they went is told as a change.
func (s *Store) removeShareNotes(tx *db.Tx, person postroom.AccountID, ids []int64) error {
	at, err := nextShareNote(tx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, err := tx.Exec(`UPDATE share_notification SET removed = 1, modseq = $3, created = $4 WHERE person_id = $1
			AND notification_id = $2 AND removed = 0`, person, id, at, db.Micros(s.now()))
		if err != nil {
			return err
		}
	}
	return shareNoted(tx, person, at)
}

// pruneShareNotes removes what is too old, and forgets what went long ago.
func (s *Store) pruneShareNotes(tx *db.Tx) error {
	now := s.now()
	old := make(map[postroom.AccountID][]int64)
	err := tx.Each(`SELECT person_id, notification_id FROM share_notification WHERE removed = 0 AND created < $1 LIMIT 10000`,
		[]any{db.Micros(now.Add(-shareNotesKept))}, func(scan func(...any) error) error {
			var person postroom.AccountID
			var id int64
			err := scan(&person, &id)
			old[person] = append(old[person], id)
			return err
		})
	if err != nil {
		return err
	}
	for _, person := range slices.Sorted(maps.Keys(old)) {
		if err := s.removeShareNotes(tx, person, old[person]); err != nil {
			return err
		}
	}
	forgotten := db.Micros(now.Add(-shareNotesGone))
	_, err = tx.Exec(`UPDATE share_notified SET since = (SELECT MAX(n.modseq) FROM share_notification n
		WHERE n.person_id = share_notified.person_id AND n.removed = 1 AND n.created < $1)
		WHERE EXISTS (SELECT 1 FROM share_notification n WHERE n.person_id = share_notified.person_id AND n.removed = 1 AND n.created < $1)`, forgotten)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM share_notification WHERE removed = 1 AND created < $1`, forgotten)
	return err
}

// dropShareNotes removes what a person was told who is deleted.
func dropShareNotes(tx *db.Tx, person postroom.AccountID) error {
	for _, query := range []string{`DELETE FROM share_notification WHERE person_id = $1`, `DELETE FROM share_notified WHERE person_id = $1`} {
		if _, err := tx.Exec(query, person); err != nil {
			return err
		}
	}
	return nil
}

// told checks that the session may see, or dismiss, what its person was told: in
// their own account, with a credential that has the rights for it there.
func (s *Session) told(tx *db.Tx, need postroom.Rights) error {
	if !s.owns(s.Home()) {
		return errDenied()
	}
	have, err := s.rightsOn(tx, postroom.CollectionRef{Account: s.Home(), Collection: postroom.RootCollection})
	if err == nil && !have.Has(need) {
		err = errDenied()
	}
	return err
}

// ShareNotifications reads what the session's person was told of changed shares,
// the latest first: those with these numbers, or with nil all; and the state that
// is of. Denied where the session is not at home.
func (s *Session) ShareNotifications(ctx context.Context, ids []int64) (list []ShareNotification, state string, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		if err := s.told(tx, postroom.Lookup|postroom.Read); err != nil {
			return err
		}
		if ids == nil || len(ids) > 0 {
			err := tx.Each(`SELECT notification_id, created, by_id, by_name, by_address, account_id, collection_id, name, old_rights, new_rights
				FROM share_notification WHERE person_id = $1 AND removed = 0 ORDER BY notification_id DESC`, []any{s.Home()},
				func(scan func(...any) error) error {
					var n ShareNotification
					var created int64
					err := scan(&n.ID, &created, &n.By.ID, &n.By.Name, &n.By.Address, &n.Mailbox.Account, &n.Mailbox.Collection, &n.Name, &n.Old, &n.New)
					if n.Created = db.Time(created); ids == nil || slices.Contains(ids, n.ID) {
						list = append(list, n)
					}
					return err
				})
			if err != nil {
				return err
			}
		}
		now, _, err := shareNotesAt(tx, s.Home())
		state = shareState(now)
		return err
	})
	return list, state, err
}

func shareState(at int64) string { return "N" + strconv.FormatInt(at, 10) }

// shareNotesAt reads the state of somebody's notifications, and since when changes
// are known.
func shareNotesAt(tx *db.Tx, person postroom.AccountID) (now, since int64, err error) {
	err = tx.QueryRow(`SELECT modseq, since FROM share_notified WHERE person_id = $1`, person).Scan(&now, &since)
	if noRow(err) {
		err = nil
	}
	return now, since, err
}

// ShareNotificationsChanged tells what became of notifications since a state; most
// bounds how many are told at once, zero is MaxMailChanges. Stale when that cannot
// be told.
func (s *Session) ShareNotificationsChanged(ctx context.Context, state string, most int) (c Changes, err error) {
	number, marked := strings.CutPrefix(state, "N")
	from, bad := strconv.ParseInt(number, 10, 64)
	if most <= 0 || most > MaxMailChanges {
		most = MaxMailChanges
	}
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		c = Changes{}
		if err := s.told(tx, postroom.Lookup|postroom.Read); err != nil {
			return err
		}
		now, since, err := shareNotesAt(tx, s.Home())
		if err != nil {
			return err
		}
		if !marked || bad != nil || shareState(from) != state || from > now || from < since {
			return errCannotCalculate()
		}
		at := from
		err = tx.Each(`SELECT notification_id, removed, modseq FROM share_notification WHERE person_id = $1 AND modseq > $2
			ORDER BY modseq, notification_id`, []any{s.Home(), from}, func(scan func(...any) error) error {
			var id, m int64
			var removed bool
			if err := scan(&id, &removed, &m); err != nil || c.More {
				return err
			}
			told := len(c.Created) + len(c.Destroyed)
			if told >= most && m != at { // what went at once is told at once
				c.More = true
				return nil
			}
			at = m
			switch known := id <= from; {
			case removed && known:
				c.Destroyed = append(c.Destroyed, id)
			case !removed:
				c.Created = append(c.Created, id)
			}
			return nil
		})
		if !c.More {
			at = now
		}
		c.State = shareState(at)
		return err
	})
	return c, err
}

// DismissShareNotification removes a notification. NotFound when there is none.
func (s *Session) DismissShareNotification(ctx context.Context, id int64) error {
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.told(tx, postroom.Lookup|postroom.Read|postroom.Write); err != nil {
			return err
		}
		there, err := exists(tx, `SELECT 1 FROM share_notification WHERE person_id = $1 AND notification_id = $2 AND removed = 0`, s.Home(), id)
		if err != nil || !there {
			return orError(err, postroom.Errorf(postroom.NotFound, "no such notification"))
		}
		return s.store.removeShareNotes(tx, s.Home(), []int64{id})
	})
}
