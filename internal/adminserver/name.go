package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// names finds the names that numbers stand for, each once per request.
type names struct {
	d        *store.Directory
	accounts map[postroom.AccountID]postroom.Account
	paths    map[postroom.CollectionRef]string
	uuids    map[postroom.Grantee]string
	orgs     map[postroom.OrgID]postroom.Organisation // nil until asked for
}

func newNames(d *store.Directory) *names {
	return &names{d: d, accounts: map[postroom.AccountID]postroom.Account{},
		paths: map[postroom.CollectionRef]string{}, uuids: map[postroom.Grantee]string{}}
}

// account may be gone, or not to be seen: then it is the zero account.
func (n *names) account(ctx context.Context, id postroom.AccountID) (postroom.Account, error) {
	if a, ok := n.accounts[id]; ok || id == 0 {
		return a, nil
	}
	a, err := n.d.AccountByID(ctx, id)
	if err != nil && postroom.KindOf(err) != postroom.NotFound {
		return a, err
	}
	n.accounts[id] = a
	return a, nil
}

// org is the name of an organisation; who may not see it gets none.
func (n *names) org(ctx context.Context, id postroom.OrgID) (string, error) {
	if n.orgs == nil {
		list, err := n.d.Organisations(ctx)
		if err != nil && postroom.KindOf(err) != postroom.Denied {
			return "", err
		}
		n.orgs = make(map[postroom.OrgID]postroom.Organisation, len(list))
		for _, o := range list {
			n.orgs[o.ID] = o
		}
	}
	return n.orgs[id].Name, nil
}

// shownSender is what recipients see of who sends for an account, unless a grant
// says otherwise; empty for who may not know of the organisation.
func (n *names) shownSender(a postroom.Account) string {
	o, seen := n.orgs[a.Org]
	if a.Displayed == postroom.InheritSender && !seen {
		return ""
	}
	return adminwire.DisplayedSender(rights.DisplayedSender(a.Displayed, o.Displayed))
}

// by is who gave a grant: an address, or console.
func (n *names) by(ctx context.Context, id postroom.AccountID) (string, error) {
	if id == 0 {
		return "console", nil
	}
	a, err := n.account(ctx, id)
	return a.Address, err
}

func (n *names) path(ctx context.Context, ref postroom.CollectionRef) (string, error) {
	if ref.Collection == postroom.RootCollection {
		return "/", nil
	}
	if p, ok := n.paths[ref]; ok {
		return p, nil
	}
	tree, err := n.d.CollectionTree(ctx, ref.Account)
	if err != nil {
		return "", err
	}
	for _, c := range tree {
		n.paths[c.Ref] = c.Path
	}
	return n.paths[ref], nil
}

// uuid of a grantee; those without one have the well-known ones of Zimbra.
func (n *names) uuid(ctx context.Context, g postroom.Grantee) (id string, err error) {
	if id, ok := n.uuids[g]; ok {
		return id, nil
	}
	switch g.Kind {
	case postroom.GranteeAccount:
		var a postroom.Account
		a, err = n.account(ctx, postroom.AccountID(g.ID))
		id = a.UUID
	case postroom.GranteeGroup:
		var group postroom.Group
		group, err = n.d.GroupByID(ctx, postroom.GroupID(g.ID))
		id = group.UUID
	case postroom.GranteeDomain:
		id, err = uuidIn(ctx, n.d.Domains, func(d postroom.Domain) (int64, string) { return int64(d.ID), d.UUID }, g.ID)
	case postroom.GranteePlan:
		id, err = uuidIn(ctx, n.d.Plans, func(p postroom.Plan) (int64, string) { return int64(p.ID), p.UUID }, g.ID)
	case postroom.GranteeOrg:
		id, err = uuidIn(ctx, n.d.Organisations, func(o postroom.Organisation) (int64, string) { return int64(o.ID), o.UUID }, g.ID)
	case postroom.GranteeAll:
		id = "00000000-0000-0000-0000-000000000000"
	case postroom.GranteePublic:
		id = "99999999-9999-9999-9999-999999999999"
	case postroom.GranteeGuest:
	}
	if kind := postroom.KindOf(err); err != nil && (kind == postroom.NotFound || kind == postroom.Denied) {
		err = nil
	}
	n.uuids[g] = id
	return id, err
}

func uuidIn[T any](ctx context.Context, list func(context.Context) ([]T, error), of func(T) (int64, string), id int64) (string, error) {
	all, err := list(ctx)
	for _, t := range all {
		if number, uuid := of(t); number == id {
			return uuid, nil
		}
	}
	return "", err
}

func (n *names) grantee(ctx context.Context, g postroom.Grantee, name string) (adminwire.Grantee, error) {
	switch g.Kind {
	case postroom.GranteeAll, postroom.GranteePublic, postroom.GranteeOrg:
		name = ""
	case postroom.GranteeDomain, postroom.GranteePlan, postroom.GranteeGuest:
		if _, bare, ok := cutWord(name); ok {
			name = bare
		}
	case postroom.GranteeAccount, postroom.GranteeGroup:
	}
	uuid, err := n.uuid(ctx, g)
	return adminwire.Grantee{Kind: adminwire.GranteeKind(g.Kind), Name: name, UUID: uuid}, err
}

func (n *names) grant(ctx context.Context, e store.ACLEntry) (adminwire.Grant, error) {
	a, err := n.account(ctx, e.Target.Account)
	if err != nil {
		return adminwire.Grant{}, err
	}
	w := adminwire.Grant{Account: a.Address, UUID: a.UUID, ID: int64(e.Target.Collection),
		Rights: rights.Zimbra(e.Rights), Names: rights.ZimbraNames(e.Rights), Role: rights.RoleOf(e.Rights),
		Negative: e.Negative, Mode: adminwire.ShareMode(e.Mode), Since: e.Since, Until: until(e.Until), Reason: e.Reason}
	if w.Path, err = n.path(ctx, e.Target); err != nil {
		return w, err
	}
	if w.By, err = n.by(ctx, e.By); err != nil {
		return w, err
	}
	w.Grantee, err = n.grantee(ctx, e.Grantee, e.Name)
	w.Version = stateOf(w)
	return w, err
}
