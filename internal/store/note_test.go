package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// TestNothingBeforeItsRecord: a delegate may open a mailbox while the record of it
// is on its way, but is given nothing of it until the record is durable.
func TestNothingBeforeItsRecord(t *testing.T) {
	t.Parallel()
	var slow atomic.Bool
	disk := make(chan struct{})
	hold := func(int, time.Duration) {
		if slow.Load() {
			<-disk
		}
	}
	w := newTown(t, storetest.Open(t, func(o *store.Options) { o.Metrics.Committed = hold }), storetest.NewClock(time.Now()))
	d := newDelegated(w, 3)
	slow.Store(true)
	o, err := d.s.Open(d.ctx(), "info@example.test", "/Inbox", store.ReadWrite, nil)
	w.must(err)
	defer o.Watch.Close()
	if len(o.View.Items) != 3 {
		t.Fatalf("%d messages are in view", len(o.View.Items))
	}
	impatient, stop := context.WithTimeout(d.ctx(), 50*time.Millisecond)
	defer stop()
	ways := map[string]func(context.Context) error{
		"View":   func(ctx context.Context) error { _, err := o.Mailbox.View(ctx); return err },
		"Status": func(ctx context.Context) error { _, _, err := o.Mailbox.Status(ctx); return err },
		"Fetch": func(ctx context.Context) error {
			for _, err := range o.Mailbox.Fetch(ctx, []postroom.UID{1}) {
				return err
			}
			return nil
		},
		"Contents": func(ctx context.Context) error { return readAll(ctx, o.Mailbox, 1, 2) },
		"another":  func(ctx context.Context) error { _, err := d.box.View(ctx); return err },
	}
	answers := make(chan string, len(ways))
	for name, way := range ways {
		go func() {
			if err := way(impatient); err == nil {
				answers <- name
				return
			}
			answers <- ""
		}()
	}
	for range ways {
		if name := <-answers; name != "" {
			t.Errorf("%s gave something before the record was durable", name)
		}
	}
	slow.Store(false)
	close(disk)
	for name, way := range ways {
		if err := way(d.ctx()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for action, want := range map[string]int{"collection.open": 1, "message.read": 1} {
		records, err := w.dir.AuditRecords(d.ctx(), store.AuditFilter{Action: action})
		w.must(err)
		if len(records) != want {
			t.Errorf("%d records of %s, want %d", len(records), action, want)
		}
	}
}

// TestRecordFails: what cannot be recorded is not given; it is when it can be.
func TestRecordFails(t *testing.T) { inTown(t, testRecordFails) }

func testRecordFails(t *testing.T, w *town) {
	d := newDelegated(w, 2)
	w.must(w.store.TamperForTest(d.ctx(), "ALTER TABLE audit RENAME TO audit_away"))
	o, err := d.s.Open(d.ctx(), "info@example.test", "/Inbox", store.ReadWrite, nil)
	w.must(err)
	defer o.Watch.Close()
	if _, err := o.Mailbox.View(d.ctx()); err == nil {
		t.Error("the picture was given, the opening is not recorded")
	}
	if err := readAll(d.ctx(), d.box, 1); err == nil {
		t.Error("a message was given, its reading is not recorded")
	}
	if err := d.box.BeginReading(d.ctx(), []postroom.UID{1})(); err == nil {
		t.Error("the reading began without its record")
	}
	if _, err := o.Mailbox.Move(d.ctx(), []postroom.UID{1}, d.inbox); err == nil {
		t.Error("a message was moved, the opening is not recorded")
	}
	w.must(w.store.TamperForTest(d.ctx(), "ALTER TABLE audit_away RENAME TO audit"))
	w.must(readAll(d.ctx(), d.box, 1, 2))
	records, err := w.dir.AuditRecords(d.ctx(), store.AuditFilter{Action: "message.read"})
	w.must(err)
	if len(records) != 1 || records[0].Details["uids"] != "1:2" {
		t.Errorf("got %v", records)
	}
}

// TestCloseWaitsForRecords: what was begun is written, also by who has gone.
func TestCloseWaitsForRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: storetest.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	w := newTown(t, s, storetest.NewClock(time.Now()))
	d := newDelegated(w, 1)
	ctx, gone := context.WithCancel(d.ctx())
	o, err := d.s.Open(ctx, "info@example.test", "/Inbox", store.ReadWrite, nil)
	w.must(err)
	gone()
	o.Watch.Close()
	w.must(s.Close())
	again, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: storetest.Logger(t)})
	w.must(err)
	defer again.Close()
	records, err := system.Console(again).Directory().AuditRecords(t.Context(), store.AuditFilter{Action: "collection.open"})
	w.must(err)
	if len(records) != 1 {
		t.Errorf("%d records of the opening, want 1", len(records))
	}
}
