package store

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// The questions an administrator asks. The console and administrators of the
// organisation may ask about anybody in it; holders of Administer about their
// target; everybody about themselves.

// AccessAnswer is the answer of CheckAccess and ExplainAccess.
type AccessAnswer struct {
	Allowed bool `json:"allowed"`
	// Text is the readable tree, many lines.
	Text string `json:"text"`
	// Steps is rights.Explanation in JSON form.
	Steps any `json:"steps"`
}

// letterOperations are the operations that stand for the letters and words of
// rights.
var letterOperations = map[string]rights.Operation{
	"l": rights.List, "lookup": rights.List,
	"r": rights.Fetch, "read": rights.Fetch,
	"s": rights.MarkSeen, "seen": rights.MarkSeen,
	"w": rights.SetFlags, "write": rights.SetFlags,
	"i": rights.Append, "insert": rights.Append,
	"d": rights.ExpungeItems, "delete": rights.ExpungeItems,
	"x": rights.AnswerInvitation, "workflow": rights.AnswerInvitation,
	"a": rights.SetGrants, "administer": rights.SetGrants,
	"p": rights.FetchPrivate, "private": rights.FetchPrivate,
	"f": rights.QueryFreeBusy, "freebusy": rights.QueryFreeBusy,
}

// parseAction reads a right letter or word, or the name of an operation.
func parseAction(action string) (rights.Operation, error) {
	word := strings.ToLower(strings.TrimSpace(action))
	if op, ok := letterOperations[word]; ok {
		return op, nil
	}
	if op, ok := rights.ParseOperation(word); ok {
		return op, nil
	}
	return 0, postroom.Errorf(postroom.Invalid, "unknown action: %s", printable(action))
}

// ExplainAccess answers whether user may do action on a collection, and why.
// Action is a right letter or word (interface.md) or a send right's name, for
// which path is ignored.
func (d *Directory) ExplainAccess(ctx context.Context, user, target, path, action string) (answer AccessAnswer, err error) {
	right, sending := postroom.ParseSendRight(action)
	var op rights.Operation
	if !sending {
		if op, err = parseAction(action); err != nil {
			return answer, err
		}
	}
	err = d.inquire(ctx, func(q *inquiry) error {
		tx := q.tx
		who, m, err := d.subjectNamed(q, user)
		if err != nil {
			return err
		}
		t, found, err := entryNamed(tx, target)
		if err != nil {
			return err
		}
		if !found {
			return noSuch("account", target)
		}
		if err := q.mayAsk(d, who, t, target); err != nil {
			return err
		}
		var e rights.Explanation
		if sending {
			e, err = d.explainSend(tx, who, t, target, right)
		} else {
			e, err = d.explainOn(tx, m, who, t.Account, path, op)
		}
		if err != nil {
			return err
		}
		answer = AccessAnswer{Allowed: e.Allowed, Text: e.Text(), Steps: e}
		return nil
	})
	return answer, err
}

// subjectNamed finds the account asked about.
func (d *Directory) subjectNamed(q *inquiry, user string) (*principal, moment, error) {
	m, _, err := d.session.store.facts.now(q.tx, 0)
	if err != nil {
		return nil, m, err
	}
	a, err := q.accountNamed(user)
	if err != nil {
		return nil, m, err
	}
	who, err := m.principal(a.ID)
	if err == nil && who == nil {
		err = noSuch("account", user)
	}
	return who, m, err
}

// mayAsk checks that the caller may ask what somebody may do with a target.
func (d *Directory) mayAsk(tx *db.Tx, c *caller, who *principal, t postroom.SendTarget, name string) error {
	entry, err := readTarget(tx, t)
	if err != nil {
		return err
	}
	if c.administers(entry.org, postroom.SeeAccess) && c.administers(who.account.Org, postroom.SeeAccess) || c.is(t.Account) {
		return nil
	}
	if err := c.mustSee(tx, t); err != nil {
		return noSuch("account", name)
	}
	if c.is(who.account.ID) {
		return nil
	}
	if t.Account != 0 {
		if may, err := c.grantsAnything(tx, t.Account, entry.org, postroom.SeeAccess); err != nil || may {
			return err
		}
		return errDenied()
	}
	g, err := readGroup(tx, t.Group)
	if err != nil {
		return err
	}
	return c.mustOwn(tx, g)
}

func (d *Directory) explainSend(tx *db.Tx, who *principal, t postroom.SendTarget, address string, right postroom.SendRight) (e rights.Explanation, err error) {
	facts, _, err := factsOf(tx, t)
	if err != nil {
		return e, err
	}
	grants, err := sendGrantsOn(tx, t)
	if err != nil {
		return e, err
	}
	key := canonicalOrSelf(address)
	if !strings.Contains(key, "@") { // named by UUID
		entry, err := readTarget(tx, t)
		if err != nil {
			return e, err
		}
		key = entry.address
	}
	var failed error
	e = rights.ExplainSend(rights.SendQuestion{Subject: who.subject, Target: facts, Right: right, Address: key, Grants: grants,
		Now: d.now()}, explainer(tx, &failed))
	return e, failed
}

func (d *Directory) explainOn(tx *db.Tx, m moment, who *principal, account postroom.AccountID, path string, op rights.Operation) (e rights.Explanation, err error) {
	if account == 0 {
		return e, postroom.Errorf(postroom.Invalid, "a group has no folders: ask for sendAs, sendOnBehalfOf, sendTo or own")
	}
	if path == "" {
		path = "/"
	}
	collection, err := collectionByPath(tx, account, path)
	if err != nil {
		return e, err
	}
	_, epoch, err := d.session.store.facts.now(tx, account)
	if err != nil {
		return e, err
	}
	t, err := m.tree(account, epoch)
	if err != nil {
		return e, err
	}
	n := t.nodes[collection.Ref.Collection]
	if n == nil {
		return e, noSuchMailbox(path)
	}
	var failed error
	e = explainNode(who, t, n, op, d, explainer(tx, &failed))
	return e, failed
}

func explainNode(who *principal, t *tree, n *node, op rights.Operation, d *Directory, names rights.Directory) rights.Explanation {
	return rights.Explain(rights.AccessQuestion{Subject: who.subject, Owner: t.owner, Chain: n.chain, Paths: t.paths(n),
		Operation: op, Now: d.now()}, names)
}

// Holder is somebody with access to an account.
type Holder struct {
	Account    postroom.Account
	Collection string // path
	Rights     postroom.Rights
	Send       []string // sendAs, sendOnBehalfOf
	Ways       []Way
}

// holderOf lists what somebody has on an account: one entry for the root, when
// there are rights or send rights, and one for each collection where the rights
// are others than on its parent. Holder.Account is left to the caller.
func (d *Directory) holderOf(tx *db.Tx, m moment, who *principal, account postroom.AccountID, names rights.Directory) ([]Holder, error) {
	_, epoch, err := d.session.store.facts.now(tx, account)
	if err != nil {
		return nil, err
	}
	t, err := m.tree(account, epoch)
	if err != nil || t == nil {
		return nil, err
	}
	now := d.now()
	nodes := make([]*node, 0, len(t.nodes))
	effective := make(map[postroom.CollectionID]postroom.Rights, len(t.nodes))
	for id, n := range t.nodes {
		nodes = append(nodes, n)
		effective[id] = rights.Effective(who.subject, t.owner, n.chain, now)
	}
	slices.SortFunc(nodes, func(a, b *node) int { return comparePaths(a.path, b.path) })
	send, sendWays, err := d.sendRightsOn(tx, who, postroom.SendTarget{Account: account}, names)
	if err != nil {
		return nil, err
	}
	var holders []Holder
	for _, n := range nodes {
		have := effective[n.id]
		h := Holder{Collection: n.path, Rights: have}
		if n.id == postroom.RootCollection {
			h.Send, h.Ways = send, sendWays
			if have == 0 && len(send) == 0 {
				continue
			}
		} else if have == effective[n.parent] {
			continue
		}
		for _, step := range explainNode(who, t, n, rights.List, d, names).Steps {
			if step.Effect == rights.Gives || step.Effect == rights.Takes || step.Effect == rights.Blocks {
				h.Ways = addWay(h.Ways, step)
			}
		}
		holders = append(holders, h)
	}
	return holders, nil
}

// sendRightsOn lists the rights to send that somebody has for a target.
func (d *Directory) sendRightsOn(tx *db.Tx, who *principal, t postroom.SendTarget, names rights.Directory) (send []string, ways []Way, err error) {
	if who.account.ID == t.Account {
		return nil, nil, nil
	}
	grants, err := sendGrantsOn(tx, t)
	if err != nil || len(grants) == 0 {
		return nil, nil, err
	}
	facts, _, err := factsOf(tx, t)
	if err != nil {
		return nil, nil, err
	}
	asked := []postroom.SendRight{postroom.SendAs, postroom.SendOnBehalfOf}
	if t.Group != 0 {
		asked = append(asked, postroom.Own)
	}
	for _, right := range asked {
		e := rights.ExplainSend(rights.SendQuestion{Subject: who.subject, Target: facts, Right: right, Address: facts.Primary,
			Grants: grants, Now: d.now()}, names)
		if !e.Allowed {
			continue
		}
		send = append(send, right.String())
		for _, step := range e.Steps {
			if step.Effect == rights.Gives {
				ways = addWay(ways, step)
			}
		}
	}
	slices.SortFunc(ways, func(a, b Way) int { return strings.Compare(a.Text, b.Text) })
	return send, ways, nil
}

// WhoHasAccess lists everyone with access to an account, by address.
func (d *Directory) WhoHasAccess(ctx context.Context, target string) (all []Holder, err error) {
	err = d.inquire(ctx, func(q *inquiry) error {
		all = nil
		tx := q.tx
		a, err := q.accountNamed(target)
		if err != nil {
			return err
		}
		if !q.is(a.ID) {
			if may, err := q.grantsAnything(q.present, a.ID, a.Org, postroom.SeeAccess); err != nil || !may {
				return orError(err, errDenied())
			}
		}
		candidates, err := granteesOf(tx, a)
		if err != nil {
			return err
		}
		m, _, err := d.session.store.facts.now(tx, 0)
		if err != nil {
			return err
		}
		var failed error
		names := explainer(tx, &failed)
		for _, id := range candidates {
			who, err := m.principal(id)
			if err != nil {
				return err
			}
			if who == nil || id == a.ID {
				continue
			}
			holders, err := d.holderOf(tx, m, who, a.ID, names)
			if err != nil {
				return err
			}
			for _, h := range holders {
				if h.Account, err = q.whole(who.account); err != nil {
					return err
				}
				all = append(all, h)
			}
		}
		slices.SortStableFunc(all, func(x, y Holder) int { return strings.Compare(x.Account.Address, y.Account.Address) })
		return failed
	})
	return all, err
}

// granteesOf lists the accounts that a grant or send right on an account could
// reach.
func granteesOf(tx *db.Tx, a postroom.Account) ([]postroom.AccountID, error) {
	named := make(map[postroom.Grantee]bool)
	if err := eachGrant(tx, `WHERE account_id = $1`, []any{a.ID}, func(g postroom.Grant) { named[g.Grantee] = true }); err != nil {
		return nil, err
	}
	grants, err := sendGrantsOn(tx, postroom.SendTarget{Account: a.ID})
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		named[g.Grantee] = true
	}
	return reachedBy(tx, named, a.Org)
}

// reachedBy lists the accounts that grantees of an organisation's things are or
// hold.
func reachedBy(tx *db.Tx, named map[postroom.Grantee]bool, org postroom.OrgID) (ids []postroom.AccountID, err error) {
	collect := func(scan func(...any) error) error {
		var id postroom.AccountID
		err := scan(&id)
		ids = append(ids, id)
		return err
	}
	for g := range named {
		switch g.Kind {
		case postroom.GranteeAccount:
			ids = append(ids, postroom.AccountID(g.ID))
		case postroom.GranteeGroup:
			var r Route
			if r, err = expand(tx, postroom.GroupID(g.ID)); err == nil {
				ids = append(ids, r.Accounts...)
			}
		case postroom.GranteeDomain:
			err = tx.Each(`SELECT id FROM account WHERE domain_id = $1`, []any{g.ID}, collect)
		case postroom.GranteePlan:
			err = tx.Each(`SELECT id FROM account WHERE plan_id = $1`, []any{g.ID}, collect)
		case postroom.GranteeOrg, postroom.GranteeAll, postroom.GranteePublic:
			err = tx.Each(`SELECT id FROM account WHERE org_id = $1`, []any{org}, collect)
		}
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// WhatAccess lists everything a user has on others' accounts and on groups: the
// Account of an entry is the one accessed; for a group it has only an address
// and a name.
func (d *Directory) WhatAccess(ctx context.Context, user string) (all []Holder, err error) {
	err = d.inquire(ctx, func(q *inquiry) error {
		all = nil
		tx := q.tx
		who, m, err := d.subjectNamed(q, user)
		if err != nil {
			return err
		}
		if !q.is(who.account.ID) && !q.administers(who.account.Org, postroom.SeeAccess) {
			return errDenied()
		}
		accounts, groups, err := reachOf(tx, m, who)
		if err != nil {
			return err
		}
		var failed error
		names := explainer(tx, &failed)
		for _, id := range accounts {
			a, err := readAccount(tx, id)
			if err != nil {
				return err
			}
			holders, err := d.holderOf(tx, m, who, id, names)
			if err != nil {
				return err
			}
			for _, h := range holders {
				if h.Account, err = q.whole(a); err != nil {
					return err
				}
				all = append(all, h)
			}
		}
		for _, id := range groups {
			g, err := readGroup(tx, id)
			if err != nil {
				return err
			}
			send, ways, err := d.sendRightsOn(tx, who, postroom.SendTarget{Group: id}, names)
			if err != nil {
				return err
			}
			if len(send) > 0 {
				all = append(all, Holder{Account: postroom.Account{Address: g.Address, Name: g.Name, Org: g.Org}, Send: send, Ways: ways})
			}
		}
		return failed
	})
	return all, err
}

// reachOf lists the accounts and groups on which something was granted to one
// of somebody's identities.
func reachOf(tx *db.Tx, m moment, who *principal) (accounts []postroom.AccountID, groups []postroom.GroupID, err error) {
	sighted, err := m.sight(who)
	if err != nil {
		return nil, nil, err
	}
	accounts = slices.Clone(sighted)
	for _, g := range who.subject.Identities() {
		grants, err := readSendGrants(tx, `WHERE grantee_kind = $1 AND grantee_id = $2`, g.Kind, g.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, s := range grants {
			if s.Target.Group != 0 {
				groups = append(groups, s.Target.Group)
			} else {
				accounts = append(accounts, s.Target.Account)
			}
		}
	}
	slices.Sort(accounts)
	slices.Sort(groups)
	accounts = slices.DeleteFunc(slices.Compact(accounts), func(id postroom.AccountID) bool { return id == who.account.ID })
	return accounts, slices.Compact(groups), nil
}
