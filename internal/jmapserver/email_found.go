package jmapserver

import (
	"slices"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/shelf"
	"postroom/internal/store"
)

// maxFound bounds the memory of the results that are kept, in bytes.
const maxFound = 32 << 20

// queryKey is a query of somebody as of a moment: mark is what of the index counts.
type queryKey struct {
	account, reader postroom.AccountID
	mark            string
	filter, sort    string
	collapse        bool
}

// size is the memory of a result.
func (q queryKey) size(emails []postroom.EmailID) int {
	return 8*len(emails) + len(q.mark) + len(q.filter) + len(q.sort) + 300
}

// foundEmails keeps the results of the queries asked last: whoever scrolls asks
// the same again for each page. What is kept for one moment is never right for
// another, and what one may see is asked each time.
type foundEmails struct {
	by *shelf.Shelf[queryKey, []postroom.EmailID]
}

func newFoundEmails() *foundEmails {
	return &foundEmails{by: shelf.New[queryKey, []postroom.EmailID](maxFound)}
}

// get gives what put was given, which must not be changed.
func (k *foundEmails) get(q queryKey) ([]postroom.EmailID, bool) { return k.by.Get(q) }

func (k *foundEmails) put(q queryKey, emails []postroom.EmailID) {
	k.by.Put(q, emails, q.size(emails), nil)
}

// lasting reports whether the results of a query are the same until what may be
// read changes: what an email says never does, and what is not indexed yet is
// read for it (emailsFound.mixed). A search for header fields is asked anew each
// time: it is audited.
func lasting(conditions map[*jmapwire.Filter]*emailCondition) bool {
	for _, e := range conditions {
		if e.Header != nil {
			return false
		}
	}
	return true
}

// byKeywords reports whether the results of a query depend on keywords: others
// stay the same while flags are set and messages read.
func byKeywords(conditions map[*jmapwire.Filter]*emailCondition, order []jmapwire.Comparator) bool {
	for _, e := range conditions {
		if e.HasKeyword != nil || e.NotKeyword != nil || e.ofThreads() {
			return true
		}
	}
	return slices.ContainsFunc(order, func(by jmapwire.Comparator) bool { return by.Keyword != nil })
}

// markFor is the mark of the index that the results of a query go with.
func markFor(mark store.IndexMark, changing bool) string {
	if changing {
		return "rows " + mark.Rows
	}
	return "members " + mark.Members
}
