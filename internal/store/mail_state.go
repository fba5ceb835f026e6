package store

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// bookmark is a state: everything up to a ModSeq is known, of that one only the
// objects up to a number when there is one; and what could be seen.
type bookmark struct {
	at          postroom.ModSeq
	upTo        int64 // zero: all
	fingerprint uint64
}

// String is the state on the wire.
func (b bookmark) String() string {
	s := strconv.FormatInt(int64(b.at), 10)
	if b.upTo != 0 {
		s += "." + strconv.FormatInt(b.upTo, 10)
	}
	return fmt.Sprintf("%s-%x", s, b.fingerprint)
}

// parseBookmark is the inverse of String.
func parseBookmark(s string) (b bookmark, ok bool) {
	number, print, ok := strings.Cut(s, "-")
	if !ok {
		return b, false
	}
	whole, part, partly := strings.Cut(number, ".")
	at, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return b, false
	}
	if partly {
		if b.upTo, err = strconv.ParseInt(part, 10, 64); err != nil || b.upTo <= 0 {
			return b, false
		}
	}
	b.at = postroom.ModSeq(at)
	b.fingerprint, err = strconv.ParseUint(print, 16, 64)
	return b, err == nil && b.String() == s
}

// knew is the ModSeq up to which an object is known at a bookmark.
func (b bookmark) knew(id int64) postroom.ModSeq {
	if b.upTo != 0 && id > b.upTo {
		return b.at - 1
	}
	return b.at
}

// emailMark is the state of the emails of the account that the session may
// read.
func (m *Mail) emailMark(r *outlook, log mailLog) bookmark {
	return bookmark{at: log.emails(r), fingerprint: r.fingerprint(toRead)}
}

func (m *Mail) emailState(tx *db.Tx, r *outlook) (string, error) {
	log, err := m.log(tx, r)
	return m.emailMark(r, log).String(), err
}

// mailboxMark is the state of the mailboxes that the session may look up. What
// the person subscribed to is part of the fingerprint.
func (m *Mail) mailboxMark(tx *db.Tx, r *outlook, log mailLog, wishes wishes) (bookmark, error) {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(wishes)) {
		fmt.Fprintf(h, "%s\x00%d\x00", name, wishes[name])
	}
	print := r.fingerprint(postroom.AllRights)
	if len(wishes) > 0 {
		print ^= h.Sum64()
	}
	shared, err := m.sharedMark(tx, r)
	print ^= shared
	return bookmark{at: log.mailboxes(r), fingerprint: print}, err
}

// sharedMark stands for with whom the mailboxes are shared that the session may
// share; zero for nobody.
func (m *Mail) sharedMark(tx *db.Tx, r *outlook) (uint64, error) {
	v, err := m.session.look(tx, m.account)
	if err != nil || v.tree == nil {
		return 0, err
	}
	var grants []string
	for id, have := range r.rights {
		if n := v.tree.nodes[id]; n != nil && have.Has(postroom.Administer) {
			for _, g := range n.acl.Grants() {
				grants = append(grants, fmt.Sprintf("%d %d %d %d %t", id, g.Grantee.Kind, g.Grantee.ID, g.Rights, g.Negative))
			}
		}
	}
	if len(grants) == 0 {
		return 0, nil
	}
	slices.Sort(grants)
	h := fnv.New64a()
	for _, g := range grants {
		_, _ = fmt.Fprintln(h, g) // never fails
	}
	return h.Sum64(), nil
}

// since reads the state a client knows. CannotCalculate when changes from there
// to now cannot be told: what left before floor is forgotten.
func since(state string, now bookmark, r *outlook, log mailLog, floor postroom.ModSeq) (bookmark, error) {
	b, ok := parseBookmark(state)
	known := b.at
	if b.upTo != 0 {
		known-- // of what happened then, a part was told
	}
	if !ok || known < floor || b.fingerprint != now.fingerprint || b.at > now.at || !r.uniform && log.movedSince(b.at) {
		return b, errCannotCalculate()
	}
	return b, nil
}

// errCannotCalculate says that the changes since a state cannot be told: it is
// none, or what may be seen is not what it was.
func errCannotCalculate() error {
	return postroom.Errorf(postroom.Stale, "changes since that state cannot be told")
}
