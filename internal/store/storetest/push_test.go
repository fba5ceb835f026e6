package storetest_test

import (
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// Subscriptions to push end in time, and with the credential.
func TestPushSubscriptionsEnd(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	s := storetest.Open(t, func(o *store.Options) { o.Now = clock.Now })
	h := storetest.NewHouse(t, s)
	ctx, d, push := t.Context(), h.Console.Directory(), system.Push(s)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	count := func() int {
		t.Helper()
		all, err := push.Subscribed(ctx)
		must(err)
		return len(all)
	}
	password, err := d.AddAppPassword(ctx, h.Ben.ID, store.AppPassword{Name: "phone", Mask: postroom.AllRights, MaySend: true, Until: clock.Now().Add(90 * 24 * time.Hour)})
	must(err)
	phone, err := login.Authenticate(ctx, s, login.Credentials{Username: "ben@example.test", Password: password, Protocol: "jmap", Remote: "127.0.0.1"})
	must(err)
	add := func(session *store.Session, until time.Time) store.PushSubscription {
		t.Helper()
		p, err := session.AddPushSubscription(ctx, store.PushSubscription{Device: "d", URL: "https://push.example.test/", Expires: until})
		must(err)
		return p
	}
	ben := h.SignIn("ben")
	if p := add(ben, time.Time{}); !p.Expires.Equal(clock.Now().Add(store.PushLife)) {
		t.Errorf("by a password: %v", p.Expires)
	}
	if p := add(phone, time.Time{}); !p.Expires.Equal(clock.Now().Add(90 * 24 * time.Hour)) {
		t.Errorf("by a credential with an end: %v", p.Expires)
	}
	short := add(ben, clock.Now().Add(time.Minute))
	if list, err := ben.PushSubscriptions(ctx); err != nil || len(list) != 2 {
		t.Errorf("%v %v", list, err)
	}
	if _, err := phone.ChangePushSubscription(ctx, short.ID, store.PushChange{Code: &short.Code}); postroom.KindOf(err) != postroom.NotFound {
		t.Errorf("of another credential: %v", err)
	}
	if err := phone.RemovePushSubscription(ctx, short.ID); postroom.KindOf(err) != postroom.NotFound {
		t.Errorf("of another credential: %v", err)
	}
	clock.Advance(2 * time.Minute)
	if n := count(); n != 2 {
		t.Errorf("%d after one has ended", n)
	}
	task, err := push.Task(ctx, short.ID)
	if postroom.KindOf(err) != postroom.NotFound {
		t.Errorf("one that has ended: %+v %v", task, err)
	}
	clock.Advance(time.Hour)
	must(s.KeepHouse(ctx))
	if n := count(); n != 0 {
		t.Errorf("%d that nobody verified", n)
	}
	p := add(phone, time.Time{})
	_, err = phone.ChangePushSubscription(ctx, p.ID, store.PushChange{Code: &p.Code})
	must(err)
	clock.Advance(time.Hour)
	must(s.KeepHouse(ctx))
	if task, err := push.Task(ctx, p.ID); err != nil || task.Session.Actor().Credential != "phone" || task.Session.Actor().Account != h.Ben.ID {
		t.Errorf("%+v %v", task, err)
	}
	if first, err := push.Tell(ctx, p.ID, "", "a"); err != nil || !first {
		t.Error(first, err)
	}
	if first, err := push.Tell(ctx, p.ID, "", "b"); err != nil || first {
		t.Error("told twice", first, err)
	}
	must(d.RemoveAppPassword(ctx, h.Ben.ID, "phone"))
	if n := count(); n != 0 {
		t.Errorf("%d after the app password", n)
	}
	if _, err := phone.AddPushSubscription(ctx, store.PushSubscription{Device: "d", URL: "https://push.example.test/"}); postroom.KindOf(err) != postroom.Denied {
		t.Errorf("by a session that has ended: %v", err)
	}
	if _, err := h.Console.AddPushSubscription(ctx, store.PushSubscription{Device: "d"}); postroom.KindOf(err) != postroom.Denied {
		t.Errorf("by the console: %v", err)
	}
}
