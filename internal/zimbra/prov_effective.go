package zimbra

import (
	"context"
	"slices"
	"strings"

	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// getEffectiveRights lists what an account may do with a target. The server
// decides about each right.
func getEffectiveRights(ctx context.Context, t *Tool, args []string) error {
	tg, rest, err := t.takeTarget(ctx, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return errUsage
	}
	if err := expansions(rest[1:]); err != nil {
		return err
	}
	user, err := t.account(ctx, rest[0])
	if err != nil {
		return err
	}
	names, err := t.effective(ctx, user, tg)
	if err != nil {
		return err
	}
	t.printf("\nAccount %s has the following rights on target %s %s\n", user.Address, tg.kind, tg.name)
	t.dumpEffective(names, user.Admin == "server")
	t.printf("\n")
	return nil
}

// expansions takes [expandSetAttrs] [expandGetAttrs]; there is nothing to expand,
// as rights to single attributes do not exist here.
func expansions(words []string) error {
	for _, w := range words {
		if w != "expandSetAttrs" && w != "expandGetAttrs" {
			return errUsage
		}
	}
	return nil
}

// effective asks the server for each right that fits a target.
func (t *Tool) effective(ctx context.Context, user adminwire.Account, tg target) ([]string, error) {
	var names []string
	for _, r := range userRights {
		if r.target != tg.kind {
			continue
		}
		ok, err := t.allowed(ctx, user.Address, tg.uuid, r.right.String())
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, r.name)
		}
	}
	return names, nil
}

func (t *Tool) dumpEffective(names []string, all bool) {
	const line = "================"
	if len(names) > 0 {
		t.printf("%s\nPreset rights\n%s\n", line, line)
		for _, n := range names {
			t.printf("    %s\n", n)
		}
	}
	for _, op := range []string{"set", "get"} {
		t.printf("\n=========================\n%s attributes rights\n=========================\n", op)
		if all {
			t.printf("Can %s all attributes\n", op)
			continue
		}
		t.printf("Can %s the following attributes\n--------------------------------\n", op)
		t.printf("    %-50s %-30s\n", "attribute", "default")
		t.printf("    %-50s %-30s\n", strings.Repeat("-", 40), strings.Repeat("-", 20))
	}
}

// getAllEffectiveRights lists the targets on which a grantee has something, by
// an entry of its own or of a group that holds it.
func getAllEffectiveRights(ctx context.Context, t *Tool, args []string) error {
	g, rest, err := t.takeGrantee(ctx, args)
	if err != nil {
		return err
	}
	if err := expansions(rest); err != nil {
		return err
	}
	entries, err := t.grants(ctx, nil, &g, true)
	if err != nil {
		return err
	}
	t.printf("%s %s(%s) has the following rights:\n", g.kind, g.name, g.uuid)
	for _, kind := range []string{"account", "dl"} {
		if err := t.effectiveOn(ctx, g, kind, entries); err != nil {
			return err
		}
	}
	t.printf("\n")
	return nil
}

const effectiveLine = "------------------------------------------------------------------\n"

// effectiveOn prints the targets of one kind. An account is asked for at the
// server; others have what is granted to them.
func (t *Tool) effectiveOn(ctx context.Context, g grantee, kind string, entries []adminwire.SendRight) error {
	begun := false
	var seen []string
	for _, e := range entries {
		tg := target{kind: "account", name: e.Target, uuid: e.TargetUUID}
		if e.TargetType == "group" {
			tg.kind = "dl"
		}
		if tg.kind != kind || slices.Contains(seen, tg.uuid) {
			continue
		}
		seen = append(seen, tg.uuid)
		names, err := t.effectiveOf(ctx, g, tg, entries)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			continue
		}
		if !begun {
			t.printf(effectiveLine+"Target type: %s\n"+effectiveLine, kind)
			begun = true
		}
		t.printf("On the following %s entries\n    %s\n", kind, tg.name)
		t.dumpEffective(names, false)
	}
	return nil
}

func (t *Tool) effectiveOf(ctx context.Context, g grantee, tg target, entries []adminwire.SendRight) ([]string, error) {
	if g.kind == "usr" {
		var user adminwire.Account
		if err := t.Client.Get(ctx, adminclient.Path("accounts", g.uuid), &user); err != nil {
			return nil, err
		}
		return t.effective(ctx, user, tg)
	}
	var names, denied []string
	for _, e := range entries {
		switch {
		case e.TargetUUID != tg.uuid:
		case e.Deny:
			denied = append(denied, rightOf(e.Right, e.TargetType))
		default:
			names = append(names, rightOf(e.Right, e.TargetType))
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return slices.Contains(denied, n) }), nil
}
