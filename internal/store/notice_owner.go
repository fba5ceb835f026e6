package store

import (
	"slices"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// What administrators do to somebody's mailbox is told to its owner, whether
// they wish it or not: one row of the outbox for each act, due at once.

// OwnerAct is what an administrator did, as AdministratorActed tells it.
type OwnerAct string

// The acts. What is named after each is in Notice.Detail.
const (
	ActPassword    OwnerAct = "password"     // a new password
	ActAppPassword OwnerAct = "app-password" // name of the app password
	ActToken       OwnerAct = "token"        // name of the access token
	ActFactor      OwnerAct = "factor"       // the second factor was removed
	ActPasskey     OwnerAct = "passkey"      // name of the passkey that was removed
	ActProvider    OwnerAct = "provider"     // name of a provider, an account of which was linked
	ActForwarding  OwnerAct = "forwarding"   // addresses
	ActGrant       OwnerAct = "grant"        // grantee
	ActRename      OwnerAct = "rename"       // the old address
	ActMembers     OwnerAct = "members"      // addresses
)

// ownerNews reports whether a row goes to the owner of its target, too.
func (s noticeSort) ownerNews() bool {
	return s == sharesAnswered || s == glassBroken || s == glassEnded || s == administratorActed
}

// ownersOf lists who answers for a mailbox or a group: a person for their own;
// for others who holds Administer there, and the owners of the groups that give
// access; of a group its owners.
func (s *Store) ownersOf(tx *db.Tx, t postroom.SendTarget) (ids []postroom.AccountID, err error) {
	if t.Group != 0 {
		g, err := readGroup(tx, t.Group)
		if err != nil {
			return nil, err
		}
		return s.owningAccounts(tx, g)
	}
	a, err := readAccount(tx, t.Account)
	if err != nil {
		return nil, err
	}
	if a.Kind == postroom.Person {
		return []postroom.AccountID{a.ID}, nil
	}
	if ids, err = s.administering(tx, a.ID); err != nil {
		return nil, err
	}
	var groups []postroom.GroupID
	err = eachGrant(tx, `WHERE account_id = $1 AND negative = 0 AND rights <> 0 AND grantee_kind = $2`,
		[]any{a.ID, postroom.GranteeGroup}, func(g postroom.Grant) { groups = append(groups, postroom.GroupID(g.Grantee.ID)) })
	if err != nil {
		return nil, err
	}
	for _, id := range groups {
		g, err := readGroup(tx, id)
		if err != nil {
			return nil, err
		}
		owners, err := s.owningAccounts(tx, g)
		if err != nil {
			return nil, err
		}
		ids = append(ids, owners...)
	}
	return ids, nil
}

// administering lists the persons with Administer on the root of an account.
func (s *Store) administering(tx *db.Tx, id postroom.AccountID) (ids []postroom.AccountID, err error) {
	m, epoch, err := s.facts.now(tx, id)
	if err != nil {
		return nil, err
	}
	t, err := m.tree(id, epoch)
	if err != nil || t == nil || t.nodes[postroom.RootCollection] == nil {
		return nil, err
	}
	root := t.nodes[postroom.RootCollection]
	named := make(map[postroom.Grantee]bool)
	for _, g := range root.acl.Grants() {
		if !g.Negative && g.Rights.Has(postroom.Administer) {
			named[g.Grantee] = true
		}
	}
	candidates, err := reachedBy(tx, named, t.owner.Org)
	if err != nil {
		return nil, err
	}
	for _, who := range candidates {
		p, err := m.principal(who)
		if err != nil {
			return nil, err
		}
		if p != nil && rights.Effective(p.subject, t.owner, root.chain, s.now()).Has(postroom.Administer) {
			ids = append(ids, who)
		}
	}
	return ids, nil
}

// noteGlass tells owners and administrators of an emergency access.
func (s *Store) noteGlass(tx *db.Tx, sort noticeSort, g postroom.Grant, by postroom.AccountID, at time.Time) error {
	t := postroom.SendTarget{Account: g.Target.Account}
	a, err := readAccount(tx, t.Account)
	if err != nil {
		return err
	}
	told, err := s.ownersOf(tx, t)
	if err != nil {
		return err
	}
	admins, err := administratorsOf(tx, a.Org)
	if err != nil {
		return err
	}
	return s.noteOwners(tx, sort, t, append(told, admins...),
		noticeEntry{By: by, At: at, Reader: postroom.AccountID(g.Grantee.ID), Reason: g.Reason})
}

// noteAct tells the owners of a target what the caller did as an administrator.
// The console is the machine's; who acts on what is theirs tells nobody.
func (d *Directory) noteAct(tx *db.Tx, c *caller, t postroom.SendTarget, act OwnerAct, detail string) error {
	if c.account.ID == 0 || c.is(t.Account) || t.Account != 0 && c.held == t.Account {
		return nil
	}
	s := d.session.store
	told, err := s.ownersOf(tx, t)
	if err != nil || slices.Contains(told, c.account.ID) && t.Group != 0 {
		return err // an owner of the group manages it
	}
	return s.noteOwners(tx, administratorActed, t, told, noticeEntry{By: c.account.ID, At: s.now(), Act: act, Reason: detail})
}

// noteOwners writes one row, in which each of those told has the same entry.
func (s *Store) noteOwners(tx *db.Tx, sort noticeSort, t postroom.SendTarget, told []postroom.AccountID, e noticeEntry) error {
	slices.Sort(told)
	row := noticeRow{sort: sort, target: t, created: db.Time(db.Micros(s.now())), version: 1}
	for _, id := range slices.Compact(told) {
		if id != e.By && len(row.entries) < maxNoticeEntries {
			e.Grantee = toAccount(id)
			row.entries = append(row.entries, e)
		}
	}
	if len(row.entries) == 0 {
		return nil
	}
	err := tx.QueryRow(`UPDATE directory_sequence SET value = value + 1 WHERE id = 2 RETURNING value`).Scan(&row.id)
	if err != nil {
		return err
	}
	if err := s.saveNotice(tx, row); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE notice SET due = $2 WHERE id = $1`, row.id, s.now())
	tx.Notify(topicLetters, "")
	return err
}

// tellOwner says what an entry of such a row says.
func (t *teller) tellOwner(e noticeEntry, target *noticeTarget) (n Notice, tell bool, err error) {
	n = Notice{Kind: map[noticeSort]NoticeKind{glassBroken: GlassBroken, glassEnded: GlassEnded, administratorActed: AdministratorActed}[t.row.sort],
		At: e.At, Reason: e.Reason, Act: e.Act, Shares: []NoticeShare{target.share}}
	if n.By, err = t.by(e.By); err != nil {
		return n, false, err
	}
	n.Reader, err = t.by(e.Reader)
	return n, true, err
}
