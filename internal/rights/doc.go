// Package rights decides who may do what. It holds the one alphabet of rights
// with its projections to Zimbra letters, RFC 4314, JMAP and DAV; the engine
// that computes effective rights and rights to send from grants; and the
// explanation of each decision.
//
// The package is pure: facts and the time come in as arguments, a decision
// comes out. It reads no clock and no database, keeps no state and never
// fails; whoever holds the facts asks.
//
// # Decisions taken here
//
// Organisations. Between two organisations of one server only public and guest
// grants count. A grant to an account, group, domain, plan, organisation or to
// all counts only for accounts of the organisation that owns the target, so
// "all" means all signed-in accounts of that organisation (RFC 4314 "anyone").
//
// State. An account that is invited, locked or disabled has no right to things
// of others, not even a public one, and no right to send. Its own collections
// stay its own.
//
// Positive and negative grants of one grantee are two entries, each with its
// own nearest grant. An empty positive grant of an account is a block; it
// beats every other grant, public ones included. An empty grant of any other
// grantee gives nothing and takes nothing, but hides that grantee's grants
// further up.
//
// Send rights. Holding sendAs means holding sendOnBehalfOf. So an entry that
// gives sendAs also gives sendOnBehalfOf, an entry that denies sendOnBehalfOf
// also denies sendAs, and an entry that denies sendAs says nothing about
// sendOnBehalfOf.
package rights
