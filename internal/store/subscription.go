package store

import (
	"context"
	"slices"
	"strconv"

	"postroom"
	"postroom/internal/store/internal/db"
)

// maxSubscriptions bounds the names of one person.
const maxSubscriptions = 20_000

// SetSubscribed subscribes this person (not the account) to a mailbox name as
// the client spells it (RFC 9051 §6.3.7), or unsubscribes; the mailbox need not
// exist. Whatever a person may look up counts as subscribed to until they
// unsubscribe, so that clients that show only subscribed mailboxes show one that
// is newly shared at once.
func (s *Session) SetSubscribed(ctx context.Context, name string, on Subscription) error {
	if name == "" || len(name) > 2*postroom.MaxCollectionPath {
		return postroom.Errorf(postroom.Invalid, "bad mailbox name")
	}
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		var n int
		err := tx.QueryRow(`SELECT COUNT(*) FROM subscription WHERE account_id = $1`, s.Actor().Account).Scan(&n)
		if err != nil {
			return err
		}
		if n >= maxSubscriptions {
			return postroom.Errorf(postroom.Limit, "too many subscriptions")
		}
		_, err = tx.Exec(`INSERT INTO subscription (account_id, home_id, name, wanted) VALUES ($1, $2, $3, $4)
			ON CONFLICT (account_id, home_id, name) DO UPDATE SET wanted = excluded.wanted`,
			s.Actor().Account, s.Home(), name, on)
		tx.Notify(topicAccount, strconv.FormatInt(int64(s.Home()), 10))
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

// Subscriptions lists the names this person asked to be subscribed to, in byte
// order, whether they exist or not; what is subscribed to without being asked
// for is not among them. A delegated sign-in has a list of its own: names mean
// others there.
func (s *Session) Subscriptions(ctx context.Context) (names []string, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		wishes, err := s.wishes(tx)
		names = nil
		for name, on := range wishes {
			if on == Subscribed {
				names = append(names, name)
			}
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// wishes are what a person said about names.
type wishes map[string]Subscription

func (s *Session) wishes(tx *db.Tx) (wishes, error) {
	all := wishes{}
	err := tx.Each(`SELECT name, wanted FROM subscription WHERE account_id = $1 AND home_id = $2`,
		[]any{s.Actor().Account, s.Home()}, func(scan func(...any) error) error {
			var name string
			var on Subscription
			err := scan(&name, &on)
			all[name] = on
			return err
		})
	return all, err
}

// apply fills in Subscribed.
func (w wishes) apply(c *SeenCollection, home postroom.AccountID) {
	on, said := w[c.spelling(home)]
	c.Subscribed = said && on == Subscribed || !said && c.Rights.Has(postroom.Lookup)
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
