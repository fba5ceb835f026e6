package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

type listShares struct {
	With      string `query:"with" doc:"What is shared with this account"`
	OfferedBy string `query:"offered_by" doc:"Instead: what this account has given to others"`
	State     string `query:"state" enum:"pending,accepted,declined"`
}

func (s *Server) shares() {
	endpoint(s, "GET", "/shares", "List what is shared with a person, or by one", getShares)
	endpoint(s, "PUT", "/shares/answer", "Accept or decline a share",
		func(ctx context.Context, r request[struct{ Body adminwire.ShareAnswer }]) (adminwire.Done, error) {
			b := r.in.Body
			a, err := r.dir.Account(ctx, b.As)
			if err != nil {
				return adminwire.Done{}, err
			}
			c, err := findTarget(ctx, r.dir, b.Target)
			if err != nil {
				return adminwire.Done{}, err
			}
			d := quietly(r.dir, b.Quiet)
			if b.Answer == "decline" {
				return done(d.DeclineShare(ctx, a.ID, c.Ref))
			}
			return done(d.AcceptShare(ctx, a.ID, c.Ref, b.Name))
		})
}

func getShares(ctx context.Context, r request[listShares]) ([]adminwire.ShareEntry, error) {
	f := store.ShareFilter{}
	f.State, _ = adminwire.ParseShareState(r.in.State) // the schema has checked it
	if (r.in.With == "") == (r.in.OfferedBy == "") {
		return nil, postroom.Errorf(postroom.Invalid, "one of with and offered_by is needed")
	}
	a, err := r.dir.Account(ctx, r.in.With+r.in.OfferedBy)
	if err != nil {
		return nil, err
	}
	if r.in.With != "" {
		f.With = a.ID
	} else {
		f.OfferedBy = a.ID
	}
	list, err := r.dir.Shares(ctx, f)
	return each(list, shareEntry), err
}

func shareEntry(s postroom.Share) adminwire.ShareEntry {
	w := adminwire.ShareEntry{Account: s.Owner.Address, UUID: s.Owner.UUID, Path: s.Path, ID: int64(s.Target.Collection),
		Kind: adminwire.CollectionKind(s.Kind), With: s.With.Address, State: s.State.String(), Mode: adminwire.ShareMode(s.Mode),
		Name: s.Name, Rights: rights.Zimbra(s.Rights), Role: rights.RoleOf(s.Rights), Since: s.Since, Until: until(s.Until),
		Via: s.Via, By: "console", Answered: until(s.Answered)}
	if s.By.Address != "" {
		w.By = s.By.Address
	}
	return w
}
