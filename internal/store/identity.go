package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// Identity is the proof that a session may send as an address. Only
// Session.Identity makes one, and only for who holds the right; it is checked
// again in the transaction that submits.
type Identity struct {
	session *Session
	// Address to be used, canonical.
	Address string
	// Target whose address it is; equal to the actor's account for one's own.
	Target postroom.SendTarget
	// Right it stands on: SendAs or SendOnBehalfOf; zero for one's own.
	Right postroom.SendRight
	// Sender is the address that must stand in the Sender field, or empty
	// when no Sender may be shown (RFC 5322 §3.6.2, semantics.md §3).
	Sender string
	// DisplayName of the target and of the actor, for building From and Sender.
	DisplayName, SenderName string
	// ordered is when a message that was held was given, else zero: the copy
	// that a program kept since then gives way to the server's.
	ordered time.Time
}

// Identity returns the proof for an address, or a Denied error whose text is
// the whole refusal: "cleo@example.test may not send as info@example.test: no
// sendAs or sendOnBehalfOf right". NotFound is never returned: an address that
// does not exist is refused with the same words.
func (s *Session) Identity(ctx context.Context, address string) (i *Identity, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		i, err = s.identity(tx, address)
		return err
	})
	return i, err
}

// recheck decides again, in the transaction that sends. The message was made
// for what i says, so all of it must still hold.
func (i *Identity) recheck(tx *db.Tx) error {
	if i == nil || i.session == nil {
		return errDenied()
	}
	fresh, err := i.session.identity(tx, i.Address)
	if err != nil {
		return err
	}
	if fresh.Address != i.Address || fresh.Target != i.Target || fresh.Right != i.Right || fresh.Sender != i.Sender {
		return postroom.Errorf(postroom.Denied, "the right to send as %s has just changed: send again", fresh.Address)
	}
	return nil
}

// DKIM returns the domain of the identity's address with the key that signs for
// it.
func (i *Identity) DKIM(ctx context.Context) (dom postroom.Domain, err error) {
	if i.session == nil {
		return dom, errDenied()
	}
	err = i.session.store.db.Read(ctx, func(tx *db.Tx) error {
		if err := i.recheck(tx); err != nil {
			return err
		}
		a, err := canonical(i.Address)
		if err != nil {
			return err
		}
		dom, err = domainNamed(tx, a.Domain)
		return err
	})
	return dom, err
}

func (s *Session) identity(tx *db.Tx, address string) (*Identity, error) {
	refused := mayNotSend(s.warrant.Actor.Address, canonicalOrSelf(address))
	v, err := s.look(tx, 0)
	if err != nil {
		return nil, err
	}
	if s.warrant.Purpose != mint.Person || !s.lives(v.who) {
		return nil, refused
	}
	if !s.warrant.MaySend {
		return nil, postroom.Errorf(postroom.Denied, "%s may not send with this credential", s.warrant.Actor.Address)
	}
	a, err := canonical(address)
	if err != nil {
		return nil, refused
	}
	t, base, found, err := owner(tx, a)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, refused
	}
	facts, name, err := factsOf(tx, t)
	if err != nil {
		return nil, err
	}
	grants, err := sendGrantsOn(tx, t)
	if err != nil {
		return nil, err
	}
	d := rights.DecideFrom(v.who.subject, facts, base.String(), grants, s.store.now())
	if !d.Allowed {
		return nil, refused
	}
	i := &Identity{session: s, Address: a.String(), Target: t, DisplayName: name, SenderName: v.who.account.Name}
	if d.Reason != rights.Itself {
		i.Right = d.Right
	}
	if d.ShowSender {
		i.Sender = v.who.account.Address
	}
	return i, nil
}

// owner finds whose address it is, by the address or by the one it is a
// subaddress of; base is the address found.
func owner(tx *db.Tx, a addr.Address) (t postroom.SendTarget, base addr.Address, found bool, err error) {
	for _, base = range []addr.Address{a, a.Base()} {
		if t, found, err = entryNamed(tx, base.String()); err != nil || found {
			break
		}
	}
	return t, base, found, err
}

// Identities lists the personas of the session's account that may be sent as
// right now: chosen ones, and one for each other address.
func (s *Session) Identities(ctx context.Context) (all []postroom.Identity, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		v, err := s.look(tx, 0)
		if err != nil || v.who == nil || !s.warrant.MaySend || s.warrant.Purpose != mint.Person {
			return err
		}
		chosen, automatic, err := identitiesOf(tx, v.who, s.warrant.Home, s.store.now())
		if err != nil {
			return err
		}
		for _, c := range chosen {
			usable, err := s.identity(tx, c.Address)
			if err == nil {
				c.Target = usable.Target
				all = append(all, c)
			} else if postroom.KindOf(err) != postroom.Denied {
				return err
			}
		}
		all = append(all, automatic...)
		return nil
	})
	return all, err
}
