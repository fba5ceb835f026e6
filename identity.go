package postroom

import "slices"

// SortIdentities brings identities into the order in which a client offers
// them to who is in a mailbox or writes for a group, in: the default From
// first. That is the one on its primary address, then those on its other
// addresses, then the rest as they were; what cannot be used comes last.
func SortIdentities(all []Identity, in SendTarget, primary string) {
	rank := func(i Identity) int {
		switch {
		case i.Unusable != "":
			return 3
		case i.Target != in:
			return 2
		case i.Address != primary:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b Identity) int { return rank(a) - rank(b) })
}
