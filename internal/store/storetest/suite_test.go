package storetest_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// isKind fails unless err is of a kind.
func isKind(t *testing.T, err error, kind postroom.ErrorKind) {
	t.Helper()
	if err == nil || postroom.KindOf(err) != kind {
		t.Fatalf("got %v, want %v", err, kind)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// text reads the bytes of a message.
func text(t *testing.T, m *store.Mailbox, uid postroom.UID) string {
	t.Helper()
	c, err := m.Open(context.Background(), uid)
	must(t, err)
	defer c.Close()
	b, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
	must(t, err)
	return string(b)
}

func appendTo(t *testing.T, m *store.Mailbox, raw string, flags postroom.Flags) store.Appended {
	t.Helper()
	done, err := m.Append(context.Background(), []store.NewMessage{{Raw: strings.NewReader(raw), Size: int64(len(raw)), Flags: flags}})
	must(t, err)
	return done[0]
}

func TestDeliverToMany(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		raw := storetest.Message(1, "hello")
		h.Deliver(raw, h.Anna, h.Ben, h.Info)
		for _, name := range []string{"anna", "ben"} {
			sess := h.SignIn(name)
			m := h.Open(sess, map[string]postroom.Account{"anna": h.Anna, "ben": h.Ben}[name], "/Inbox")
			v := h.View(m)
			if len(v.Items) != 1 || v.Total != 1 || v.Unseen != 1 || v.Bytes != int64(len(raw)) || v.UIDNext != 2 {
				t.Fatalf("%s: %+v", name, v)
			}
			if got := text(t, m, v.Items[0].UID); got != raw {
				t.Fatalf("%q", got)
			}
			for it, err := range m.Fetch(t.Context(), []postroom.UID{1, 7}) {
				must(t, err)
				if it.UID != 1 || it.Size != int64(len(raw)) || len(it.Summary) == 0 {
					t.Fatalf("%+v", it)
				}
			}
		}
	})
}
