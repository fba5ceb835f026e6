package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
)

func plan(ctx context.Context, n *names, p postroom.Plan) (adminwire.Plan, error) {
	org, err := n.org(ctx, p.Org)
	return adminwire.Plan{ID: int64(p.ID), UUID: p.UUID, Organisation: org, Name: p.Name,
		QuotaBytes: p.QuotaBytes, Features: p.Features.Names(), MessageBytes: p.MessageBytes, MaxAliases: p.MaxAliases, Created: p.Created}, err
}

type changePlan struct {
	Name string `path:"name"`
	Body adminwire.PlanChange
}

// setPlan puts what is said of a plan into it.
func setPlan(p *postroom.Plan, c adminwire.PlanChange) error {
	set(&p.QuotaBytes, c.QuotaBytes)
	set(&p.MessageBytes, c.MessageBytes)
	set(&p.MaxAliases, c.MaxAliases)
	if c.Features == nil {
		return nil
	}
	p.Features &^= featureSet(postroom.FeatureNames())
	for _, name := range *c.Features {
		f, ok := postroom.ParseFeature(name)
		if !ok {
			return postroom.Errorf(postroom.Invalid, "no such feature: %s", name)
		}
		p.Features |= f
	}
	return nil
}

// featureSet is the set of features by name.
func featureSet(names []string) (set postroom.Features) {
	for _, name := range names {
		f, _ := postroom.ParseFeature(name)
		set |= f
	}
	return set
}

func (s *Server) plans() {
	endpoint(s, "GET", "/plans", "List the plans",
		func(ctx context.Context, r request[none]) ([]adminwire.Plan, error) {
			list, err := r.dir.Plans(ctx)
			n := newNames(r.dir)
			return eachErr(list, err, func(p postroom.Plan) (adminwire.Plan, error) { return plan(ctx, n, p) })
		})
	endpoint(s, "POST", "/plans", "Create a plan",
		func(ctx context.Context, r request[struct{ Body adminwire.PlanChange }]) (adminwire.Plan, error) {
			o, err := orgNamed(ctx, r.dir, value(r.in.Body.Organisation))
			if err != nil {
				return adminwire.Plan{}, err
			}
			p := postroom.Plan{Org: o.ID, Name: value(r.in.Body.Name), QuotaBytes: -1, Features: postroom.AllFeatures, MaxAliases: -1}
			if err := setPlan(&p, r.in.Body); err != nil {
				return adminwire.Plan{}, err
			}
			if p, err = r.dir.CreatePlan(ctx, p); err != nil {
				return adminwire.Plan{}, err
			}
			return plan(ctx, newNames(r.dir), p)
		})
	endpoint(s, "GET", "/plans/{name}", "Show a plan",
		func(ctx context.Context, r request[named]) (adminwire.Plan, error) {
			p, err := r.dir.Plan(ctx, r.in.Name)
			if err != nil {
				return adminwire.Plan{}, err
			}
			return plan(ctx, newNames(r.dir), p)
		})
	endpoint(s, "PATCH", "/plans/{name}", "Change a plan",
		func(ctx context.Context, r request[changePlan]) (adminwire.Plan, error) {
			p, err := r.dir.Plan(ctx, r.in.Name)
			if err != nil {
				return adminwire.Plan{}, err
			}
			set(&p.Name, r.in.Body.Name)
			if err := setPlan(&p, r.in.Body); err != nil {
				return adminwire.Plan{}, err
			}
			if err := r.dir.UpdatePlan(ctx, p); err != nil {
				return adminwire.Plan{}, err
			}
			return plan(ctx, newNames(r.dir), p)
		})
	endpoint(s, "DELETE", "/plans/{name}", "Delete a plan that no account has",
		func(ctx context.Context, r request[named]) (adminwire.Done, error) {
			p, err := r.dir.Plan(ctx, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(r.dir.DeletePlan(ctx, p.ID))
		})
}
