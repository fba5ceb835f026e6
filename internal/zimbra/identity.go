package zimbra

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

func provCreateIdentity(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.createIdentity(ctx, a, args[1:])
}

func provModifyIdentity(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.modifyIdentity(ctx, a, args[1:])
}

func provDeleteIdentity(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.deleteIdentity(ctx, a, args[1])
}

func provGetIdentities(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.dumpIdentities(ctx, a, args[1:])
}

func noSuchIdentity(name string) error {
	return fail("account.NO_SUCH_IDENTITY", "no such identity: %s", name)
}

func isDefault(name string) bool { return strings.EqualFold(name, "DEFAULT") }

func (t *Tool) identities(ctx context.Context, a adminwire.Account) (list []adminwire.Identity, err error) {
	err = t.Client.Get(ctx, adminclient.Path("accounts", a.UUID, "identities"), &list)
	return list, err
}

func identityChange(name *string, now map[string]string, pairs []string) (c adminwire.IdentityChange, err error) {
	list, err := changes(pairs, identityAttributes)
	if err != nil {
		return c, err
	}
	c.Name, c.Settings = name, map[string]string{}
	for _, ch := range list {
		switch ch.name {
		case "zimbraPrefIdentityName":
			c.Name = pointer(ch.one())
		case "zimbraPrefFromAddress":
			c.Address = pointer(ch.one())
		case "zimbraPrefFromDisplay":
			c.Display = pointer(ch.one())
		case "zimbraPrefReplyToAddress":
			c.ReplyTo = pointer(ch.one())
		case "zimbraPrefMailSignature":
			c.Signature = pointer(ch.one())
		case "zimbraPrefMailSignatureHTML":
			c.SignatureHTML = pointer(ch.one())
		case "zimbraPrefFromAddressType":
			if v := ch.one(); v != "" && v != "sendAs" && v != "sendOnBehalfOf" {
				return c, badValue(ch.name, "must be sendAs or sendOnBehalfOf")
			}
			ch.setting(c.Settings, now)
		default:
			ch.setting(c.Settings, now)
		}
	}
	return c, nil
}

func (t *Tool) createIdentity(ctx context.Context, a adminwire.Account, args []string) error {
	exists := fail("account.IDENTITY_EXISTS", "identity already exists: %s", args[0])
	if isDefault(args[0]) {
		return exists
	}
	c, err := identityChange(&args[0], nil, args[1:])
	if err != nil {
		return err
	}
	if err := sign(a, &c); err != nil {
		return err
	}
	err = t.Client.Post(ctx, adminclient.Path("accounts", a.UUID, "identities"), c, nil)
	return known{postroom.Exists: exists,
		postroom.Limit: fail("account.TOO_MANY_IDENTITIES", "too many identities")}.of(err)
}

func (t *Tool) modifyIdentity(ctx context.Context, a adminwire.Account, args []string) error {
	if isDefault(args[0]) {
		return invalid("the default identity is the account itself: use modifyAccount")
	}
	list, err := t.identities(ctx, a)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(i adminwire.Identity) bool { return strings.EqualFold(i.Name, args[0]) || i.UUID == args[0] })
	if at < 0 {
		return noSuchIdentity(args[0])
	}
	c, err := identityChange(nil, list[at].Settings, args[1:])
	if err != nil {
		return err
	}
	if err := sign(a, &c); err != nil {
		return err
	}
	return t.Client.Patch(ctx, adminclient.Path("accounts", a.UUID, "identities", args[0]), c, nil)
}

func (t *Tool) deleteIdentity(ctx context.Context, a adminwire.Account, name string) error {
	if isDefault(name) {
		return invalid("the default identity cannot be deleted")
	}
	err := t.Client.Delete(ctx, adminclient.Path("accounts", a.UUID, "identities", name))
	return known{postroom.NotFound: noSuchIdentity(name)}.of(err)
}

func (t *Tool) dumpIdentities(ctx context.Context, a adminwire.Account, wanted []string) error {
	list, err := t.identities(ctx, a)
	if err != nil {
		return err
	}
	for _, i := range list {
		t.printf("# name %s\n", i.Name)
		attrs := []attribute{
			{"zimbraPrefIdentityName", i.Name}, {"zimbraPrefIdentityId", i.UUID}, {"zimbraPrefFromAddress", i.Address},
			{"zimbraPrefFromDisplay", i.Display}, {"zimbraPrefReplyToAddress", i.ReplyTo},
			{"zimbraPrefMailSignature", i.Signature}, {"zimbraPrefMailSignatureHTML", i.SignatureHTML},
		}
		t.dump(append(attrs, settingsDump(i.Settings)...), wanted)
		t.printf("\n")
	}
	return nil
}
