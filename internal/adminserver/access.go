package adminserver

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

type explain struct {
	At     time.Time `query:"at" doc:"As it was at this time; without it, as it is"`
	User   string    `query:"user" required:"true"`
	Target string    `query:"target" required:"true" doc:"ADDRESS[:/path]"`
	Action string    `query:"action" required:"true" doc:"A right's letter or name, or sendAs, sendOnBehalfOf, sendTo, own"`
}

type who struct {
	At     time.Time `query:"at" doc:"As it was at this time; without it, as it is"`
	Target string    `query:"target" required:"true"`
}

type what struct {
	At   time.Time `query:"at" doc:"As it was at this time; without it, as it is"`
	User string    `query:"user" required:"true"`
}

func holder(h store.Holder) adminwire.Holder {
	return adminwire.Holder{Address: h.Account.Address, UUID: h.Account.UUID, Kind: h.Account.Kind.String(),
		Collection: h.Collection, Rights: rights.Zimbra(h.Rights), Send: h.Send, Via: each(h.Ways, sentence), Ways: each(h.Ways, way)}
}

func sentence(w store.Way) string { return w.Text }

func way(w store.Way) adminwire.Way {
	return adminwire.Way{Text: w.Text, Via: w.Via, Kind: w.Kind, Effect: string(w.Effect), On: w.On, Rights: w.Rights, Role: w.Role,
		Names: w.Names, By: w.By, Since: until(w.Since), Until: until(w.Until), Reason: w.Reason}
}

func (s *Server) access() {
	endpoint(s, "GET", "/access/explain", "Say whether somebody may do something, and why",
		func(ctx context.Context, r request[explain]) (adminwire.Access, error) {
			address, path := adminwire.SplitTarget(r.in.Target)
			a, err := r.dir.At(r.in.At).ExplainAccess(ctx, r.in.User, address, path, r.in.Action)
			return adminwire.Access{Allowed: a.Allowed, Text: a.Text, Steps: a.Steps}, err
		})
	endpoint(s, "POST", "/access/break-glass", "Let somebody read a mailbox in an emergency; its owner is told",
		func(ctx context.Context, r request[struct{ Body adminwire.BreakGlass }]) (adminwire.Done, error) {
			a, err := r.dir.Account(ctx, r.in.Body.Target)
			if err != nil {
				return adminwire.Done{}, err
			}
			var with postroom.Account
			if r.in.Body.With != "" {
				if with, err = r.dir.Account(ctx, r.in.Body.With); err != nil {
					return adminwire.Done{}, err
				}
			}
			return done(r.dir.BreakGlass(ctx, a.ID, with.ID, r.in.Body.Until, r.in.Body.Reason))
		})
	endpoint(s, "GET", "/access/who", "List everybody with access to an account",
		func(ctx context.Context, r request[who]) ([]adminwire.Holder, error) {
			list, err := r.dir.At(r.in.At).WhoHasAccess(ctx, r.in.Target)
			return each(list, holder), err
		})
	endpoint(s, "GET", "/access/what", "List everything somebody has access to",
		func(ctx context.Context, r request[what]) ([]adminwire.Holder, error) {
			list, err := r.dir.At(r.in.At).WhatAccess(ctx, r.in.User)
			return each(list, holder), err
		})
}
