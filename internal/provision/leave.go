package provision

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store"
)

// LeaveSpec says what happens to the account of somebody who leaves.
type LeaveSpec struct {
	// ShareWith is who gets the mailbox, by Preset; empty for nobody.
	ShareWith, Preset string
	// Forward are the addresses mail goes on to; a copy stays.
	Forward []string
	// OutOfOffice is the text of the automatic reply; empty leaves the reply
	// that is there.
	OutOfOffice string
	// Until ends the share and the reply; zero is no end.
	Until time.Time
}

// Leave locks the account of somebody who leaves, ends its sessions and app
// passwords, shares the mailbox, forwards and answers its mail: all of it or
// nothing. It returns what hung on the person before. Forwards that the person
// had set end: where they lead is nobody's business any more.
func Leave(ctx context.Context, d *store.Directory, id postroom.AccountID, s LeaveSpec) (held store.Belongings, err error) {
	err = d.Together(ctx, func(d *store.Directory) error {
		if held, err = d.Belongings(ctx, id); err != nil {
			return err
		}
		if held.Account.Kind != postroom.Person {
			return postroom.Errorf(postroom.Invalid, "%s is no person's account", held.Account.Address)
		}
		if err := d.Retire(ctx, id); err != nil {
			return err
		}
		if s.ShareWith != "" {
			err := Share(ctx, d, ShareSpec{Target: held.Account.Address, Grantee: s.ShareWith, Preset: s.Preset, Until: s.Until})
			if err != nil && postroom.KindOf(err) != postroom.Exists {
				return err
			}
		}
		if err := d.SetForwarding(ctx, id, postroom.Forwarding{Fixed: s.Forward}); err != nil {
			return err
		}
		if s.OutOfOffice == "" {
			return nil
		}
		return d.SetOutOfOffice(ctx, id, postroom.OutOfOffice{Enabled: true, Text: s.OutOfOffice, Until: s.Until})
	})
	return held, err
}
