package storetest_test

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// BenchmarkChange is a change to ten thousand messages, in one's own mailbox and
// in one of which the log speaks. Beside the time, which says little on a busy
// machine, it tells the time of the processor and what was written.
func BenchmarkChange(b *testing.B) {
	many := 10_000
	if testing.Short() {
		many = 2000
	}
	h := storetest.NewHouse(b, storetest.Open(b, func(*store.Options) {}))
	h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, postroom.AllRights)
	var numbers sync.WaitGroup
	for worker := range 32 {
		numbers.Go(func() {
			for i := worker; i < many; i += 32 {
				h.Deliver(storetest.Message(i, "x"), h.Anna)
				h.Deliver(storetest.Message(i, "x"), h.Info)
			}
		})
	}
	numbers.Wait()
	for _, owner := range []postroom.Account{h.Anna, h.Info} {
		boxes := []*store.Mailbox{h.Open(h.SignIn("anna"), owner, "/Inbox"), h.Open(h.SignIn("anna"), owner, "/Trash")}
		measured := func(name string, act func(n int)) {
			b.Run(fmt.Sprintf("%s of %s", name, owner.Address), func(b *testing.B) {
				b.ReportAllocs()
				before, n := spent(b), 0
				for b.Loop() {
					act(n)
					n++
				}
				after := spent(b)
				b.ReportMetric(float64(after.processor-before.processor)/float64(n)/1e6, "cpu-ms/op")
				b.ReportMetric(float64(after.written-before.written)/float64(n)/1024, "KB-written/op")
			})
		}
		measured("flags", func(n int) {
			_, err := boxes[0].ChangeFlags(b.Context(), uidsThere(h, boxes[0]),
				store.FlagChange{Op: store.AddFlags + store.FlagOp(n%2), Flags: postroom.FlagFlagged, UnchangedSince: -1})
			if err != nil {
				b.Fatal(err)
			}
		})
		measured("move", func(n int) {
			_, err := boxes[n%2].Move(b.Context(), uidsThere(h, boxes[n%2]), boxes[1-n%2].Ref())
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}

func uidsThere(h *storetest.House, m *store.Mailbox) (uids []postroom.UID) {
	for _, it := range h.View(m).Items {
		uids = append(uids, it.UID)
	}
	return uids
}

// expense is what this process has taken so far.
type expense struct {
	processor time.Duration
	written   int64 // bytes
}

func spent(tb testing.TB) (e expense) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	e.processor = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		tb.Skip("there is no count of what was written here")
	}
	var read int64
	if _, err := fmt.Sscanf(string(text), "rchar: %d\nwchar: %d", &read, &e.written); err != nil {
		tb.Fatal(err)
	}
	return e
}
