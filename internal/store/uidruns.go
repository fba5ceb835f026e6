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
	for _, uid := range uids {
		for len(r) > 0 && r[0].first <= uid {
			all = all.add(r[0])
			r = r[1:]
		}
		all = all.add(uidRun{uid, uid})
	}
	for _, run := range r {
		all = all.add(run)
	}
	return all
}

// add appends a run that begins no sooner than the last one.
func (r uidRuns) add(run uidRun) uidRuns {
	if n := len(r); n > 0 && int64(run.first) <= int64(r[n-1].last)+1 {
		r[n-1].last = max(r[n-1].last, run.last)
		return r
	}
	return append(r, run)
}
