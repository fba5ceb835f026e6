package adminserver

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/provision"
	"postroom/internal/rights"
	"postroom/internal/store"
)

func (s *Server) leaving() {
	endpoint(s, "GET", "/accounts/{name}/belongings", "List what hangs on a person: groups, grants, addresses, queued mail",
		func(ctx context.Context, r request[named]) (adminwire.Belongings, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.Belongings{}, err
			}
			held, err := r.dir.Belongings(ctx, a.ID)
			return belongings(held), err
		})
	endpoint(s, "POST", "/accounts/{name}/leave", "Lock the account of somebody who leaves, share, forward and answer its mail", leave)
	endpoint(s, "PUT", "/accounts/{name}/kind", "Make a person's account a shared one, or the other way round", convert)
}

func leave(ctx context.Context, r request[struct {
	Name string `path:"name"`
	Body adminwire.Leave
}]) (adminwire.Belongings, error) {
	a, err := r.dir.Account(ctx, r.in.Name)
	if err != nil {
		return adminwire.Belongings{}, err
	}
	b := r.in.Body
	if b.Preset == "" {
		b.Preset = "full"
	}
	held, err := provision.Leave(ctx, r.dir, a.ID, provision.LeaveSpec{ShareWith: b.ShareWith, Preset: b.Preset,
		Forward: b.Forward, OutOfOffice: b.OutOfOffice, Until: value(b.Until)})
	return belongings(held), err
}

func convert(ctx context.Context, r request[struct {
	Name string `path:"name"`
	Body adminwire.Conversion
}]) (adminwire.Done, error) {
	a, err := r.dir.Account(ctx, r.in.Name)
	if err != nil {
		return adminwire.Done{}, err
	}
	kind, _ := postroom.ParseAccountKind(r.in.Body.Kind) // the schema has checked it
	var plan postroom.PlanID
	if r.in.Body.Plan != "" {
		p, err := r.dir.Plan(ctx, r.in.Body.Plan)
		if err != nil {
			return adminwire.Done{}, err
		}
		plan = p.ID
	}
	return done(r.dir.ConvertAccount(ctx, a.ID, kind, plan))
}

func belongings(b store.Belongings) adminwire.Belongings {
	return adminwire.Belongings{Account: b.Account.Address, Admin: adminwire.AdminScope(b.Account.Admin),
		Groups: each(b.Groups, func(g store.HeldGroup) adminwire.HeldGroup { return adminwire.HeldGroup(g) }),
		Given:  each(b.Given, heldShare), Received: each(b.Received, heldShare),
		SendGiven: each(b.SendGiven, heldSend), SendReceived: each(b.SendReceived, heldSend),
		Aliases: list(b.Aliases), Identities: list(b.Identities), AppPasswords: list(b.AppPasswords),
		Forwards: list(b.Forwards), Queued: list(b.Queued)}
}

// list is a list that JSON shows as one, also when it is empty.
func list[T any](all []T) []T { return slices.Concat([]T{}, all) }

func heldShare(h store.HeldGrant) adminwire.HeldShare {
	return adminwire.HeldShare{Account: h.Address, Path: h.Path, Grantee: h.Name, Rights: rights.Zimbra(h.Rights),
		Negative: h.Negative, Until: until(h.Until)}
}

func heldSend(e store.SendEntry) adminwire.HeldSend {
	return adminwire.HeldSend{Target: e.TargetName, Grantee: e.GranteeName, Right: e.Right.String(), Deny: e.Deny, Until: until(e.Until)}
}
