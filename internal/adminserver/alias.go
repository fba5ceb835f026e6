package adminserver

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

// entry finds the account or group that an address, alias or UUID names.
func entry(ctx context.Context, d *store.Directory, name string) (postroom.SendTarget, string, error) {
	a, err := d.Account(ctx, name)
	if err == nil {
		return postroom.SendTarget{Account: a.ID}, a.Address, nil
	}
	if postroom.KindOf(err) != postroom.NotFound {
		return postroom.SendTarget{}, "", err
	}
	g, groupErr := d.Group(ctx, name)
	if groupErr == nil {
		return postroom.SendTarget{Group: g.ID}, g.Address, nil
	}
	if postroom.KindOf(groupErr) != postroom.NotFound {
		return postroom.SendTarget{}, "", groupErr
	}
	return postroom.SendTarget{}, "", postroom.Errorf(postroom.NotFound, "no account or group %s", name)
}

func aliasesOf(ctx context.Context, d *store.Directory, t postroom.SendTarget, address string) ([]adminwire.Alias, error) {
	list, err := d.Aliases(ctx, t)
	return each(list, func(a postroom.Alias) adminwire.Alias {
		return adminwire.Alias{Address: a.Address, Target: address, Delegable: a.Delegable}
	}), err
}

type ofTarget struct {
	Target string `query:"target" required:"true"`
}

func (s *Server) aliases() {
	endpoint(s, "GET", "/entries/{name}", "Find what an address, alias or UUID names",
		func(ctx context.Context, r request[named]) (adminwire.Entry, error) {
			t, _, err := entry(ctx, r.dir, r.in.Name)
			if err != nil {
				return adminwire.Entry{}, err
			}
			return fullEntry(ctx, r.dir, t)
		})
	endpoint(s, "GET", "/aliases", "List the aliases of an account or group",
		func(ctx context.Context, r request[ofTarget]) ([]adminwire.Alias, error) {
			t, address, err := entry(ctx, r.dir, r.in.Target)
			if err != nil {
				return nil, err
			}
			return aliasesOf(ctx, r.dir, t, address)
		})
	endpoint(s, "POST", "/aliases", "Add an alias",
		func(ctx context.Context, r request[struct{ Body adminwire.Alias }]) (adminwire.Alias, error) {
			t, address, err := entry(ctx, r.dir, r.in.Body.Target)
			if err != nil {
				return adminwire.Alias{}, err
			}
			b := r.in.Body
			b.Target = address
			return b, r.dir.AddAlias(ctx, postroom.Alias{Address: b.Address, Target: t, Delegable: b.Delegable})
		})
	endpoint(s, "DELETE", "/aliases/{name}", "Remove an alias",
		func(ctx context.Context, r request[named]) (adminwire.Done, error) {
			return done(r.dir.RemoveAlias(ctx, r.in.Name))
		})
	s.delegable()
}

func (s *Server) delegable() {
	endpoint(s, "GET", "/delegable", "List the addresses that delegates of a target may use",
		func(ctx context.Context, r request[ofTarget]) (adminwire.Delegable, error) {
			t, address, err := entry(ctx, r.dir, r.in.Target)
			if err != nil {
				return adminwire.Delegable{}, err
			}
			list, err := r.dir.Delegable(ctx, t)
			return adminwire.Delegable{Target: address, Addresses: list}, err
		})
	endpoint(s, "PUT", "/delegable", "Say which addresses delegates of a target may use",
		func(ctx context.Context, r request[struct{ Body adminwire.Delegable }]) (adminwire.Done, error) {
			return done(r.dir.Together(ctx, func(d *store.Directory) error { return setDelegable(ctx, d, r.in.Body) }))
		})
}

func setDelegable(ctx context.Context, d *store.Directory, b adminwire.Delegable) error {
	t, address, err := entry(ctx, d, b.Target)
	if err != nil {
		return err
	}
	if b.Was != nil {
		now, err := d.Delegable(ctx, t)
		if err != nil {
			return err
		}
		if !slices.Equal(slices.Sorted(slices.Values(now)), slices.Sorted(slices.Values(*b.Was))) {
			return stale(address)
		}
	}
	return d.SetDelegable(ctx, t, b.Addresses)
}

func fullEntry(ctx context.Context, d *store.Directory, t postroom.SendTarget) (adminwire.Entry, error) {
	if t.Account != 0 {
		a, err := d.AccountByID(ctx, t.Account)
		if err != nil {
			return adminwire.Entry{}, err
		}
		w, err := fullAccount(ctx, d, a)
		return adminwire.Entry{Type: "account", Account: &w}, err
	}
	g, err := d.GroupByID(ctx, t.Group)
	if err != nil {
		return adminwire.Entry{}, err
	}
	w, err := fullGroup(ctx, d, g)
	return adminwire.Entry{Type: "group", Group: &w}, err
}
