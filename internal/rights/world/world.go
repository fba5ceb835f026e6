// Package world is an organisation of any size made by arithmetic, so that two
// engines can be given the same one and asked the same questions. Tests and
// benchmarks import it, nothing else.
package world

// World says how large it is. Numbers count from zero.
type World struct {
	// Accounts are persons; each is also the owner of a mailbox.
	Accounts int
	// Groups hold one another in chains of Depth: the first of a chain holds
	// the second and so on.
	Groups int
	// Grants are given on mailboxes, evenly; every GroupEvery-th to a group.
	Grants int
}

const (
	// Depth of a chain of groups.
	Depth = 10
	// DirectGroups is how many groups each account is a direct member of.
	DirectGroups = 3
	// GroupEvery: of so many grants one is to a group.
	GroupEvery = 5
)

// Full is the size that the house promises to bear.
var Full = World{Accounts: 1_000_000, Groups: 100_000, Grants: 5_000_000}

// GroupOf is the n-th group (of DirectGroups) that holds an account itself.
func (w World) GroupOf(account, n int) int { return (account*7 + n*31_337) % w.Groups }

// Parent is the group that holds a group, -1 for the first of a chain.
func (w World) Parent(group int) int {
	if group%Depth == 0 {
		return -1
	}
	return group - 1
}

// GroupsAbove are all groups that hold an account, nested ones included;
// some may come twice.
func (w World) GroupsAbove(account int) []int {
	var all []int
	for n := range DirectGroups {
		for g := w.GroupOf(account, n); g >= 0; g = w.Parent(g) {
			all = append(all, g)
		}
	}
	return all
}

// Grant is one grant: who may read whose mailbox.
type Grant struct {
	// Target is the account of the mailbox.
	Target int
	// Account or Group is the grantee, the other is -1.
	Account, Group int
	// Inbox: it is on the inbox, otherwise on the whole mailbox.
	Inbox bool
}

// Grant returns the i-th grant.
func (w World) Grant(i int) Grant {
	target, round := i%w.Accounts, i/w.Accounts
	g := Grant{Target: target, Account: -1, Group: -1, Inbox: round%2 == 1}
	if round%GroupEvery == 0 {
		g.Group = (target*13 + round*7) % w.Groups
	} else {
		g.Account = (target + round*389) % w.Accounts
	}
	return g
}

// GrantsOn returns the grants on one mailbox.
func (w World) GrantsOn(target int) []Grant {
	var all []Grant
	for i := target; i < w.Grants; i += w.Accounts {
		all = append(all, w.Grant(i))
	}
	return all
}

// MayRead answers from the arithmetic alone whether an account may read another's inbox.
func (w World) MayRead(account, target int) bool {
	if account == target {
		return true
	}
	held := w.GroupsAbove(account)
	for _, g := range w.GrantsOn(target) {
		if g.Account == account {
			return true
		}
		for _, h := range held {
			if h == g.Group {
				return true
			}
		}
	}
	return false
}

// Question is whether an account may read the inbox of another.
type Question struct{ Account, Target int }

// Questions makes n of them, half of them answered yes by a grant to the
// account, a tenth by a group.
func (w World) Questions(n int) []Question {
	all := make([]Question, n)
	for i := range all {
		target := i * 7919 % w.Accounts
		q := Question{Account: (target*31 + 17) % w.Accounts, Target: target}
		switch grants := w.GrantsOn(target); {
		case i%2 == 0:
			q.Account = grants[1+i/2%(GroupEvery-1)].Account
		case i%10 == 1:
			q.Account = w.memberOf(grants[0].Group)
		}
		all[i] = q
	}
	return all
}

// memberOf finds an account that a group holds itself, 0 when it holds none.
func (w World) memberOf(group int) int {
	for account := range w.Accounts {
		if w.GroupOf(account, 0) == group {
			return account
		}
	}
	return 0
}
