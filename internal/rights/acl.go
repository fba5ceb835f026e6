package rights

import (
	"math/bits"
	"slices"
	"time"

	"postroom"
)

// ACL holds the grants made on one collection itself, indexed by grantee. It is
// immutable and may be shared between goroutines. A nil *ACL has no grants.
type ACL struct {
	grants []postroom.Grant // sorted by grantee
	index  map[postroom.Grantee]span
	// filter is a set of hashed grantees: no false negatives, few false
	// positives. Nearly every look-up finds nothing, and most end here with
	// one memory access instead of a map look-up.
	filter []uint64
	shift  uint8 // brings a hash down to a bit number of filter
}

// filterBits is the size of the filter per grant: one in sixteen look-ups for
// what is not there goes on to the map.
const filterBits = 16

// span is a run of grants of one grantee.
type span struct{ first, end int32 }

// NewACL indexes the grants of one collection. The grants' Target is not
// looked at. It returns nil when there are none.
func NewACL(grants []postroom.Grant) *ACL {
	if len(grants) == 0 {
		return nil
	}
	size := max(6, bits.Len(uint(len(grants)*filterBits-1))) // log2 of the bits
	a := &ACL{
		grants: slices.Clone(grants),
		index:  make(map[postroom.Grantee]span, len(grants)),
		filter: make([]uint64, 1<<(size-6)),
		shift:  uint8(64 - size),
	}
	slices.SortStableFunc(a.grants, func(x, y postroom.Grant) int { return compareGrantees(x.Grantee, y.Grantee) })
	for i := range a.grants {
		g := a.grants[i].Grantee
		run, ok := a.index[g]
		if !ok {
			run.first = int32(i)
		}
		run.end = int32(i + 1)
		a.index[g] = run
		bit := hash(g) >> a.shift
		a.filter[bit/64] |= 1 << (bit % 64)
	}
	return a
}

// Grants are the grants of the collection, sorted by grantee. The caller must
// not change them.
func (a *ACL) Grants() []postroom.Grant {
	if a == nil {
		return nil
	}
	return a.grants
}

// of returns the grants of one grantee.
func (a *ACL) of(g postroom.Grantee) []postroom.Grant {
	if a == nil {
		return nil
	}
	bit := hash(g) >> a.shift
	if a.filter[bit/64]&(1<<(bit%64)) == 0 {
		return nil
	}
	run := a.index[g]
	return a.grants[run.first:run.end]
}

// hash spreads grantees over 64 bits, the upper ones best (Fibonacci hashing).
func hash(g postroom.Grantee) uint64 {
	return (uint64(g.ID)<<3 ^ uint64(g.Kind)) * 0x9E3779B97F4A7C15
}

// Level is one collection on the way from the collection asked about up to the
// root of the account.
type Level struct {
	ACL *ACL
	// Inherit is that of the collection: off stops the walk after this level.
	Inherit bool
}

// Owner is the account a collection belongs to.
type Owner struct {
	Account postroom.AccountID
	Org     postroom.OrgID
}

// Effective returns the rights of a subject on a collection of owner at a time.
// chain begins with the collection itself and ends with the root.
//
// The owner has all rights. For everybody else the nearest unexpired grant of
// each identity counts, a block of the account itself ends it all, and what is
// left is the union of the positive entries less the negative ones.
//
// It allocates nothing. Its cost is, for each level, the smaller of the number
// of identities and the number of grants there.
func Effective(s *Subject, owner Owner, chain []Level, now time.Time) postroom.Rights {
	if s.account != 0 && s.account == owner.Account {
		return postroom.AllRights
	}
	identities := s.within(owner.Org)
	if len(identities) == 0 {
		return postroom.NoRights
	}
	var t tally
	for n := range chain {
		t.level(identities, chain[:n+1], now)
		if t.blocked {
			return postroom.NoRights
		}
		if !chain[n].Inherit {
			break
		}
	}
	return t.given &^ t.taken
}

// tally adds up the counting grants.
type tally struct {
	given, taken postroom.Rights
	blocked      bool
}

// level counts the grants of the last level of chain; the levels before it are
// the nearer ones.
func (t *tally) level(identities []postroom.Grantee, chain []Level, now time.Time) {
	acl := chain[len(chain)-1].ACL
	if acl == nil {
		return
	}
	nearer := chain[:len(chain)-1]
	if len(identities) <= len(acl.grants) {
		for _, g := range identities {
			t.grantee(g, acl.of(g), nearer, now)
		}
		return
	}
	for i := 0; i < len(acl.grants); {
		g := acl.grants[i].Grantee
		run := acl.index[g]
		if contains(identities, g) {
			t.grantee(g, acl.grants[run.first:run.end], nearer, now)
		}
		i = int(run.end)
	}
}

// grantee counts the grants that one grantee has on one collection.
func (t *tally) grantee(g postroom.Grantee, grants []postroom.Grant, nearer []Level, now time.Time) {
	if len(grants) == 0 {
		return
	}
	given, positive := union(grants, now, false)
	taken, negative := union(grants, now, true)
	if positive && !hidden(g, nearer, now, false) {
		t.given |= given
		t.blocked = t.blocked || g.Kind == postroom.GranteeAccount && given == postroom.NoRights
	}
	if negative && !hidden(g, nearer, now, true) {
		t.taken |= taken
	}
}

// union returns the rights of the unexpired grants of one sign; found is false
// when there is no such grant.
func union(grants []postroom.Grant, now time.Time, negative bool) (r postroom.Rights, found bool) {
	for i := range grants {
		if grants[i].Negative == negative && !expired(grants[i].Until, now) {
			r |= grants[i].Rights
			found = true
		}
	}
	return r, found
}

// hidden reports whether a nearer level has an unexpired grant of that sign to
// the same grantee.
func hidden(g postroom.Grantee, nearer []Level, now time.Time, negative bool) bool {
	for i := range nearer {
		if _, found := union(nearer[i].ACL.of(g), now, negative); found {
			return true
		}
	}
	return false
}

// expired: from the second of until on, a grant is not there.
func expired(until, now time.Time) bool { return !until.IsZero() && !now.Before(until) }
