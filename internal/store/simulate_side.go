package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// side is what there is before or after a change, in memory: it can be asked
// when the transaction has moved on.
type side struct {
	ctx    context.Context
	store  *Store
	tx     *db.Tx
	moment moment
	time   time.Time
	people map[postroom.Grantee]*someone
	places map[postroom.SendTarget]*spot
	pairs  []pair // sorted
	most   int    // how many of them are wanted
	left   int    // persons not looked at
}

// someone is an account, a guest or the public.
type someone struct {
	name      string
	principal *principal // nil for an account that is not there
	person    bool       // an account
}

// spot is an account or a group on which there are rights.
type spot struct {
	target
	there  bool
	facts  *rights.SendFacts
	grants []postroom.SendGrant
	tree   *tree // of an account
}

func (s *simulation) side(ctx context.Context, r *reach) (*side, error) {
	store := s.directory.session.store
	on := &side{ctx: ctx, store: store, tx: s.tx, time: store.now(), most: s.most.pairs,
		people: make(map[postroom.Grantee]*someone), places: make(map[postroom.SendTarget]*spot)}
	var err error
	if on.moment, _, err = store.facts.now(s.tx, 0); err != nil {
		return nil, err
	}
	return on, on.pairsOf(r)
}

// load reads what is needed to decide about pairs.
func (s *side) load(pairs []pair) error {
	for _, p := range pairs {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if _, err := s.person(p.who); err != nil {
			return err
		}
		if _, err := s.place(p.on); err != nil {
			return err
		}
	}
	return nil
}

func (s *side) person(g postroom.Grantee) (*someone, error) {
	if p := s.people[g]; p != nil {
		return p, nil
	}
	p := &someone{person: g.Kind == postroom.GranteeAccount}
	var err error
	switch g.Kind {
	case postroom.GranteeAccount:
		if p.principal, err = s.moment.principal(postroom.AccountID(g.ID)); p.principal != nil {
			p.name = p.principal.account.Address
		}
	case postroom.GranteeGuest:
		p.principal = &principal{subject: rights.Guest(g.ID)}
		p.name, err = granteeName(s.tx, g)
	default:
		p.principal = &principal{subject: rights.Anonymous()}
		p.name = "public"
	}
	s.people[g] = p
	return p, err
}

// name is empty for who is not there.
func (s *side) name(g postroom.Grantee) string {
	if p := s.people[g]; p != nil {
		return p.name
	}
	return ""
}

func (s *side) place(t postroom.SendTarget) (*spot, error) {
	if p := s.places[t]; p != nil {
		return p, nil
	}
	p := &spot{}
	s.places[t] = p
	var err error
	p.target, err = readTarget(s.tx, t)
	if postroom.KindOf(err) == postroom.NotFound {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.there = true
	if p.facts, _, err = factsOf(s.tx, t); err != nil {
		return nil, err
	}
	if p.grants, err = sendGrantsOn(s.tx, t); err != nil || t.Account == 0 {
		return p, err
	}
	_, epoch, err := s.store.facts.now(s.tx, t.Account)
	if err != nil {
		return nil, err
	}
	p.tree, err = s.moment.tree(t.Account, epoch)
	return p, err
}

// holding is what somebody has somewhere on one side.
type holding struct {
	acts []string
	// open: may post because nobody is excluded.
	open bool
	side *side
	who  *rights.Subject // nil when one of both is not there
	tree *tree
}

// rights on one collection.
func (h holding) rights(id postroom.CollectionID) postroom.Rights {
	if h.tree == nil || h.tree.nodes[id] == nil {
		return postroom.NoRights
	}
	return rights.Effective(h.who, h.tree.owner, h.tree.nodes[id].chain, h.side.time)
}

func (s *side) holding(p pair) holding {
	who, on := s.people[p.who], s.places[p.on]
	if who == nil || who.principal == nil || on == nil || !on.there {
		return holding{}
	}
	h := holding{side: s, who: who.principal.subject}
	if who.person && p.on.Account == who.principal.account.ID {
		// One's own mail is one's own; what can change is the way to it.
		h.acts = ownActs(who.principal.account)
		return h
	}
	h.tree = on.tree
	for _, right := range actsOn(p.on) {
		d := s.decide(who, on, right)
		switch {
		case !d.Allowed:
		case d.Class == rights.ClassOpen:
			h.open = true
		default:
			h.acts = append(h.acts, right.String())
		}
	}
	return h
}

// all are the acts, to be compared with those of the other side. To post to an
// open list is one of them only for who is active on both sides: nobody gains
// what is everybody's.
func (h holding) all(other holding) []string {
	if h.open && other.who != nil && other.who.Active() {
		return append(h.acts[:len(h.acts):len(h.acts)], postroom.SendTo.String())
	}
	return h.acts
}

func actsOn(t postroom.SendTarget) []postroom.SendRight {
	if t.Group != 0 {
		return []postroom.SendRight{postroom.SendAs, postroom.SendOnBehalfOf, postroom.SendTo, postroom.Own}
	}
	return []postroom.SendRight{postroom.SendAs, postroom.SendOnBehalfOf}
}

func ownActs(a postroom.Account) (acts []string) {
	if a.State != postroom.Active {
		return nil
	}
	if a.Login {
		acts = append(acts, "signIn")
	}
	if a.Admin != postroom.NoAdmin {
		act := "administer " + adminName(a.Admin)
		if a.Abilities != postroom.UsualFor(a.Admin) {
			act += ": " + a.Abilities.String()
		}
		acts = append(acts, act)
	}
	return acts
}

func (s *side) decide(who *someone, on *spot, right postroom.SendRight) rights.SendDecision {
	return rights.DecideSend(who.principal.subject, on.facts, right, on.facts.Primary, on.grants, s.time)
}

// ways tells by which ways somebody has something somewhere.
func (s *side) ways(f *found, names rights.Directory) (ways []Way) {
	who, on := s.people[f.pair.who], s.places[f.pair.on]
	if who == nil || who.principal == nil || on == nil || !on.there || who.person && f.pair.on.Account == who.principal.account.ID {
		return nil
	}
	var steps []rights.Step
	if on.tree != nil && f.Gained()|f.Lost() != 0 {
		if n := on.tree.nodes[f.node]; n != nil {
			steps = rights.Explain(rights.AccessQuestion{Subject: who.principal.subject, Owner: on.tree.owner, Chain: n.chain,
				Paths: on.tree.paths(n), Operation: rights.List, Now: s.time}, names).Steps
		}
	}
	if len(f.Gains)+len(f.Loses) > 0 {
		for _, right := range actsOn(f.pair.on) {
			steps = append(steps, rights.ExplainSend(rights.SendQuestion{Subject: who.principal.subject, Target: on.facts,
				Right: right, Address: on.facts.Primary, Grants: on.grants, Now: s.time}, names).Steps...)
		}
	}
	for _, step := range steps {
		switch step.Effect {
		case rights.Gives, rights.Takes, rights.Blocks:
			ways = addWay(ways, step)
		}
	}
	return ways
}
