package store

import (
	"fmt"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// reach is what a change can touch: everything these persons have, and
// everybody's rights on these targets.
type reach struct {
	persons map[postroom.AccountID]bool
	targets map[postroom.SendTarget]bool
	// lists are those of the targets to which not everybody may post, before or
	// after: it matters to all.
	lists map[postroom.GroupID]bool
}

// touched learns from the log of changed rights, and from what is other, what a
// change can touch.
type touched struct {
	epoch   int64 // before
	changes []rightsChange
	entries map[postroom.GroupID]entries // afterwards
	edges   map[postroom.OrgID]edges     // of those organisations of which the log says no more
}

// edge is a member of a group; edges are those of an organisation.
type (
	edge struct {
		group  postroom.GroupID
		member postroom.Member
	}
	edges map[edge]bool
)

// note takes down what there is after the change.
func (t *touched) note(tx *db.Tx) error {
	t.changes, t.edges = nil, make(map[postroom.OrgID]edges)
	err := tx.Each(`SELECT kind, subject FROM rights_change WHERE epoch > $1`, []any{t.epoch}, func(scan func(...any) error) error {
		var c rightsChange
		err := scan(&c.kind, &c.subject)
		t.changes = append(t.changes, c)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range t.changes {
		org := postroom.OrgID(c.subject)
		if c.kind != changedGroups || t.edges[org] != nil {
			continue
		}
		if t.edges[org], err = edgesOf(tx, org); err != nil {
			return err
		}
	}
	t.entries, err = groupEntries(tx)
	return err
}

// settle compares that with what there is before the change.
func (t *touched) settle(tx *db.Tx) (*reach, error) {
	r := &reach{persons: make(map[postroom.AccountID]bool), targets: make(map[postroom.SendTarget]bool),
		lists: make(map[postroom.GroupID]bool)}
	for _, c := range t.changes {
		switch {
		case c.kind == changedAccount:
			r.persons[postroom.AccountID(c.subject)] = true
		case c.kind == changedGrants && c.subject != 0:
			r.targets[postroom.SendTarget{Account: postroom.AccountID(c.subject)}] = true
		}
	}
	sending, err := groupEntries(tx)
	if err != nil {
		return nil, err
	}
	for _, sides := range [][2]map[postroom.GroupID]entries{{sending, t.entries}, {t.entries, sending}} {
		for group, here := range sides[0] {
			there := sides[1][group]
			if here != there {
				r.targets[postroom.SendTarget{Group: group}] = true
				r.lists[group] = here.closed || there.closed
			}
		}
	}
	for org, after := range t.edges {
		before, err := edgesOf(tx, org)
		if err != nil {
			return nil, err
		}
		r.joined(before, after)
		r.joined(after, before)
	}
	return r, nil
}

// joined adds everybody under the edges that a has and b has not.
func (r *reach) joined(a, b edges) {
	below := make(map[postroom.GroupID][]postroom.Member)
	for e := range a {
		below[e.group] = append(below[e.group], e.member)
	}
	var todo []postroom.Member
	for e := range a {
		if !b[e] {
			todo = append(todo, e.member)
		}
	}
	seen := make(map[postroom.GroupID]bool)
	for i := 0; i < len(todo); i++ {
		m := todo[i]
		if m.Account != 0 {
			r.persons[m.Account] = true
		} else if !seen[m.Group] {
			seen[m.Group] = true
			todo = append(todo, below[m.Group]...)
		}
	}
}

func edgesOf(tx *db.Tx, org postroom.OrgID) (edges, error) {
	all := make(edges)
	err := tx.Each(`SELECT m.group_id, m.account_id, m.member_group FROM group_member m JOIN mail_group g ON g.id = m.group_id
		WHERE g.org_id = $1 AND m.outside = ''`, []any{org}, func(scan func(...any) error) error {
		var e edge
		err := scan(&e.group, &e.member.Account, &e.member.Group)
		all[e] = true
		return err
	})
	return all, err
}

// entries are the send rights on a group, as one text.
type entries struct {
	text   string
	closed bool // somebody was named for sendTo
}

func groupEntries(tx *db.Tx) (map[postroom.GroupID]entries, error) {
	all := make(map[postroom.GroupID]entries)
	grants, err := readSendGrants(tx, `WHERE target_group <> 0`)
	for _, g := range grants {
		e := all[g.Target.Group]
		e.text += fmt.Sprintln(g.Grantee, g.Right, g.Deny, g.Displayed, g.AddAddresses, g.DropAddresses, g.Until)
		e.closed = e.closed || g.Right == postroom.SendTo
		all[g.Target.Group] = e
	}
	return all, err
}

// pairsOf lists who can have something where, as tx sees it, within a reach:
// as many as are worth comparing, and how many more there are at least.
func (s *side) pairsOf(r *reach) error {
	all := make(map[pair]bool)
	for t := range r.targets {
		p, err := s.place(t)
		if err != nil {
			return err
		}
		if !p.there {
			continue
		}
		holders, err := s.holdersOf(p, r.lists[t.Group])
		if err != nil {
			return err
		}
		for _, who := range holders {
			all[pair{who, t}] = true
		}
	}
	persons := make([]postroom.AccountID, 0, len(r.persons))
	for id := range r.persons {
		persons = append(persons, id)
	}
	slices.Sort(persons)
	for i, id := range persons {
		if len(all) > s.most {
			s.left = len(persons) - i
			break
		}
		if err := s.pairsOfPerson(id, all); err != nil {
			return err
		}
	}
	s.pairs = make([]pair, 0, len(all))
	for p := range all {
		s.pairs = append(s.pairs, p)
	}
	slices.SortFunc(s.pairs, comparePairs)
	return nil
}

func (s *side) pairsOfPerson(id postroom.AccountID, all map[pair]bool) error {
	who := postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)}
	p, err := s.person(who)
	if err != nil || p.principal == nil {
		return err
	}
	accounts, groups, err := reachOf(s.tx, s.moment, p.principal)
	if err != nil {
		return err
	}
	all[pair{who, postroom.SendTarget{Account: id}}] = true
	for _, a := range accounts {
		all[pair{who, postroom.SendTarget{Account: a}}] = true
	}
	for _, g := range groups {
		all[pair{who, postroom.SendTarget{Group: g}}] = true
	}
	return nil
}

// holdersOf lists those whom the grants on a spot can reach, and everybody else
// when it matters to them too.
func (s *side) holdersOf(p *spot, everybody bool) ([]postroom.Grantee, error) {
	named := make(map[postroom.Grantee]bool)
	if p.target.Account != 0 {
		err := eachGrant(s.tx, `WHERE account_id = $1`, []any{p.target.Account}, func(g postroom.Grant) { named[g.Grantee] = true })
		if err != nil {
			return nil, err
		}
	}
	for _, g := range p.grants {
		named[g.Grantee] = true
	}
	if everybody {
		named[postroom.Grantee{Kind: postroom.GranteePublic}] = true
	}
	ids, err := reachedBy(s.tx, named, p.org)
	if err != nil {
		return nil, err
	}
	holders := make([]postroom.Grantee, 0, len(ids))
	for _, id := range ids {
		if id != p.target.Account {
			holders = append(holders, postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)})
		}
	}
	for g := range named {
		if g.Kind == postroom.GranteePublic || g.Kind == postroom.GranteeGuest {
			holders = append(holders, g)
		}
	}
	return holders, nil
}
