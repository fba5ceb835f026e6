package zimbra

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// mailboxRight reads "{account {name}|...} {[-]right}": the mailbox selected
// is the target.
func (t *Tool) mailboxRight(ctx context.Context, args []string) (ra rightArgs, err error) {
	if err := t.selected(); err != nil {
		return ra, err
	}
	kind, known := granteeWords[strings.ToLower(args[0])]
	switch {
	case !known || kind == "plan":
		return ra, client("unknown grantee type: %s", args[0])
	case kind == "guest" || kind == "key":
		return ra, invalid("grantee type %s is not supported for rights by this server", args[0])
	}
	ra.target = target{"account", t.mailbox.Address, t.mailbox.UUID}
	ra.grantee, args, err = t.takeFolderGrantee(ctx, args)
	if err != nil {
		return ra, err
	}
	if len(args) != 1 {
		return ra, errUsage
	}
	name, deny, err := modifier(args[0])
	if err != nil {
		return ra, err
	}
	ra.deny = deny
	if ra.right, err = rightNamed(name); err != nil {
		return ra, err
	}
	return ra, ra.target.fits(ra.right)
}

func (t *Tool) tellRight(what string, ra rightArgs) {
	sign, kind := "", wordOfType(ra.grantee.kind)
	if ra.deny {
		sign = "-"
	}
	words := slices.DeleteFunc([]string{kind, ra.grantee.name, sign + ra.right.name}, func(w string) bool { return w == "" })
	t.printf("  %s: \n    %s\n", what, strings.Join(words, " "))
}

func wordOfType(short string) string {
	switch short {
	case "usr":
		return "account"
	case "grp":
		return "group"
	case "dom":
		return "domain"
	case "pub":
		return "public"
	}
	return short
}

func mailboxGrantRight(ctx context.Context, t *Tool, args []string) error {
	ra, err := t.mailboxRight(ctx, args)
	if err != nil {
		return err
	}
	err = t.Client.Put(ctx, adminclient.Path("send-rights"), adminwire.NewSendRight{
		Target: ra.target.uuid, Grantee: ra.grantee.word, Right: ra.right.right.String(), Deny: ra.deny}, nil)
	if err != nil && postroom.KindOf(err) != postroom.Exists {
		return err
	}
	t.tellRight("granted", ra)
	return nil
}

func mailboxRevokeRight(ctx context.Context, t *Tool, args []string) error {
	ra, err := t.mailboxRight(ctx, args)
	if err != nil {
		return err
	}
	if err := (known{postroom.NotFound: client("no such grant")}).of(t.revoke(ctx, ra)); err != nil {
		return err
	}
	t.tellRight("revoked", ra)
	return nil
}

func getRights(ctx context.Context, t *Tool, args []string) error {
	if err := t.selected(); err != nil {
		return err
	}
	verbose := t.verbose
	var only []string
	for _, a := range args {
		if a == "-v" {
			verbose = true
			continue
		}
		if _, err := rightNamed(a); err != nil {
			return err
		}
		only = append(only, a)
	}
	var list []adminwire.SendRight
	if err := t.Client.Get(ctx, adminclient.Path("send-rights")+adminclient.Query("target", t.mailbox.UUID), &list); err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(e adminwire.SendRight) bool {
		return len(only) > 0 && !slices.Contains(only, rightOf(e.Right, e.TargetType))
	})
	if verbose {
		return t.json(list)
	}
	const columns = "%16.16s  %8.8s  %s\n"
	t.printf(columns, "Right", "Type", "Display")
	t.printf(columns, "----------------", "--------", "-------")
	for _, e := range list {
		sign := ""
		if e.Deny {
			sign = "-"
		}
		t.printf(columns, sign+rightOf(e.Right, e.TargetType), wordOf(e.Grantee.Kind), e.Grantee.Name)
	}
	return nil
}

func listRights(_ context.Context, t *Tool, _ []string) error {
	for _, r := range userRights {
		t.printf("  %s: %s\n", r.name, r.text)
	}
	t.printf("\n")
	return nil
}

func mailboxCheckRight(ctx context.Context, t *Tool, args []string) error {
	if err := t.selected(); err != nil {
		return err
	}
	right, err := rightNamed(args[1])
	if err != nil {
		return err
	}
	on, err := t.entry(ctx, t.withDomain(args[0]))
	if err != nil {
		return err
	}
	kind := "account"
	if on.kind == "grp" {
		kind = "dl"
	}
	if err := (target{kind, on.name, on.uuid}).fits(right); err != nil {
		return err
	}
	allowed, err := t.allowed(ctx, t.mailbox.Address, on.uuid, right.right.String())
	if err != nil {
		return err
	}
	if allowed {
		t.printf("allowed\n")
		return nil
	}
	t.printf("not allowed\n")
	return nil
}

func mailboxGetIdentities(ctx context.Context, t *Tool, args []string) error {
	if err := t.selected(); err != nil {
		return err
	}
	verbose, rest := verboseArg(args, t.verbose)
	switch {
	case rest != "":
		return errUsage
	case verbose:
		return t.dumpIdentities(ctx, *t.mailbox, nil)
	}
	list, err := t.identities(ctx, *t.mailbox)
	if err != nil {
		return err
	}
	for _, i := range list {
		t.printf("%s\n", i.Name)
	}
	return nil
}

func mailboxCreateIdentity(ctx context.Context, t *Tool, args []string) error {
	a, err := t.selectedAnew(ctx)
	if err != nil {
		return err
	}
	return t.createIdentity(ctx, a, args)
}

func mailboxModifyIdentity(ctx context.Context, t *Tool, args []string) error {
	a, err := t.selectedAnew(ctx)
	if err != nil {
		return err
	}
	return t.modifyIdentity(ctx, a, args)
}

func mailboxDeleteIdentity(ctx context.Context, t *Tool, args []string) error {
	if err := t.selected(); err != nil {
		return err
	}
	return t.deleteIdentity(ctx, *t.mailbox, args[0])
}
