package store

import (
	"context"
	"sync"

	"postroom"
	"postroom/internal/store/internal/db"
)

// ground is what the outlooks on one account in one state are made of, whoever
// looks. It is not changed, but for the logs that are added.
type ground struct {
	// all are the collections of the account, seen or not, by path.
	all     []postroom.Collection
	parents map[postroom.CollectionID]postroom.CollectionID
	// each are the mailboxes where every reader has their own read state.
	each map[postroom.CollectionID]bool

	mu   sync.Mutex
	logs map[postroom.AccountID]mailLog // by reader; zero: of everybody
}

// readGround reads the ground of an account whose owner is known.
func readGround(tx *db.Tx, owner postroom.Account) (*ground, error) {
	all, err := readCollections(tx, owner.ID)
	if err != nil {
		return nil, err
	}
	g := &ground{all: all, each: perUserOf(owner, all), parents: make(map[postroom.CollectionID]postroom.CollectionID, len(all)),
		logs: make(map[postroom.AccountID]mailLog)}
	for _, c := range all {
		g.parents[c.Ref.Collection] = c.Parent
	}
	return g, nil
}

// reader is under whom the log of a reader is kept: all have the same, unless
// each has their own read state somewhere.
func (g *ground) reader(id postroom.AccountID) postroom.AccountID {
	for _, own := range g.each {
		if own {
			return id
		}
	}
	return 0
}

func (g *ground) log(reader postroom.AccountID) (mailLog, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	log, ok := g.logs[g.reader(reader)]
	return log, ok
}

// grounds keeps the grounds of the accounts asked for last, each with the state
// of the account that it is of: in no other is it looked at.
type grounds struct {
	mu   sync.Mutex
	size int // collections, and entries of logs
	by   map[postroom.AccountID]groundAt
}

type groundAt struct {
	stamp stamp
	*ground
}

// maxGround bounds what is kept, at some 200 bytes each; what is full is emptied.
const maxGround = 400_000

func newGrounds() *grounds { return &grounds{by: make(map[postroom.AccountID]groundAt)} }

func (k *grounds) get(account postroom.AccountID, st stamp) (*ground, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := k.by[account]
	return at.ground, at.ground != nil && at.stamp == st
}

func (k *grounds) put(account postroom.AccountID, st stamp, g *ground) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.weigh(len(g.all))
	k.by[account] = groundAt{st, g}
}

// weigh counts what is added. What is replaced stays counted until all of it is
// emptied, which costs one reading of each account now and then.
func (k *grounds) weigh(n int) {
	if k.size += n; k.size > maxGround {
		clear(k.by)
		k.size = n
	}
}

func (k *grounds) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.size = 0
	clear(k.by)
}

// addLog keeps the log of a reader with the ground it belongs to.
func (k *grounds) addLog(g *ground, reader postroom.AccountID, log mailLog) {
	k.mu.Lock()
	k.weigh(len(log))
	k.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.logs[g.reader(reader)] = log
}

// read returns the ground of an account as tx sees it.
func (k *grounds) read(tx *db.Tx, owner postroom.Account) (*ground, error) {
	st, stamped := stampOf(tx, owner.ID)
	if stamped {
		if g, ok := k.get(owner.ID, st); ok {
			return g, nil
		}
	}
	g, err := readGround(tx, owner)
	if err == nil && stamped {
		k.put(owner.ID, st, g)
	}
	return g, err
}

// log is the log of the account for this reader, as the outlook saw it.
func (m *Mail) log(tx *db.Tx, r *outlook) (mailLog, error) {
	reader := m.session.Actor().Account
	if log, ok := r.ground.log(reader); ok {
		return log, nil
	}
	log, err := readLog(tx, m.account, reader, r)
	if err == nil {
		m.session.store.grounds.addLog(r.ground, reader, log)
	}
	return log, err
}

// kept is the outlook and the log of this reader if all they take is in memory
// and of the present state of the account: one statement tells, without a
// transaction. Rights are decided anew.
func (m *Mail) kept(ctx context.Context) (r *outlook, log mailLog, ok bool) {
	s := m.session
	g, ok := s.glimpse(ctx, glimpseAccount, m.account)
	if !ok {
		return nil, nil, false
	}
	owner, known := s.store.facts.owner(m.account)
	said, answered := s.store.facts.answersKept(g.who)
	base, based := s.store.grounds.get(m.account, g.stamp)
	if !known || !answered || !based {
		return nil, nil, false
	}
	if log, ok = base.log(s.Actor().Account); !ok {
		return nil, nil, false
	}
	r, err := m.outlookOn(g.view, s.store.saidBy(g.who, said), owner, base)
	return r, log, err == nil
}
