// Package search finds the messages of a mailbox that match search keys, puts
// them in order and into threads.
package search

import (
	"sort"

	"postroom"
	"postroom/internal/imapwire"
)

// Picture is the messages of a mailbox as a client knows them, in ascending
// order of UIDs. A message is named by its place, counted from zero.
type Picture struct {
	Items []postroom.ItemMeta
	Saved imapwire.SeqSet // "$", as UIDs (RFC 9051 §6.4.4.1)
}

// LargestUID is what "*" means in a UID set.
func (p Picture) LargestUID() uint32 {
	if n := len(p.Items); n > 0 {
		return uint32(p.Items[n-1].UID)
	}
	return 0
}

// Place finds an item by UID: its place, or where it would be.
func (p Picture) Place(uid postroom.UID) (int, bool) {
	i := sort.Search(len(p.Items), func(i int) bool { return p.Items[i].UID >= uid })
	return i, i < len(p.Items) && p.Items[i].UID == uid
}

// PickNumbers returns the places that a set of message numbers names, in
// ascending order. It is false when a number does not exist, which is BAD. A set
// may name four thousand million numbers: the walk is over what exists.
func (p Picture) PickNumbers(set imapwire.SeqSet) ([]int, bool) {
	if set.Saved {
		return p.pickResolved(p.Saved), true
	}
	n := uint32(len(p.Items))
	resolved := set.Resolve(n)
	picked := make([]int, 0, min(resolved.Len(), uint64(n)))
	for _, r := range resolved.Ranges {
		if r.Last > n {
			return nil, false
		}
		for i := r.First; i <= r.Last; i++ {
			picked = append(picked, int(i-1))
		}
	}
	return picked, n > 0 || len(set.Ranges) == 0 || resolved.Empty()
}

// PickUIDs returns the places that a set of UIDs names, in ascending order.
func (p Picture) PickUIDs(set imapwire.SeqSet) []int {
	if set.Saved {
		return p.pickResolved(p.Saved)
	}
	return p.pickResolved(set.Resolve(p.LargestUID()))
}

func (p Picture) pickResolved(resolved imapwire.SeqSet) []int {
	picked := make([]int, 0, min(resolved.Len(), uint64(len(p.Items))))
	for _, r := range resolved.Ranges {
		i, _ := p.Place(postroom.UID(r.First))
		for ; i < len(p.Items) && uint32(p.Items[i].UID) <= r.Last; i++ {
			picked = append(picked, i)
		}
	}
	return picked
}

// UIDs of places.
func (p Picture) UIDs(picked []int) []postroom.UID {
	out := make([]postroom.UID, len(picked))
	for n, i := range picked {
		out[n] = p.Items[i].UID
	}
	return out
}

// NamedByUID gives the UIDs of places as they are written.
func (p Picture) NamedByUID(picked []int) []uint32 {
	out := make([]uint32, len(picked))
	for n, i := range picked {
		out[n] = uint32(p.Items[i].UID)
	}
	return out
}

// Numbers gives the message numbers of places.
func Numbers(picked []int) []uint32 {
	out := make([]uint32, len(picked))
	for n, i := range picked {
		out[n] = uint32(i + 1)
	}
	return out
}
