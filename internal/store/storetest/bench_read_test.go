package storetest_test

import (
	"context"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// BenchmarkReadAsDelegate reads the bodies of 1,000 messages in somebody
// else's mailbox, each time in a new session, so that it is recorded.
func BenchmarkReadAsDelegate(b *testing.B) {
	h := storetest.NewHouse(b, storetest.Open(b, func(*store.Options) {}))
	fill(b, h, h.Open(h.SignIn("anna"), h.Anna, "/Inbox"), 1000)
	h.Grant(storetest.In(h.Anna, postroom.RootCollection), h.Ben, rights.Manager)
	var uids []postroom.UID
	for u := range 1000 {
		uids = append(uids, postroom.UID(u+1))
	}
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		m := h.Open(h.SignIn("ben"), h.Anna, "/Inbox")
		b.StartTimer()
		for it, err := range m.Contents(context.Background(), uids) {
			if err != nil {
				b.Fatal(err)
			}
			it.Content.Close()
		}
	}
}
