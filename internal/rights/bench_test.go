package rights

import (
	"fmt"
	"testing"
	"time"

	"postroom"
)

// bigTree is a chain of five collections with 100,000 grants on them, to
// accounts and groups alike.
func bigTree() []Level {
	const grants, depth = 100_000, 5
	levels := make([][]postroom.Grant, depth)
	for i := range grants {
		g := account(int64(1000 + i))
		if i%3 == 0 {
			g = group(int64(1000 + i))
		}
		levels[i%depth] = append(levels[i%depth], until(give(g, Viewer), noon.Add(time.Duration(i-10)*time.Hour)))
	}
	levels[4] = append(levels[4], give(group(12), Manager), take(account(1), postroom.Expunge))
	levels[1] = append(levels[1], give(account(1), Viewer))
	chain := make([]Level, depth)
	for i := range levels {
		chain[i] = inherits(levels[i]...)
	}
	return chain
}

// nested is a line of n groups, each a member of the next.
func nested(n int) (groups []postroom.GroupID) {
	for i := range n {
		groups = append(groups, postroom.GroupID(10+i))
	}
	return groups
}

// BenchmarkEffective: one decision on a tree with 100,000 grants.
func BenchmarkEffective(b *testing.B) {
	chain := bigTree()
	for _, groups := range []int{0, 5, 20, 10_000} {
		who := person(1, nested(max(groups, 1))...)
		if groups == 0 {
			who = person(1)
		}
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := Effective(who, info, chain, noon)
				if !r.Has(postroom.Read) || Decide(r, Fetch) != Done {
					b.Fatal("no right")
				}
			}
		})
	}
}

// BenchmarkEffectiveManyGroups: an account in 10,000 groups on an ordinary
// mailbox with a handful of grants.
func BenchmarkEffectiveManyGroups(b *testing.B) {
	who := person(1, nested(10_000)...)
	chain := []Level{inherits(), inherits(), inherits(give(group(500), Manager), give(account(2), Viewer), give(group(3), Viewer))}
	b.ReportAllocs()
	for b.Loop() {
		if Effective(who, info, chain, noon) != Manager {
			b.Fatal("no right")
		}
	}
}

// BenchmarkDecideSend: one entry among a thousand.
func BenchmarkDecideSend(b *testing.B) {
	target := &SendFacts{Target: postroom.SendTarget{Account: 100}, Org: org, Primary: "info@example.test"}
	var grants []postroom.SendGrant
	for i := range 1000 {
		grants = append(grants, postroom.SendGrant{Target: target.Target, Grantee: account(int64(1000 + i)), Right: postroom.SendAs})
	}
	grants = append(grants, postroom.SendGrant{Target: target.Target, Grantee: group(12), Right: postroom.SendAs})
	who := person(1, nested(5)...)
	b.ReportAllocs()
	for b.Loop() {
		if !DecideSend(who, target, postroom.SendAs, "info@example.test", grants, noon).Allowed {
			b.Fatal("no right")
		}
	}
}
