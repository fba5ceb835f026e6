package store

import (
	"slices"
	"strings"
	"sync"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// maxWays bounds the ways that one record names, and the mailboxes of which a
// session remembers them.
const maxWays = 5

// administration is the way of those who act because they administer.
const administration = "administration"

// waysKnown remembers through what a session acts in a mailbox: it is the same
// until somebody's rights or the tree change, or a grant ends.
type waysKnown struct {
	mu   sync.Mutex
	kept map[postroom.CollectionRef]wayKnown
}

type wayKnown struct {
	epoch, tree int64
	until       time.Time // zero: no end
	text        string
}

const maxWaysKnown = 1000

func (w *waysKnown) get(ref postroom.CollectionRef, epoch, tree int64, now time.Time) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, ok := w.kept[ref]
	return k.text, ok && k.epoch == epoch && k.tree == tree && (k.until.IsZero() || now.Before(k.until))
}

func (w *waysKnown) put(ref postroom.CollectionRef, k wayKnown) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.kept == nil || len(w.kept) >= maxWaysKnown {
		w.kept = make(map[postroom.CollectionRef]wayKnown)
	}
	w.kept[ref] = k
}

// through tells by which grants, and through which groups, the actor acts on a
// collection: "ben@… → support@…: gives rwid on /". Empty for owners and for
// the console, whose name says it.
func (s *Session) through(m moment, t *tree, epoch int64, target postroom.CollectionRef, action string) (string, error) {
	if s.warrant.Purpose != mint.Person || t == nil || s.owns(target.Account) {
		return "", nil
	}
	who, err := m.principal(s.warrant.Actor.Account)
	if err != nil || who == nil {
		return "", err
	}
	kind, _, _ := strings.Cut(action, ".")
	stands := slices.Contains([]string{"message", "collection", "grant"}, kind)
	n := t.nodes[target.Collection]
	if n == nil || !stands {
		return s.asAdministrator(who), nil
	}
	now := s.store.now()
	if text, ok := s.ways.get(target, m.epoch, epoch, now); ok {
		return text, nil
	}
	var failed error
	e := rights.Explain(rights.AccessQuestion{Subject: who.subject, Owner: t.owner, Chain: n.chain, Paths: t.paths(n),
		Operation: rights.List, Now: now}, explainer(m.tx, &failed))
	if failed != nil {
		return "", failed
	}
	k := wayKnown{epoch: m.epoch, tree: epoch, text: waysGiven(e.Steps)}
	if k.text == "" {
		k.text = s.asAdministrator(who)
	}
	for _, step := range e.Steps {
		if step.Until.After(now) && (k.until.IsZero() || step.Until.Before(k.until)) {
			k.until = step.Until
		}
	}
	keep := func() { s.ways.put(target, k) }
	if m.tx.ReadOnly() {
		keep()
	} else {
		m.tx.AfterCommit(keep)
	}
	return k.text, nil
}

func (s *Session) asAdministrator(who *principal) string {
	if who.account.Admin != postroom.NoAdmin && s.whole() {
		return administration
	}
	return ""
}

// waysGiven writes the ways of the grants that count.
func waysGiven(steps []rights.Step) string {
	var ways []string
	for _, step := range steps {
		if step.Effect == rights.Gives && !slices.Contains(ways, wayOf(step)) {
			ways = append(ways, wayOf(step))
		}
	}
	if len(ways) > maxWays {
		ways = append(ways[:maxWays], "…")
	}
	return strings.Join(ways, "; ")
}

// throughSend tells by which send rights the actor acts for an account or
// group: Own, or zero for a From.
func (s *Session) throughSend(tx *db.Tx, t postroom.SendTarget, right postroom.SendRight, address string) (string, error) {
	if s.warrant.Purpose != mint.Person || s.owns(t.Account) {
		return "", nil
	}
	v, err := s.look(tx, 0)
	if err != nil || v.who == nil {
		return "", err
	}
	facts, _, err := factsOf(tx, t)
	if err != nil {
		return "", err
	}
	grants, err := sendGrantsOn(tx, t)
	if err != nil {
		return "", err
	}
	if right == postroom.Own {
		address = facts.Primary
	} else if a, err := canonical(address); err == nil {
		_, base, _, err := owner(tx, a)
		if err != nil {
			return "", err
		}
		address = base.String()
	}
	var failed error
	e := rights.ExplainSend(rights.SendQuestion{Subject: v.who.subject, Target: facts, Right: right, Address: address,
		Grants: grants, Now: s.store.now()}, explainer(tx, &failed))
	if failed != nil {
		return "", failed
	}
	text := waysGiven(e.Steps)
	if text == "" && right == postroom.Own {
		text = s.asAdministrator(v.who)
	}
	return text, nil
}

// recordSending records that somebody sent for an account or group, not for
// themselves.
func (s *Session) recordSending(tx *db.Tx, i *Identity, target postroom.AccountID, details map[string]string) error {
	if i.Target.Group == 0 && !s.recorded("message.send", target) {
		return nil
	}
	text, err := s.throughSend(tx, i.Target, 0, i.Address)
	if err != nil {
		return err
	}
	details = with(details, "through", text)
	var seq int64
	if i.Target.Group != 0 {
		g, err := readGroup(tx, i.Target.Group)
		if err != nil {
			return err
		}
		seq, err = s.append(tx, postroom.AuditRecord{Action: "message.send", Org: g.Org, TargetAddress: g.Address, Details: details})
		if err != nil {
			return err
		}
	} else if seq, err = s.write(tx, "message.send", postroom.CollectionRef{Account: target}, details); err != nil {
		return err
	}
	if hash := messageHash(details["message_id"]); hash != 0 {
		_, err = tx.Exec(`INSERT INTO audit_sent (message_hash, seq) VALUES ($1, $2)`, hash, seq)
	}
	return err
}
