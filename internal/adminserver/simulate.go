package adminserver

import (
	"context"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// simulated are the nouns whose requests can be tried without doing them.
var simulated = []string{"/accounts", "/groups", "/grants", "/shares", "/send-rights", "/delegates"}

// simulable reports whether an operation changes rights, and does so by the
// Directory alone: folders are made and deleted by a session.
func simulable(method, path string) bool {
	if method == "GET" || strings.Contains(path, "/collections") {
		return false
	}
	for _, noun := range simulated {
		if path == noun || strings.HasPrefix(path, noun+"/") {
			return true
		}
	}
	return false
}

// tried is an operation that is only tried. It gets no session, only a
// Directory that keeps nothing.
func tried[I, O any](do func(context.Context, request[I]) (O, error)) func(context.Context, request[I]) (adminwire.Simulation, error) {
	return func(ctx context.Context, r request[I]) (adminwire.Simulation, error) {
		s, err := r.dir.Simulate(ctx, func(d *store.Directory) error {
			_, err := do(ctx, request[I]{dir: d, in: r.in})
			return err
		})
		return simulation(s), err
	}
}

func simulation(s store.Simulation) adminwire.Simulation {
	return adminwire.Simulation{Changes: each(s.Changes, accessChange), Changed: s.Changed, Touched: s.Touched, Compared: s.Compared}
}

func accessChange(c store.AccessChange) adminwire.AccessChange {
	w := adminwire.AccessChange{Person: c.Person, Target: c.Target, TargetType: "account", Collection: c.Collection,
		Gains: accessRights(c.Gained(), c.Gains), Loses: accessRights(c.Lost(), c.Loses),
		Via: each(c.Via, sentence), Ended: each(c.Ended, sentence), Ways: each(c.Via, way), EndedWays: each(c.Ended, way)}
	if c.Group {
		w.TargetType = "group"
	}
	return w
}

func accessRights(r postroom.Rights, acts []string) adminwire.AccessRights {
	a := adminwire.AccessRights{Acts: acts}
	if r != postroom.NoRights {
		a.Rights, a.Names = rights.Zimbra(r), rights.ZimbraNames(r)
	}
	return a
}
