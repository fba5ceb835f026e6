package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
)

func domain(ctx context.Context, n *names, m postroom.Domain) (adminwire.Domain, error) {
	org, err := n.org(ctx, m.Org)
	return adminwire.Domain{ID: int64(m.ID), UUID: m.UUID, Organisation: org, Name: m.Name,
		DKIMSelector: m.DKIMSelector, Created: m.Created}, err
}

type changeDomain struct {
	Name string `path:"name"`
	Body adminwire.DomainChange
}

func (s *Server) domains() {
	endpoint(s, "GET", "/domains", "List the domains",
		func(ctx context.Context, r request[none]) ([]adminwire.Domain, error) {
			list, err := r.dir.Domains(ctx)
			n := newNames(r.dir)
			return eachErr(list, err, func(m postroom.Domain) (adminwire.Domain, error) { return domain(ctx, n, m) })
		})
	endpoint(s, "POST", "/domains", "Create a domain with a new DKIM key",
		func(ctx context.Context, r request[struct{ Body adminwire.NewDomain }]) (adminwire.Domain, error) {
			o, err := orgNamed(ctx, r.dir, r.in.Body.Organisation)
			if err != nil {
				return adminwire.Domain{}, err
			}
			m, err := r.dir.CreateDomain(ctx, o.ID, r.in.Body.Name)
			if err != nil {
				return adminwire.Domain{}, err
			}
			return domain(ctx, newNames(r.dir), m)
		})
	endpoint(s, "GET", "/domains/{name}", "Show a domain",
		func(ctx context.Context, r request[named]) (adminwire.Domain, error) {
			m, err := r.dir.Domain(ctx, r.in.Name)
			if err != nil {
				return adminwire.Domain{}, err
			}
			return domain(ctx, newNames(r.dir), m)
		})
	endpoint(s, "PATCH", "/domains/{name}", "Replace the DKIM key of a domain",
		func(ctx context.Context, r request[changeDomain]) (adminwire.Domain, error) {
			m, err := r.dir.Domain(ctx, r.in.Name)
			if err != nil {
				return adminwire.Domain{}, err
			}
			set(&m.DKIMSelector, r.in.Body.DKIMSelector)
			set(&m.DKIMKey, r.in.Body.DKIMKey)
			if err := r.dir.UpdateDomain(ctx, m); err != nil {
				return adminwire.Domain{}, err
			}
			return domain(ctx, newNames(r.dir), m)
		})
	endpoint(s, "DELETE", "/domains/{name}", "Delete a domain without accounts and groups",
		func(ctx context.Context, r request[named]) (adminwire.Done, error) {
			m, err := r.dir.Domain(ctx, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(r.dir.DeleteDomain(ctx, m.ID))
		})
	s.records()
}

// records are those to publish, and what the public DNS says of them. It is
// asked outside the store's transaction: who may know of the domain was
// decided by then.
func (s *Server) records() {
	if s.opts.Records != nil {
		endpoint(s, "GET", "/domains/{name}/records", "List the DNS records to publish",
			func(ctx context.Context, r request[named]) ([]adminwire.Record, error) {
				m, err := r.dir.Domain(ctx, r.in.Name)
				if err != nil {
					return nil, err
				}
				return s.opts.Records(m)
			})
	}
	if s.opts.Published != nil {
		endpoint(s, "GET", "/domains/{name}/published", "Compare the DNS records to publish with what the public DNS says now",
			func(ctx context.Context, r request[named]) ([]adminwire.PublishedRecord, error) {
				m, err := r.dir.Domain(ctx, r.in.Name)
				if err != nil {
					return nil, err
				}
				return s.opts.Published(ctx, m)
			})
	}
}

// eachErr maps a list with a function that may fail.
func eachErr[A, B any](list []A, err error, f func(A) (B, error)) ([]B, error) {
	if err != nil {
		return nil, err
	}
	out := make([]B, len(list))
	for i, a := range list {
		if out[i], err = f(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}
