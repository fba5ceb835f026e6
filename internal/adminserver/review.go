package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/rights"
	"postroom/internal/sharing"
	"postroom/internal/store"
)

type numberedReview struct {
	ID int64 `path:"id"`
}

type reviewEntries struct {
	ID    int64  `path:"id"`
	After int    `query:"after" minimum:"0" doc:"Number of the last entry that is known"`
	State string `query:"state" enum:"open,confirmed,revoked,lapsed,gone"`
	Mine  bool   `query:"mine" doc:"Only those about which you are asked"`
	Max   int    `query:"max" minimum:"0" maximum:"1000" doc:"Default 500"`
}

type answerReview struct {
	ID   int64 `path:"id"`
	Body adminwire.ReviewAnswer
}

func (s *Server) reviews() {
	endpoint(s, "GET", "/reviews", "List access reviews",
		func(ctx context.Context, r request[none]) ([]adminwire.Review, error) {
			list, err := r.dir.Reviews(ctx)
			if err != nil {
				return nil, err
			}
			names, err := organisationNames(ctx, r.dir)
			return each(list, func(v store.Review) adminwire.Review { return reviewOut(v, names) }), err
		})
	endpoint(s, "POST", "/reviews", "Begin an access review", startReview)
	endpoint(s, "GET", "/reviews/{id}", "Show an access review",
		func(ctx context.Context, r request[numberedReview]) (adminwire.Review, error) {
			v, err := r.dir.Review(ctx, r.in.ID)
			if err != nil {
				return adminwire.Review{}, err
			}
			names, err := organisationNames(ctx, r.dir)
			return reviewOut(v, names), err
		})
	endpoint(s, "GET", "/reviews/{id}/entries", "List entries of an access review", getReviewEntries)
	endpoint(s, "POST", "/reviews/{id}/confirm", "Confirm entries of an access review",
		func(ctx context.Context, r request[answerReview]) (adminwire.Answered, error) {
			return answeredReview(ctx, r, store.ConfirmAccess)
		})
	endpoint(s, "POST", "/reviews/{id}/revoke", "Revoke what entries of an access review are about",
		func(ctx context.Context, r request[answerReview]) (adminwire.Answered, error) {
			return answeredReview(ctx, r, store.RevokeAccess)
		})
	endpoint(s, "POST", "/reviews/{id}/remind", "Write to those who have not answered",
		func(ctx context.Context, r request[numberedReview]) (adminwire.Done, error) {
			return done(r.dir.RemindReviewers(ctx, r.in.ID))
		})
	endpoint(s, "POST", "/reviews/{id}/cancel", "End an access review; nothing more is revoked by it",
		func(ctx context.Context, r request[numberedReview]) (adminwire.Done, error) {
			return done(r.dir.CancelReview(ctx, r.in.ID))
		})
}

func startReview(ctx context.Context, r request[struct{ Body adminwire.NewReview }]) (adminwire.Review, error) {
	b, out := r.in.Body, adminwire.Review{}
	scope, err := store.ParseReviewScope(b.Scope)
	if err != nil {
		return out, err
	}
	o, err := reviewOrganisation(ctx, r.dir, b.Organisation)
	if err != nil {
		return out, err
	}
	v, err := r.dir.StartReview(ctx, store.ReviewSpec{Org: o.ID, Scope: scope, Due: value(b.Due), Lapse: b.Lapse})
	return reviewOut(v, map[postroom.OrgID]string{o.ID: o.Name}), err
}

// reviewOrganisation is the one named, or the only one that the caller may see.
func reviewOrganisation(ctx context.Context, d *store.Directory, name string) (postroom.Organisation, error) {
	if name != "" {
		return d.Organisation(ctx, name)
	}
	all, err := d.Organisations(ctx)
	if err != nil {
		return postroom.Organisation{}, err
	}
	if len(all) != 1 {
		return postroom.Organisation{}, postroom.Errorf(postroom.Invalid, "there are several organisations: name one")
	}
	return all[0], nil
}

func organisationNames(ctx context.Context, d *store.Directory) (map[postroom.OrgID]string, error) {
	all, err := d.Organisations(ctx)
	if postroom.KindOf(err) == postroom.Denied {
		return nil, nil // who is only asked need not be told the name
	}
	names := make(map[postroom.OrgID]string, len(all))
	for _, o := range all {
		names[o.ID] = o.Name
	}
	return names, err
}

func reviewOut(v store.Review, names map[postroom.OrgID]string) adminwire.Review {
	return adminwire.Review{ID: v.ID, Organisation: names[v.Org], Scope: v.Scope.String(), Lapse: v.Lapse, State: v.State.String(),
		Started: v.Started, Due: v.Due, Ended: until(v.Ended), By: v.By, Open: v.Open, Confirmed: v.Confirmed, Revoked: v.Revoked,
		Lapsed: v.Lapsed, Gone: v.Gone}
}

var reviewMarks = map[string]store.ReviewMark{"open": store.MarkOpen, "confirmed": store.MarkConfirmed, "revoked": store.MarkRevoked,
	"lapsed": store.MarkLapsed, "gone": store.MarkGone}

func getReviewEntries(ctx context.Context, r request[reviewEntries]) ([]adminwire.ReviewEntry, error) {
	list, err := r.dir.ReviewItems(ctx, r.in.ID, store.ReviewFilter{After: r.in.After, State: reviewMarks[r.in.State], Mine: r.in.Mine, Max: r.in.Max})
	return each(list, reviewEntry), err
}

func reviewEntry(i store.ReviewItem) adminwire.ReviewEntry {
	e := adminwire.ReviewEntry{Number: i.Number, Kind: i.Kind.String(), Target: i.Address, Path: i.Path, Who: i.Name, Since: i.Since,
		Until: until(i.Until), By: i.By, State: i.State.String(), Decided: until(i.Decided), DecidedBy: i.DecidedBy, Gifts: each(i.Gives, gift),
		Reviewers: i.Reviewers}
	e.Gives = each(i.Gives, store.ReviewGift.Text)
	if i.GivesMore {
		e.Gives = append(e.Gives, "…")
	}
	e.Says, e.Notes = sharing.ReviewEntry(&i, "en")
	switch i.Kind {
	case store.ReviewGrant:
		e.Rights, e.Role = rights.Zimbra(i.Rights), rights.RoleOf(i.Rights)
	case store.ReviewSend:
		e.Right = i.Send.String()
	case store.ReviewMember:
	}
	return e
}

func gift(g store.ReviewGift) adminwire.Gift {
	if g.Send != 0 {
		return adminwire.Gift{Target: g.Address, Right: g.Send.String()}
	}
	return adminwire.Gift{Target: g.Address, Path: g.Path, Rights: rights.Zimbra(g.Rights), Role: rights.RoleOf(g.Rights), Names: rights.ZimbraNames(g.Rights)}
}

func answeredReview(ctx context.Context, r request[answerReview], answer store.ReviewAnswer) (adminwire.Answered, error) {
	b := r.in.Body
	if b.All == (len(b.Entries) > 0) {
		return adminwire.Answered{}, postroom.Errorf(postroom.Invalid, "either numbers of entries or all")
	}
	n, err := r.dir.AnswerReview(ctx, r.in.ID, store.ReviewChoice{Numbers: b.Entries}, answer)
	return adminwire.Answered{Count: n}, err
}
