package store

import (
	"context"
	"slices"
	"time"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// Route is where mail for one address goes.
type Route struct {
	// Accounts that get a copy, each once.
	Accounts []postroom.AccountID
	// Outside addresses of a group's external members.
	Outside []string
	// Forwards of the accounts, and of those they forward to.
	Forwards []Forward
	// forwarding are those of Accounts that have forwards, as they are found.
	forwarding []postroom.AccountID
	// Absence is set when the address is an account's that answers this
	// sender by itself. Mail to groups is not answered.
	Absence *Absence
	// Group is set when the address is a group's: its address goes into
	// List-Id and its bounces go to its owners.
	Group postroom.GroupID
	// GroupAddress is the primary address of the group, Owners the addresses
	// of the accounts that own it.
	GroupAddress string
	Owners       []string
	// Mail is set when the address is one at which a group is asked
	// something: then nobody gets a copy, and AnswerGroup has it.
	Mail *GroupMail
}

// Resolve finds where mail to an address goes: accounts, aliases, subaddresses
// and nested groups (cycles harmless) are followed, the posting policy and the
// states of accounts are checked. Errors: NotFound (no such user; 550 5.1.1),
// Denied (posting not permitted; 550 5.7.1), OverQuota (452 4.2.2), Unavailable
// (disabled; 550 5.2.1), Invalid (not a local domain; 550 5.7.1).
// Sender is the envelope sender, "" for the null sender; signedIn is who
// submitted it, nil for mail from outside.
//
// Of a group the policy of the one addressed decides, not that of those nested
// in it. Members that are disabled are passed over. Mail with the null sender is
// a report about mail that went out in the group's name: it goes to who owns the
// group, whatever the policy, and never to its members.
func (d *DeliverySession) Resolve(ctx context.Context, recipient, sender string, signedIn *postroom.Actor) (r Route, err error) {
	a, err := canonical(recipient)
	if err != nil {
		return r, err
	}
	err = d.session.store.db.Read(ctx, func(tx *db.Tx) error {
		r, err = d.resolve(tx, a, sender, signedIn)
		return err
	})
	return r, err
}

// receiver is an address with what delivery needs to know of its owner.
type receiver struct {
	postroom.SendTarget
	state     postroom.AccountState
	overQuota bool
	away      bool // an automatic reply is switched on
	forwards  bool
	noCopy    bool // of what is forwarded
}

func receiverAt(tx *db.Tx, address string) (r receiver, found bool, err error) {
	var quota, plan, used int64
	var noCopy bool
	err = tx.QueryRow(`SELECT d.account_id, d.group_id, COALESCE(a.state, 0), COALESCE(a.quota_bytes, 0),
		COALESCE(p.quota_bytes, 0), COALESCE(c.used_bytes, 0), COALESCE(o.enabled, 0),
		COALESCE(f.addresses, 0) > 0, COALESCE(f.no_copy, 0) FROM address d
		LEFT JOIN account a ON a.id = d.account_id
		LEFT JOIN plan p ON p.id = a.plan_id
		LEFT JOIN account_counter c ON c.account_id = d.account_id
		LEFT JOIN out_of_office o ON o.account_id = d.account_id
		LEFT JOIN forwarding f ON f.account_id = d.account_id
		WHERE d.address = $1`, address).Scan(&r.Account, &r.Group, &r.state, &quota, &plan, &used, &r.away, &r.forwards, &noCopy)
	if noRow(err) {
		return r, false, nil
	}
	if quota == 0 {
		quota = plan
	}
	r.overQuota = quota > 0 && used >= quota
	r.noCopy = r.forwards && noCopy
	return r, err == nil, err
}

// receiverOf is receiverAt for an address or the one it is a subaddress of.
func receiverOf(tx *db.Tx, a addr.Address) (r receiver, found bool, err error) {
	r, found, err = receiverAt(tx, a.String())
	if base := a.Base(); err == nil && !found && base != a {
		r, found, err = receiverAt(tx, base.String())
	}
	return r, found, err
}

func (d *DeliverySession) resolve(tx *db.Tx, a addr.Address, sender string, signedIn *postroom.Actor) (Route, error) {
	if mail, asks, err := d.atGroup(tx, a, sender); err != nil || mail != nil {
		return Route{Mail: mail}, err
	} else if asks {
		return d.unknown(tx, a) // no such secret
	}
	r, found, err := receiverOf(tx, a)
	switch {
	case err != nil:
		return Route{}, err
	case !found:
		return d.unknown(tx, a)
	case r.Group != 0:
		return d.toGroup(tx, r.Group, a.String(), sender, signedIn)
	case r.state == postroom.Disabled:
		return Route{}, postroom.Errorf(postroom.Unavailable, "account disabled: %s", a)
	case r.overQuota && !r.noCopy:
		return Route{}, postroom.Errorf(postroom.OverQuota, "mailbox full: %s", a)
	}
	route := Route{Accounts: []postroom.AccountID{r.Account}}
	if r.away && sender != "" {
		if route.Absence, err = d.absence(tx, r.Account, a, sender); err != nil {
			return Route{}, err
		}
	}
	if r.forwards {
		err = d.follow(tx, &route, []postroom.AccountID{r.Account})
	}
	return route, err
}

// unknown is the answer for an address nobody has. Mail for a postmaster that
// was not set up goes to the administrators (RFC 5321 §4.5.1).
func (d *DeliverySession) unknown(tx *db.Tx, a addr.Address) (Route, error) {
	dom, err := domainNamed(tx, a.Domain)
	if postroom.KindOf(err) == postroom.NotFound {
		return Route{}, postroom.Errorf(postroom.Invalid, "not a domain of this server: %s", printable(a.Domain))
	}
	if err != nil {
		return Route{}, err
	}
	if a.Local == "postmaster" {
		admins, err := administratorsOf(tx, dom.Org)
		if err != nil || len(admins) > 0 {
			return d.forwarded(tx, Route{Accounts: admins}, err)
		}
	}
	return Route{}, postroom.Errorf(postroom.NotFound, "no such user: %s", printable(a.String()))
}

// administratorsOf lists the accounts that administer an organisation and can be
// signed in to.
func administratorsOf(tx *db.Tx, org postroom.OrgID) (ids []postroom.AccountID, err error) {
	err = tx.Each(`SELECT id FROM account WHERE org_id = $1 AND admin > 0 AND state = $2 ORDER BY id`,
		[]any{org, postroom.Active}, func(scan func(...any) error) error {
			var id postroom.AccountID
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

// poster is who posts to a list. Somebody who did not sign in is a guest when
// the envelope sender is one of the organisation's, anybody otherwise.
func (d *DeliverySession) poster(tx *db.Tx, org postroom.OrgID, sender string, signedIn *postroom.Actor) (*rights.Subject, error) {
	if signedIn != nil {
		m, _, err := d.session.store.facts.now(tx, 0)
		if err != nil {
			return nil, err
		}
		p, err := m.principal(signedIn.Account)
		if err != nil {
			return nil, err
		}
		if p != nil {
			return p.subject, nil
		}
	}
	var guest int64
	if sender != "" {
		err := tx.QueryRow(`SELECT id FROM guest WHERE org_id = $1 AND address = $2`, org, canonicalOrSelf(sender)).Scan(&guest)
		if err != nil && !noRow(err) {
			return nil, err
		}
	}
	if guest != 0 {
		return rights.Guest(guest), nil
	}
	return rights.Anonymous(), nil
}

func (d *DeliverySession) toGroup(tx *db.Tx, id postroom.GroupID, asked, sender string, signedIn *postroom.Actor) (Route, error) {
	g, err := readGroup(tx, id)
	if err != nil {
		return Route{}, err
	}
	facts, err := groupFacts(tx, g)
	if err != nil {
		return Route{}, err
	}
	grants, err := sendGrantsOn(tx, facts.Target)
	if err != nil {
		return Route{}, err
	}
	if sender == "" {
		return d.toOwners(tx, g)
	}
	who, err := d.poster(tx, g.Org, sender, signedIn)
	if err != nil {
		return Route{}, err
	}
	if !rights.DecideSend(who, facts, postroom.SendTo, "", grants, d.session.store.now()).Allowed {
		name := sender
		if signedIn != nil {
			name = signedIn.Address
		}
		return Route{}, postroom.Errorf(postroom.Denied, "%s may not post to %s", printable(name), printable(asked))
	}
	r, err := expand(tx, id)
	if err == nil {
		err = d.follow(tx, &r, r.forwarding)
	}
	if err != nil {
		return Route{}, err
	}
	r.Group, r.GroupAddress = id, g.Address
	r.Owners, err = ownersOf(tx, grants, d.session.store.now())
	return r, err
}

// toOwners is where reports to a group go: to the accounts that own it, by
// themselves or as members of a group, and without any to the administrators of
// the organisation.
func (d *DeliverySession) toOwners(tx *db.Tx, g postroom.Group) (r Route, err error) {
	r.Accounts, err = d.session.store.managersOf(tx, g)
	if err == nil && len(r.Accounts) == 0 {
		err = postroom.Errorf(postroom.Denied, "nobody takes reports for %s", g.Address)
	}
	return d.forwarded(tx, r, err)
}

// forwarded adds the forwards of a few accounts to a route.
func (d *DeliverySession) forwarded(tx *db.Tx, r Route, err error) (Route, error) {
	if err != nil {
		return r, err
	}
	forwarding, err := forwardingAmong(tx, r.Accounts)
	if err != nil {
		return r, err
	}
	return r, d.follow(tx, &r, forwarding)
}

// expand collects everybody in a group, and who of them forwards. Each group is visited once, so cycles
// end and memory is bounded by the number of members.
func expand(tx *db.Tx, id postroom.GroupID) (r Route, err error) {
	groups := []postroom.GroupID{id}
	seen := map[postroom.GroupID]bool{id: true}
	outside := make(map[string]bool)
	for i := 0; i < len(groups); i++ {
		err := tx.Each(`SELECT m.account_id, m.member_group, m.outside, COALESCE(a.state, 0), COALESCE(f.addresses, 0) > 0
			FROM group_member m LEFT JOIN account a ON a.id = m.account_id
			LEFT JOIN forwarding f ON f.account_id = m.account_id WHERE m.group_id = $1`, []any{groups[i]},
			func(scan func(...any) error) error {
				var m postroom.Member
				var state postroom.AccountState
				var forwards bool
				if err := scan(&m.Account, &m.Group, &m.Address, &state, &forwards); err != nil {
					return err
				}
				switch {
				case m.Group != 0 && !seen[m.Group]:
					seen[m.Group] = true
					groups = append(groups, m.Group)
				case m.Account != 0 && state != postroom.Disabled:
					r.Accounts = append(r.Accounts, m.Account)
					if forwards {
						r.forwarding = append(r.forwarding, m.Account)
					}
				case m.Address != "" && !outside[m.Address]:
					outside[m.Address] = true
					r.Outside = append(r.Outside, m.Address)
				}
				return nil
			})
		if err != nil {
			return r, err
		}
	}
	slices.Sort(r.Accounts)
	r.Accounts = slices.Compact(r.Accounts)
	slices.Sort(r.Outside)
	return r, nil
}

// ownersOf lists the addresses of the accounts that own a group themselves.
func ownersOf(tx *db.Tx, grants []postroom.SendGrant, now time.Time) (owners []string, err error) {
	for _, owner := range rights.Owners(grants, now) {
		if owner.Kind != postroom.GranteeAccount {
			continue
		}
		name, err := granteeName(tx, owner)
		if err != nil {
			return nil, err
		}
		owners = append(owners, name)
	}
	return owners, nil
}

// IsLocal reports whether a domain (canonical) is one of the server's.
func (d *DeliverySession) IsLocal(ctx context.Context, domain string) (local bool, err error) {
	err = d.session.store.db.Read(ctx, func(tx *db.Tx) error {
		local, err = exists(tx, `SELECT 1 FROM domain WHERE name = $1`, addr.CanonicalDomain(domain))
		return err
	})
	return local, err
}
