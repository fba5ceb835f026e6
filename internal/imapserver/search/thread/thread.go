// Package thread puts messages into threads (RFC 5256). It is pure: what it
// needs of the messages is handed in.
package thread

import (
	"cmp"
	"hash/maphash"
	"slices"

	"postroom/internal/imapwire"
)

// Message is what a thread is made of.
type Message struct {
	Number     uint32   // as the client names it, ascending
	ID         uint64   // of the Message-ID; 0 is a message without one
	References []uint64 // the oldest first; or the first of In-Reply-To
	Subject    string   // base subject as it is compared
	Reply      bool     // the subject marks a reply or forward
	Sent       int64    // in any unit
	Received   int64
}

var seed = maphash.MakeSeed()

// Hash stands for a message identifier. Nobody outside can make two that are
// the same.
func Hash(id string) uint64 {
	if id == "" {
		return 0
	}
	return max(maphash.String(seed, id), 1)
}

// Threads are the threads of messages by an algorithm: ORDEREDSUBJECT,
// REFERENCES, or REFS, which is REFERENCES without regard of subjects, the
// thread with the latest arrival last.
func Threads(algorithm string, list []Message) []*imapwire.ThreadNode {
	switch algorithm {
	case "ORDEREDSUBJECT":
		return bySubject(list)
	case "REFS":
		f := link(list)
		roots := f.roots()
		slices.SortStableFunc(roots, func(a, b *node) int { return cmp.Compare(a.latest(), b.latest()) })
		return written(roots)
	}
	f := link(list)
	roots := f.roots()
	slices.SortFunc(roots, bySent)
	roots = gather(roots)
	for _, r := range roots { // gathering touches two levels at most
		for _, child := range r.children {
			slices.SortFunc(child.children, bySent)
		}
		slices.SortFunc(r.children, bySent)
	}
	slices.SortFunc(roots, bySent)
	return written(roots)
}

// bySubject has threads without grandchildren (RFC 5256 §3).
func bySubject(list []Message) []*imapwire.ThreadNode {
	sorted := make([]*node, len(list))
	for i := range list {
		sorted[i] = &node{message: &list[i]}
	}
	slices.SortFunc(sorted, func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.message.Subject, b.message.Subject), bySent(a, b))
	})
	var roots []*node
	for _, n := range sorted {
		if k := len(roots); k > 0 && roots[k-1].message.Subject == n.message.Subject {
			roots[k-1].children = append(roots[k-1].children, n)
			continue
		}
		roots = append(roots, n)
	}
	slices.SortFunc(roots, bySent)
	return written(roots)
}

// node is a message, or a place where messages of a thread hang together whose
// parent is not there.
type node struct {
	message  *Message // nil: not there
	children []*node  // sorted
}

// first is the message that stands for a node in sorting.
func (n *node) first() *Message {
	for n.message == nil {
		n = n.children[0]
	}
	return n.message
}

// bySent is the order of siblings (RFC 5256 §2.2, §3 step 6).
func bySent(a, b *node) int {
	x, y := a.first(), b.first()
	return cmp.Or(cmp.Compare(x.Sent, y.Sent), cmp.Compare(x.Number, y.Number))
}

// latest is when the last message of a thread came.
func (n *node) latest() (at int64) {
	rest := []*node{n}
	for len(rest) > 0 {
		n = rest[len(rest)-1]
		rest = append(rest[:len(rest)-1], n.children...)
		if n.message != nil {
			at = max(at, n.message.Received)
		}
	}
	return at
}

// written gives nodes the form of the wire, without recursion: a thread may be
// as deep as a mailbox is long.
func written(roots []*node) []*imapwire.ThreadNode {
	type pair struct {
		from *node
		to   *imapwire.ThreadNode
	}
	top := &imapwire.ThreadNode{}
	rest := []pair{{&node{children: roots}, top}}
	for len(rest) > 0 {
		p := rest[len(rest)-1]
		rest = rest[:len(rest)-1]
		for _, child := range p.from.children {
			to := &imapwire.ThreadNode{}
			if child.message != nil {
				to.Number = child.message.Number
			}
			p.to.Children = append(p.to.Children, to)
			rest = append(rest, pair{child, to})
		}
	}
	return top.Children
}

// gather puts threads of one subject together (RFC 5256 §3 step 5). roots are
// sorted by sent date.
func gather(roots []*node) []*node {
	table := map[string]*node{}
	for _, r := range roots {
		subject := r.first().Subject
		if subject == "" {
			continue
		}
		t, ok := table[subject]
		if !ok || t.message != nil && (r.message == nil || t.message.Reply && !r.message.Reply) {
			table[subject] = r
		}
	}
	// into has the merged dummies, which take the place of the first of theirs.
	into := map[*node]*node{}
	gone := map[*node]bool{}
	for _, r := range roots {
		subject := r.first().Subject
		t := table[subject]
		if subject == "" || t == r || into[r] != nil {
			continue
		}
		gone[r] = true
		switch {
		case t.message == nil && r.message == nil:
			t.children = append(t.children, r.children...)
		case t.message == nil, r.message.Reply && !t.message.Reply:
			t.children = append(t.children, r)
		default:
			both := &node{children: []*node{t, r}}
			table[subject], into[t] = both, both
		}
	}
	out := roots[:0:0]
	for _, r := range roots {
		if both := into[r]; both != nil {
			r = both
		}
		if !gone[r] {
			out = append(out, r)
		}
	}
	return out
}
