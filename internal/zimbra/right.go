package zimbra

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// userRight is a right of the tools and the send right it stands for.
type userRight struct {
	name   string
	target string // account or dl
	right  postroom.SendRight
	text   string
}

var userRights = []userRight{
	{"ownDistList", "dl", postroom.Own, "own the distribution list: manage its members and settings"},
	{"sendAs", "account", postroom.SendAs, "send as the account: no trace of the sender"},
	{"sendAsDistList", "dl", postroom.SendAs, "send as the distribution list: no trace of the sender"},
	{"sendOnBehalfOf", "account", postroom.SendOnBehalfOf, "send on behalf of the account: the sender is shown"},
	{"sendOnBehalfOfDistList", "dl", postroom.SendOnBehalfOf, "send on behalf of the distribution list: the sender is shown"},
	{"sendToDistList", "dl", postroom.SendTo, "send to the distribution list"},
}

// otherRights exist in the tools and have no counterpart here.
var otherRights = []string{"invite", "viewFreeBusy", "loginAs", "viewDistList", "createDistList",
	"adminLoginAs", "adminLoginCalendarResourceAs", "createGroup", "createDistributionList",
	"adminConsoleRights", "domainAdminConsoleRights", "domainAdminRights", "createAccount", "deleteAccount", "getAccount",
	"modifyAccount", "listAccount", "setAccountPassword", "modifyDistributionList", "addDistributionListMember",
	"removeDistributionListMember", "deleteDistributionList", "getMailboxInfo", "configureQuota", "assignCos"}

// rightNamed finds a right by its name; a right has no case-insensitive form.
func rightNamed(word string) (userRight, error) {
	for _, r := range userRights {
		if r.name == word {
			return r, nil
		}
	}
	if slices.Contains(otherRights, word) {
		return userRight{}, invalid("right %s is not supported by this server: administrators are made with \"postroom admin\", readers with grants", word)
	}
	return userRight{}, fail("account.NO_SUCH_RIGHT", "no such right: invalid right %s", word)
}

// rightOf is the tools' name of a send right on a kind of target.
func rightOf(right, targetType string) string {
	for _, r := range userRights {
		if r.right.String() == right && (r.target == "dl") == (targetType == "group") {
			return r.name
		}
	}
	return right
}

// modifier takes the sign off a right: only deny has a meaning here.
func modifier(word string) (right string, deny bool, err error) {
	if word == "" {
		return "", false, fail("account.NO_SUCH_RIGHT", "no such right: invalid right %s", word)
	}
	switch word[0] {
	case '-':
		return word[1:], true, nil
	case '+', '*', '^':
		return "", false, invalid("modifier %c is not supported by this server: only - (deny)", word[0])
	}
	return word, false, nil
}

// target is what a right is on.
type target struct {
	kind, name, uuid string // kind is account or dl
}

var targetTypes = []string{"account", "calresource", "cos", "dl", "group", "domain", "server", "alwaysoncluster",
	"ucservice", "xmppcomponent", "zimlet", "config", "global"}

// takeTarget reads {target-type} [{target}] off the arguments.
func (t *Tool) takeTarget(ctx context.Context, args []string) (tg target, rest []string, err error) {
	kind := strings.ToLower(args[0])
	switch {
	case !slices.Contains(targetTypes, kind):
		return tg, nil, invalid("unknown target type: %s", args[0])
	case kind == "config" || kind == "global":
		return target{kind: kind}, args[1:], nil
	case len(args) < 2:
		return tg, nil, invalid("not enough arguments: a target is needed")
	}
	rest = args[2:]
	switch kind {
	case "account", "calresource":
		a, err := t.account(ctx, args[1])
		return target{"account", a.Address, a.UUID}, rest, err
	case "dl", "group":
		g, err := t.list(ctx, args[1])
		return target{"dl", g.Address, g.UUID}, rest, err
	}
	return target{kind, args[1], ""}, rest, nil
}

// fits refuses a right that cannot be on such a target.
func (tg target) fits(r userRight) error {
	switch {
	case tg.kind == r.target:
		return nil
	case tg.kind == "dl":
		return invalid("group target is not supported for right: %s", r.name)
	}
	return invalid("right %s cannot be granted on a %s entry. It can only be granted on target types: %s",
		r.name, tg.kind, r.target)
}

// grantee is who a right is for: its type in the tools, its word for the
// server, its name and id.
type grantee struct {
	kind, word, name, uuid string
}

var granteeTypes = []string{"usr", "grp", "egp", "all", "dom", "edom", "gst", "key", "pub", "email"}

// takeGrantee reads {grantee-type} [{grantee}] off the arguments.
func (t *Tool) takeGrantee(ctx context.Context, args []string) (g grantee, rest []string, err error) {
	if len(args) == 0 {
		return g, nil, invalid("not enough arguments: a grantee type is needed")
	}
	kind := strings.ToLower(args[0])
	switch {
	case !slices.Contains(granteeTypes, kind):
		return g, nil, fail("service.PARSE_ERROR", "parse error: invalid grantee type: %s", args[0])
	case kind == "all":
		return grantee{"all", "all", "", "00000000-0000-0000-0000-000000000000"}, args[1:], nil
	case kind == "pub":
		return grantee{"pub", "public", "", "99999999-9999-9999-9999-999999999999"}, args[1:], nil
	case len(args) < 2:
		return g, nil, invalid("not enough arguments: a grantee is needed")
	}
	g, err = t.namedGrantee(ctx, kind, args[1])
	return g, args[2:], err
}

func (t *Tool) namedGrantee(ctx context.Context, kind, name string) (grantee, error) {
	switch kind {
	case "usr":
		a, err := t.account(ctx, name)
		return grantee{"usr", a.Address, a.Address, a.UUID}, err
	case "grp":
		l, err := t.list(ctx, name)
		return grantee{"grp", l.Address, l.Address, l.UUID}, err
	case "dom":
		d, err := t.domain(ctx, name)
		return grantee{"dom", "domain:" + d.Name, d.Name, d.UUID}, err
	case "email":
		return t.entry(ctx, name)
	}
	return grantee{}, invalid("grantee type %s is not supported by this server", kind)
}

// entry finds an account or list by its address.
func (t *Tool) entry(ctx context.Context, name string) (grantee, error) {
	var e adminwire.Entry
	err := t.Client.Get(ctx, adminclient.Path("entries", bare(name)), &e)
	switch {
	case err != nil:
		return grantee{}, known{postroom.NotFound: noSuchAccount(name)}.of(err)
	case e.Group != nil:
		return grantee{"grp", e.Group.Address, e.Group.Address, e.Group.UUID}, nil
	}
	return grantee{"usr", e.Account.Address, e.Account.Address, e.Account.UUID}, nil
}

// granteeType is the tools' short type of a kind of grantee.
func granteeType(kind string) string {
	switch kind {
	case "account":
		return "usr"
	case "group":
		return "grp"
	case "domain":
		return "dom"
	case "plan":
		return "cos"
	case "public":
		return "pub"
	case "guest":
		return "gst"
	}
	return kind
}
