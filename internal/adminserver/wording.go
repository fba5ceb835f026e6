package adminserver

import (
	"cmp"
	"context"
	"time"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/sharing"
	"postroom/internal/store"
)

func wordingOut(w postroom.Wording) adminwire.Wording {
	return adminwire.Wording{Kind: w.Kind, Locale: w.Locale, Subject: w.Subject, Intro: w.Intro, Closing: w.Closing}
}

// OnWording names one; it is exported for the embedding, which is read by reflection.
type OnWording struct {
	Name   string `path:"name"`
	Kind   string `path:"kind" doc:"new, changed, revoked, expiring, expired, joined, answered, left, group-deleted, deleted, review or mentioned"`
	Locale string `query:"locale" doc:"en or de; default that of the organisation"`
}

func (s *Server) wordings() {
	const one = "/organisations/{name}/wordings/{kind}"
	endpoint(s, "GET", "/organisations/{name}/wordings", "List how an organisation words its notices",
		func(ctx context.Context, r request[named]) ([]adminwire.Wording, error) {
			o, err := r.dir.Organisation(ctx, r.in.Name)
			if err != nil {
				return nil, err
			}
			list, err := r.dir.Wordings(ctx, o.ID)
			return each(list, wordingOut), err
		})
	endpoint(s, "PUT", one, "Word a notice; what is absent stays",
		func(ctx context.Context, r request[struct {
			OnWording
			Body adminwire.WordingChange
		}]) (adminwire.Done, error) {
			o, w, err := r.wording(ctx, r.in.OnWording)
			if err != nil {
				return adminwire.Done{}, err
			}
			w.Org = o.ID
			set(&w.Subject, r.in.Body.Subject)
			set(&w.Intro, r.in.Body.Intro)
			set(&w.Closing, r.in.Body.Closing)
			return done(r.dir.SetWording(ctx, w))
		})
	endpoint(s, "DELETE", one, "Word a notice as the server does",
		func(ctx context.Context, r request[OnWording]) (adminwire.Done, error) {
			o, w, err := r.wording(ctx, *r.in)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(r.dir.SetWording(ctx, postroom.Wording{Org: o.ID, Kind: w.Kind, Locale: w.Locale}))
		})
	endpoint(s, "GET", one+"/preview", "Show a notice as it would be written", previewWording)
}

// wording finds how an organisation words one notice in one language.
func (r request[I]) wording(ctx context.Context, in OnWording) (o postroom.Organisation, w postroom.Wording, err error) {
	if o, err = r.dir.Organisation(ctx, in.Name); err != nil {
		return o, w, err
	}
	w.Kind, w.Locale = in.Kind, cmp.Or(in.Locale, o.Locale, "en")
	list, err := r.dir.Wordings(ctx, o.ID)
	for _, known := range list {
		if known.Kind == w.Kind && known.Locale == w.Locale {
			w = known
		}
	}
	return o, w, err
}

func previewWording(ctx context.Context, r request[OnWording]) (adminwire.WordingPreview, error) {
	out := adminwire.WordingPreview{}
	o, w, err := r.wording(ctx, *r.in)
	if err != nil {
		return out, err
	}
	list, err := r.dir.Wordings(ctx, o.ID)
	if err != nil {
		return out, err
	}
	o.Locale = w.Locale
	to := postroom.Account{Address: "anna@example.test", Name: "Anna", Org: o.ID}
	if w.Kind == store.ReviewWording {
		l := sharing.SampleReview(to, o, list, time.Now())
		out.Subject, out.Text, out.HTML = sharing.ReviewText(&l)
		return out, nil
	}
	n, err := sharing.Sample(w.Kind, to, o, list, time.Now())
	if err != nil {
		return out, err
	}
	out.Subject, out.Text = sharing.Text(&n)
	out.HTML = sharing.HTML(&n)
	return out, nil
}
