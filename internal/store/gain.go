package store

import (
	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// gains are the rights by which somebody reads mail, or could let themselves.
const gains = postroom.Read | postroom.Administer

// reading lists where the caller may read, or let themselves read, in the
// accounts of others: by what they were given, whatever their credential
// leaves of it. It is asked of administrators alone; nil for all others.
func (c *caller) reading(tx *db.Tx) (map[postroom.CollectionRef]postroom.Rights, error) {
	if c.account.ID == 0 || c.admin.Scope == postroom.NoAdmin {
		return nil, nil
	}
	facts := c.session.store.facts
	m, _, err := facts.now(tx, 0)
	if err != nil {
		return nil, err
	}
	p, err := m.principal(c.account.ID)
	if err != nil || p == nil {
		return nil, err
	}
	accounts, err := m.sight(p)
	if err != nil {
		return nil, err
	}
	now := c.session.store.now()
	all := make(map[postroom.CollectionRef]postroom.Rights)
	for _, id := range accounts {
		if id == c.account.ID {
			continue
		}
		m, epoch, err := facts.now(tx, id)
		if err != nil {
			return nil, err
		}
		t, err := m.tree(id, epoch)
		if err != nil {
			return nil, err
		}
		if t == nil {
			continue
		}
		for at, n := range t.nodes {
			if r := rights.Effective(p.subject, t.owner, n.chain, now) & gains; r != 0 {
				all[postroom.CollectionRef{Account: id, Collection: at}] = r
			}
		}
	}
	return all, nil
}

// mustNotGain refuses what would let an administrator read who could not
// before: by a grant to themselves or to what they belong to, by joining a
// group, by a filter that finds them, by another plan. It looks at the outcome
// and so at every way. Holders of Administer on the mailbox give themselves
// what they like there; who breaks the glass is seen doing it.
func (c *caller) mustNotGain(tx *db.Tx, before map[postroom.CollectionRef]postroom.Rights) error {
	if before == nil || c.broke {
		return nil
	}
	after, err := c.reading(tx)
	if err != nil {
		return err
	}
	for at, r := range after {
		if r&^before[at] == 0 || c.held == at.Account {
			continue
		}
		a, err := readAccount(tx, at.Account)
		if err != nil {
			return err
		}
		return postroom.Errorf(postroom.Denied, "permission denied: administrators do not give themselves access to %s: "+
			"somebody else does, or in an emergency: access break-glass", a.Address)
	}
	return nil
}
