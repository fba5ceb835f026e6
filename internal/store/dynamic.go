package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/filter"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// A dynamic group has a filter. Who matches it stands in group_member like any
// other member, put there by the transaction that changes the account or the
// filter, so that everything that asks for members needs no filter.

// cleanFilter checks a filter and returns its text without spaces around it.
func cleanFilter(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	f, err := filter.Parse(text)
	if err != nil {
		return "", err
	}
	return f.String(), nil
}

func filterDetail(old, now string) map[string]string {
	if old == now {
		return nil
	}
	return map[string]string{"filter": now}
}

// byHand refuses members of a dynamic group that come or go by hand.
func byHand(g postroom.Group) error {
	if g.Filter == "" {
		return nil
	}
	return postroom.Errorf(postroom.Invalid, "the members of %s come from its filter", g.Address)
}

// dynamicGroup is a group with its filter; member tells, where an account was
// asked for, whether it is one.
type dynamicGroup struct {
	id     postroom.GroupID
	filter *filter.Filter
	member bool
}

func readDynamic(tx *db.Tx, query string, args ...any) (groups []dynamicGroup, err error) {
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var g dynamicGroup
		var text string
		if err := scan(&g.id, &text, &g.member); err != nil {
			return err
		}
		var err error
		g.filter, err = filter.Parse(text)
		groups = append(groups, g)
		return err
	})
	return groups, err
}

func dynamicGroups(tx *db.Tx, org postroom.OrgID) ([]dynamicGroup, error) {
	return readDynamic(tx, `SELECT id, filter, 0 FROM mail_group WHERE org_id = $1 AND filter <> ''`, org)
}

// subject is what filters see of an account.
type filterSubject struct {
	id         postroom.AccountID
	builtin    map[string]string
	attributes map[string]string
}

// accepted is false for who has not accepted their invitation: what is granted
// to a group would be theirs (semantics §4).
func (s *filterSubject) accepted() bool { return s.builtin["state"] != postroom.Invited.String() }

func (s *filterSubject) values(name string) []string {
	if v, ok := s.builtin[name]; ok {
		return []string{v}
	}
	if v, ok := s.attributes[name]; ok {
		return []string{v}
	}
	return nil
}

func eachFilterSubject(tx *db.Tx, where string, arg any, do func(*filterSubject) error) error {
	return tx.Each(`SELECT a.id, a.kind, a.state, p.name, d.name, a.address, a.name, a.login, a.attributes FROM account a
		JOIN plan p ON p.id = a.plan_id JOIN domain d ON d.id = a.domain_id WHERE `+where, []any{arg},
		func(scan func(...any) error) error {
			var kind postroom.AccountKind
			var state postroom.AccountState
			var plan, domain, address, name, attributes string
			var login bool
			s := &filterSubject{}
			if err := scan(&s.id, &kind, &state, &plan, &domain, &address, &name, &login, &attributes); err != nil {
				return err
			}
			s.builtin = map[string]string{"kind": kind.String(), "state": state.String(), "plan": plan, "domain": domain,
				"address": address, "name": name, "login": strings.ToUpper(strconv.FormatBool(login))}
			if attributes != "{}" {
				if err := json.Unmarshal([]byte(attributes), &s.attributes); err != nil {
					return err
				}
			}
			return do(s)
		})
}

// refilter puts an account that has changed into the dynamic groups it now
// belongs to, and takes it out of the others. It comes before the epoch moves.
func (s *Store) refilter(tx *db.Tx, by mover, id postroom.AccountID) error {
	groups, err := readDynamic(tx, `SELECT g.id, g.filter, CASE WHEN m.account_id IS NULL THEN 0 ELSE 1 END
		FROM account a JOIN mail_group g ON g.org_id = a.org_id AND g.filter <> ''
		LEFT JOIN group_member m ON m.group_id = g.id AND m.account_id = a.id WHERE a.id = $1`, id)
	if err != nil || len(groups) == 0 {
		return err
	}
	var who *filterSubject
	if err := eachFilterSubject(tx, `a.id = $1`, id, func(f *filterSubject) error { who = f; return nil }); err != nil || who == nil {
		return err
	}
	for _, d := range groups {
		belongs := who.accepted() && d.filter.Match(who.values)
		if belongs == d.member {
			continue
		}
		g, err := readGroup(tx, d.id)
		if err != nil {
			return err
		}
		come, gone := []postroom.AccountID{id}, []postroom.AccountID(nil)
		if !belongs {
			come, gone = nil, come
		}
		if err := s.moveMembers(tx, by, g, come, gone); err != nil {
			return err
		}
	}
	return nil
}

// mover is who makes the members of a group come and go, and whether those are
// told. The zero mover is a filter.
type mover struct {
	by    postroom.AccountID
	quiet bool
}

// moveMembers adds and removes accounts of a dynamic group, and notes it for the
// notices and in the audit log. Rights change with it; the caller says so.
func (s *Store) moveMembers(tx *db.Tx, m mover, g postroom.Group, come, gone []postroom.AccountID) error {
	if !m.quiet {
		if err := s.watchLosers(tx, m.by, g.ID, slices.Concat(come, gone)); err != nil {
			return err
		}
	}
	if len(gone) > 0 {
		if err := s.noteFiltered(tx, m, g, gone); err != nil {
			return err
		}
		for ids := range slices.Chunk(gone, membersAtOnce) {
			_, err := tx.Exec(`DELETE FROM group_member WHERE group_id = $1 AND account_id IN (`+idList(ids)+`)`, g.ID)
			if err != nil {
				return err
			}
		}
	}
	members := make([]postroom.Member, 0, len(come))
	for ids := range slices.Chunk(come, membersAtOnce) {
		_, err := tx.Exec(`INSERT INTO group_member (group_id, account_id, member_group, outside, since)
			SELECT $1, id, 0, '', $2 FROM account WHERE id IN (`+idList(ids)+`)`, g.ID, s.now())
		if err != nil {
			return err
		}
		for _, id := range ids {
			members = append(members, postroom.Member{Account: id})
		}
	}
	if !m.quiet {
		if err := s.noteJoined(tx, m.by, g, members); err != nil {
			return err
		}
	}
	return s.recordFiltered(tx, g, come, gone)
}

const membersAtOnce = 500

// idList is a list of numbers for a query.
func idList(ids []postroom.AccountID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.FormatInt(int64(id), 10)
	}
	return strings.Join(words, ",")
}

// fillGroup puts those who match into a new group.
func (d *Directory) fillGroup(tx *db.Tx, c *caller, g postroom.Group) error {
	if g.Filter == "" {
		return nil
	}
	return d.refillGroup(tx, c, g, g.Filter)
}

// refillGroup makes the members of a group those who match a filter that is new
// to it. g is the group as it was; without a filter its members stay.
func (d *Directory) refillGroup(tx *db.Tx, c *caller, g postroom.Group, text string) error {
	if text == "" {
		return nil
	}
	fresh, err := filter.Parse(text)
	if err != nil {
		return err
	}
	if g.Filter == "" {
		used, err := exists(tx, `SELECT 1 FROM group_member WHERE group_id = $1 LIMIT 1`, g.ID)
		if err != nil || used {
			return orError(err, postroom.Errorf(postroom.Invalid, "%s has members: remove them before it gets a filter", g.Address))
		}
	}
	if err := dropRequests(tx, `group_id = $1`, int64(g.ID)); err != nil {
		return err
	}
	come, gone, err := differences(tx, g.Org, dynamicGroup{id: g.ID, filter: fresh})
	if err != nil {
		return err
	}
	g.Filter = text
	if err := d.session.store.moveMembers(tx, mover{c.account.ID, d.quiet}, g, come, gone); err != nil {
		return err
	}
	moved := make([]postroom.Member, 0, len(come)+len(gone))
	for _, id := range slices.Concat(come, gone) {
		moved = append(moved, postroom.Member{Account: id})
	}
	return d.membersChanged(tx, g, moved)
}

// differences lists who matches a filter and is no member, and the reverse.
func differences(tx *db.Tx, org postroom.OrgID, g dynamicGroup) (come, gone []postroom.AccountID, err error) {
	members := make(map[postroom.AccountID]bool)
	err = tx.Each(`SELECT account_id FROM group_member WHERE group_id = $1 AND account_id <> 0`, []any{g.id},
		func(scan func(...any) error) error {
			var id postroom.AccountID
			err := scan(&id)
			members[id] = true
			return err
		})
	if err != nil {
		return nil, nil, err
	}
	err = eachFilterSubject(tx, `a.org_id = $1`, org, func(s *filterSubject) error {
		belongs := s.accepted() && g.filter.Match(s.values)
		if belongs && !members[s.id] {
			come = append(come, s.id)
		}
		if belongs {
			delete(members, s.id)
		}
		return nil
	})
	for id := range members {
		gone = append(gone, id)
	}
	slices.Sort(come)
	slices.Sort(gone)
	return come, gone, err
}

// refillPlan finds the members of those groups anew whose filters ask for
// plans, one of which has another name now.
func (d *Directory) refillPlan(tx *db.Tx, c *caller, org postroom.OrgID) error {
	groups, err := dynamicGroups(tx, org)
	if err != nil {
		return err
	}
	for _, dg := range groups {
		if !slices.Contains(dg.filter.Attributes(), "plan") {
			continue
		}
		g, err := readGroup(tx, dg.id)
		if err != nil {
			return err
		}
		if err := d.refillGroup(tx, c, g, g.Filter); err != nil {
			return err
		}
	}
	return nil
}

// maxRecorded bounds how many accounts one audit record names.
const maxRecorded = 100

// recordFiltered writes into the audit log whom a filter brought and took away.
func (s *Store) recordFiltered(tx *db.Tx, g postroom.Group, come, gone []postroom.AccountID) error {
	for _, side := range []struct {
		action string
		ids    []postroom.AccountID
	}{{"group.add", come}, {"group.remove", gone}} {
		if len(side.ids) == 0 {
			continue
		}
		var names []string
		for _, id := range side.ids[:min(len(side.ids), maxRecorded)] {
			name, err := granteeName(tx, postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)})
			if err != nil {
				return err
			}
			names = append(names, name)
		}
		details := map[string]string{"members": joined(names), "filter": g.Filter}
		if len(side.ids) > maxRecorded {
			details["count"] = strconv.Itoa(len(side.ids))
		}
		if err := s.recordSystem(tx, side.action, g.Org, g.Address, details); err != nil {
			return err
		}
	}
	return nil
}

// misfiltered finds members of dynamic groups that do not match, and accounts
// that match and are no members.
func misfiltered(tx *db.Tx, faults *[]string) error {
	var orgs []postroom.OrgID
	err := tx.Each(`SELECT DISTINCT org_id FROM mail_group WHERE filter <> ''`, nil, func(scan func(...any) error) error {
		var id postroom.OrgID
		err := scan(&id)
		orgs = append(orgs, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, org := range orgs {
		groups, err := dynamicGroups(tx, org)
		if err != nil {
			return err
		}
		for _, g := range groups {
			come, gone, err := differences(tx, org, g)
			if err != nil {
				return err
			}
			for _, id := range come {
				*faults = append(*faults, fmt.Sprintf("account %d matches the filter of group %d and is no member", id, g.id))
			}
			for _, id := range gone {
				*faults = append(*faults, fmt.Sprintf("account %d is a member of group %d and does not match its filter", id, g.id))
			}
		}
	}
	return nil
}

// recordSystem writes down what a filter did, after somebody changed an account.
func (s *Store) recordSystem(tx *db.Tx, action string, org postroom.OrgID, address string, details map[string]string) error {
	w := mint.Seal(mint.Warrant{Purpose: mint.Housekeeping, Actor: postroom.Actor{Address: "system", Protocol: "filter"}})
	return s.NewSession(w).recordOn(tx, action, org, address, details)
}

// filterOf is the filter of a group in words that stand after its address, for
// explanations.
func filterOf(tx *db.Tx, group int64) (string, error) {
	var text string
	err := tx.QueryRow(`SELECT filter FROM mail_group WHERE id = $1`, group).Scan(&text)
	switch {
	case noRow(err) || err == nil && text == "":
		return "", nil
	case err != nil:
		return "", err
	}
	return " by the filter " + text, nil
}

// accountChanged is changed for an account, and tells those whom a filter moves,
// if they are to be told, by whom.
func (d *Directory) accountChanged(tx *db.Tx, c *caller, id postroom.AccountID) error {
	s := d.session.store
	if err := s.refilter(tx, mover{c.account.ID, d.quiet}, id); err != nil {
		return err
	}
	return s.changed(tx, changedAccount, int64(id))
}
