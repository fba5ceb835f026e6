package adminserver

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

func organisation(o postroom.Organisation) adminwire.Organisation {
	return adminwire.Organisation{ID: int64(o.ID), UUID: o.UUID, Name: o.Name,
		DisplayedSender: adminwire.DisplayedSender(o.Displayed), AuditDays: o.AuditDays, MaxAccounts: o.Limits.Accounts,
		MaxShared: o.Limits.Shared, MaxDomains: o.Limits.Domains, BreakGlassSeconds: int64(o.BreakGlass.Seconds()), Locale: cmp.Or(o.Locale, "en"), Created: o.Created}
}

type changeOrganisation struct {
	Name string `path:"name"`
	Body adminwire.OrganisationChange
}

func (s *Server) organisations() {
	endpoint(s, "GET", "/organisations", "List the organisations",
		func(ctx context.Context, r request[none]) ([]adminwire.Organisation, error) {
			list, err := r.dir.Organisations(ctx)
			return eachErr(list, err, func(o postroom.Organisation) (adminwire.Organisation, error) { return shownOrganisation(ctx, r.dir, o) })
		})
	endpoint(s, "POST", "/organisations", "Create an organisation",
		func(ctx context.Context, r request[struct {
			Body adminwire.OrganisationChange
		}]) (adminwire.Organisation, error) {
			o, err := r.dir.CreateOrganisation(ctx, value(r.in.Body.Name))
			if err != nil || r.in.Body.DisplayedSender == nil {
				if err != nil {
					return adminwire.Organisation{}, err
				}
				return shownOrganisation(ctx, r.dir, o)
			}
			r.in.Body.Name = nil
			return updateOrganisation(ctx, r.dir, o, r.in.Body)
		})
	endpoint(s, "GET", "/organisations/{name}", "Show an organisation",
		func(ctx context.Context, r request[named]) (adminwire.Organisation, error) {
			o, err := r.dir.Organisation(ctx, r.in.Name)
			if err != nil {
				return adminwire.Organisation{}, err
			}
			return shownOrganisation(ctx, r.dir, o)
		})
	endpoint(s, "PATCH", "/organisations/{name}", "Change an organisation",
		func(ctx context.Context, r request[changeOrganisation]) (adminwire.Organisation, error) {
			o, err := r.dir.Organisation(ctx, r.in.Name)
			if err != nil {
				return adminwire.Organisation{}, err
			}
			return updateOrganisation(ctx, r.dir, o, r.in.Body)
		})
	endpoint(s, "DELETE", "/organisations/{name}", "Delete an organisation without domains",
		func(ctx context.Context, r request[named]) (adminwire.Done, error) {
			o, err := r.dir.Organisation(ctx, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(r.dir.DeleteOrganisation(ctx, o.ID))
		})
}

func updateOrganisation(ctx context.Context, d *store.Directory, o postroom.Organisation, c adminwire.OrganisationChange) (adminwire.Organisation, error) {
	set(&o.Name, c.Name)
	set(&o.AuditDays, c.AuditDays)
	set(&o.Locale, c.Locale)
	set(&o.Limits.Accounts, c.MaxAccounts)
	set(&o.Limits.Shared, c.MaxShared)
	set(&o.Limits.Domains, c.MaxDomains)
	if c.BreakGlassSeconds != nil {
		o.BreakGlass = time.Duration(*c.BreakGlassSeconds) * time.Second
	}
	if err := setPlans(ctx, d, &o, c); err != nil {
		return adminwire.Organisation{}, err
	}
	if err := setWord(&o.Displayed, c.DisplayedSender, adminwire.ParseDisplayedSender); err != nil {
		return adminwire.Organisation{}, err
	}
	if err := d.UpdateOrganisation(ctx, o); err != nil {
		return adminwire.Organisation{}, err
	}
	return shownOrganisation(ctx, d, o)
}

// plansOf finds the plans of an organisation.
func plansOf(ctx context.Context, d *store.Directory, org postroom.OrgID) (list []postroom.Plan, err error) {
	all, err := d.Plans(ctx)
	for _, p := range all {
		if p.Org == org {
			list = append(list, p)
		}
	}
	return list, err
}

// setPlans puts the plans of new accounts into an organisation, by name.
func setPlans(ctx context.Context, d *store.Directory, o *postroom.Organisation, c adminwire.OrganisationChange) error {
	for _, of := range []struct {
		id   *postroom.PlanID
		name *string
	}{{&o.PersonPlan, c.PersonPlan}, {&o.SharedPlan, c.SharedPlan}, {&o.ResourcePlan, c.ResourcePlan}} {
		if of.name == nil {
			continue
		}
		list, err := plansOf(ctx, d, o.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(p postroom.Plan) bool { return strings.EqualFold(p.Name, *of.name) })
		if i < 0 {
			return postroom.Errorf(postroom.NotFound, "no such plan: %s", *of.name)
		}
		*of.id = list[i].ID
	}
	return nil
}

// shownOrganisation is an organisation with the names of its plans.
func shownOrganisation(ctx context.Context, d *store.Directory, o postroom.Organisation) (adminwire.Organisation, error) {
	w := organisation(o)
	w.PersonPlan, w.SharedPlan, w.ResourcePlan = "default", "default", "default"
	list, err := plansOf(ctx, d, o.ID)
	for _, p := range list {
		for id, name := range map[*postroom.PlanID]*string{&o.PersonPlan: &w.PersonPlan, &o.SharedPlan: &w.SharedPlan, &o.ResourcePlan: &w.ResourcePlan} {
			if *id == p.ID {
				*name = p.Name
			}
		}
	}
	return w, err
}

// orgNamed resolves an organisation; without a name the only one there is.
func orgNamed(ctx context.Context, d *store.Directory, name string) (postroom.Organisation, error) {
	if name != "" {
		return d.Organisation(ctx, name)
	}
	list, err := d.Organisations(ctx)
	if err != nil {
		return postroom.Organisation{}, err
	}
	if len(list) != 1 {
		return postroom.Organisation{}, postroom.Errorf(postroom.Invalid,
			"there are %d organisations: say which one", len(list))
	}
	return list[0], nil
}

// each maps a list; an empty one is [] and not null in JSON.
func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = f(a)
	}
	return out
}

// value is what p points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// set changes a field when the request names it.
func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}

// setWord changes a field that is spoken of by a word.
func setWord[T any](field *T, word *string, parse func(string) (T, bool)) error {
	if word == nil {
		return nil
	}
	v, ok := parse(*word)
	if !ok {
		return postroom.Errorf(postroom.Invalid, "unknown word %q", *word)
	}
	*field = v
	return nil
}

// setSettings merges changes into settings; an empty value takes one away.
func setSettings(settings *map[string]string, changes map[string]string) {
	if len(changes) == 0 {
		return
	}
	merged := make(map[string]string, len(*settings)+len(changes))
	for k, v := range *settings {
		merged[k] = v
	}
	for k, v := range changes {
		if v == "" {
			delete(merged, k)
			continue
		}
		merged[k] = v
	}
	*settings = merged
}
