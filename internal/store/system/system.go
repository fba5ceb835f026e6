// Package system opens the sessions of the server's own services. Each can do
// one thing: delivery may insert and not read, the queue may read what it
// carries, the console may administer. Who may import this package is a
// written list, checked by internal/archtest.
package system

import (
	"context"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/internal/mint"
)

func warrant(p mint.Purpose, address, protocol string) mint.Warrant {
	return mint.Seal(mint.Warrant{
		Actor:   postroom.Actor{Address: address, Protocol: protocol},
		Mask:    postroom.AllRights,
		Purpose: p,
	})
}

// Delivery opens the session that resolves recipients and inserts messages.
func Delivery(s *store.Store) *store.DeliverySession {
	return s.NewDelivery(warrant(mint.Delivery, "system", "delivery"))
}

// Queue opens the session that leases queued mail.
func Queue(s *store.Store) *store.QueueSession {
	return s.NewQueue(warrant(mint.Queue, "system", "queue"))
}

// Notices opens the session that reads what people are to be told about their
// shares, and puts the notices into their inboxes.
func Notices(s *store.Store) *store.NoticeSession {
	return s.NewNotices(warrant(mint.Notices, "system", "notices"))
}

// Push opens the session that tells people of changes through push services.
func Push(s *store.Store) *store.PushSession {
	return s.NewPush(warrant(mint.Push, "system", "push"))
}

// Console opens the session of whoever holds the machine: it administers all,
// and reads no mail.
func Console(s *store.Store) *store.Session {
	return s.NewSession(warrant(mint.Console, "console", "socket"))
}

// Housekeeping opens the session of the server's own upkeep. It has no right on
// anything of anybody.
func Housekeeping(s *store.Store) *store.Session {
	return s.NewSession(warrant(mint.Housekeeping, "system", "housekeeping"))
}

// ActingFor lets the console act for an account: its folders and their grants,
// not its mail. Every beginning is audited.
func ActingFor(ctx context.Context, console *store.Session, account postroom.AccountID) (*store.Session, error) {
	return console.ActingFor(ctx, account)
}
