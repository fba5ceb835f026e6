package store

import (
	"slices"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// Who leaves a group, or loses what is deleted, is told what they no longer
// reach. By the time they are told the group, the mailbox or the folder may be
// gone, so that what it was is written down with the change.

// noticeLoss is what some people have lost together.
type noticeLoss struct {
	Kind NoticeKind
	// Name is the address of the group that was left or deleted.
	Name string `json:",omitempty"`
	// People were members, and in Groups by that: the group and those above.
	People []postroom.AccountID `json:",omitempty"`
	Groups []postroom.GroupID   `json:",omitempty"`
	// Grantees had something on what is deleted.
	Grantees []postroom.Grantee `json:",omitempty"`
	Targets  []lostTarget       `json:",omitempty"`
}

// lostTarget is an account or a group as it was, with what was granted on it.
type lostTarget struct {
	Share NoticeShare
	Owner rights.Owner
	Facts *rights.SendFacts
	Sends []postroom.SendGrant `json:",omitempty"`
	// Nodes are the root, the collections with grants and those that do not
	// inherit; the others have the rights of the nearest of them above.
	Nodes []lostNode `json:",omitempty"`
	// Folder is the path of the collection that is deleted: then only that is
	// lost.
	Folder string `json:",omitempty"`
}

type lostNode struct {
	ID, Parent postroom.CollectionID
	Inherit    bool
	Path       string
	Kind       postroom.CollectionKind
	Grants     []postroom.Grant `json:",omitempty"`
}

// maxLossPeople bounds the people of one row.
const maxLossPeople = 2000

// remember makes a target fit to be written down. The collection folder, if not
// zero, is kept whether or not it has grants.
func (t *noticeTarget) remember(folder postroom.CollectionID) lostTarget {
	l := lostTarget{Share: t.share, Facts: t.facts, Sends: t.sends}
	if t.tree == nil {
		return l
	}
	l.Owner = t.tree.owner
	kept := func(n *node) bool {
		return n.id == postroom.RootCollection || n.id == folder || n.acl != nil || !n.inherit
	}
	for _, n := range t.tree.nodes {
		if !kept(n) || len(n.chain) == 0 {
			continue
		}
		up := t.tree.nodes[n.parent]
		for up != nil && !kept(up) {
			up = t.tree.nodes[up.parent]
		}
		k := lostNode{ID: n.id, Inherit: n.inherit, Path: n.path, Kind: t.kinds[n.id], Grants: n.acl.Grants()}
		if up != nil {
			k.Parent = up.id
		}
		l.Nodes = append(l.Nodes, k)
	}
	slices.SortFunc(l.Nodes, func(a, b lostNode) int { return int(a.ID - b.ID) })
	return l
}

// target is the target as it was.
func (l *lostTarget) target() *noticeTarget {
	t := &noticeTarget{share: l.Share, facts: l.Facts, sends: l.Sends}
	if len(l.Nodes) == 0 {
		return t
	}
	t.kinds = make(map[postroom.CollectionID]postroom.CollectionKind, len(l.Nodes))
	t.tree = &tree{owner: l.Owner, address: l.Share.Address, nodes: make(map[postroom.CollectionID]*node, len(l.Nodes))}
	for _, n := range l.Nodes {
		t.kinds[n.ID] = n.Kind
		t.tree.nodes[n.ID] = &node{id: n.ID, parent: n.Parent, inherit: n.Inherit, path: n.Path, acl: rights.NewACL(n.Grants)}
	}
	for _, n := range t.tree.nodes {
		t.tree.climb(n)
	}
	return t
}

// observer reads targets to write them down.
func observer(tx *db.Tx) *teller {
	return &teller{tx: tx, targets: make(map[postroom.SendTarget]*noticeTarget)}
}

// noteLeft writes down that members are about to leave a group. It comes before
// they do, and passes over who is none.
func (d *Directory) noteLeft(tx *db.Tx, c *caller, g postroom.Group, members []postroom.Member) error {
	return d.session.store.noteLeft(tx, mover{c.account.ID, d.quiet}, g, members)
}

func (s *Store) noteLeft(tx *db.Tx, m mover, g postroom.Group, members []postroom.Member) error {
	if m.quiet {
		return nil
	}
	if err := s.watchMembers(tx, m.by, g.ID, members); err != nil {
		return err
	}
	told, err := s.forgetJoined(tx, g, members)
	if err != nil {
		return err
	}
	var people []postroom.AccountID
	for _, member := range told {
		is, err := exists(tx, `SELECT 1 FROM group_member WHERE group_id = $1 AND account_id = $2 AND member_group = $3 AND outside = ''`,
			g.ID, member.Account, member.Group)
		if err != nil {
			return err
		}
		switch {
		case !is:
		case member.Group != 0:
			under, err := expand(tx, member.Group)
			if err != nil {
				return err
			}
			people = append(people, under.Accounts...)
		default:
			people = append(people, member.Account)
		}
	}
	return s.noteLosers(tx, m.by, g, GroupLeft, people)
}

// forgetJoined takes out of the outbox that members have come who go again
// before they were told; the others are left.
func (s *Store) forgetJoined(tx *db.Tx, g postroom.Group, members []postroom.Member) (told []postroom.Member, err error) {
	rows, err := readNotices(tx, gathering, g.ID, newMembers)
	if err != nil || len(rows) == 0 {
		return members, err
	}
	leaving := make(map[postroom.Grantee]bool, len(members))
	for _, m := range members {
		leaving[granteeOf(postroom.SendTarget{Account: m.Account, Group: m.Group})] = m.Address == ""
	}
	untold := make(map[postroom.Grantee]bool)
	for _, row := range rows {
		kept := slices.DeleteFunc(slices.Clone(row.entries), func(e noticeEntry) bool { return leaving[e.Grantee] })
		if len(kept) == len(row.entries) {
			continue
		}
		for _, e := range row.entries {
			untold[e.Grantee] = leaving[e.Grantee]
		}
		row.entries = kept
		if err := s.saveNotice(tx, row); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(members), func(m postroom.Member) bool {
		return untold[granteeOf(postroom.SendTarget{Account: m.Account, Group: m.Group})]
	}), nil
}

// gathering finds the rows about a group from which nobody was told yet.
const gathering = `WHERE target_account = 0 AND target_group = $1 AND kind = $2 AND reached = 0 ORDER BY id`

// forgetLeft is forgetJoined for those who come back.
func (s *Store) forgetLeft(tx *db.Tx, g postroom.Group, members []postroom.Member) (told []postroom.Member, err error) {
	rows, err := readNotices(tx, gathering, g.ID, thingsLost)
	if err != nil || len(rows) == 0 {
		return members, err
	}
	back := make(map[postroom.AccountID]bool, len(members))
	for _, m := range members {
		back[m.Account] = m.Account != 0
	}
	untold := make(map[postroom.AccountID]bool)
	for _, row := range rows {
		before := row.losers()
		for _, e := range row.entries {
			e.Loss.People = slices.DeleteFunc(e.Loss.People, func(id postroom.AccountID) bool {
				untold[id] = untold[id] || back[id]
				return back[id]
			})
		}
		if row.losers() < before {
			if err := s.saveNotice(tx, row); err != nil {
				return nil, err
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(members), func(m postroom.Member) bool { return untold[m.Account] }), nil
}

// noteLosers writes down that people lose what a group gives.
func (s *Store) noteLosers(tx *db.Tx, by postroom.AccountID, g postroom.Group, kind NoticeKind, people []postroom.AccountID) error {
	if len(people) == 0 {
		return nil
	}
	loss, err := s.lossOf(tx, g, kind)
	if err != nil || len(loss.Targets) == 0 {
		return err
	}
	for some := range slices.Chunk(people, maxLossPeople) {
		row, err := s.openNotice(tx, thingsLost, postroom.SendTarget{Group: g.ID})
		if err != nil {
			return err
		}
		if row.losers()+len(some) > maxLossPeople {
			row, err = s.newNotice(tx, thingsLost, postroom.SendTarget{Group: g.ID})
			if err != nil {
				return err
			}
		}
		i := slices.IndexFunc(row.entries, func(e noticeEntry) bool {
			return e.By == by && e.Loss.Kind == kind && len(e.Loss.Grantees) == 0
		})
		if i < 0 {
			fresh := loss
			i, row.entries = len(row.entries), append(row.entries, noticeEntry{By: by, Loss: &fresh})
		}
		row.entries[i].Loss.People = append(row.entries[i].Loss.People, some...)
		if err := s.saveNotice(tx, row); err != nil {
			return err
		}
	}
	return nil
}

// losers counts the people of a row.
func (r *noticeRow) losers() (n int) {
	for _, e := range r.entries {
		n += len(e.Loss.People)
	}
	return n
}

// lossOf is what a group gives its members, itself or by the groups above it.
func (s *Store) lossOf(tx *db.Tx, g postroom.Group, kind NoticeKind) (loss noticeLoss, err error) {
	loss = noticeLoss{Kind: kind, Name: g.Address}
	if loss.Groups, err = withAbove(tx, g.ID); err != nil {
		return loss, err
	}
	t := observer(tx)
	shared, err := t.sharedWith(loss.Groups)
	if err != nil {
		return loss, err
	}
	for _, id := range shared {
		target, err := t.target(id)
		if err != nil {
			return loss, err
		}
		loss.Targets = append(loss.Targets, target.remember(0))
	}
	return loss, nil
}

// noteGroupGone writes down that a group is about to be deleted: its members
// lose what it gives, others what they have on it.
func (d *Directory) noteGroupGone(tx *db.Tx, c *caller, g postroom.Group) error {
	if d.quiet {
		return nil
	}
	s := d.session.store
	members, err := expand(tx, g.ID)
	if err != nil {
		return err
	}
	if err := s.watchLosers(tx, c.account.ID, g.ID, members.Accounts); err != nil {
		return err
	}
	if err := s.noteLosers(tx, c.account.ID, g, GroupDeleted, members.Accounts); err != nil {
		return err
	}
	return s.noteGone(tx, c.account.ID, postroom.SendTarget{Group: g.ID}, 0, members.Accounts)
}

// noteAccountGone writes down that an account is about to be deleted.
func (d *Directory) noteAccountGone(tx *db.Tx, c *caller, id postroom.AccountID) error {
	if d.quiet {
		return nil
	}
	return d.session.store.noteGone(tx, c.account.ID, postroom.SendTarget{Account: id}, 0, nil)
}

// noteGone writes down what those have who were granted something on a target
// that is about to be deleted, or on one folder of it. Those in apart are told
// by another row.
func (s *Store) noteGone(tx *db.Tx, by postroom.AccountID, id postroom.SendTarget, folder postroom.CollectionID, apart []postroom.AccountID) error {
	if err := s.watchGone(tx, by, id.Account); err != nil {
		return err
	}
	where, args := `WHERE account_id = $1`, []any{id.Account}
	if folder != 0 {
		where, args = where+` AND collection_id = $2`, append(args, folder)
	}
	untold, err := untoldOf(tx, id)
	if err != nil {
		return err
	}
	loss := noticeLoss{Kind: ThingDeleted}
	add := func(g postroom.Grantee) {
		told := g.Kind == postroom.GranteeAccount && slices.Contains(apart, postroom.AccountID(g.ID))
		if noticed(g) && !told && !untold[g] && !slices.Contains(loss.Grantees, g) {
			loss.Grantees = append(loss.Grantees, g)
		}
	}
	if err := eachGrant(tx, where, args, func(g postroom.Grant) { add(g.Grantee) }); err != nil {
		return err
	}
	if folder == 0 {
		sends, err := sendGrantsOn(tx, id)
		if err != nil {
			return err
		}
		for _, g := range sends {
			add(g.Grantee)
		}
	}
	if len(loss.Grantees) == 0 {
		return nil
	}
	target, err := observer(tx).target(id)
	if err != nil {
		return err
	}
	gone := target.remember(folder)
	if folder != 0 {
		gone.Folder = target.tree.nodes[folder].path
	}
	loss.Targets = []lostTarget{gone}
	row, err := s.openNotice(tx, thingsLost, id)
	if err != nil {
		return err
	}
	row.entries = append(row.entries, noticeEntry{By: by, Loss: &loss})
	return s.saveNotice(tx, row)
}

// untoldOf are the grantees who do not know yet that they have anything on a
// target.
func untoldOf(tx *db.Tx, id postroom.SendTarget) (map[postroom.Grantee]bool, error) {
	rows, err := readNotices(tx, `WHERE target_account = $1 AND target_group = $2 AND kind = $3 AND reached = 0`, id.Account, id.Group, shareChanges)
	untold := make(map[postroom.Grantee]bool)
	for _, row := range rows {
		for _, e := range row.entries {
			untold[e.Grantee] = len(e.Grants)+len(e.Sends) == 0
		}
	}
	return untold, err
}

// noteFiltered is noteLeft for accounts that a filter takes out of a group.
func (s *Store) noteFiltered(tx *db.Tx, m mover, g postroom.Group, gone []postroom.AccountID) error {
	if m.quiet {
		return nil
	}
	members := make([]postroom.Member, len(gone))
	for i, id := range gone {
		members[i] = postroom.Member{Account: id}
	}
	told, err := s.forgetJoined(tx, g, members)
	if err != nil {
		return err
	}
	people := make([]postroom.AccountID, len(told))
	for i, m := range told {
		people[i] = m.Account
	}
	return s.noteLosers(tx, m.by, g, GroupLeft, people)
}
