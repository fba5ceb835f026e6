package store

import (
	"slices"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// A share is a collection with a grant that reaches a person. Each answer is a
// row of one grant and one person, and goes with either. Rights do not ask for
// it: only lists do.

// answer is what a person said to one grant.
type answer struct {
	grantee  postroom.Grantee
	accepted bool
	name     string
	at       time.Time
}

// answers are those of one person.
type answers struct {
	who      *principal
	now      time.Time
	given    map[postroom.CollectionRef][]answer
	declined bool // one of them, so that there is something to hide
}

// answersOf reads what a person has answered.
func (s *Store) answersOf(tx *db.Tx, who *principal) (*answers, error) {
	a := &answers{who: who, now: s.now(), given: make(map[postroom.CollectionRef][]answer)}
	if who == nil {
		return a, nil
	}
	err := tx.Each(`SELECT account_id, collection_id, grantee_kind, grantee_id, accepted, name, answered FROM share_answer
		WHERE person_id = $1`, []any{who.account.ID}, func(scan func(...any) error) error {
		var ref postroom.CollectionRef
		var one answer
		var accepted, at int64
		err := scan(&ref.Account, &ref.Collection, &one.grantee.Kind, &one.grantee.ID, &accepted, &one.name, &at)
		one.accepted, one.at = accepted != 0, db.Time(at)
		a.declined = a.declined || !one.accepted
		a.given[ref] = append(a.given[ref], one)
		return err
	})
	return a, err
}

// counting lists the grants on a collection by which it is shared with the
// person now.
func (a *answers) counting(n *node) (grants []postroom.Grant) {
	for _, g := range n.acl.Grants() {
		over := !g.Until.IsZero() && !g.Until.After(a.now)
		if !g.Negative && g.Rights != postroom.NoRights && !over && a.who.subject.Is(g.Grantee) {
			grants = append(grants, g)
		}
	}
	return grants
}

// to finds the answer to a grant.
func (a *answers) to(g postroom.Grant) (answer, bool) {
	list := a.given[g.Target]
	if i := slices.IndexFunc(list, func(one answer) bool { return one.grantee == g.Grantee }); i >= 0 {
		return list[i], true
	}
	return answer{}, false
}

// state is what the person said to the grants on one collection together: yes
// to one is yes, what is there by itself needs no yes, and a new offer asks
// again although an older one was declined. Zero without a grant.
func (a *answers) state(grants []postroom.Grant) postroom.ShareState {
	var automount, open, declined bool
	for _, g := range grants {
		said, is := a.to(g)
		switch {
		case is && said.accepted:
			return postroom.ShareAccepted
		case is:
			declined = true
		case g.Mode == postroom.Automount:
			automount = true
		default:
			open = true
		}
	}
	switch {
	case automount:
		return postroom.ShareAccepted
	case open:
		return postroom.SharePending
	case declined:
		return postroom.ShareDeclined
	}
	return 0
}

// hides reports whether a collection is in no list of the person: the nearest
// share on the way to the root was declined.
func (a *answers) hides(t *tree, n *node) bool {
	if !a.declined || t == nil || t.owner.Account == a.who.account.ID {
		return false
	}
	for steps := 0; n != nil && steps < len(n.chain)+len(t.nodes); steps++ {
		if state := a.state(a.counting(n)); state != 0 {
			return state == postroom.ShareDeclined
		}
		if !n.inherit || n.id == postroom.RootCollection {
			return false
		}
		n = t.nodes[n.parent]
	}
	return false
}

// name is what the person calls the share on a collection.
func (a *answers) name(ref postroom.CollectionRef, grants []postroom.Grant) string {
	for _, g := range grants {
		if said, is := a.to(g); is && said.name != "" {
			return said.name
		}
	}
	return ""
}

// pruneAnswers removes the answers to what is gone. It belongs to every change
// of rights, and is told what that touched.
func (s *Store) pruneAnswers(tx *db.Tx, kind changeKind, subject int64) error {
	if kind == changedGrants {
		_, err := tx.Exec(`DELETE FROM share_answer WHERE account_id = $1 AND NOT EXISTS (SELECT 1 FROM access_grant g
			WHERE g.account_id = share_answer.account_id AND g.collection_id = share_answer.collection_id
			AND g.grantee_kind = share_answer.grantee_kind AND g.grantee_id = share_answer.grantee_id
			AND g.negative = 0 AND g.rights <> 0)`, subject)
		return err
	}
	query, args := `SELECT DISTINCT person_id FROM share_answer WHERE person_id = $1`, []any{subject}
	if kind == changedGroups {
		query, args = `SELECT DISTINCT s.person_id FROM share_answer s JOIN account a ON a.id = s.person_id
			WHERE a.org_id = $1 AND s.grantee_kind = $2`, []any{subject, postroom.GranteeGroup}
	}
	var people []postroom.AccountID
	err := tx.Each(query, args, func(scan func(...any) error) error {
		var id postroom.AccountID
		err := scan(&id)
		people = append(people, id)
		return err
	})
	for _, id := range people {
		if err == nil {
			err = s.pruneAnswersOf(tx, id)
		}
	}
	return err
}

// pruneAnswersOf removes the answers of a person to grants that do not reach
// them any more, or all when the person is gone.
func (s *Store) pruneAnswersOf(tx *db.Tx, id postroom.AccountID) error {
	fresh := moment{facts: s.facts, tx: tx} // nothing kept holds: this is the change
	who, err := fresh.read(id)
	if err != nil {
		return err
	}
	if who == nil {
		_, err := tx.Exec(`DELETE FROM share_answer WHERE person_id = $1`, id)
		return err
	}
	a, err := s.answersOf(tx, who)
	if err != nil {
		return err
	}
	for ref, list := range a.given {
		for _, one := range list {
			if who.subject.Is(one.grantee) {
				continue
			}
			_, err := tx.Exec(`DELETE FROM share_answer WHERE account_id = $1 AND collection_id = $2 AND grantee_kind = $3
				AND grantee_id = $4 AND person_id = $5`, ref.Account, ref.Collection, one.grantee.Kind, one.grantee.ID, id)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// pruneExpiredAnswers removes the answers to grants that are over: given
// again, the same share is a new one.
func (s *Store) pruneExpiredAnswers(tx *db.Tx) error {
	_, err := tx.Exec(`DELETE FROM share_answer WHERE EXISTS (SELECT 1 FROM access_grant g
		WHERE g.account_id = share_answer.account_id AND g.collection_id = share_answer.collection_id
		AND g.grantee_kind = share_answer.grantee_kind AND g.grantee_id = share_answer.grantee_id
		AND g.negative = 0 AND g.until_at <> 0 AND g.until_at <= $1)`, s.now())
	return err
}

// answers reads what the session's person has answered.
func (s *Session) answers(tx *db.Tx) (*answers, error) {
	v, err := s.look(tx, 0)
	if err != nil {
		return nil, err
	}
	return v.moved.answers(s.store, v.who)
}

// answers are those of a person, as they are kept or read.
func (m moment) answers(s *Store, who *principal) (*answers, error) {
	if m.usable {
		if kept, ok := m.facts.answersKept(who); ok {
			return s.saidBy(who, kept), nil
		}
	}
	a, err := s.answersOf(m.tx, who)
	if err == nil && who != nil {
		m.keep(func(f *facts) {
			if len(f.answers) >= maxFacts {
				clear(f.answers)
			}
			f.answers[who.account.ID] = said{who, m.epoch, a.given, a.declined}
		})
	}
	return a, err
}

// said is what somebody answered, kept in memory: as long as they are who they
// were and no grant has changed, nobody has answered anything or taken an answer
// away. given is not changed.
type said struct {
	who      *principal
	epoch    int64
	given    map[postroom.CollectionRef][]answer
	declined bool
}

// answersKept is what is kept of somebody's answers and holds.
func (f *facts) answersKept(who *principal) (said, bool) {
	if who == nil {
		return said{}, false
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	kept, ok := f.answers[who.account.ID]
	return kept, ok && kept.who == who && kept.epoch >= f.grants
}

// saidBy is what is kept, as of now.
func (s *Store) saidBy(who *principal, kept said) *answers {
	return &answers{who: who, now: s.now(), given: kept.given, declined: kept.declined}
}

// listedIn is rightsIn without what the person has declined, and what they
// call the shares. With said nil it is rightsIn.
func (s *Session) listedIn(tx *db.Tx, account postroom.AccountID, said *answers) (have map[postroom.CollectionID]postroom.Rights,
	names map[postroom.CollectionID]string, err error) {
	v, err := s.look(tx, account)
	if err != nil {
		return nil, nil, err
	}
	have, names = s.listedOn(v, said)
	return have, names, nil
}

// listedOn is listedIn of what was read.
func (s *Session) listedOn(v view, said *answers) (have map[postroom.CollectionID]postroom.Rights, names map[postroom.CollectionID]string) {
	have = s.onAll(v)
	if said == nil || len(said.given) == 0 || v.tree == nil || v.tree.owner.Account == s.Home() {
		return have, nil
	}
	account := v.tree.owner.Account
	names = make(map[postroom.CollectionID]string)
	for id := range have {
		n := v.tree.nodes[id]
		if said.hides(v.tree, n) {
			delete(have, id)
			continue
		}
		ref := postroom.CollectionRef{Account: account, Collection: id}
		if name := said.name(ref, said.counting(n)); name != "" {
			names[id] = name
		}
	}
	return have, names
}
