package store

import (
	"context"
	"strconv"

	"postroom"
	"postroom/internal/store/internal/db"
)

// planOfAccount reads the plan that an account has.
func planOfAccount(tx *db.Tx, id postroom.AccountID) (postroom.Plan, error) {
	p, err := scanPlan(tx.QueryRow(planColumns+` WHERE id = (SELECT plan_id FROM account WHERE id = $1)`, id).Scan)
	if noRow(err) {
		return postroom.Plan{Features: postroom.AllFeatures, MaxAliases: -1, QuotaBytes: -1}, nil
	}
	return p, err
}

func errPlan(address, what string) error {
	return postroom.Errorf(postroom.Denied, "the plan of %s does not include %s", address, what)
}

// entrance is the feature by which a session of a protocol is opened.
func entrance(protocol string) postroom.Features {
	switch protocol {
	case "imap":
		return postroom.UseIMAP
	case "smtp":
		return postroom.UseSending
	}
	return 0
}

// included refuses a sign-in that the plan does not include. The session asks
// again at every act (lives).
func (p *principal) included(protocol string, credential int64) bool {
	need := entrance(protocol)
	for _, id := range p.credentials.apps {
		if id == credential {
			need |= postroom.UseAppPasswords
		}
	}
	return p.features.Has(need)
}

// MaySendTo answers nil when the plan of the session's account lets it send to
// an address: at all, and outside of its organisation. Denied says why not.
// Submit asks the same again.
func (s *Session) MaySendTo(ctx context.Context, address string) error {
	return s.store.db.Read(ctx, func(tx *db.Tx) error {
		return mayReach(tx, s.Actor().Account, []Recipient{{Address: address}})
	})
}

// mayReach checks recipients against the plan of who sends.
func mayReach(tx *db.Tx, sender postroom.AccountID, to []Recipient) error {
	a, err := readAccount(tx, sender)
	if err != nil {
		return err
	}
	p, err := planOfAccount(tx, sender)
	switch {
	case err != nil:
		return err
	case !p.Features.Has(postroom.UseSending):
		return errPlan(a.Address, "sending mail")
	case p.Features.Has(postroom.UseSendingOutside):
		return nil
	}
	for _, r := range to {
		inside, err := isInside(tx, a.Org, r.Address)
		if err != nil {
			return err
		}
		if !inside {
			return errPlan(a.Address, "sending mail outside of the organisation: "+printable(r.Address))
		}
	}
	return nil
}

// isInside reports whether an address is in a domain of an organisation.
func isInside(tx *db.Tx, org postroom.OrgID, address string) (bool, error) {
	a, err := canonical(address)
	if err != nil {
		return false, nil
	}
	dom, err := domainNamed(tx, a.Domain)
	if postroom.KindOf(err) == postroom.NotFound {
		return false, nil
	}
	return err == nil && dom.Org == org, err
}

// maySubmit checks a message against the plans of who sends it and of the
// mailbox it is sent for: one that only receives is sent for by nobody.
func maySubmit(tx *db.Tx, own, target postroom.AccountID, out Outgoing, size int64) error {
	accounts := []postroom.AccountID{own}
	if target != own {
		accounts = append(accounts, target)
	}
	for _, id := range accounts {
		if err := mayReach(tx, id, out.Recipients); err != nil {
			return err
		}
		p, err := planOfAccount(tx, id)
		if err != nil {
			return err
		}
		if p.MessageBytes > 0 && size > p.MessageBytes {
			return postroom.Errorf(postroom.TooLarge, "the message is larger than the %d bytes that the plan %s allows", p.MessageBytes, p.Name)
		}
	}
	return nil
}

// mayHaveAlias checks that an account's plan leaves room for one more.
func mayHaveAlias(tx *db.Tx, t postroom.SendTarget) error {
	if t.Account == 0 {
		return nil
	}
	p, err := planOfAccount(tx, t.Account)
	if err != nil || p.MaxAliases < 0 {
		return err
	}
	var n int64
	err = tx.QueryRow(`SELECT COUNT(*) FROM address WHERE account_id = $1`, t.Account).Scan(&n)
	if err == nil && n-1 >= p.MaxAliases {
		err = postroom.Errorf(postroom.Limit, "the plan %s allows %d aliases", p.Name, p.MaxAliases)
	}
	return err
}

// mayGrow checks that an organisation may have one more account of a kind.
func mayGrow(tx *db.Tx, org postroom.OrgID, kind postroom.AccountKind) error {
	if kind == postroom.Person {
		return withinLimit(tx, org, "accounts of persons", `SELECT max_accounts, (SELECT COUNT(*) FROM account
			WHERE org_id = $1 AND kind = 1) FROM organisation WHERE id = $1`)
	}
	return withinLimit(tx, org, "shared mailboxes and resources", `SELECT max_shared, (SELECT COUNT(*) FROM account
		WHERE org_id = $1 AND kind <> 1) FROM organisation WHERE id = $1`)
}

// mayHaveDomain checks that an organisation may have one more domain.
func mayHaveDomain(tx *db.Tx, org postroom.OrgID) error {
	return withinLimit(tx, org, "domains", `SELECT max_domains, (SELECT COUNT(*) FROM domain WHERE org_id = $1)
		FROM organisation WHERE id = $1`)
}

func withinLimit(tx *db.Tx, org postroom.OrgID, what, query string) error {
	var limit, used int64
	err := tx.QueryRow(query, org).Scan(&limit, &used)
	if err == nil && limit >= 0 && used >= limit {
		err = postroom.Errorf(postroom.Limit, "the organisation may have no more than %d %s", limit, what)
	}
	return err
}

// usualPlan is the plan that new accounts of a kind get.
func usualPlan(tx *db.Tx, org postroom.OrgID, kind postroom.AccountKind) (postroom.PlanID, error) {
	column := map[postroom.AccountKind]string{postroom.Person: "person_plan", postroom.Shared: "shared_plan", postroom.Resource: "resource_plan"}[kind]
	var id postroom.PlanID
	if err := tx.QueryRow(`SELECT `+column+` FROM organisation WHERE id = $1`, org).Scan(&id); err != nil {
		return 0, err
	}
	return planFor(tx, org, id)
}

// isUsualPlan reports whether an organisation gives a plan to new accounts.
func isUsualPlan(tx *db.Tx, id postroom.PlanID) (bool, error) {
	return exists(tx, `SELECT 1 FROM organisation WHERE person_plan = $1 OR shared_plan = $1 OR resource_plan = $1 LIMIT 1`, id)
}

// planDetails is what the audit log says of a plan.
func planDetails(p postroom.Plan) map[string]string {
	return map[string]string{"name": p.Name, "quota": strconv.FormatInt(p.QuotaBytes, 10), "features": joined(p.Features.Names()),
		"messageBytes": strconv.FormatInt(p.MessageBytes, 10), "aliases": strconv.FormatInt(p.MaxAliases, 10)}
}

// maxBreakGlass is the longest that an organisation may allow.
const maxBreakGlass = 30 * day

// mayLimit checks what changes of an organisation's plans and limits.
func (c *caller) mayLimit(tx *db.Tx, o *postroom.Organisation) error {
	old, err := scanOrganisation(tx.QueryRow(organisationColumns+` WHERE id = $1`, o.ID).Scan)
	if noRow(err) {
		return noSuch("organisation", o.Name)
	}
	if err != nil {
		return err
	}
	o.Limits = postroom.OrgLimits{Accounts: max(o.Limits.Accounts, -1), Shared: max(o.Limits.Shared, -1), Domains: max(o.Limits.Domains, -1)}
	if o.Limits != old.Limits && !c.server(postroom.ManageOrganisation) {
		return postroom.Errorf(postroom.Denied, "permission denied: administrators of the server set limits")
	}
	for _, id := range []postroom.PlanID{o.PersonPlan, o.SharedPlan, o.ResourcePlan} {
		if _, err := planFor(tx, o.ID, id); err != nil {
			return err
		}
	}
	return nil
}

// mayForwardOutside checks addresses to be forwarded to against the plan.
func mayForwardOutside(tx *db.Tx, a postroom.Account, addresses []string) error {
	p, err := planOfAccount(tx, a.ID)
	if err != nil || p.Features.Has(postroom.UseForwardingOutside) {
		return err
	}
	for _, address := range addresses {
		inside, err := isInside(tx, a.Org, address)
		if err != nil {
			return err
		}
		if !inside {
			return errPlan(a.Address, "forwarding outside of the organisation: "+address)
		}
	}
	return nil
}

// included refuses to sign in where the plan does not include the protocol, or
// app passwords, in words.
func (g *SignIn) included(ctx context.Context, v Verified) error {
	return g.store.db.Read(ctx, func(tx *db.Tx) error {
		m, _, err := g.store.facts.now(tx, 0)
		if err != nil {
			return err
		}
		p, err := m.principal(v.account.ID)
		if err != nil || p == nil || p.included(g.actor.Protocol, v.credential.id) {
			return err
		}
		what := map[string]string{"imap": "IMAP", "smtp": "sending mail"}[g.actor.Protocol]
		if p.features.Has(entrance(g.actor.Protocol)) {
			what = "app passwords and access tokens"
		}
		return postroom.Errorf(postroom.SignInDisabled, "the plan of this account does not include %s", what)
	})
}
