package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// fillAudit puts records into the log, a minute apart: of 100 actions, one in a
// thousand is rare.
func fillAudit(t *testing.T, s *store.Store, records int) (began time.Time) {
	t.Helper()
	began = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	rare := func(usual, rare string) string {
		return fmt.Sprintf("CASE WHEN i %% 1000 = 7 THEN %s ELSE %s END", rare, usual)
	}
	must(s.TamperForTest(t.Context(), fmt.Sprintf(`INSERT INTO audit (seq, org_id, at, actor_account, actor_address, credential, protocol, remote, action,
		target_account, target_address, collection, details, previous, hash)
		WITH RECURSIVE n (i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		SELECT (SELECT MAX(seq) FROM audit) + i, 1, %d + i * 60000000, 1, %s, 'filled', 'imap', '', %s, %s, %s, '', '{}', '', '' FROM n`, records, began.UnixMicro(),
		rare("'anna@example.test'", "'rare@example.test'"), rare("'message.act' || (i % 100)", "'strange.act'"), rare("1", "77"), rare("'info@example.test'", "'group@example.test'"))))
	t.Cleanup(func() { must(s.TamperForTest(context.Background(), `DELETE FROM audit WHERE credential = 'filled'`)) })
	return began
}

// TestAuditSearchIsIndexed: nothing that is rare is looked for in all of the log.
func TestAuditSearchIsIndexed(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		storetest.NewHouse(t, s)
		began := fillAudit(t, s, 20_000)
		if err := s.TamperForTest(t.Context(), "ANALYZE audit"); err != nil {
			t.Fatal(err)
		}
		day := store.AuditFilter{From: began.Add(24 * time.Hour), To: began.Add(48 * time.Hour)}
		both := day
		both.Action = "strange.act"
		for _, row := range []struct {
			filter  store.AuditFilter
			indexes []string
		}{
			{store.AuditFilter{Action: "strange.act"}, []string{"audit_action"}},
			{store.AuditFilter{Action: "strange.,account.create", Latest: true}, []string{"audit_action"}},
			{store.AuditFilter{Actor: "rare@example.test"}, []string{"audit_actor"}},
			{store.AuditFilter{Actor: "rare@example.test", Latest: true}, []string{"audit_actor"}},
			{store.AuditFilter{Named: "group@example.test"}, []string{"audit_address"}},
			{store.AuditFilter{Target: 77}, []string{"audit_target"}},
			{day, []string{"audit_at"}},
			{both, []string{"audit_at", "audit_action"}},
		} {
			plan, err := s.ExplainAuditForTest(t.Context(), row.filter)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(plan, "\n")
			for _, index := range row.indexes {
				if !strings.Contains(text, index) {
					t.Errorf("%+v does not use %s:\n%s", row.filter, index, text)
				}
			}
			if strings.Contains(text, "Seq Scan on audit") || strings.Contains(text, "SCAN audit\n") || strings.HasSuffix(text, "SCAN audit") {
				t.Errorf("%+v reads the whole log:\n%s", row.filter, text)
			}
		}
	})
}

// TestAuditSearchByChance: a search finds what one finds who looks at every record.
func TestAuditSearchByChance(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		storetest.NewHouse(t, s)
		began := fillAudit(t, s, 3000)
		// A clock was set back.
		if err := s.TamperForTest(t.Context(), fmt.Sprintf(`UPDATE audit SET at = %d WHERE credential = 'filled' AND seq %% 500 = 3`, began.UnixMicro())); err != nil {
			t.Fatal(err)
		}
		d := system.Console(s).Directory()
		all, err := d.AuditRecords(t.Context(), store.AuditFilter{Max: 10_000})
		if err != nil || len(all) < 3000 {
			t.Fatal(len(all), err)
		}
		random := rand.New(rand.NewPCG(3, 4))
		for range 150 {
			f := chanceFilter(random, began)
			got, err := d.AuditRecords(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.DeleteFunc(slices.Clone(all), func(r postroom.AuditRecord) bool { return !fits(f, r) })
			if n := len(want) - f.Max; n > 0 && f.Latest {
				want = want[n:]
			} else if n > 0 {
				want = want[:f.Max]
			}
			if !slices.EqualFunc(got, want, func(a, b postroom.AuditRecord) bool { return a.Seq == b.Seq }) {
				t.Fatalf("%+v finds %d records, want %d", f, len(got), len(want))
			}
		}
	})
}

// chanceFilter is any filter.
func chanceFilter(random *rand.Rand, began time.Time) store.AuditFilter {
	f := store.AuditFilter{Max: 1 + random.IntN(200), Latest: random.IntN(2) == 0}
	some := func() bool { return random.IntN(4) == 0 }
	if random.IntN(2) == 0 {
		f.Action = []string{"strange.act", "strange.,message.act1", "message.act5,message.act6,none", "message.", "none.", "account.,domain."}[random.IntN(6)]
	}
	if some() {
		f.Actor = []string{"rare@example.test", "anna@example.test", "nobody@example.test"}[random.IntN(3)]
	}
	if some() {
		f.Named = "group@example.test"
	}
	if some() {
		f.Target = 77
	}
	if some() {
		f.From = began.Add(time.Duration(random.IntN(3000)) * time.Minute)
	}
	if some() {
		f.To = began.Add(time.Duration(random.IntN(3000)) * time.Minute)
	}
	if some() {
		f.AfterID = random.Int64N(3000)
	}
	if some() {
		f.BeforeID = 1 + random.Int64N(3000)
	}
	return f
}

// fits tells whether a record is what a filter selects.
func fits(f store.AuditFilter, r postroom.AuditRecord) bool {
	action := f.Action == ""
	for one := range strings.SplitSeq(f.Action, ",") {
		action = action || r.Action == one || strings.HasSuffix(one, ".") && strings.HasPrefix(r.Action, one)
	}
	return action && (f.Actor == "" || r.Actor.Address == f.Actor) && (f.Named == "" || r.TargetAddress == f.Named) &&
		(f.Target == 0 || r.Target == f.Target) && (f.From.IsZero() || !r.At.Before(f.From)) && (f.To.IsZero() || r.At.Before(f.To)) &&
		r.Seq > f.AfterID && (f.BeforeID == 0 || r.Seq < f.BeforeID)
}
