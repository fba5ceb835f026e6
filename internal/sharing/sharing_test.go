package sharing_test

import (
	"context"
	"io"
	"net/mail"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/sharing"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

func TestMain(m *testing.M) { storetest.Main(m) }

type office struct {
	*storetest.House
	t       *testing.T
	clock   *storetest.Clock
	service *sharing.Service
}

func newOffice(t *testing.T) *office {
	clock := storetest.NewClock(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	s := storetest.Open(t, func(o *store.Options) { o.Now = clock.Now })
	return &office{House: storetest.NewHouse(t, s), t: t, clock: clock,
		service: sharing.New(sharing.Options{Notices: system.Notices(s), Logger: storetest.Logger(t), Now: clock.Now})}
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) round(want int) {
	o.t.Helper()
	if n, err := o.service.Round(o.t.Context()); err != nil || n != want {
		o.t.Fatalf("%d sent, want %d: %v", n, want, err)
	}
}

// inbox reads the messages of somebody's inbox.
func (o *office) inbox(a postroom.Account) (list []string) {
	o.t.Helper()
	m := o.Open(o.SignIn(a.Address), a, "/Inbox")
	for _, it := range o.View(m).Items {
		c, err := m.Open(context.Background(), it.UID)
		o.must(err)
		b, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
		o.must(err)
		o.must(c.Close())
		list = append(list, string(b))
	}
	return list
}

func TestLifeOfAShare(t *testing.T) {
	o := newOffice(t)
	d, ctx := o.Console.Directory(), t.Context()
	root := storetest.In(o.Info, postroom.RootCollection)
	give := func(r postroom.Rights, until time.Time) {
		o.must(d.PutGrant(ctx, postroom.Grant{Target: root, Rights: r, Until: until,
			Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(o.Ben.ID)}}))
	}
	give(rights.Viewer, time.Time{})
	o.round(0) // it settles first
	o.clock.Advance(6 * time.Second)
	o.round(1)
	o.round(0)
	end := o.clock.Now().Add(10 * 24 * time.Hour)
	give(rights.Manager, end)
	o.clock.Advance(6 * time.Second)
	o.round(1)
	for _, d := range []time.Duration{3 * 24 * time.Hour, 6 * 24 * time.Hour, 24 * time.Hour} {
		o.clock.Advance(d)
		o.round(0)
		o.clock.Advance(6 * time.Second)
		o.round(1)
	}
	o.Revoke(root, o.Ben) // of what is over: nothing to tell
	o.clock.Advance(6 * time.Second)
	o.round(0)
	give(rights.Viewer, time.Time{})
	o.clock.Advance(6 * time.Second)
	o.round(1)
	o.Revoke(root, o.Ben)
	o.clock.Advance(6 * time.Second)
	o.round(1)
	var got []string
	for _, raw := range o.inbox(o.Ben) {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		o.must(err)
		got = append(got, m.Header.Get("Subject"))
	}
	want := []string{"info@example.test is now shared with you", "Your access to info@example.test has changed",
		"Your access to info@example.test ends on 12 March 2026 at 10:00 UTC",
		"Your access to info@example.test ends on 12 March 2026 at 10:00 UTC",
		"Your access to info@example.test has ended", "info@example.test is now shared with you",
		"info@example.test is no longer shared with you"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
	if n := len(o.inbox(o.Anna)); n != 0 {
		t.Errorf("anna was told %d times", n)
	}
}

// The service wakes by itself.
func TestRun(t *testing.T) {
	s := storetest.Open(t, func(o *store.Options) {})
	o := &office{House: storetest.NewHouse(t, s), t: t}
	ahead := func() time.Time { return time.Now() }
	service := sharing.New(sharing.Options{Notices: system.Notices(s), Logger: storetest.Logger(t), Now: ahead})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	w, err := o.SignIn("ben").Watch(ctx, o.Ben.ID)
	o.must(err)
	defer w.Close()
	o.Grant(storetest.In(o.Info, postroom.RootCollection), o.Ben, rights.Viewer)
	limit := time.After(30 * time.Second)
	for len(o.inbox(o.Ben)) == 0 {
		select {
		case <-w.C:
		case <-limit:
			t.Fatal("no notice came")
		}
	}
	cancel()
	o.must(<-done)
}
