package adminserver

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/adminwire"
)

func outOfOffice(o postroom.OutOfOffice, now time.Time) adminwire.OutOfOffice {
	w := adminwire.OutOfOffice{Enabled: o.Enabled, Active: o.Active(now), Subject: o.Subject, Text: o.Text,
		Outsiders: o.Outsiders.String(), OutsideText: o.OutsideText, Days: o.Days, Addresses: o.Addresses}
	if w.Days == 0 {
		w.Days = postroom.DefaultReplyDays
	}
	if !o.From.IsZero() {
		w.From = &o.From
	}
	if !o.Until.IsZero() {
		w.Until = &o.Until
	}
	return w
}

func forwarding(f postroom.Forwarding) adminwire.Forwarding {
	return adminwire.Forwarding{To: append([]string{}, f.To...), Fixed: append([]string{}, f.Fixed...), Keep: !f.NoCopy}
}

type changeOutOfOffice struct {
	Name string `path:"name"`
	Body adminwire.OutOfOfficeChange
}

type changeForwarding struct {
	Name string `path:"name"`
	Body adminwire.ForwardingChange
}

func (s *Server) absences() {
	endpoint(s, "GET", "/accounts/{name}/out-of-office", "Show the automatic reply of an account",
		func(ctx context.Context, r request[named]) (adminwire.OutOfOffice, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.OutOfOffice{}, err
			}
			o, err := r.dir.OutOfOffice(ctx, a.ID)
			return outOfOffice(o, time.Now()), err
		})
	endpoint(s, "PATCH", "/accounts/{name}/out-of-office", "Change the automatic reply of an account", updateOutOfOffice)
	endpoint(s, "DELETE", "/accounts/{name}/out-of-office", "Take the automatic reply of an account away",
		onAccount(func(ctx context.Context, r request[named], a postroom.Account) error {
			return r.dir.SetOutOfOffice(ctx, a.ID, postroom.OutOfOffice{})
		}))
	endpoint(s, "GET", "/accounts/{name}/forwarding", "Show where mail for an account goes on to",
		func(ctx context.Context, r request[named]) (adminwire.Forwarding, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.Forwarding{}, err
			}
			f, err := r.dir.Forwarding(ctx, a.ID)
			return forwarding(f), err
		})
	endpoint(s, "PATCH", "/accounts/{name}/forwarding", "Change where mail for an account goes on to", updateForwarding)
}

func updateOutOfOffice(ctx context.Context, r request[changeOutOfOffice]) (adminwire.OutOfOffice, error) {
	a, err := r.dir.Account(ctx, r.in.Name)
	if err != nil {
		return adminwire.OutOfOffice{}, err
	}
	o, err := r.dir.OutOfOffice(ctx, a.ID)
	if err != nil {
		return adminwire.OutOfOffice{}, err
	}
	c := r.in.Body
	set(&o.Enabled, c.Enabled)
	set(&o.From, c.From)
	set(&o.Until, c.Until)
	set(&o.Subject, c.Subject)
	set(&o.Text, c.Text)
	set(&o.OutsideText, c.OutsideText)
	set(&o.Days, c.Days)
	set(&o.Addresses, c.Addresses)
	if err := setWord(&o.Outsiders, c.Outsiders, postroom.ParseOutsiders); err != nil {
		return adminwire.OutOfOffice{}, err
	}
	if err := r.dir.SetOutOfOffice(ctx, a.ID, o); err != nil {
		return adminwire.OutOfOffice{}, err
	}
	o, err = r.dir.OutOfOffice(ctx, a.ID)
	return outOfOffice(o, time.Now()), err
}

func updateForwarding(ctx context.Context, r request[changeForwarding]) (adminwire.Forwarding, error) {
	a, err := r.dir.Account(ctx, r.in.Name)
	if err != nil {
		return adminwire.Forwarding{}, err
	}
	f, err := r.dir.Forwarding(ctx, a.ID)
	if err != nil {
		return adminwire.Forwarding{}, err
	}
	set(&f.To, r.in.Body.To)
	set(&f.Fixed, r.in.Body.Fixed)
	if keep := r.in.Body.Keep; keep != nil {
		f.NoCopy = !*keep
	}
	if err := r.dir.SetForwarding(ctx, a.ID, f); err != nil {
		return adminwire.Forwarding{}, err
	}
	f, err = r.dir.Forwarding(ctx, a.ID)
	return forwarding(f), err
}
