package store

import (
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// describe computes of a chosen identity whose address it names, and why its
// account may not send as it, if so. The words are those of the refusal, so
// that they do not tell what exists.
func (s *Store) describe(tx *db.Tx, who *principal, i *postroom.Identity) error {
	a, err := canonical(i.Address)
	if err != nil {
		return err
	}
	t, allowed, err := s.maySendAs(tx, who, a)
	if err != nil {
		return err
	}
	if allowed {
		i.Target = t
		return nil
	}
	i.Unusable = mayNotSend(who.account.Address, i.Address).Text
	return nil
}

// mayNotSend words a refusal: for what does not exist as for what one has no
// right to.
func mayNotSend(who, address string) *postroom.Error {
	return postroom.Errorf(postroom.Denied, "%s may not send as %s: no sendAs or sendOnBehalfOf right", who, printable(address))
}

// maySendAs decides whether somebody may put an address into From now, and
// tells whose it is.
func (s *Store) maySendAs(tx *db.Tx, who *principal, a addr.Address) (t postroom.SendTarget, allowed bool, err error) {
	t, base, found, err := owner(tx, a)
	if err != nil || !found {
		return t, false, err
	}
	facts, _, err := factsOf(tx, t)
	if err != nil {
		return t, false, err
	}
	grants, err := sendGrantsOn(tx, t)
	if err != nil {
		return t, false, err
	}
	return t, rights.DecideFrom(who.subject, facts, base.String(), grants, s.now()).Allowed, nil
}

// identitiesFollow gives the chosen identities on the primary address of a
// target, and on its subaddresses, the new address. Only those follow whose
// account may send as it: others would learn the new name. It is called before
// the address changes.
func (d *Directory) identitiesFollow(tx *db.Tx, from, to string) error {
	before, after := addr.Address{}, addr.Address{}
	var err error
	if before, err = canonical(from); err == nil {
		after, err = canonical(to)
	}
	if err != nil {
		return err
	}
	plus, domain := before.Local+"+", "@"+before.Domain
	var all []postroom.Identity
	err = tx.Each(identityColumns+` WHERE address = $1 OR SUBSTR(address, 1, LENGTH($2)) = $2
		AND SUBSTR(address, LENGTH(address) - LENGTH($3) + 1) = $3 ORDER BY id`, []any{before.String(), plus, domain},
		func(scan func(...any) error) error {
			i, err := scanIdentity(scan)
			all = append(all, i)
			return err
		})
	if err != nil || len(all) == 0 {
		return err
	}
	m, _, err := d.session.store.facts.now(tx, 0)
	if err != nil {
		return err
	}
	for _, i := range all {
		who, err := m.principal(i.Account)
		if err != nil {
			return err
		}
		if who == nil {
			continue
		}
		a, err := canonical(i.Address)
		if err != nil {
			return err
		}
		if _, allowed, err := d.session.store.maySendAs(tx, who, a); err != nil || !allowed {
			if err != nil {
				return err
			}
			continue
		}
		now := addr.Address{Local: after.Local + strings.TrimPrefix(a.Local, before.Local), Domain: after.Domain}.String()
		if err := d.readdress(tx, i, now); err != nil {
			return err
		}
	}
	return nil
}

// readdress gives one identity another address. A name that was the address
// goes with it, if it is free.
func (d *Directory) readdress(tx *db.Tx, i postroom.Identity, to string) error {
	old := i.Address
	if strings.EqualFold(i.Name, old) {
		named := i
		named.Name = to
		if err := freeIdentityName(tx, named); err == nil {
			i = named
		} else if postroom.KindOf(err) != postroom.Exists {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE identity SET address = $1, name = $2, name_key = $3 WHERE id = $4`, to, i.Name, strings.ToLower(i.Name), i.ID)
	if err != nil {
		return err
	}
	return d.session.record(tx, "identity.follow", postroom.CollectionRef{Account: i.Account}, map[string]string{"from": old, "address": to})
}
