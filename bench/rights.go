package main

import (
	"fmt"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
)

// measureDecisions times one rights decision on a tree of five collections
// with 100,000 grants, for a person in ten nested groups, on one core.
func measureDecisions(table *report) {
	const grants, depth, groups = 100_000, 5, 10
	now := time.Now()
	perLevel := make([][]postroom.Grant, depth)
	for i := range grants {
		kind := postroom.GranteeAccount
		if i%3 == 0 {
			kind = postroom.GranteeGroup
		}
		g := postroom.Grant{Grantee: postroom.Grantee{Kind: kind, ID: int64(1000 + i)}, Rights: postroom.Lookup | postroom.Read}
		perLevel[i%depth] = append(perLevel[i%depth], g)
	}
	inner := postroom.Grantee{Kind: postroom.GranteeGroup, ID: 10 + groups - 1}
	perLevel[depth-1] = append(perLevel[depth-1], postroom.Grant{Grantee: inner, Rights: postroom.AllRights})
	chain := make([]rights.Level, depth)
	for i := range perLevel {
		chain[i] = rights.Level{ACL: rights.NewACL(perLevel[i]), Inherit: true}
	}
	var held []postroom.GroupID
	for i := range groups {
		held = append(held, postroom.GroupID(10+i))
	}
	person := &postroom.Account{ID: 1, Org: 2, Domain: 3, Plan: 4, State: postroom.Active}
	subject := rights.NewSubject(person, held)
	owner := rights.Owner{Account: 99, Org: 2}
	result := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			if !rights.Effective(subject, owner, chain, now).Has(postroom.Read) {
				b.Fatal("the decision is wrong")
			}
		}
	})
	rate := 1e9 / float64(result.NsPerOp())
	table.add("rights decision, 100,000 grants, ten nested groups (peer: the goal)",
		fmt.Sprintf("%.2f M/s", rate/1e6), "1 M/s per core", rate/1e6, "≥ 1")
	table.note("a decision allocates %d bytes", result.AllocedBytesPerOp())
}
