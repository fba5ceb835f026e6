package store

import (
	"fmt"
	"slices"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// teller works out what one row of the outbox means for each person.
type teller struct {
	session *NoticeSession
	tx      *db.Tx
	moment  moment
	row     noticeRow
	now     time.Time
	targets map[postroom.SendTarget]*noticeTarget
	before  map[string]*noticeTarget // by the entries that are undone in it
	namer   func(postroom.Grantee) (string, error)
	// rivals are rows about the same shares: of new members, for a row of
	// changes, and the reverse. They are younger, and tell it instead.
	rivals []rival
	// joined are the group with new members and those that hold it.
	joined []postroom.GroupID
}

// noticeTarget is what a target is and what was granted on it.
type noticeTarget struct {
	share NoticeShare
	tree  *tree // nil for a group
	kinds map[postroom.CollectionID]postroom.CollectionKind
	facts *rights.SendFacts
	sends []postroom.SendGrant
}

// rival is a younger row: people and groups for new members, the target and
// its grantees for changes.
type rival struct {
	target postroom.SendTarget
	people []postroom.AccountID
	groups []postroom.GroupID
}

func (n *NoticeSession) newTeller(tx *db.Tx, row noticeRow) (*teller, error) {
	m, _, err := n.session.store.facts.now(tx, 0)
	if err != nil {
		return nil, err
	}
	t := &teller{session: n, tx: tx, moment: m, row: row, now: n.session.store.now(), namer: namer(tx),
		targets: make(map[postroom.SendTarget]*noticeTarget), before: make(map[string]*noticeTarget)}
	switch row.sort {
	case newMembers:
		if t.joined, err = withAbove(tx, row.target.Group); err == nil {
			err = t.readRivals(shareChanges)
		}
	case shareChanges:
		err = t.readRivals(newMembers)
	}
	return t, err
}

func withAbove(tx *db.Tx, g postroom.GroupID) ([]postroom.GroupID, error) {
	above, err := groupsAbove(tx, postroom.Member{Group: g})
	return append(above, g), err
}

// maxRivals bounds the younger rows that are looked at; beyond them somebody
// may be told the same twice.
const maxRivals = 100

func (t *teller) readRivals(sort noticeSort) error {
	rows, err := readNotices(t.tx, fmt.Sprintf(`WHERE kind = $1 AND id > $2 ORDER BY id LIMIT %d`, maxRivals), sort, t.row.id)
	if err != nil {
		return err
	}
	for _, row := range rows {
		r := rival{target: row.target}
		if sort == newMembers {
			if r.people, err = peopleOf(t.tx, row.entries); err == nil {
				r.groups, err = withAbove(t.tx, row.target.Group)
			}
		} else {
			for _, e := range row.entries {
				if e.Grantee.Kind == postroom.GranteeGroup {
					r.groups = append(r.groups, postroom.GroupID(e.Grantee.ID))
				}
			}
		}
		if err != nil {
			return err
		}
		t.rivals = append(t.rivals, r)
	}
	return nil
}

// tell works out what a person is to be told; nothing when nothing is
// different for them.
func (t *teller) tell(who *principal) (Notice, bool, error) {
	if t.row.sort == thingsLost {
		return t.tellLosses(who)
	}
	entries := t.concerning(who)
	if len(entries) == 0 {
		return Notice{}, false, nil
	}
	if t.row.sort == newMembers {
		return t.tellMember(who, entries)
	}
	target, err := t.target(t.row.target)
	if err != nil {
		return Notice{}, false, err
	}
	if t.row.sort == sharesAnswered {
		return t.tellAnswers(who, target)
	}
	last := t.row.entries[entries[len(entries)-1]]
	if t.row.sort == mentionedIn {
		return t.tellMention(who, last, target)
	}
	if t.row.sort.ownerNews() {
		return t.tellOwner(last, target)
	}
	n := Notice{}
	if last.Grantee.Kind == postroom.GranteeGroup {
		if n.Group, err = t.namer(last.Grantee); err != nil {
			return n, false, err
		}
	}
	if t.row.sort != shareChanges {
		return t.tellEnd(n, who, target, last.At)
	}
	if n.By, err = t.by(last.By); err != nil {
		return n, false, err
	}
	old, err := t.undone(target, entries)
	if err != nil {
		return n, false, err
	}
	was, is := old.heldBy(who, t.row.created), target.heldBy(who, t.now)
	switch {
	case same(was, is):
		return n, false, nil
	case was.nothing():
		n.Kind, n.Shares = ShareNew, []NoticeShare{is}
	case is.nothing():
		n.Kind, n.Shares = ShareRevoked, []NoticeShare{was}
	default:
		n.Kind, n.Shares = ShareChanged, []NoticeShare{is}
	}
	return n, true, nil
}

// concerning lists the entries that are about a person: not those of their own
// making, and not those that a younger row will tell them.
func (t *teller) concerning(who *principal) (entries []int) {
	for i, e := range t.row.entries {
		switch {
		case e.By == who.account.ID || !who.subject.Is(e.Grantee):
		case e.Grantee.Kind == postroom.GranteeGroup && t.toldAsMember(who, postroom.GroupID(e.Grantee.ID)):
		default:
			entries = append(entries, i)
		}
	}
	return entries
}

func (t *teller) toldAsMember(who *principal, group postroom.GroupID) bool {
	return t.row.sort == shareChanges && slices.ContainsFunc(t.rivals, func(r rival) bool {
		_, among := slices.BinarySearch(r.people, who.account.ID)
		return among && slices.Contains(r.groups, group)
	})
}

// tellEnd tells of a share that ends or has ended at a time, unless the person
// keeps it in another way.
func (t *teller) tellEnd(n Notice, who *principal, target *noticeTarget, at time.Time) (Notice, bool, error) {
	n.At, n.Kind = at, ShareExpiring
	was, is := target.heldBy(who, t.now), target.heldBy(who, at)
	if t.row.sort == sharesEnded {
		n.Kind = ShareExpired
		was, is = target.heldBy(who, at.Add(-time.Microsecond)), target.heldBy(who, t.now)
	} else if !at.After(t.now) {
		return n, false, nil // it has ended by now, which is told by itself
	}
	n.Shares = []NoticeShare{was}
	return n, !same(was, is) && !was.nothing(), nil
}

// tellMember lists what is shared with a group, and with those that hold it,
// for a new member.
func (t *teller) tellMember(who *principal, entries []int) (Notice, bool, error) {
	n := Notice{Kind: GroupJoined}
	group := postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(t.row.target.Group)}
	if !who.subject.Is(group) {
		return n, false, nil // has left again
	}
	var err error
	if n.Group, err = t.namer(group); err != nil {
		return n, false, err
	}
	if n.By, err = t.by(t.row.entries[entries[len(entries)-1]].By); err != nil {
		return n, false, err
	}
	shared, err := t.sharedWith(t.joined)
	if err != nil {
		return n, false, err
	}
	for _, id := range shared {
		if id.Account == who.account.ID || t.toldAsChange(id) {
			continue
		}
		target, err := t.target(id)
		if postroom.KindOf(err) == postroom.NotFound {
			continue
		}
		if err != nil {
			return n, false, err
		}
		if held := target.heldBy(who, t.now); !held.nothing() {
			n.Shares = append(n.Shares, held)
		}
	}
	sorted(n.Shares, func(s *NoticeShare) string { return s.Address })
	return n, len(n.Shares) > 0, nil
}

// toldAsChange: what was given to the group after the member came is told as
// any other share.
func (t *teller) toldAsChange(target postroom.SendTarget) bool {
	return slices.ContainsFunc(t.rivals, func(r rival) bool {
		return r.target == target && slices.ContainsFunc(r.groups, func(g postroom.GroupID) bool { return slices.Contains(t.joined, g) })
	})
}

// maxNoticeShares bounds what one notice lists.
const maxNoticeShares = 200

// sharedWith lists the targets on which one of some groups has a grant.
func (t *teller) sharedWith(groups []postroom.GroupID) (list []postroom.SendTarget, err error) {
	seen := make(map[postroom.SendTarget]bool)
	for _, g := range groups {
		for _, query := range []string{
			`SELECT DISTINCT account_id, 0 FROM access_grant WHERE grantee_kind = $1 AND grantee_id = $2`,
			`SELECT DISTINCT target_account, target_group FROM send_grant WHERE grantee_kind = $1 AND grantee_id = $2`,
		} {
			err := t.tx.Each(query, []any{postroom.GranteeGroup, g}, func(scan func(...any) error) error {
				var id postroom.SendTarget
				if err := scan(&id.Account, &id.Group); err != nil {
					return err
				}
				if !seen[id] && len(list) < maxNoticeShares {
					seen[id] = true
					list = append(list, id)
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// by is who made a change, as far as those told may know: name and address.
func (t *teller) by(id postroom.AccountID) (postroom.Account, error) {
	if id == 0 {
		return postroom.Account{}, nil
	}
	p, err := t.moment.principal(id)
	if err != nil || p == nil {
		return postroom.Account{}, err
	}
	return postroom.Account{ID: id, Address: p.account.Address, Name: p.account.Name}, nil
}
