package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

// presets are names for several abilities.
var presets = map[string]postroom.Abilities{
	"help-desk": postroom.HelpDeskAbilities,
	"usual":     postroom.UsualAbilities,
	"all":       postroom.AllAbilities,
}

// abilities reads names of abilities and of presets.
func abilities(names []string) (set postroom.Abilities, err error) {
	for _, name := range names {
		a, ok := postroom.ParseAbility(name)
		if !ok {
			if a, ok = presets[name]; !ok {
				return 0, postroom.Errorf(postroom.Invalid, "unknown ability %q", name)
			}
		}
		set |= a
	}
	return set, nil
}

func administrator(ctx context.Context, n *names, a postroom.Account) (adminwire.Administrator, error) {
	org, err := n.org(ctx, a.Org)
	return adminwire.Administrator{Address: a.Address, Name: a.Name, Organisation: org, Scope: adminwire.AdminScope(a.Admin),
		Abilities: a.Abilities.Names()}, err
}

type changeAdministrator struct {
	Name string `path:"name"`
	Body adminwire.AdministratorChange
}

func (s *Server) administrators() {
	endpoint(s, "GET", "/administrators", "List the administrators with their abilities",
		func(ctx context.Context, r request[none]) ([]adminwire.Administrator, error) {
			list, err := r.dir.Administrators(ctx)
			n := newNames(r.dir)
			return eachErr(list, err, func(a postroom.Account) (adminwire.Administrator, error) { return administrator(ctx, n, a) })
		})
	endpoint(s, "PUT", "/administrators/{name}", "Make a person an administrator, or another one than before",
		func(ctx context.Context, r request[changeAdministrator]) (adminwire.Administrator, error) {
			set, err := abilities(r.in.Body.Abilities)
			if err != nil {
				return adminwire.Administrator{}, err
			}
			var scope postroom.AdminScope
			if err := setWord(&scope, &r.in.Body.Scope, adminwire.ParseAdminScope); err != nil {
				return adminwire.Administrator{}, err
			}
			return appoint(ctx, r.dir, r.in.Name, scope, set)
		})
	endpoint(s, "DELETE", "/administrators/{name}", "Make somebody no administrator any more",
		func(ctx context.Context, r request[named]) (adminwire.Done, error) {
			_, err := appoint(ctx, r.dir, r.in.Name, postroom.NoAdmin, 0)
			return done(err)
		})
}

func appoint(ctx context.Context, d *store.Directory, name string, scope postroom.AdminScope, set postroom.Abilities) (adminwire.Administrator, error) {
	a, err := d.Account(ctx, name)
	if err != nil {
		return adminwire.Administrator{}, err
	}
	if err := d.SetAdministrator(ctx, a.ID, scope, set); err != nil {
		return adminwire.Administrator{}, err
	}
	if a, err = d.Account(ctx, name); err != nil {
		return adminwire.Administrator{}, err
	}
	return administrator(ctx, newNames(d), a)
}
