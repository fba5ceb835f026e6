package store

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// maxSubscriptions bounds the names of one person.
const maxSubscriptions = 20_000

// SetSubscribed subscribes this person (not the account) to a mailbox name as
// the client spells it (RFC 9051 §6.3.7); the mailbox need not exist.
func (s *Session) SetSubscribed(ctx context.Context, name string, on Subscription) error {
	if name == "" || len(name) > 2*postroom.MaxCollectionPath {
		return postroom.Errorf(postroom.Invalid, "bad mailbox name")
	}
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if on == Unsubscribed {
			_, err := tx.Exec(`DELETE FROM subscription WHERE account_id = $1 AND home_id = $2 AND name = $3`,
				s.Actor().Account, s.Home(), name)
			return err
		}
		var n int
		err := tx.QueryRow(`SELECT COUNT(*) FROM subscription WHERE account_id = $1`, s.Actor().Account).Scan(&n)
		if err != nil {
			return err
		}
		if n >= maxSubscriptions {
			return postroom.Errorf(postroom.Limit, "too many subscriptions")
		}
		_, err = tx.Exec(`INSERT INTO subscription (account_id, home_id, name) VALUES ($1, $2, $3)
			ON CONFLICT DO NOTHING`, s.Actor().Account, s.Home(), name)
		return err
	})
}

// Subscription is whether a name is subscribed to.
type Subscription uint8

// The two states.
const (
	Unsubscribed Subscription = iota
	Subscribed
)

// Subscriptions lists the names this person is subscribed to, in byte order.
// A delegated sign-in has a list of its own: names mean others there.
func (s *Session) Subscriptions(ctx context.Context) (names []string, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) (err error) {
		names, err = s.subscriptions(tx)
		return err
	})
	return names, err
}

func (s *Session) subscriptions(tx *db.Tx) (names []string, err error) {
	err = tx.Each(`SELECT name FROM subscription WHERE account_id = $1 AND home_id = $2`,
		[]any{s.Actor().Account, s.Home()}, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			names = append(names, name)
			return err
		})
	slices.Sort(names)
	return names, err
}

// spelling is how clients name a collection: from the root of the home, and
// under the namespaces of interface.md for the others.
func (c *SeenCollection) spelling(home postroom.AccountID) string {
	name := c.Path[1:]
	if first := "Inbox"; len(name) >= len(first) && name[:len(first)] == first &&
		(len(name) == len(first) || name[len(first)] == '/') {
		name = "INBOX" + name[len(first):]
	}
	switch {
	case c.Owner.ID == home:
		return name
	case c.Owner.Kind == postroom.Person:
		return "Other Users/" + c.Owner.Address + "/" + name
	}
	return "Shared/" + c.Owner.Address + "/" + name
}
