package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Opened is a mailbox opened to be looked at for some time.
type Opened struct {
	Mailbox *Mailbox
	Owner   postroom.Account
	// View is the picture at the opening. Watch hints at what changes after
	// it, or changed while it was taken; the receiver closes it.
	View  *View
	Watch *Watch
}

// Open does what Resolve, Mailbox, Watch and View do one after another, in one
// snapshot. allowed tells whether the owner is one the name may stand for; nil
// allows all. NotFound without Lookup and for what holds no messages, Denied
// without Read. It is audited as View is; the record may still be on its way
// when Open returns, but is durable before any method of the mailbox gives or
// changes anything, and they fail if it cannot be written (docs/adr/0021).
func (s *Session) Open(ctx context.Context, account, path string, mode Mode, allowed func(postroom.Account) bool) (o Opened, err error) {
	heard := s.store.hub.told()
	o, org, ok := s.openKept(ctx, account, path, mode, allowed)
	for n := 0; !ok && n < maxSnapshots; n++ {
		err := s.store.db.Read(ctx, func(tx *db.Tx) (err error) {
			o = Opened{Mailbox: &Mailbox{session: s, mode: mode}}
			if o.Owner, err = s.accountNamed(tx, account, path); err != nil {
				return err
			}
			if allowed != nil && !allowed(o.Owner) {
				return noSuchMailbox(path)
			}
			o.View, org, err = o.Mailbox.openAt(tx, o.Owner.ID, path)
			return err
		})
		if err != nil {
			return Opened{}, err
		}
		ok = o.View != nil
	}
	if !ok {
		return Opened{}, errTooQuick()
	}
	o.Mailbox.opening = o.Mailbox.noteOpening(ctx)
	o.Watch = s.watchFrom(o.Owner.ID, org, heard)
	return o, nil
}

// openAt finds the mailbox and takes its picture; it is nil when others were
// faster.
func (m *Mailbox) openAt(tx *db.Tx, account postroom.AccountID, path string) (*View, postroom.OrgID, error) {
	c, err := collectionByPath(tx, account, path)
	if err != nil {
		return nil, 0, err
	}
	m.ref, m.path = c.Ref, c.Path
	if err := m.session.check(tx, m.ref, postroom.Lookup, path); err != nil {
		return nil, 0, err
	}
	if c.Kind != postroom.MailCollection || m.ref.Collection == postroom.RootCollection {
		return nil, 0, noSuchMailbox(path)
	}
	have, err := m.need(tx, toRead)
	if err != nil {
		return nil, 0, err
	}
	seen, err := m.session.look(tx, account)
	if err != nil {
		return nil, 0, err
	}
	var org postroom.OrgID
	if seen.who != nil {
		org = seen.who.account.Org
	}
	if _, err := seen.moved.principal(account); err != nil { // kept for openKept
		return nil, 0, err
	}
	v, err := m.picture(tx, have, c)
	return v, org, err
}

// watchFrom begins a watch of one account. If the hub was told of anything
// since heard, that may be a change that the picture lacks: the watch begins
// with a hint.
func (s *Session) watchFrom(account postroom.AccountID, org postroom.OrgID, heard uint64) *Watch {
	c := make(chan struct{}, 1)
	w := &Watch{C: c, c: c, hub: s.store.hub, session: s, org: org, accounts: []postroom.AccountID{account}}
	h := w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[w] = struct{}{}
	w.listen(w.accounts)
	if h.hints != heard {
		w.wake(0)
	}
	return w
}

// told is how many hints the hub had so far.
func (h *hub) told() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hints
}
