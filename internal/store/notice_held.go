package store

import (
	"fmt"
	"slices"
	"time"

	"postroom"
	"postroom/internal/rights"
)

// target reads an account or group with what was granted on it.
func (t *teller) target(id postroom.SendTarget) (*noticeTarget, error) {
	if known := t.targets[id]; known != nil {
		return known, nil
	}
	found := &noticeTarget{share: NoticeShare{Target: id}}
	var err error
	if id.Group != 0 {
		g, err := readGroup(t.tx, id.Group)
		if err != nil {
			return nil, err
		}
		found.share.Address, found.share.Name = g.Address, g.Name
	} else if err = t.readAccountTarget(found, id.Account); err != nil {
		return nil, err
	}
	if found.facts, _, err = factsOf(t.tx, id); err != nil {
		return nil, err
	}
	if found.sends, err = sendGrantsOn(t.tx, id); err != nil {
		return nil, err
	}
	t.targets[id] = found
	return found, nil
}

func (t *teller) readAccountTarget(found *noticeTarget, id postroom.AccountID) error {
	a, err := readAccount(t.tx, id)
	if err != nil {
		return err
	}
	found.share.Address, found.share.Name, found.share.Kind = a.Address, a.Name, a.Kind
	if found.tree, err = readTree(t.tx, id, 0); err != nil {
		return err
	}
	found.kinds = make(map[postroom.CollectionID]postroom.CollectionKind, len(found.tree.nodes))
	all, err := readCollections(t.tx, id)
	for _, c := range all {
		found.kinds[c.Ref.Collection] = c.Kind
	}
	return err
}

// undone is a target as it was before the changes of some entries.
func (t *teller) undone(now *noticeTarget, entries []int) (*noticeTarget, error) {
	key := fmt.Sprint(entries)
	if known := t.before[key]; known != nil {
		return known, nil
	}
	changed := make(map[postroom.Grantee]bool, len(entries))
	old := make(map[postroom.CollectionID][]postroom.Grant)
	was := *now
	was.sends = nil
	for _, i := range entries {
		e := t.row.entries[i]
		changed[e.Grantee] = true
		for _, g := range e.Grants {
			old[g.Target.Collection] = append(old[g.Target.Collection], g)
		}
		was.sends = append(was.sends, e.Sends...)
	}
	for _, g := range now.sends {
		if !changed[g.Grantee] {
			was.sends = append(was.sends, g)
		}
	}
	if now.tree != nil {
		was.tree = now.tree.with(func(id postroom.CollectionID, grants []postroom.Grant) []postroom.Grant {
			kept := slices.DeleteFunc(slices.Clone(grants), func(g postroom.Grant) bool { return changed[g.Grantee] })
			return append(kept, old[id]...)
		})
	}
	t.before[key] = &was
	return &was, nil
}

// with copies a tree with other grants.
func (t *tree) with(grants func(postroom.CollectionID, []postroom.Grant) []postroom.Grant) *tree {
	c := &tree{owner: t.owner, address: t.address, nodes: make(map[postroom.CollectionID]*node, len(t.nodes))}
	for id, n := range t.nodes {
		c.nodes[id] = &node{id: n.id, parent: n.parent, inherit: n.inherit, path: n.path, acl: rights.NewACL(grants(id, n.acl.Grants()))}
	}
	for _, n := range c.nodes {
		c.climb(n)
	}
	return c
}

// heldBy is what somebody has on the target at a time.
func (t *noticeTarget) heldBy(who *principal, now time.Time) NoticeShare {
	held := t.share
	if t.tree != nil {
		held.Folders = t.folders(who, now)
	}
	held.Send = t.sending(who, now)
	return held
}

// folders lists the collections on which somebody's rights differ from those
// on the parent.
func (t *noticeTarget) folders(who *principal, now time.Time) (list []NoticeFolder) {
	effective := make(map[postroom.CollectionID]postroom.Rights, len(t.tree.nodes))
	for id, n := range t.tree.nodes {
		effective[id] = rights.Effective(who.subject, t.tree.owner, n.chain, now)
	}
	for id, n := range t.tree.nodes {
		have := effective[id]
		if have == effective[n.parent] {
			continue // the root has no parent, and so no rights above it
		}
		f := NoticeFolder{Path: n.path, Kind: t.kinds[id], Rights: have}
		if have != postroom.NoRights {
			f.Until = endOf(who, n.chain, now)
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b NoticeFolder) int { return comparePaths(a.Path, b.Path) })
	return list
}

// endOf is when the last of somebody's grants on a collection ends, zero when
// one of them does not.
func endOf(who *principal, chain []rights.Level, now time.Time) (end time.Time) {
	for _, level := range chain {
		for _, g := range level.ACL.Grants() {
			if g.Negative || g.Rights == postroom.NoRights || !who.subject.Is(g.Grantee) {
				continue
			}
			if g.Until.IsZero() {
				return time.Time{}
			}
			if g.Until.After(now) && g.Until.After(end) {
				end = g.Until
			}
		}
		if !level.Inherit {
			break
		}
	}
	return end
}

// sending lists the rights to send for a target and to manage it. The right to
// post to a list that is open to all is not told.
func (t *noticeTarget) sending(who *principal, now time.Time) (list []NoticeSend) {
	asked := []postroom.SendRight{postroom.SendAs, postroom.SendOnBehalfOf}
	if t.tree == nil {
		asked = append(asked, postroom.SendTo, postroom.Own)
	}
	for _, right := range asked {
		d := rights.DecideSend(who.subject, t.facts, right, t.facts.Primary, t.sends, now)
		if !d.Allowed || d.Class == rights.ClassOpen || right == postroom.SendOnBehalfOf && len(list) > 0 {
			continue
		}
		list = append(list, NoticeSend{Right: right, Until: t.sendEnd(who, right, now)})
	}
	return list
}

func (t *noticeTarget) sendEnd(who *principal, right postroom.SendRight, now time.Time) (end time.Time) {
	for _, g := range t.sends {
		speaks := g.Right == right || right == postroom.SendOnBehalfOf && g.Right == postroom.SendAs
		if g.Deny || !speaks || !who.subject.Is(g.Grantee) {
			continue
		}
		if g.Until.IsZero() {
			return time.Time{}
		}
		if g.Until.After(now) && g.Until.After(end) {
			end = g.Until
		}
	}
	return end
}

func (s NoticeShare) nothing() bool { return len(s.Folders) == 0 && len(s.Send) == 0 }

func same(a, b NoticeShare) bool {
	return slices.EqualFunc(a.Folders, b.Folders, func(x, y NoticeFolder) bool {
		return x.Path == y.Path && x.Rights == y.Rights && x.Until.Equal(y.Until)
	}) && slices.EqualFunc(a.Send, b.Send, func(x, y NoticeSend) bool { return x.Right == y.Right && x.Until.Equal(y.Until) })
}
