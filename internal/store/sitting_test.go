package store_test

import (
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// TestSittings: the sessions that one client begins are one sitting, whose
// reading is recorded once; another place, later, or after a change of
// anybody's rights, is another.
func TestSittings(t *testing.T) { inTown(t, testSittings) }

func testSittings(t *testing.T, w *town) {
	d := newDelegated(w, 3)
	from := func(remote string) *store.Session {
		s, err := login.Authenticate(d.ctx(), w.store, login.Credentials{Username: "anna@example.test", Password: storetest.Password,
			Protocol: "imap", Remote: remote})
		w.must(err)
		return s
	}
	read := func(s *store.Session, uids ...postroom.UID) {
		t.Helper()
		o, err := s.Open(d.ctx(), "info@example.test", "/Inbox", store.ReadWrite, nil)
		w.must(err)
		o.Watch.Close()
		w.must(readAll(d.ctx(), o.Mailbox, uids...))
	}
	records := func(opened, messages int, when string) {
		t.Helper()
		for action, want := range map[string]int{"collection.open": opened, "message.read": messages} {
			list, err := w.dir.AuditRecords(d.ctx(), store.AuditFilter{Action: action})
			w.must(err)
			if len(list) != want {
				t.Errorf("%s: %d records of %s, want %d", when, len(list), action, want)
			}
		}
	}
	read(from("192.0.2.7"), 1, 2)
	read(from("192.0.2.7"), 1, 2)
	records(1, 1, "a second connection")
	read(from("192.0.2.7"), 1, 2, 3)
	records(1, 2, "another message")
	read(from("192.0.2.8"), 1)
	records(2, 3, "another address")
	w.clock.Advance(16 * time.Minute)
	read(from("192.0.2.7"), 1)
	records(3, 4, "later")
	w.grant("info", postroom.InboxCollection, "cleo", rights.Admin)
	read(from("192.0.2.7"), 1)
	records(4, 5, "after a change of rights")
}
