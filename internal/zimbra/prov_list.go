package zimbra

import (
	"context"
	"errors"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// policies maps the (un)subscription policies of lists.
var policies = map[string]string{"ACCEPT": "open", "REJECT": "closed", "APPROVAL": "approval"}

func policyOf(word string) string {
	for zimbra, p := range policies {
		if p == word {
			return zimbra
		}
	}
	return ""
}

func listChange(now map[string]string, list []change) (c adminwire.GroupChange, err error) {
	c.Settings = map[string]string{}
	for _, ch := range list {
		switch ch.name {
		case "displayName":
			c.Name = pointer(ch.one())
		case "zimbraHideInGal":
			c.HideInGAL, err = ch.boolean()
		case "zimbraDistributionListSendShareMessageToNewMembers":
			if c.NotifyNewMembers, err = ch.boolean(); ch.one() == "" {
				c.NotifyNewMembers = pointer(true) // unset is TRUE
			}
		case "zimbraDistributionListSubscriptionPolicy":
			c.Subscribe, err = policy(ch)
		case "zimbraDistributionListUnsubscriptionPolicy":
			c.Unsubscribe, err = policy(ch)
		case "memberURL", "zimbraIsACLGroup", "zimbraPrefAllowAddressForDelegatedSender": // set apart
		default:
			ch.setting(c.Settings, now)
		}
		if err != nil {
			return c, err
		}
	}
	return c, membership(&c, list)
}

func policy(ch change) (*string, error) {
	p, ok := policies[strings.ToUpper(ch.one())]
	if !ok {
		return nil, badValue(ch.name, "must be ACCEPT, REJECT or APPROVAL")
	}
	return &p, nil
}

func createList(ctx context.Context, t *Tool, args []string) error {
	list, err := changes(args[1:], listAttributes)
	if err != nil {
		return err
	}
	c, err := listChange(nil, list)
	if err != nil {
		return err
	}
	c.Address = &args[0]
	var g adminwire.Group
	err = t.Client.Post(ctx, adminclient.Path("groups"), c, &g)
	err = known{
		postroom.Exists:   fail("account.DISTRIBUTION_LIST_EXISTS", "email address already exists: %s", args[0]),
		postroom.NotFound: noSuchDomain(domainPart(args[0])),
	}.of(err)
	if err != nil {
		return err
	}
	if err := t.setListDelegable(ctx, g, list); err != nil {
		return errors.Join(err, t.Client.Delete(ctx, adminclient.Path("groups", g.UUID)))
	}
	return t.id(g.UUID)
}

func (t *Tool) setListDelegable(ctx context.Context, g adminwire.Group, list []change) error {
	for _, ch := range list {
		if !isDelegable(ch) {
			continue
		}
		addresses, err := t.delegable(ctx, g.Address, ch)
		if err != nil {
			return err
		}
		if err := t.setDelegable(ctx, g.Address, addresses); err != nil {
			return err
		}
	}
	return nil
}

func modifyList(ctx context.Context, t *Tool, args []string) error {
	list, err := changes(args[1:], listAttributes)
	if err != nil {
		return err
	}
	g, err := t.list(ctx, args[0])
	if err != nil {
		return err
	}
	c, err := listChange(g.Settings, list)
	if err != nil {
		return err
	}
	if err := t.Client.Patch(ctx, adminclient.Path("groups", g.UUID), c, nil); err != nil {
		return err
	}
	return t.setListDelegable(ctx, g, list)
}

func deleteList(ctx context.Context, t *Tool, args []string) error {
	g, err := t.list(ctx, args[0])
	if err != nil {
		return err
	}
	return t.Client.Delete(ctx, adminclient.Path("groups", g.UUID))
}

func getList(ctx context.Context, t *Tool, args []string) error {
	g, err := t.list(ctx, args[0])
	if err != nil {
		return err
	}
	return t.dumpList(ctx, g, args[1:])
}

func (t *Tool) dumpList(ctx context.Context, g adminwire.Group, wanted []string) error {
	var now adminwire.Delegable
	if err := t.Client.Get(ctx, adminclient.Path("delegable")+adminclient.Query("target", g.UUID), &now); err != nil {
		return err
	}
	attrs := []attribute{
		{"displayName", g.Name}, {"mail", g.Address}, {"zimbraId", g.UUID},
		{"uid", g.Address[:max(strings.LastIndexByte(g.Address, '@'), 0)]},
		{"zimbraCreateTimestamp", g.Created.UTC().Format(generalizedTime)},
		{"zimbraHideInGal", flag(g.HideInGAL)},
		{"zimbraDistributionListSendShareMessageToNewMembers", flag(g.NotifyNewMembers)},
		{"zimbraDistributionListSubscriptionPolicy", policyOf(g.Subscribe)},
		{"zimbraDistributionListUnsubscriptionPolicy", policyOf(g.Unsubscribe)},
	}
	if g.Filter != "" {
		attrs = append(attrs, attribute{"memberURL", memberURLOf(g.Filter)}, attribute{"zimbraIsACLGroup", "TRUE"})
	}
	for _, al := range g.Aliases {
		attrs = append(attrs, attribute{"mail", al.Address}, attribute{"zimbraMailAlias", al.Address})
	}
	for _, m := range g.Members {
		attrs = append(attrs, attribute{"zimbraMailForwardingAddress", m})
	}
	attrs = append(attrs, delegableDump(now, g.Address)...)
	t.printf("# distributionList %s memberCount=%d\n", g.Address, len(g.Members))
	t.dump(append(attrs, settingsDump(g.Settings)...), wanted)
	t.printf("\nmembers\n")
	for _, m := range g.Members {
		t.printf("%s\n", m)
	}
	return nil
}

func getAllLists(ctx context.Context, t *Tool, args []string) error {
	verbose, domain := verboseArg(args, t.verbose)
	if domain != "" {
		if _, err := t.domain(ctx, domain); err != nil {
			return err
		}
	}
	var list []adminwire.Group
	if err := t.Client.Get(ctx, adminclient.Path("groups")+adminclient.Query("domain", domain), &list); err != nil {
		return err
	}
	for _, g := range list {
		if !verbose {
			t.printf("%s\n", g.Address)
			continue
		}
		full, err := t.list(ctx, g.UUID)
		if err != nil {
			return err
		}
		if err := t.dumpList(ctx, full, nil); err != nil {
			return err
		}
		t.printf("\n")
	}
	return nil
}

func addListMember(ctx context.Context, t *Tool, args []string) error {
	g, err := t.list(ctx, args[0])
	if err != nil {
		return err
	}
	err = t.Client.Post(ctx, adminclient.Path("groups", g.UUID, "members"), adminwire.Members{Addresses: args[1:]}, nil)
	// Who is a member already is no error in the tools: the others are added.
	if postroom.KindOf(err) == postroom.Exists {
		return t.addMissing(ctx, g, args[1:])
	}
	return t.memberError(ctx, err, args[1:])
}

func (t *Tool) addMissing(ctx context.Context, g adminwire.Group, addresses []string) error {
	for _, a := range addresses {
		err := t.Client.Post(ctx, adminclient.Path("groups", g.UUID, "members"), adminwire.Members{Addresses: []string{a}}, nil)
		if err != nil && postroom.KindOf(err) != postroom.Exists {
			return t.memberError(ctx, err, []string{a})
		}
	}
	return nil
}

// memberError names the first address that does not exist.
func (t *Tool) memberError(ctx context.Context, err error, addresses []string) error {
	if postroom.KindOf(err) != postroom.NotFound {
		return err
	}
	for _, a := range addresses {
		found := t.Client.Get(ctx, adminclient.Path("entries", a), nil)
		if postroom.KindOf(found) != postroom.NotFound || found == nil {
			continue
		}
		if _, outside := t.domain(ctx, domainPart(a)); outside == nil {
			return noSuchAccount(a)
		}
	}
	return err
}

func removeListMember(ctx context.Context, t *Tool, args []string) error {
	g, err := t.list(ctx, args[0])
	if err != nil {
		return err
	}
	err = t.Client.Post(ctx, adminclient.Path("groups", g.UUID, "members", "remove"), adminwire.Members{Addresses: args[1:]}, nil)
	return known{postroom.NotFound: fail("account.NO_SUCH_MEMBER",
		"non-existent members: %s in distribution list: %s", strings.Join(args[1:], ","), g.Address)}.of(err)
}

func getListMembership(ctx context.Context, t *Tool, args []string) error {
	g, err := t.list(ctx, args[0])
	if err != nil {
		return err
	}
	return t.memberships(ctx, adminclient.Path("groups", g.UUID, "memberships"))
}

func addListAlias(ctx context.Context, t *Tool, args []string) error {
	g, err := t.list(ctx, args[0])
	if err != nil {
		return err
	}
	return t.addAlias(ctx, g.UUID, args[1], "account.DISTRIBUTION_LIST_EXISTS")
}

func removeListAlias(ctx context.Context, t *Tool, args []string) error {
	g, err := t.list(ctx, args[0])
	if err != nil {
		return err
	}
	return t.removeAlias(ctx, g.Aliases, args[1])
}

func renameList(ctx context.Context, t *Tool, args []string) error {
	g, err := t.list(ctx, args[0])
	if err != nil {
		return err
	}
	err = t.Client.Put(ctx, adminclient.Path("groups", g.UUID, "address"), adminwire.Address{Address: args[1]}, nil)
	return known{
		postroom.Exists:   fail("account.DISTRIBUTION_LIST_EXISTS", "email address already exists: %s", args[1]),
		postroom.NotFound: noSuchDomain(domainPart(args[1])),
	}.of(err)
}
