package provision

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// DelegateSpec is all that somebody has on a whole mailbox and to send for it.
type DelegateSpec struct {
	Target  string // address of the account
	Grantee string // a grantee word: an address, domain:D, plan:P, org, all
	Rights  postroom.Rights
	// Send is SendAs or SendOnBehalfOf; zero: neither.
	Send postroom.SendRight
	// Displayed is whether recipients are shown who sent.
	Displayed postroom.DisplayedSender
	Mode      postroom.ShareMode // zero: as it was, or automount
	Until     time.Time          // zero: no end
}

// Delegate makes it so in one change: what the grantee had there besides is
// taken back. Grants on single folders, entries that deny, and which addresses
// an entry adds or leaves out, stay. Exists when it is so already, Invalid when
// nothing is given and nothing was there.
func Delegate(ctx context.Context, d *store.Directory, s DelegateSpec) error {
	return d.Together(ctx, func(d *store.Directory) error {
		root, err := d.FindCollection(ctx, s.Target, "/")
		if err != nil {
			return err
		}
		grantee, err := d.FindGrantee(ctx, root.Ref.Account, s.Grantee)
		if err != nil {
			return err
		}
		granted, err := s.grant(ctx, d, root.Ref, grantee)
		if err != nil {
			return err
		}
		sends, err := s.sends(ctx, d, postroom.SendTarget{Account: root.Ref.Account}, grantee)
		switch {
		case err != nil || granted || sends:
			return err
		case s.Rights == rights.None && s.Send == 0:
			return postroom.Errorf(postroom.Invalid, "nothing is given to %s", s.Grantee)
		}
		return postroom.Errorf(postroom.Exists, "%s has this on %s: already there", s.Grantee, s.Target)
	})
}

// grant sets the grant on the root, and reports whether it was another.
func (s DelegateSpec) grant(ctx context.Context, d *store.Directory, root postroom.CollectionRef, grantee postroom.Grantee) (bool, error) {
	list, err := d.Grants(ctx, root)
	if err != nil {
		return false, err
	}
	there := false
	for _, g := range list {
		if g.Grantee == grantee && !g.Negative {
			there = true
			if s.Mode == 0 {
				s.Mode = g.Mode
			}
		}
	}
	if s.Rights == rights.None {
		if !there {
			return false, nil
		}
		return true, d.RemoveGrant(ctx, root, grantee, store.Positive)
	}
	if s.Mode == 0 {
		s.Mode = postroom.Automount
	}
	return changed(d.PutGrant(ctx, postroom.Grant{Target: root, Grantee: grantee, Rights: s.Rights, Mode: s.Mode, Until: s.Until}))
}

// sends sets the right to send, and reports whether it was another.
func (s DelegateSpec) sends(ctx context.Context, d *store.Directory, target postroom.SendTarget, grantee postroom.Grantee) (bool, error) {
	list, err := d.SendGrants(ctx, target)
	if err != nil {
		return false, err
	}
	wish := postroom.SendGrant{Target: target, Grantee: grantee, Right: s.Send, Displayed: s.Displayed, Until: s.Until}
	removed := false
	for _, g := range list {
		if g.Grantee != grantee || g.Deny || g.Right != postroom.SendAs && g.Right != postroom.SendOnBehalfOf {
			continue
		}
		wish.AddAddresses, wish.DropAddresses = g.AddAddresses, g.DropAddresses
		if g.Right != s.Send {
			if err := d.RemoveSendGrant(ctx, g.SendGrant); err != nil {
				return false, err
			}
			removed = true
		}
	}
	if s.Send == 0 {
		return removed, nil
	}
	put, err := changed(d.PutSendGrant(ctx, wish))
	return put || removed, err
}

// changed reports whether there was something to change, and passes on every
// error but that it was there.
func changed(err error) (bool, error) {
	if postroom.KindOf(err) == postroom.Exists {
		return false, nil
	}
	return err == nil, err
}
