package zimbra

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// rightArgs are the arguments that grantRight and revokeRight share.
type rightArgs struct {
	target  target
	grantee grantee
	right   userRight
	deny    bool
}

func (t *Tool) rightArgs(ctx context.Context, args []string) (ra rightArgs, err error) {
	tg, rest, err := t.takeTarget(ctx, args)
	if err != nil {
		return ra, err
	}
	ra.target = tg
	if ra.grantee, rest, err = t.takeGrantee(ctx, rest); err != nil {
		return ra, err
	}
	if len(rest) != 1 {
		return ra, errUsage
	}
	name, deny, err := modifier(rest[0])
	if err != nil {
		return ra, err
	}
	ra.deny = deny
	if ra.right, err = rightNamed(name); err != nil {
		return ra, err
	}
	return ra, ra.target.fits(ra.right)
}

func grantRight(ctx context.Context, t *Tool, args []string) error {
	ra, err := t.rightArgs(ctx, args)
	if err != nil {
		return err
	}
	err = t.Client.Put(ctx, adminclient.Path("send-rights"), adminwire.NewSendRight{
		Target: ra.target.uuid, Grantee: ra.grantee.word, Right: ra.right.right.String(), Deny: ra.deny}, nil)
	if postroom.KindOf(err) == postroom.Exists {
		return nil // the tools are silent about the same grant again
	}
	return err
}

func revokeRight(ctx context.Context, t *Tool, args []string) error {
	ra, err := t.rightArgs(ctx, args)
	if err != nil {
		return err
	}
	err = t.revoke(ctx, ra)
	sign := ""
	if ra.deny {
		sign = "-"
	}
	return known{postroom.NotFound: fail("account.NO_SUCH_GRANT",
		"no such grant: [grantee name=%s, grantee id=%s, grantee type=%s, right=%s%s]",
		ra.grantee.name, ra.grantee.uuid, ra.grantee.kind, sign, ra.right.name)}.of(err)
}

func (t *Tool) revoke(ctx context.Context, ra rightArgs) error {
	deny := ""
	if ra.deny {
		deny = "true"
	}
	return t.Client.Delete(ctx, adminclient.Path("send-rights")+adminclient.Query("target", ra.target.uuid,
		"grantee", ra.grantee.word, "right", ra.right.right.String(), "deny", deny))
}

func checkRight(ctx context.Context, t *Tool, args []string) error {
	tg, rest, err := t.takeTarget(ctx, args)
	if err != nil {
		return err
	}
	if len(rest) != 2 {
		return errUsage
	}
	user, err := t.account(ctx, rest[0])
	if err != nil {
		return err
	}
	right, err := rightNamed(rest[1])
	if err != nil {
		return err
	}
	if err := tg.fits(right); err != nil {
		return err
	}
	allowed, err := t.allowed(ctx, user.Address, tg.uuid, right.right.String())
	if err != nil {
		return err
	}
	via, err := t.via(ctx, user, tg, right, allowed)
	if err != nil {
		return err
	}
	if allowed {
		t.printf("ALLOWED\n")
	} else {
		t.printf("DENIED\n")
	}
	if via != nil {
		name := rightOf(via.Right, via.TargetType)
		if via.Deny {
			name = "DENY " + name
		}
		t.printf("Via:\n")
		for _, line := range [][2]string{{"target type", tg.kind}, {"target", via.Target},
			{"grantee type", granteeType(via.Grantee.Kind)}, {"grantee", via.Grantee.Name}, {"right", name}} {
			t.printf("    %-13s: %s\n", line[0], line[1])
		}
	}
	t.printf("\n")
	return nil
}

func (t *Tool) allowed(ctx context.Context, user, target, action string) (bool, error) {
	var a adminwire.Access
	err := t.Client.Get(ctx, adminclient.Path("access", "explain")+adminclient.Query(
		"user", user, "target", target, "action", action), &a)
	return a.Allowed, err
}

// via finds the entry that the server's decision came from, for display: the
// first class with one (semantics.md §3). It decides nothing.
func (t *Tool) via(ctx context.Context, user adminwire.Account, tg target, right userRight, allowed bool) (*adminwire.SendRight, error) {
	var entries []adminwire.SendRight
	if err := t.Client.Get(ctx, adminclient.Path("send-rights")+adminclient.Query("target", tg.uuid), &entries); err != nil {
		return nil, err
	}
	var groups []adminwire.Membership
	if err := t.Client.Get(ctx, adminclient.Path("accounts", user.UUID, "memberships"), &groups); err != nil {
		return nil, err
	}
	holds := func(g adminwire.Grantee) bool {
		switch g.Kind {
		case "account":
			return g.UUID == user.UUID
		case "group":
			return slices.ContainsFunc(groups, func(m adminwire.Membership) bool { return m.GroupUUID == g.UUID })
		case "domain":
			return strings.EqualFold(g.Name, domainPart(user.Address))
		case "plan":
			return strings.EqualFold(g.Name, user.Plan)
		}
		return true
	}
	for _, class := range []string{"account", "group", "domain", "plan", "org", "all", "public"} {
		for i, e := range entries {
			same := e.Right == right.right.String() || right.right == postroom.SendOnBehalfOf && e.Right == "sendAs"
			if same && e.Grantee.Kind == class && e.Deny == !allowed && holds(e.Grantee) {
				return &entries[i], nil
			}
		}
	}
	return nil, nil
}

const grantColumns = "%-12.12s %-36.36s %-30.30s %-12.12s %-36.36s %-30.30s %s\n"

func getGrants(ctx context.Context, t *Tool, args []string) error {
	var tg *target
	var g *grantee
	groups := true
	var err error
	for len(args) > 0 {
		switch {
		case args[0] == "-t" && len(args) > 1:
			var found target
			if found, args, err = t.takeTarget(ctx, args[1:]); err != nil {
				return err
			}
			tg = &found
		case args[0] == "-g" && len(args) > 1:
			var found grantee
			if found, args, err = t.takeGrantee(ctx, args[1:]); err != nil {
				return err
			}
			if len(args) > 0 && (args[0] == "0" || args[0] == "1") {
				groups, args = args[0] == "1", args[1:]
			}
			g = &found
		default:
			return errUsage
		}
	}
	list, err := t.grants(ctx, tg, g, groups)
	if err != nil {
		return err
	}
	dash := strings.Repeat("-", 36)
	t.printf(grantColumns, "target type", "target id", "target name", "grantee type", "grantee id", "grantee name", "right")
	t.printf(grantColumns, dash, dash, dash, dash, dash, dash, "--------------------")
	for _, e := range list {
		kind, sign := "account", ""
		if e.TargetType == "group" {
			kind = "dl"
		}
		if e.Deny {
			sign = "-"
		}
		t.printf(grantColumns, kind, e.TargetUUID, e.Target, granteeType(e.Grantee.Kind), e.Grantee.UUID,
			e.Grantee.Name, sign+rightOf(e.Right, e.TargetType))
	}
	t.printf("\n")
	return nil
}

// grants lists the entries on a target (all when it is nil) that name a
// grantee, or a group that holds the grantee.
func (t *Tool) grants(ctx context.Context, tg *target, g *grantee, groups bool) (list []adminwire.SendRight, err error) {
	on := ""
	if tg != nil {
		if tg.uuid == "" {
			return nil, nil // nothing can be granted on such an entry
		}
		on = tg.uuid
	}
	if err := t.Client.Get(ctx, adminclient.Path("send-rights")+adminclient.Query("target", on), &list); err != nil {
		return nil, err
	}
	if g == nil {
		return list, nil
	}
	ids := []string{g.uuid}
	if groups && (g.kind == "usr" || g.kind == "grp") {
		var in []adminwire.Membership
		path := adminclient.Path("accounts", g.uuid, "memberships")
		if g.kind == "grp" {
			path = adminclient.Path("groups", g.uuid, "memberships")
		}
		if err := t.Client.Get(ctx, path, &in); err != nil {
			return nil, err
		}
		for _, m := range in {
			ids = append(ids, m.GroupUUID)
		}
	}
	return slices.DeleteFunc(list, func(e adminwire.SendRight) bool { return !slices.Contains(ids, e.Grantee.UUID) }), nil
}

func getRight(_ context.Context, t *Tool, args []string) error {
	if len(args) == 2 && args[1] != "-e" {
		return errUsage
	}
	r, err := rightNamed(args[0])
	if err != nil {
		return err
	}
	dumpRight(t.out, r)
	return nil
}

func dumpRight(w io.Writer, r userRight) {
	grantTarget := "(default)"
	_, _ = fmt.Fprintf(w, "\n------------------------------\n%s\n", r.name)
	for _, line := range [][2]string{{"description", r.text}, {"right type", "preset"},
		{"target type(s)", r.target}, {"grant target type", grantTarget}, {"right class", "USER"}} {
		_, _ = fmt.Fprintf(w, "    %17s: %s\n", line[0], line[1])
	}
	_, _ = fmt.Fprintln(w)
}

func getAllRights(_ context.Context, t *Tool, args []string) error {
	verbose, on := t.verbose, ""
	for len(args) > 0 {
		switch {
		case args[0] == "-v":
			verbose, args = true, args[1:]
		case args[0] == "-t" && len(args) > 1:
			on, args = strings.ToLower(args[1]), args[2:]
		case args[0] == "-c" && len(args) > 1:
			if c := strings.ToUpper(args[1]); c != "ALL" && c != "USER" && c != "ADMIN" {
				return invalid("unknown right class: %s", args[1])
			} else if c == "ADMIN" {
				on = "none"
			}
			args = args[2:]
		default:
			return errUsage
		}
	}
	for _, r := range userRights {
		if on != "" && r.target != on {
			continue
		}
		if verbose {
			dumpRight(t.out, r)
			continue
		}
		t.printf("%s\n", r.name)
	}
	return nil
}

const shareColumns = "%-36.36s %-15.15s %-15.15s %-5.5s %-20.20s %-10.10s %-10.10s %-10.10s %-5.5s %-5.5s %-36.36s %-15.15s %-15.15s\n"

func getShareInfo(ctx context.Context, t *Tool, args []string) error {
	if err := t.soapOnly(); err != nil {
		return err
	}
	owner, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	var list []adminwire.Grant
	if err := t.Client.Get(ctx, adminclient.Path("grants")+adminclient.Query("target", owner.UUID), &list); err != nil {
		return err
	}
	dash := strings.Repeat("-", 36)
	t.printf(shareColumns, "owner id", "owner email", "owner display", "id", "path", "view", "type", "rights", "mid",
		"gt", "grantee id", "grantee name", "grantee display")
	t.printf(shareColumns, dash, dash, dash, dash, dash, dash, dash, dash, dash, dash, dash, dash, dash)
	for _, g := range list {
		if g.Negative {
			continue // the tools know no negative grants on folders
		}
		t.printf(shareColumns, owner.UUID, owner.Address, owner.Name, fmt.Sprint(g.ID), g.Path, view(g.ID), "folder",
			g.Rights, "", granteeType(g.Grantee.Kind), g.Grantee.UUID, g.Grantee.Name, "")
	}
	return nil
}

// view is what a folder shows: the root has none of its own.
func view(id int64) string {
	if id == int64(postroom.RootCollection) {
		return "unknown"
	}
	return "message"
}
