package store

import (
	"math/rand/v2"
	"testing"

	"postroom"
)

// TestUIDRuns holds the runs against a plain set.
func TestUIDRuns(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var runs uidRuns
		plain := make(map[postroom.UID]bool)
		for range 20 {
			var uids []postroom.UID
			first := postroom.UID(dice.IntN(60))
			for uid := first; uid < first+postroom.UID(dice.IntN(20)); uid++ {
				if dice.IntN(4) > 0 {
					uids, plain[uid] = append(uids, uid), true
				}
			}
			runs = runs.with(uids)
		}
		for uid := range postroom.UID(90) {
			if runs.has(uid) != plain[uid] {
				t.Fatalf("%v: %d is %v", runs, uid, !plain[uid])
			}
		}
		for i := 1; i < len(runs); i++ {
			if runs[i].first <= runs[i-1].last+1 {
				t.Fatalf("%v are not apart", runs)
			}
		}
	}
	end := uidRuns{}.with([]postroom.UID{1<<32 - 2, 1<<32 - 1})
	if len(end) != 1 || !end.has(1<<32-1) || end.has(1) {
		t.Fatalf("%v", end)
	}
}
