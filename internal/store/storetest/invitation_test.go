package storetest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// invite makes an account that is invited.
func invite(h *storetest.House, name string, spec store.InvitationSpec) (postroom.Account, string) {
	h.T.Helper()
	a, token, _, err := h.Console.Directory().CreateInvited(context.Background(), store.NewAccount{Address: name + "@example.test"}, spec)
	if err != nil {
		h.T.Fatal(err)
	}
	return a, token
}

func accept(h *storetest.House, token, password, remote string) error {
	_, err := login.Accept(context.Background(), h.Store, token, password, "http", remote)
	return err
}

const chosen = "chosen by the invitee"

func TestInvitation(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx, d := t.Context(), h.Console.Directory()
		dora, first := invite(h, "dora", store.InvitationSpec{})
		if dora.State != postroom.Invited || len(first) < 20 {
			t.Fatal(dora.State, first)
		}
		_, err := signIn(h, "dora", chosen)
		isKind(t, err, postroom.SignInFailed)
		// An invitation issued anew makes the old link void.
		token, open, err := d.Invite(ctx, dora.ID, store.InvitationSpec{})
		must(t, err)
		if d := time.Until(open.Until); d < 6*24*time.Hour || d > 8*24*time.Hour {
			t.Error(d)
		}
		isKind(t, accept(h, first, chosen, "192.0.2.1"), postroom.NotFound)
		who, err := login.Invitation(ctx, h.Store, token, "http", "192.0.2.1")
		if err != nil || who.Address != "dora@example.test" {
			t.Fatal(who, err)
		}
		isKind(t, accept(h, token, "too short", "192.0.2.1"), postroom.Invalid)
		isKind(t, accept(h, token, strings.Repeat("x", 1025), "192.0.2.1"), postroom.Invalid)
		must(t, accept(h, strings.ToUpper(token), chosen, "192.0.2.1"))
		s, err := signIn(h, "dora", chosen)
		must(t, err)
		must(t, s.Alive(ctx))
		// One use.
		isKind(t, accept(h, token, "somebody else's choice", "192.0.2.1"), postroom.NotFound)
		_, _, err = d.Invite(ctx, dora.ID, store.InvitationSpec{})
		isKind(t, err, postroom.Invalid)
		_, err = d.OpenInvitation(ctx, dora.ID)
		isKind(t, err, postroom.NotFound)
	})
}

func TestInvitationEnds(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx, d := t.Context(), h.Console.Directory()
		want := func(token string) {
			t.Helper()
			isKind(t, accept(h, token, chosen, "192.0.2.1"), postroom.NotFound)
			_, err := login.Invitation(ctx, h.Store, token, "http", "192.0.2.1")
			if postroom.TextOf(err) != "this invitation is not valid: it was used, withdrawn or has expired" {
				t.Error(err)
			}
		}
		_, late := invite(h, "late", store.InvitationSpec{Until: clock.Now().Add(time.Hour)})
		clock.Advance(time.Hour)
		want(late)
		taken, token := invite(h, "taken", store.InvitationSpec{})
		must(t, d.WithdrawInvitation(ctx, taken.ID))
		isKind(t, d.WithdrawInvitation(ctx, taken.ID), postroom.NotFound)
		want(token)
		gone, token := invite(h, "gone", store.InvitationSpec{})
		must(t, d.DeleteAccount(ctx, gone.ID))
		want(token)
		locked, token := invite(h, "locked", store.InvitationSpec{})
		locked.State = postroom.Locked
		must(t, d.UpdateAccount(ctx, locked))
		want(token)
		locked.State = postroom.Invited
		isKind(t, d.UpdateAccount(ctx, locked), postroom.Invalid)
		clock.Advance(time.Hour) // else there were too many
		want("")
		want("nothing of the kind")
		_, _, err := d.Invite(ctx, taken.ID, store.InvitationSpec{Until: clock.Now()})
		isKind(t, err, postroom.Invalid)
		_, _, err = d.Invite(ctx, taken.ID, store.InvitationSpec{Until: clock.Now().AddDate(2, 0, 0)})
		isKind(t, err, postroom.Invalid)
	})
}

// Who guesses is slowed down, and locks nobody else out.
func TestInvitationGuessing(t *testing.T) {
	h := storetest.NewHouse(t, storetest.Open(t, func(*store.Options) {}))
	_, token := invite(h, "dora", store.InvitationSpec{})
	for range 12 {
		if err := accept(h, "guess", chosen, "192.0.2.9"); err == nil {
			t.Fatal("guessed")
		}
	}
	isKind(t, accept(h, token, chosen, "192.0.2.9"), postroom.Limit)
	must(t, accept(h, token, chosen, "198.51.100.1"))
}

// The mail of an invitation is queued with it, or neither is there.
func TestInvitationIsMailed(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx, d := t.Context(), h.Console.Directory()
		var letter store.InvitationLetter
		spec := store.InvitationSpec{To: "Dora@Outside.test", Compose: func(l store.InvitationLetter) ([]byte, error) {
			letter = l
			return []byte("Subject: " + l.Token + "\r\n\r\n"), nil
		}}
		dora, token := invite(h, "dora", spec)
		if letter.Token != token || letter.To != "Dora@outside.test" && letter.To != "dora@outside.test" || letter.Organisation != "Example" ||
			letter.Account.Address != "dora@example.test" || letter.Domain.Name != "example.test" {
			t.Errorf("%+v", letter)
		}
		waiting, err := d.QueuedMessages(ctx)
		must(t, err)
		if len(waiting) != 1 || waiting[0].Sender != "postmaster@example.test" || waiting[0].Recipients[0].Address != letter.To {
			t.Fatalf("%+v", waiting)
		}
		content, err := system.Queue(h.Store).Content(ctx, waiting[0].ID)
		must(t, err)
		content.Close()
		refused := postroom.Errorf(postroom.Invalid, "no")
		spec.Compose = func(store.InvitationLetter) ([]byte, error) { return nil, refused }
		_, _, err = d.Invite(ctx, dora.ID, spec)
		isKind(t, err, postroom.Invalid)
		must(t, accept(h, token, chosen, "192.0.2.1")) // the first still holds
		_, _, _, err = d.CreateInvited(ctx, store.NewAccount{Address: "eve@example.test"}, spec)
		isKind(t, err, postroom.Invalid)
		_, err = d.Account(ctx, "eve@example.test")
		isKind(t, err, postroom.NotFound)
	})
}

// An invited account is given nothing, by no path.
func TestInvitedGetsNothing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx, d := t.Context(), h.Console.Directory()
		dora, token := invite(h, "dora", store.InvitationSpec{})
		team, err := d.CreateGroup(ctx, postroom.Group{Address: "team@example.test"})
		must(t, err)
		root, to := storetest.In(h.Info, postroom.RootCollection), postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(dora.ID)}
		paths := map[string]func() error{
			"grant": func() error { return d.PutGrant(ctx, postroom.Grant{Target: root, Grantee: to, Rights: viewer}) },
			"sendAs": func() error {
				return d.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Account: h.Info.ID}, Grantee: to, Right: postroom.SendAs})
			},
			"own": func() error {
				return d.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: team.ID}, Grantee: to, Right: postroom.Own})
			},
			"member": func() error { return d.AddMembers(ctx, team.ID, []string{"ben@example.test", "dora@example.test"}) },
		}
		for name, give := range paths {
			if err := give(); postroom.KindOf(err) != postroom.Invalid || postroom.TextOf(err) != "dora@example.test: invitation must be accepted first" {
				t.Errorf("%s: %v", name, err)
			}
		}
		members, err := d.Members(ctx, team.ID)
		if err != nil || len(members) != 0 {
			t.Error("half of the members were added", err)
		}
		must(t, accept(h, token, chosen, ""))
		for name, give := range paths {
			if err := give(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
