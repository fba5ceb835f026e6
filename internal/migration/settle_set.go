package migration

import (
	"context"
	"maps"
	"strings"

	"postroom"
	"postroom/internal/heritage"
)

// set changes attributes of an account or group.
func (s *Settling) set(ctx context.Context, step *heritage.Step) (Result, error) {
	t, err := s.target(ctx, step.Target)
	if err != nil || step.Entry == nil {
		return There, err
	}
	if t.Group != 0 {
		return s.setGroup(ctx, t.Group, step.Entry)
	}
	a, err := s.Directory.AccountByID(ctx, t.Account)
	if err != nil {
		return Undone, err
	}
	e, changed := step.Entry, false
	replace(&a.QuotaBytes, e.QuotaBytes, &changed)
	replace(&a.HideInGAL, e.HideInGAL, &changed)
	if e.Sent != "" {
		sent, ok := postroom.ParseSentPolicy(e.Sent)
		if !ok {
			return Undone, postroom.Errorf(postroom.Invalid, "unknown place for sent copies %q", e.Sent)
		}
		replace(&a.Sent, &sent, &changed)
	}
	a.Settings = merged(a.Settings, e.Settings, &changed)
	if !changed {
		return There, nil
	}
	return Changed, s.Directory.UpdateAccount(ctx, a)
}

func (s *Settling) setGroup(ctx context.Context, id postroom.GroupID, e *heritage.Facts) (Result, error) {
	g, err := s.Directory.GroupByID(ctx, id)
	if err != nil {
		return Undone, err
	}
	changed := false
	replace(&g.HideInGAL, e.HideInGAL, &changed)
	replace(&g.NotifyNewMembers, e.Notify, &changed)
	replace(&g.Subscribe, subscription(e.Subscribe), &changed)
	replace(&g.Unsubscribe, subscription(e.Unsubscribe), &changed)
	g.Settings = merged(g.Settings, e.Settings, &changed)
	if !changed {
		return There, nil
	}
	return Changed, s.Directory.UpdateGroup(ctx, g)
}

var subscriptions = map[string]postroom.SubscriptionPolicy{"closed": postroom.SubscriptionClosed,
	"open": postroom.SubscriptionOpen, "approval": postroom.SubscriptionApproval}

func subscription(word string) *postroom.SubscriptionPolicy {
	if p, ok := subscriptions[word]; ok {
		return &p
	}
	return nil
}

func replace[T comparable](at *T, with *T, changed *bool) {
	if with != nil && *at != *with {
		*at, *changed = *with, true
	}
}

// merged adds settings to those there are.
func merged(now, more map[string]string, changed *bool) map[string]string {
	all := maps.Clone(now)
	for name, value := range more {
		if all[name] == value {
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		all[name], *changed = value, true
	}
	return all
}

func (s *Settling) identity(ctx context.Context, step *heritage.Step) (Result, error) {
	a, err := s.Directory.Account(ctx, step.Target)
	if err != nil || step.Identity == nil {
		return There, err
	}
	all, err := s.Directory.Identities(ctx, a.ID)
	if err != nil {
		return Undone, err
	}
	want := step.Identity
	for _, i := range all {
		if !strings.EqualFold(i.Name, want.Name) {
			continue
		}
		if i.Automatic {
			if strings.EqualFold(i.Address, want.Address) && want.ReplyTo+want.Signature+want.SignatureHTML == "" {
				return There, nil // it comes and goes with the right
			}
			continue
		}
		changed := false
		for _, f := range []struct {
			at   *string
			with string
		}{{&i.Display, want.Display}, {&i.Address, want.Address}, {&i.ReplyTo, want.ReplyTo}, {&i.Signature, want.Signature},
			{&i.SignatureHTML, want.SignatureHTML}} {
			if f.with != "" {
				replace(f.at, &f.with, &changed)
			}
		}
		i.Settings = merged(i.Settings, want.Settings, &changed)
		if !changed {
			return There, nil
		}
		return Changed, s.Directory.UpdateIdentity(ctx, i)
	}
	made := postroom.Identity{Account: a.ID, Name: want.Name, Display: want.Display, Address: want.Address, ReplyTo: want.ReplyTo,
		Signature: want.Signature, SignatureHTML: want.SignatureHTML, Settings: want.Settings}
	if made.Address == "" {
		made.Address = a.Address
	}
	_, err = s.Directory.CreateIdentity(ctx, made)
	return Done, err
}
