package store

import (
	"slices"

	"postroom"
)

// uidRuns are UIDs as runs without a gap, in ascending order and apart from one
// another: whoever reads a whole mailbox takes one.
type uidRuns []uidRun

type uidRun struct{ first, last postroom.UID }

// has reports whether a UID is among them.
func (r uidRuns) has(uid postroom.UID) bool {
	i, _ := slices.BinarySearchFunc(r, uid, func(run uidRun, uid postroom.UID) int {
		if run.last < uid {
			return -1
		}
		return 1
	})
	return i < len(r) && r[i].first <= uid
}

// with are the runs and ascending UIDs together.
func (r uidRuns) with(uids []postroom.UID) uidRuns {
	all := make(uidRuns, 0, len(r)+1)
	add := func(run uidRun) {
		if n := len(all); n > 0 && int64(run.first) <= int64(all[n-1].last)+1 {
			all[n-1].last = max(all[n-1].last, run.last)
			return
		}
		all = append(all, run)
	}
	for _, uid := range uids {
		for len(r) > 0 && r[0].first <= uid {
			add(r[0])
			r = r[1:]
		}
		add(uidRun{uid, uid})
	}
	for _, run := range r {
		add(run)
	}
	return all
}
