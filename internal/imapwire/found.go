package imapwire

import (
	"fmt"
	"strconv"
)

// SearchFound writes SEARCH, the answer of IMAP4rev1 (RFC 3501 §7.2.5). A modSeq
// above 0 is added (RFC 7162 §3.1.5).
func (e *Encoder) SearchFound(numbers []uint32, modSeq uint64) {
	e.raw("* SEARCH")
	e.found(numbers, modSeq)
}

// SortFound writes SORT (RFC 5256 §4), in the order of the result.
func (e *Encoder) SortFound(numbers []uint32, modSeq uint64) {
	e.raw("* SORT")
	e.found(numbers, modSeq)
}

func (e *Encoder) found(numbers []uint32, modSeq uint64) {
	for _, n := range numbers {
		e.buf = strconv.AppendUint(append(e.buf[:0], ' '), uint64(n), 10)
		e.bytes(e.buf)
	}
	if modSeq > 0 && len(numbers) > 0 {
		e.raw(" (MODSEQ ")
		e.number(modSeq)
		e.octet(')')
	}
	e.crlf()
}

// ESearchData is an ESEARCH response (RFC 9051 §7.3.4). Zero fields are left out.
type ESearchData struct {
	Tag      string // of the SEARCH
	UID      bool
	Mailbox  string // multi-mailbox search only (RFC 7377), with UIDValidity
	UIDValid uint32
	Min, Max uint32
	All      SeqSet
	// Count is nil when it was not asked for.
	Count  *uint32
	ModSeq uint64
	// Partial is the range that was asked for, PartialSet what it holds
	// (RFC 9394 §3.1); empty is NIL.
	Partial    *ResultRange
	PartialSet SeqSet
	// Relevancy has the scores of the messages of All or PartialSet, in their
	// order (RFC 6203 §4); nil when they were not asked for.
	Relevancy []int
	// RemoveFrom and AddTo change a result told before (RFC 5267 §4.3.2).
	RemoveFrom, AddTo []PlacedSet
}

// PlacedSet is a part of a result and the place of its first in the result, from
// 1; 0 leaves the place to the order of the mailbox (RFC 5267 §4.3.3).
type PlacedSet struct {
	Place uint32
	Set   SeqSet
}

// ESearch writes ESEARCH.
func (e *Encoder) ESearch(r *ESearchData) {
	e.raw("* ESEARCH (TAG ")
	e.String(r.Tag)
	if r.Mailbox != "" {
		e.raw(" MAILBOX ")
		e.mailbox(r.Mailbox)
		e.raw(" UIDVALIDITY ")
		e.number(uint64(r.UIDValid))
	}
	e.octet(')')
	if r.UID {
		e.raw(" UID")
	}
	if r.Min > 0 {
		e.raw(" MIN ")
		e.number(uint64(r.Min))
	}
	if r.Max > 0 {
		e.raw(" MAX ")
		e.number(uint64(r.Max))
	}
	if !r.All.Empty() {
		e.raw(" ALL ")
		e.set(r.All)
	}
	if r.Count != nil {
		e.raw(" COUNT ")
		e.number(uint64(*r.Count))
	}
	e.partial(r)
	e.relevancy(r.Relevancy)
	e.placed(" REMOVEFROM (", r.RemoveFrom)
	e.placed(" ADDTO (", r.AddTo)
	if r.ModSeq > 0 {
		e.raw(" MODSEQ ")
		e.number(r.ModSeq)
	}
	e.crlf()
}

func (e *Encoder) relevancy(scores []int) {
	for i, score := range scores {
		if i == 0 {
			e.raw(" RELEVANCY (")
		} else {
			e.octet(' ')
		}
		e.number(uint64(score))
	}
	if len(scores) > 0 {
		e.octet(')')
	}
}

func (e *Encoder) partial(r *ESearchData) {
	if r.Partial == nil {
		return
	}
	e.raw(fmt.Sprintf(" PARTIAL (%d:%d ", r.Partial.First, r.Partial.Last))
	if r.PartialSet.Empty() {
		e.raw("NIL")
	} else {
		e.set(r.PartialSet)
	}
	e.octet(')')
}

func (e *Encoder) placed(name string, list []PlacedSet) {
	for i, p := range list {
		if i == 0 {
			e.raw(name)
		} else {
			e.octet(' ')
		}
		e.number(uint64(p.Place))
		e.octet(' ')
		e.set(p.Set)
	}
	if len(list) > 0 {
		e.octet(')')
	}
}

// ThreadNode is a message and the answers to it. A Number of 0 is a message
// that is not there, the parent of siblings.
type ThreadNode struct {
	Number   uint32
	Children []*ThreadNode
}

// Threads writes THREAD (RFC 5256 §4). Chains are written without recursion, so
// only forks nest.
func (e *Encoder) Threads(roots []*ThreadNode) {
	e.raw("* THREAD")
	if len(roots) > 0 {
		e.octet(' ')
	}
	for _, r := range roots {
		e.thread(r)
	}
	e.crlf()
}

func (e *Encoder) thread(n *ThreadNode) {
	e.octet('(')
	first := true
	for {
		if n.Number != 0 {
			if !first {
				e.octet(' ')
			}
			e.number(uint64(n.Number))
			first = false
		}
		if len(n.Children) != 1 {
			break
		}
		n = n.Children[0]
	}
	if len(n.Children) > 0 && !first {
		e.octet(' ')
	}
	for _, c := range n.Children {
		e.thread(c)
	}
	e.octet(')')
}
