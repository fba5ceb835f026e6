package naive_test

import (
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/rights/naive"
)

// TestSmallScope tries every organisation of an owner and two users, two groups
// that may hold each other, and two collections, with every combination of no
// grant, a block, a grant and a negative entry for one user and both groups.
func TestSmallScope(t *testing.T) {
	memberships := []naive.Membership{
		{Group: 1, Member: postroom.Member{Account: 2}},
		{Group: 1, Member: postroom.Member{Group: 2}},
		{Group: 2, Member: postroom.Member{Group: 1}},
		{Group: 2, Member: postroom.Member{Account: 3}},
	}
	grantees := []postroom.Grantee{{Kind: postroom.GranteeAccount, ID: 2},
		{Kind: postroom.GranteeGroup, ID: 1}, {Kind: postroom.GranteeGroup, ID: 2}}
	// Different rights for each grantee show which grants have counted.
	given := []postroom.Rights{rights.Reviewer, rights.Author, rights.Admin}
	for members := range 1 << len(memberships) {
		for inherit := range 2 {
			w := smallWorld(inherit == 1)
			for i, m := range memberships {
				if members&(1<<i) != 0 {
					w.Members = append(w.Members, m)
				}
			}
			for combination := range 1 << (2 * 2 * len(grantees)) {
				w.Grants = w.Grants[:0]
				for i := range 2 * len(grantees) {
					g := postroom.Grant{Grantee: grantees[i/2], Rights: given[i/2],
						Target: postroom.CollectionRef{Account: 1, Collection: postroom.CollectionID(1 + i%2)}}
					switch combination >> (2 * i) & 3 {
					case 0:
						continue
					case 1:
						g.Rights = postroom.NoRights
					case 3:
						g.Negative, g.Rights = true, postroom.Read|postroom.Insert
					}
					w.Grants = append(w.Grants, g)
				}
				compareSmall(t, engine{w})
			}
		}
	}
}

func smallWorld(inherit bool) *naive.World {
	w := &naive.World{Now: noon, Collections: []postroom.Collection{
		{Ref: postroom.CollectionRef{Account: 1, Collection: 1}, Inherit: true},
		{Ref: postroom.CollectionRef{Account: 1, Collection: 2}, Parent: 1, Inherit: inherit},
	}}
	for id := range postroom.AccountID(3) {
		w.Accounts = append(w.Accounts, postroom.Account{ID: id + 1, Org: 1, State: postroom.Active})
	}
	return w
}

func compareSmall(t *testing.T, e engine) {
	t.Helper()
	for _, account := range []postroom.AccountID{2, 3} {
		who := naive.Who{Account: account}
		q := e.access(who, postroom.CollectionRef{Account: 1, Collection: 2})
		got := rights.Effective(q.Subject, q.Owner, q.Chain, q.Now)
		if want := e.Effective(who, postroom.CollectionRef{Account: 1, Collection: 2}); got != want {
			t.Fatalf("account %d: engine %q, naive %q\nmembers %+v\ngrants %+v", account, rights.IMAP(got), rights.IMAP(want), e.Members, e.World.Grants)
		}
	}
}
