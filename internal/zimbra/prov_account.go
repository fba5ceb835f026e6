package zimbra

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// statuses maps zimbraAccountStatus to states. Zimbra's lockout is set by the
// server alone, and maintenance has no counterpart.
var statuses = map[string]string{"active": "active", "locked": "locked", "closed": "disabled"}

func status(state string) string {
	switch state {
	case "disabled":
		return "closed"
	case "invited":
		return "pending"
	}
	return state
}

// accountChanges splits changes into those of the account itself and the new
// list of addresses for delegates (nil when it stays).
func (t *Tool) accountChanges(ctx context.Context, a adminwire.Account, list []change) (c adminwire.AccountChange, delegable []string, err error) {
	c.Settings, c.Attributes = map[string]string{}, map[string]string{}
	for _, ch := range list {
		switch ch.name {
		case "displayName":
			c.Name = pointer(ch.one())
		case "zimbraAccountStatus":
			state, ok := statuses[strings.ToLower(ch.one())]
			if !ok {
				return c, nil, badValue(ch.name, "must be active, locked or closed")
			}
			c.State = &state
		case "zimbraHideInGal":
			c.HideInGAL, err = ch.boolean()
		case "zimbraMailQuota":
			c.QuotaBytes, err = ch.number()
		case "zimbraCOSId":
			c.Plan = pointer(ch.one())
		case "zimbraIsAdminAccount", "zimbraIsDelegatedAdminAccount":
			c.Admin, err = adminScope(ch)
		case "zimbraPrefDelegatedSendSaveTarget":
			c.Sent = pointer(ch.one())
			if _, ok := postroom.ParseSentPolicy(ch.one()); !ok {
				return c, nil, badValue(ch.name, "must be owner, sender, both or none")
			}
		case "zimbraPrefAllowAddressForDelegatedSender":
			delegable, err = t.delegable(ctx, a.Address, ch)
		default:
			if isFact(ch.name) {
				c.Attributes[strings.ToLower(ch.name)] = ch.one()
				continue
			}
			ch.setting(c.Settings, a.Settings)
		}
		if err != nil {
			return c, nil, err
		}
	}
	return c, delegable, nil
}

func adminScope(ch change) (*string, error) {
	on, err := ch.boolean()
	if err != nil {
		return nil, err
	}
	switch {
	case !*on:
		return pointer("none"), nil
	case ch.name == "zimbraIsAdminAccount":
		return pointer("server"), nil
	}
	return pointer("org"), nil
}

// delegable is the new list of zimbraPrefAllowAddressForDelegatedSender. "+"
// adds to what is usable now, which is at first the primary address: unlike in
// Zimbra the first alias does not take it away (semantics.md §3); a list
// without a sign, and "-", do. An empty list is the primary address.
func (t *Tool) delegable(ctx context.Context, target string, ch change) ([]string, error) {
	var now adminwire.Delegable
	if err := t.Client.Get(ctx, adminclient.Path("delegable")+adminclient.Query("target", target), &now); err != nil {
		return nil, err
	}
	list := ch.apply(now.Addresses)
	if len(list) == 0 {
		list = []string{target}
	}
	return list, nil
}

func (t *Tool) setDelegable(ctx context.Context, target string, list []string) error {
	if list == nil {
		return nil
	}
	err := t.Client.Put(ctx, adminclient.Path("delegable"), adminwire.Delegable{Target: target, Addresses: list}, nil)
	notOurs := invalid("value is not one of the addresses of the entry: %s", strings.Join(list, ", "))
	return known{postroom.Invalid: notOurs, postroom.NotFound: notOurs}.of(err)
}

func createAccount(ctx context.Context, t *Tool, args []string) error {
	list, err := changes(args[2:], accountAttributes)
	if err != nil {
		return err
	}
	name := args[0]
	// Read the values before anything is made.
	apart := func(c change) bool { return isDelegable(c) || isAbsence(c) }
	if _, _, err := t.accountChanges(ctx, adminwire.Account{Address: name}, slices.DeleteFunc(slices.Clone(list), apart)); err != nil {
		return err
	}
	var a adminwire.Account
	err = t.Client.Post(ctx, adminclient.Path("accounts"), adminwire.NewAccount{Address: name, Password: args[1]}, &a)
	err = known{
		postroom.Exists:   fail("account.ACCOUNT_EXISTS", "email address already exists: %s", name),
		postroom.NotFound: noSuchDomain(domainPart(name)),
	}.of(err)
	if err != nil {
		return err
	}
	if err := t.changeAccount(ctx, a, list); err != nil {
		// All or nothing: an attribute that was refused makes no account.
		return errors.Join(err, t.Client.Delete(ctx, adminclient.Path("accounts", a.UUID)))
	}
	return t.id(a.UUID)
}

func isDelegable(c change) bool { return c.name == "zimbraPrefAllowAddressForDelegatedSender" }

func domainPart(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func (t *Tool) changeAccount(ctx context.Context, a adminwire.Account, list []change) error {
	if len(list) == 0 {
		return nil
	}
	absent, list := slices.DeleteFunc(slices.Clone(list), func(c change) bool { return !isAbsence(c) }), slices.DeleteFunc(slices.Clone(list), isAbsence)
	c, delegable, err := t.accountChanges(ctx, a, list)
	if err != nil {
		return err
	}
	if len(absent) > 0 {
		if err := t.changeAbsence(ctx, a.UUID, absent); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	if err := t.Client.Patch(ctx, adminclient.Path("accounts", a.UUID), c, nil); err != nil {
		if c.Plan != nil && postroom.KindOf(err) == postroom.NotFound {
			return noSuchPlan(*c.Plan)
		}
		return err
	}
	return t.setDelegable(ctx, a.Address, delegable)
}

func modifyAccount(ctx context.Context, t *Tool, args []string) error {
	list, err := changes(args[1:], accountAttributes)
	if err != nil {
		return err
	}
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.changeAccount(ctx, a, list)
}

func deleteAccount(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.Client.Delete(ctx, adminclient.Path("accounts", a.UUID))
}

func getAccount(ctx context.Context, t *Tool, args []string) error {
	if args[0] == "-e" { // without what the plan gives: nothing is inherited here
		args = args[1:]
	}
	if len(args) == 0 {
		return errUsage
	}
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.dumpAccount(ctx, a, args[1:])
}

func (t *Tool) dumpAccount(ctx context.Context, a adminwire.Account, wanted []string) error {
	var now adminwire.Delegable
	if err := t.Client.Get(ctx, adminclient.Path("delegable")+adminclient.Query("target", a.UUID), &now); err != nil {
		return err
	}
	attrs := []attribute{
		{"displayName", a.Name}, {"mail", a.Address}, {"zimbraAccountStatus", status(a.State)},
		{"uid", a.Address[:max(strings.LastIndexByte(a.Address, '@'), 0)]},
		{"zimbraCreateTimestamp", a.Created.UTC().Format(generalizedTime)},
		{"zimbraHideInGal", flag(a.HideInGAL)}, {"zimbraId", a.UUID},
		{"zimbraMailDeliveryAddress", a.Address}, {"zimbraMailQuota", strconv.FormatInt(max(a.QuotaBytes, 0), 10)},
		{"zimbraIsAdminAccount", flag(a.Admin == "server")}, {"zimbraIsDelegatedAdminAccount", flag(a.Admin == "org")},
		{"zimbraPrefDelegatedSendSaveTarget", a.Sent},
	}
	if a.Plan != "" {
		p, err := t.plan(ctx, a.Plan)
		if err != nil {
			return err
		}
		attrs = append(attrs, attribute{"zimbraCOSId", p.UUID})
	}
	for _, al := range a.Aliases {
		attrs = append(attrs, attribute{"mail", al.Address}, attribute{"zimbraMailAlias", al.Address})
	}
	for name, value := range a.Attributes {
		if fact := factOf(name); fact != "" {
			attrs = append(attrs, attribute{fact, value})
		}
	}
	attrs = append(attrs, delegableDump(now, a.Address)...)
	absent, err := t.absence(ctx, a.UUID)
	if err != nil {
		return err
	}
	attrs = append(attrs, absent.attributes()...)
	t.printf("# name %s\n", a.Address)
	t.dump(append(attrs, settingsDump(a.Settings)...), wanted)
	t.printf("\n")
	return nil
}

// delegableDump leaves out the list that is just the primary address: then
// Zimbra's attribute is not set.
func delegableDump(now adminwire.Delegable, primary string) (attrs []attribute) {
	if len(now.Addresses) == 1 && now.Addresses[0] == primary {
		return nil
	}
	for _, d := range now.Addresses {
		attrs = append(attrs, attribute{"zimbraPrefAllowAddressForDelegatedSender", d})
	}
	return attrs
}

func getAllAccounts(ctx context.Context, t *Tool, args []string) error {
	verbose, domain := verboseArg(args, t.verbose)
	var list []adminwire.Account
	if domain != "" {
		if _, err := t.domain(ctx, domain); err != nil {
			return err
		}
	}
	if err := t.Client.Get(ctx, adminclient.Path("accounts")+adminclient.Query("domain", domain), &list); err != nil {
		return err
	}
	for _, a := range list {
		if !verbose {
			t.printf("%s\n", a.Address)
			continue
		}
		full, err := t.account(ctx, a.UUID)
		if err != nil {
			return err
		}
		if err := t.dumpAccount(ctx, full, nil); err != nil {
			return err
		}
	}
	return nil
}

// verboseArg takes -v out of arguments of which there is at most one more.
func verboseArg(args []string, verbose bool) (v bool, rest string) {
	for _, a := range args {
		if a == "-v" {
			verbose = true
			continue
		}
		rest = a
	}
	return verbose, rest
}

func renameAccount(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	err = t.Client.Put(ctx, adminclient.Path("accounts", a.UUID, "address"), adminwire.Address{Address: args[1]}, nil)
	return known{
		postroom.Exists:   fail("account.ACCOUNT_EXISTS", "email address already exists: %s", args[1]),
		postroom.NotFound: noSuchDomain(domainPart(args[1])),
	}.of(err)
}

func setPassword(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.Client.Put(ctx, adminclient.Path("accounts", a.UUID, "password"), adminwire.Password{Password: args[1]}, nil)
}

func addAccountAlias(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.addAlias(ctx, a.UUID, args[1], "account.ACCOUNT_EXISTS")
}

func (t *Tool) addAlias(ctx context.Context, target, alias, taken string) error {
	err := t.Client.Post(ctx, adminclient.Path("aliases"), adminwire.Alias{Address: alias, Target: target}, nil)
	return known{
		postroom.Exists:   fail(taken, "email address already exists: %s", alias),
		postroom.NotFound: noSuchDomain(domainPart(alias)),
	}.of(err)
}

func removeAccountAlias(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.removeAlias(ctx, a.Aliases, args[1])
}

func (t *Tool) removeAlias(ctx context.Context, aliases []adminwire.Alias, alias string) error {
	if !slices.ContainsFunc(aliases, func(a adminwire.Alias) bool { return strings.EqualFold(a.Address, alias) }) {
		return fail("account.NO_SUCH_ALIAS", "no such alias: %s", alias)
	}
	return t.Client.Delete(ctx, adminclient.Path("aliases", alias))
}

func setAccountPlan(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	p, err := t.plan(ctx, args[1])
	if err != nil {
		return err
	}
	return t.Client.Patch(ctx, adminclient.Path("accounts", a.UUID), adminwire.AccountChange{Plan: &p.Name}, nil)
}

func getAccountMembership(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.memberships(ctx, adminclient.Path("accounts", a.UUID, "memberships"))
}

func (t *Tool) memberships(ctx context.Context, path string) error {
	var list []adminwire.Membership
	if err := t.Client.Get(ctx, path, &list); err != nil {
		return err
	}
	for _, m := range list {
		if m.Via != "" {
			t.printf("%s (via %s)\n", m.Group, m.Via)
			continue
		}
		t.printf("%s\n", m.Group)
	}
	return nil
}

func pointer[T any](v T) *T { return &v }
