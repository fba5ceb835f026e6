package e2e

import (
	"syscall"
	"testing"

	"postroom/internal/store/storetest"
)

// The main job on PostgreSQL: mail in, answer out, membership, restart.
func TestOnPostgreSQL(t *testing.T) {
	s := startDemo(t, "--database", storetest.Database(t))
	if err := s.deliver("smtp", info, letter(customer, info, "Into PostgreSQL", "", "x")); err != nil {
		t.Fatal(err)
	}
	if err := s.submit(ben, info, []string{customer}, letter(info, customer, "Out of PostgreSQL", "", "x")); err != nil {
		t.Fatal(err)
	}
	s.outbox("Out of PostgreSQL")
	s.stop(syscall.SIGTERM)
	s.start()
	a := s.as(anna)
	for mailbox, subject := range map[string]string{infoInbox: "Into PostgreSQL", infoSent: "Out of PostgreSQL"} {
		if got := a.bySubject(mailbox, subject); len(got) != 1 {
			t.Errorf("%s: %d messages in %s after a restart, want one", subject, len(got), mailbox)
		}
	}
	s.run("group remove info-team@example.test " + ben)
	if err := s.submit(ben, info, []string{customer}, letter(info, customer, "No more", "", "x")); err == nil {
		t.Error("ben sent as info@ after he left the group")
	}
	if out := s.run("audit verify"); out == "" {
		t.Error("audit verify says nothing")
	}
}
