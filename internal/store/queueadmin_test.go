package store_test

import (
	"slices"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

func TestQueueAdministration(t *testing.T) { inTown(t, testQueueAdministration) }

func testQueueAdministration(t *testing.T, w *town) {
	ctx := t.Context()
	c := try{ctx: ctx, w: w}
	annas, report := c.queued(), c.report()
	numbers := func(s *store.Session) (ids []int64) {
		t.Helper()
		list, err := s.Directory().QueuedMessages(ctx)
		w.must(err)
		for _, m := range list {
			ids = append(ids, m.ID)
		}
		return ids
	}
	if got := numbers(w.console); !slices.Equal(got, []int64{annas, report}) {
		t.Errorf("the console sees %v", got)
	}
	admin := w.admin(postroom.OrgAdmin)
	if got := numbers(admin); !slices.Equal(got, []int64{annas}) {
		t.Errorf("the administrator of the organisation sees %v", got)
	}
	if got := numbers(w.foreigner()); len(got) != 0 {
		t.Errorf("the administrator of another organisation sees %v", got)
	}

	q := system.Queue(w.store)
	leased, err := q.Lease(ctx, 10, time.Minute)
	w.must(err)
	for _, m := range leased {
		m.Recipients[0].Next = w.clock.Now().Add(time.Hour)
		w.must(q.Record(ctx, m))
	}
	w.must(admin.Directory().RetryQueued(ctx, annas))
	leased, err = q.Lease(ctx, 10, time.Minute)
	w.must(err)
	if len(leased) != 1 || leased[0].ID != annas || leased[0].Recipients[0].Next.After(w.clock.Now()) {
		t.Errorf("due after a retry: %+v", leased)
	}
	w.must(admin.Directory().DeleteQueued(ctx, annas))
	w.must(w.dir.DeleteQueued(ctx, report))
	if got := numbers(w.console); len(got) != 0 {
		t.Errorf("still queued: %v", got)
	}
	records, err := w.dir.AuditRecords(ctx, store.AuditFilter{Action: "queue."})
	w.must(err)
	var did []string
	for _, r := range records {
		did = append(did, r.Action+" "+r.TargetAddress+" "+r.Details["to"])
	}
	want := []string{"queue.retry anna@example.test x@outside.test", "queue.delete anna@example.test x@outside.test",
		"queue.delete  x@outside.test"}
	if !slices.Equal(did, want) || records[0].Actor != admin.Actor() {
		t.Errorf("audit: %q", did)
	}
}
