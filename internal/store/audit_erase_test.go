package store_test

import (
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
)

// TestAuditRetention: what is too old is empty, the chain is whole all the
// same, and nothing else may be empty.
func TestAuditRetention(t *testing.T) {
	t.Parallel()
	inTown(t, func(t *testing.T, w *town) {
		d := newDelegated(w, 3)
		ctx := t.Context()
		w.must(readAll(ctx, d.box, 1, 2, 3))
		before, err := w.dir.VerifyAudit(ctx)
		w.must(err)
		w.org.AuditDays = 30
		w.must(w.dir.UpdateOrganisation(ctx, w.org))
		w.must(w.store.KeepHouse(ctx))
		if n, err := w.dir.VerifyAudit(ctx); n != before+1 || err != nil {
			t.Fatalf("too early: %d records, %v", n, err)
		}
		w.clock.Advance(20 * 24 * time.Hour)
		w.must(d.box.BeginReading(ctx, []postroom.UID{1})())
		_, err = w.dir.CreatePlan(ctx, postroom.Plan{Org: w.org.ID, Name: "later"})
		w.must(err)
		w.clock.Advance(11*24*time.Hour + time.Minute)
		for range 2 { // the second finds nothing
			w.must(w.store.KeepHouse(ctx))
			if n, err := w.dir.VerifyAudit(ctx); n != before+3 || err != nil {
				t.Fatalf("%d records, %v", n, err)
			}
		}
		all, err := w.dir.AuditRecords(ctx, store.AuditFilter{})
		w.must(err)
		erased := 0
		for _, r := range all {
			if r.Erased() {
				erased++
				if r.Actor.Address != "" || len(r.Details) != 0 || r.TargetAddress != "" || !r.At.IsZero() {
					t.Errorf("not empty: %+v", r)
				}
			}
		}
		if last := all[len(all)-1]; erased == 0 || last.Action != postroom.AuditErase || all[len(all)-2].Action != "plan.create" {
			t.Errorf("%d erased; the last is %+v", erased, last)
		}
		if _, err := w.dir.MessageAudit(ctx, store.MessageQuestion{MessageID: "m1@example.org"}); err != nil {
			t.Error(err) // it is still there, without records
		}
		w.clock.Advance(30 * 24 * time.Hour)
		w.must(w.store.KeepHouse(ctx))
		if _, err := w.dir.VerifyAudit(ctx); err != nil {
			t.Error(err)
		}
	})
}
