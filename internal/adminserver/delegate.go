package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/provision"
	"postroom/internal/rights"
	"postroom/internal/store"
)

func (s *Server) delegates() {
	endpoint(s, "PUT", "/delegates", "Set all that somebody has on a whole mailbox, and to send for it",
		func(ctx context.Context, r request[struct{ Body adminwire.NewDelegation }]) (adminwire.Done, error) {
			b := r.in.Body
			return done(quietly(r.dir, b.Quiet).Together(ctx, func(d *store.Directory) error {
				if err := replaces(ctx, d, b.Target, b.Grantee, b.Replaces); err != nil {
					return err
				}
				return delegate(ctx, d, b.Target, b.Delegation)
			}))
		})
}

func delegate(ctx context.Context, d *store.Directory, target string, w adminwire.Delegation) error {
	s := provision.DelegateSpec{Target: target, Grantee: w.Grantee, Until: value(w.Until)}
	var err error
	if s.Rights, err = rights.Parse(w.Rights); err != nil {
		return err
	}
	if w.Send != "" {
		s.Send, _ = postroom.ParseSendRight(w.Send) // the schema has checked it
	}
	if err := setWord(&s.Mode, &w.Mode, adminwire.ParseShareMode); err != nil {
		return err
	}
	if err := setWord(&s.Displayed, &w.DisplayedSender, adminwire.ParseDisplayedSender); err != nil {
		return err
	}
	return provision.Delegate(ctx, d, s)
}

// furnished is an account that was made with what else was said of it: who may
// see the sender, and who may work in it.
func furnished(ctx context.Context, d *store.Directory, a postroom.Account, b adminwire.NewAccount) (postroom.Account, error) {
	if b.DisplayedSender != "" {
		if err := setWord(&a.Displayed, &b.DisplayedSender, adminwire.ParseDisplayedSender); err != nil {
			return a, err
		}
		if err := d.UpdateAccount(ctx, a); err != nil {
			return a, err
		}
	}
	for _, w := range b.Delegates {
		if err := delegate(ctx, quietly(d, b.Quiet), a.Address, w); err != nil {
			return a, err
		}
	}
	return a, nil
}
