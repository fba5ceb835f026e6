package storetest_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// BenchmarkDeliver is durable delivery of 10 KB messages by 20 at a time, on
// SQLite into one mailbox. PostgreSQL runs here without fsync, into one mailbox
// and into twenty.
func BenchmarkDeliver(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { deliver(b, storetest.Open(b, func(*store.Options) {}), 1) })
	for _, boxes := range []int{1, 20} {
		b.Run(fmt.Sprintf("postgres-nofsync-%d", boxes), func(b *testing.B) {
			url := storetest.Database(b)
			deliver(b, storetest.Open(b, func(o *store.Options) { o.DatabaseURL = url }), boxes)
		})
	}
}

func deliver(b *testing.B, s *store.Store, boxes int) {
	h := storetest.NewHouse(b, s)
	accounts := []postroom.Account{h.Anna}
	for i := range boxes - 1 {
		accounts = append(accounts, h.Person(fmt.Sprint("p", i)))
	}
	d := system.Delivery(s)
	body := strings.Repeat("All work and no play makes Jack a dull boy.\r\n", 220)
	var n atomic.Int64
	b.SetParallelism(10) // times GOMAXPROCS
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(n.Add(1))
			a := store.Arrival{Raw: []byte(storetest.Message(i, body)),
				Copies: []store.ArrivalCopy{{Account: accounts[i%boxes].ID}}}
			if err := d.Deliver(context.Background(), a); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// fill copies one message until a mailbox holds n.
func fill(tb testing.TB, h *storetest.House, m *store.Mailbox, n int) {
	tb.Helper()
	h.Deliver(storetest.Message(1, "hello"), h.Anna)
	for total := 1; total < n; {
		uids := make([]postroom.UID, min(total, n-total, 20000))
		for i := range uids {
			uids[i] = postroom.UID(i + 1)
		}
		if _, err := m.Copy(context.Background(), uids, m.Ref()); err != nil {
			tb.Fatal(err)
		}
		total += len(uids)
	}
}

// BenchmarkView100k opens a mailbox of 100,000 messages.
func BenchmarkView100k(b *testing.B) {
	s := storetest.Open(b, func(*store.Options) {})
	h := storetest.NewHouse(b, s)
	m := h.Open(h.SignIn("anna"), h.Anna, "/Inbox")
	fill(b, h, m, 100_000)
	view := func(b *testing.B) {
		v, err := m.View(context.Background())
		if err != nil || len(v.Items) != 100_000 {
			b.Fatal(fmt.Sprint(len(v.Items), err))
		}
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			store.Forget(s)
			view(b)
		}
	})
	b.Run("warm", func(b *testing.B) {
		for b.Loop() {
			view(b)
		}
	})
	b.Run("one-changed", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			if _, err := m.ChangeFlags(context.Background(), []postroom.UID{500}, store.FlagChange{Op: store.SetFlags,
				Keywords: fmt.Sprint("k", i%50), UnchangedSince: -1}); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			view(b)
		}
	})
}
