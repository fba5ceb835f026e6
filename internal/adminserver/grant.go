package adminserver

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/provision"
	"postroom/internal/rights"
	"postroom/internal/store"
)

func until(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// findTarget resolves ADDRESS[:/path].
func findTarget(ctx context.Context, d *store.Directory, target string) (postroom.Collection, error) {
	address, path := adminwire.SplitTarget(target)
	return d.FindCollection(ctx, address, path)
}

type listGrants struct {
	Target  string `query:"target" doc:"ADDRESS:/path for one folder, ADDRESS for a whole account"`
	Grantee string `query:"grantee" doc:"Instead of a target: what this grantee was given"`
	Only    bool   `query:"only" doc:"Only the target folder itself, also when it is the root"`
}

type dropGrant struct {
	Target   string `query:"target" required:"true"`
	Grantee  string `query:"grantee" required:"true"`
	Negative bool   `query:"negative"`
	Quiet    bool   `query:"quiet" doc:"Send no notice"`
}

// quietly is the handle for a change that sends no notice, when that was asked.
func quietly(d *store.Directory, quiet bool) *store.Directory {
	if quiet {
		return d.Quietly()
	}
	return d
}

func (s *Server) grants() {
	endpoint(s, "GET", "/grants", "List grants on a target, or to a grantee", getGrants)
	endpoint(s, "PUT", "/grants", "Give rights, or replace those given before", putGrant)
	endpoint(s, "DELETE", "/grants", "Take a grant back",
		func(ctx context.Context, r request[dropGrant]) (adminwire.Done, error) {
			c, err := findTarget(ctx, r.dir, r.in.Target)
			if err != nil {
				return adminwire.Done{}, err
			}
			g, err := r.dir.FindGrantee(ctx, c.Ref.Account, r.in.Grantee)
			if err != nil {
				return adminwire.Done{}, err
			}
			sign := store.Positive
			if r.in.Negative {
				sign = store.Negative
			}
			return done(quietly(r.dir, r.in.Quiet).RemoveGrant(ctx, c.Ref, g, sign))
		})
	endpoint(s, "PUT", "/shares", "Share a whole mailbox by a preset",
		func(ctx context.Context, r request[struct{ Body adminwire.Share }]) (adminwire.Done, error) {
			return done(provision.Share(ctx, quietly(r.dir, r.in.Body.Quiet), share(r.in.Body)))
		})
	endpoint(s, "DELETE", "/shares", "Take back all that a grantee was given on a mailbox",
		func(ctx context.Context, r request[struct {
			Target  string `query:"target" required:"true"`
			Grantee string `query:"grantee" required:"true"`
			Quiet   bool   `query:"quiet" doc:"Send no notice"`
		}]) (adminwire.Done, error) {
			return done(provision.Unshare(ctx, quietly(r.dir, r.in.Quiet), r.in.Target, r.in.Grantee))
		})
}

func share(b adminwire.Share) provision.ShareSpec {
	mode, _ := adminwire.ParseShareMode(b.Mount) // the schema has checked it
	return provision.ShareSpec{Target: b.Target, Grantee: b.Grantee, Preset: b.Preset, Mode: mode, Until: value(b.Until)}
}

func putGrant(ctx context.Context, r request[struct{ Body adminwire.NewGrant }]) (adminwire.Done, error) {
	b := r.in.Body
	c, err := findTarget(ctx, r.dir, b.Target)
	if err != nil {
		return adminwire.Done{}, err
	}
	given, err := rights.Parse(b.Rights)
	if err != nil {
		return adminwire.Done{}, err
	}
	grantee, err := r.dir.FindGrantee(ctx, c.Ref.Account, b.Grantee)
	if err != nil {
		return adminwire.Done{}, err
	}
	g := postroom.Grant{Target: c.Ref, Grantee: grantee, Rights: given, Negative: b.Negative, Until: value(b.Until)}
	if err := setWord(&g.Mode, &b.Mode, adminwire.ParseShareMode); err != nil {
		return adminwire.Done{}, err
	}
	if g.Mode == 0 {
		g.Mode = provision.DefaultMode(c)
	}
	return done(quietly(r.dir, b.Quiet).Together(ctx, func(d *store.Directory) error {
		if err := replacesGrant(ctx, d, g, b); err != nil {
			return err
		}
		return d.PutGrant(ctx, g)
	}))
}

// replacesGrant refuses to replace another grant than the caller has seen.
func replacesGrant(ctx context.Context, d *store.Directory, g postroom.Grant, b adminwire.NewGrant) error {
	if b.Replaces == "" {
		return nil
	}
	list, err := d.Grants(ctx, g.Target)
	if err != nil {
		return err
	}
	n := newNames(d)
	for _, e := range list {
		if e.Target != g.Target || e.Grantee != g.Grantee || e.Negative != g.Negative {
			continue
		}
		w, err := n.grant(ctx, e)
		if err != nil || w.Version == b.Replaces {
			return err
		}
	}
	return stale("what " + b.Grantee + " has on " + b.Target)
}

func getGrants(ctx context.Context, r request[listGrants]) ([]adminwire.Grant, error) {
	n := newNames(r.dir)
	if r.in.Grantee != "" {
		g, err := r.dir.FindGrantee(ctx, 0, r.in.Grantee)
		if err != nil {
			return nil, err
		}
		list, err := r.dir.GrantsTo(ctx, g)
		return eachErr(list, err, func(e store.ACLEntry) (adminwire.Grant, error) { return n.grant(ctx, e) })
	}
	if r.in.Target == "" {
		return nil, postroom.Errorf(postroom.Invalid, "a target or a grantee is needed")
	}
	address, path := adminwire.SplitTarget(r.in.Target)
	c, err := r.dir.FindCollection(ctx, address, path)
	if err != nil {
		return nil, err
	}
	if address == r.in.Target && !r.in.Only {
		c.Ref.Collection = 0
	}
	list, err := r.dir.Grants(ctx, c.Ref)
	return eachErr(list, err, func(e store.ACLEntry) (adminwire.Grant, error) { return n.grant(ctx, e) })
}
