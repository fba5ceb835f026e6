package store_test

import (
	"context"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// What Target saw last is not used any more once a name, the rights or the
// account are others.
func TestTargetFollows(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx := context.Background()
		d := h.Console.Directory()
		anna, cleo := h.SignIn("anna"), h.SignIn("cleo")
		target := func(by *store.Session, account, path string) (postroom.CollectionRef, postroom.ErrorKind) {
			t.Helper()
			var m *store.Mailbox
			var err error
			for range 3 { // the later ones from memory
				if m, err = by.Target(ctx, account, path, nil); err != nil {
					return postroom.CollectionRef{}, postroom.KindOf(err)
				}
			}
			return m.Ref(), 0
		}
		want := func(what string, got, kind any, ref, wanted any) {
			t.Helper()
			if got != ref || kind != wanted {
				t.Errorf("%s: %v, %v instead of %v, %v", what, got, kind, ref, wanted)
			}
		}
		none := postroom.CollectionRef{}
		first, err := anna.CreateCollection(ctx, "", "/first", store.NewCollection{})
		if err != nil {
			t.Fatal(err)
		}
		got, kind := target(anna, "", "/first")
		want("one's own", got, kind, first, postroom.ErrorKind(0))
		if err := anna.RenameCollection(ctx, first, "/second"); err != nil {
			t.Fatal(err)
		}
		got, kind = target(anna, "", "/first")
		want("renamed", got, kind, none, postroom.NotFound)
		got, kind = target(anna, "", "/second")
		want("its new name", got, kind, first, postroom.ErrorKind(0))
		other, err := anna.CreateCollection(ctx, "", "/first", store.NewCollection{})
		if err != nil {
			t.Fatal(err)
		}
		got, kind = target(anna, "", "/first")
		want("another of the old name", got, kind, other, postroom.ErrorKind(0))
		grant := func(r postroom.Rights) {
			t.Helper()
			g, err := d.FindGrantee(ctx, h.Anna.ID, "cleo@example.test")
			if err == nil {
				err = d.PutGrant(ctx, postroom.Grant{Target: other, Grantee: g, Rights: r, Mode: postroom.Automount})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		grant(rights.Editor)
		got, kind = target(cleo, "anna@example.test", "/first")
		want("a delegate", got, kind, other, postroom.ErrorKind(0))
		grant(rights.Viewer)
		got, kind = target(cleo, "anna@example.test", "/first")
		want("who may only read", got, kind, none, postroom.Denied)
		grant(rights.Editor)
		target(cleo, "anna@example.test", "/first")
		if err := anna.DeleteCollection(ctx, other); err != nil {
			t.Fatal(err)
		}
		got, kind = target(cleo, "anna@example.test", "/first")
		want("what is deleted", got, kind, none, postroom.NotFound)
	})
}
