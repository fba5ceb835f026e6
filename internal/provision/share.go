// Package provision sets things up: the first organisation of a server, shared
// mailboxes by preset, and the organisation of the demonstration.
package provision

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// ShareSpec says what Share gives.
type ShareSpec struct {
	Target  string // address of the account
	Grantee string // a grantee word: an address, domain:D, plan:P, org, all
	// Preset is read, full, full+send or send (semantics.md §2).
	Preset string
	Mode   postroom.ShareMode // zero: automount
	Until  time.Time          // zero: no end
}

// Share gives a preset on a whole mailbox. It replaces what the grantee had
// there; a share that is there already, as it is, is Exists.
func Share(ctx context.Context, d *store.Directory, s ShareSpec) error {
	root, err := d.FindCollection(ctx, s.Target, "/")
	if err != nil {
		return err
	}
	grantee, err := d.FindGrantee(ctx, root.Ref.Account, s.Grantee)
	if err != nil {
		return err
	}
	var given postroom.Rights
	var read, send bool
	switch s.Preset {
	case "read":
		given, _ = rights.ParseRole("viewer")
		read = true
	case "full", "full+send":
		given, _ = rights.ParseRole("manager")
		read, send = true, s.Preset == "full+send"
	case "send":
		send = true
	default:
		return postroom.Errorf(postroom.Invalid, "unknown preset %q: read, full, full+send or send", s.Preset)
	}
	if s.Mode == 0 {
		s.Mode = postroom.Automount
	}
	var there int
	if read {
		err := d.PutGrant(ctx, postroom.Grant{Target: root.Ref, Grantee: grantee, Rights: given, Mode: s.Mode, Until: s.Until})
		if err := already(err, &there); err != nil {
			return err
		}
	}
	if send {
		err := d.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Account: root.Ref.Account},
			Grantee: grantee, Right: postroom.SendAs, Until: s.Until})
		if err := already(err, &there); err != nil {
			return err
		}
	}
	if there == count(read, send) {
		return postroom.Errorf(postroom.Exists, "%s has %s on %s: already there", s.Grantee, s.Preset, s.Target)
	}
	return nil
}

// already counts what was there before and passes on every other error.
func already(err error, there *int) error {
	if err != nil && postroom.KindOf(err) == postroom.Exists {
		*there++
		return nil
	}
	return err
}

func count(facts ...bool) (n int) {
	for _, f := range facts {
		if f {
			n++
		}
	}
	return n
}

// Unshare takes back every grant and send right that a grantee has on a
// mailbox and its folders. NotFound when there is none.
func Unshare(ctx context.Context, d *store.Directory, target, grantee string) error {
	root, err := d.FindCollection(ctx, target, "/")
	if err != nil {
		return err
	}
	g, err := d.FindGrantee(ctx, root.Ref.Account, grantee)
	if err != nil {
		return err
	}
	grants, err := d.Grants(ctx, postroom.CollectionRef{Account: root.Ref.Account})
	if err != nil {
		return err
	}
	removed := 0
	for _, e := range grants {
		if e.Grantee != g {
			continue
		}
		sign := store.Positive
		if e.Negative {
			sign = store.Negative
		}
		if err := d.RemoveGrant(ctx, e.Target, g, sign); err != nil {
			return err
		}
		removed++
	}
	sends, err := d.SendGrants(ctx, postroom.SendTarget{Account: root.Ref.Account})
	if err != nil {
		return err
	}
	for _, e := range sends {
		if e.Grantee != g {
			continue
		}
		if err := d.RemoveSendGrant(ctx, e.SendGrant); err != nil {
			return err
		}
		removed++
	}
	if removed == 0 {
		return postroom.Errorf(postroom.NotFound, "%s has no share of %s", grantee, target)
	}
	return nil
}

// DefaultMode is how a grant on a collection reaches its grantee when nothing
// is said: a whole mailbox appears at once, a single folder is offered.
func DefaultMode(c postroom.Collection) postroom.ShareMode {
	if c.Ref.Collection == postroom.RootCollection {
		return postroom.Automount
	}
	return postroom.Offer
}
