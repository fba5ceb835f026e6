package migration

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/heritage"
)

// reply sets an automatic reply. One whose time is over is kept, switched off.
func (s *Settling) reply(ctx context.Context, step *heritage.Step) (Result, error) {
	a, err := s.Directory.Account(ctx, step.Target)
	if err != nil || step.Reply == nil {
		return There, err
	}
	now, err := s.Directory.OutOfOffice(ctx, a.ID)
	if err != nil {
		return Undone, err
	}
	r := step.Reply
	want := postroom.OutOfOffice{Enabled: r.Enabled, Subject: r.Subject, Text: r.Text, OutsideText: r.OutsideText, Days: r.Days,
		Addresses: r.Addresses}
	want.Outsiders, _ = postroom.ParseOutsiders(r.Outsiders)
	if r.From != nil {
		want.From = *r.From
	}
	if r.Until != nil {
		want.Until = *r.Until
	}
	if !want.Until.IsZero() && !want.Until.After(time.Now()) {
		want.Enabled = false
	}
	if sameReply(now, want) {
		return There, nil
	}
	return changedFrom(now.Text != ""), s.Directory.SetOutOfOffice(ctx, a.ID, want)
}

// sameReply compares as they are stored.
func sameReply(a, b postroom.OutOfOffice) bool {
	for _, o := range []*postroom.OutOfOffice{&a, &b} {
		o.From, o.Until = o.From.UTC().Truncate(time.Second), o.Until.UTC().Truncate(time.Second)
		if o.Days == 0 {
			o.Days = postroom.DefaultReplyDays
		}
		o.Text, o.OutsideText = strings.TrimSpace(o.Text), strings.TrimSpace(o.OutsideText)
		o.Addresses = lower(o.Addresses)
	}
	return reflect.DeepEqual(a, b)
}

func lower(list []string) []string {
	all := make([]string, len(list))
	for i, a := range list {
		all[i] = strings.ToLower(a)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func changedFrom(something bool) Result {
	if something {
		return Changed
	}
	return Done
}

// forward sets where mail goes on to.
func (s *Settling) forward(ctx context.Context, step *heritage.Step) (Result, error) {
	a, err := s.Directory.Account(ctx, step.Target)
	if err != nil || step.Forward == nil {
		return There, err
	}
	now, err := s.Directory.Forwarding(ctx, a.ID)
	if err != nil {
		return Undone, err
	}
	want := postroom.Forwarding{To: step.Forward.To, Fixed: step.Forward.Fixed, NoCopy: step.Forward.NoCopy}
	if slices.Equal(lower(now.To), lower(want.To)) && slices.Equal(lower(now.Fixed), lower(want.Fixed)) && now.NoCopy == want.NoCopy {
		return There, nil
	}
	return changedFrom(len(now.All()) > 0), s.Directory.SetForwarding(ctx, a.ID, want)
}
