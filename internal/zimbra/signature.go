package zimbra

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// Signatures are texts that identities refer to by an id. They are kept as
// preferences of the account, each attribute with the id behind it; what is sent
// is the text and the HTML in the identity, which follow its signature.
var signatureAttributes = []string{"zimbraSignatureName", "zimbraPrefMailSignature", "zimbraPrefMailSignatureHTML"}

const maxSignatures = 20

type signature struct {
	id, name, text, html string
}

func signatureKey(setting string) (attr, id string, ok bool) {
	attr, id, ok = strings.Cut(setting, ".")
	return attr, id, ok && slices.Contains(signatureAttributes, attr)
}

func (s signature) settings() map[string]string {
	return map[string]string{"zimbraSignatureName." + s.id: s.name, "zimbraPrefMailSignature." + s.id: s.text,
		"zimbraPrefMailSignatureHTML." + s.id: s.html}
}

// signatures of an account by name.
func signatures(a adminwire.Account) []signature {
	var list []signature
	for key, name := range a.Settings {
		attr, id, ok := signatureKey(key)
		if ok && attr == "zimbraSignatureName" {
			list = append(list, signature{id, name, a.Settings["zimbraPrefMailSignature."+id], a.Settings["zimbraPrefMailSignatureHTML."+id]})
		}
	}
	slices.SortFunc(list, func(a, b signature) int { return strings.Compare(a.name, b.name) })
	return list
}

func noSuchSignature(name string) error {
	return fail("account.NO_SUCH_SIGNATURE", "no such signature: %s", name)
}

// signatureNamed finds one by its name or id.
func signatureNamed(a adminwire.Account, name string) (signature, error) {
	for _, s := range signatures(a) {
		if strings.EqualFold(s.name, name) || s.id == name {
			return s, nil
		}
	}
	return signature{}, noSuchSignature(name)
}

// apply takes attributes over.
func (s *signature) apply(pairs []string) error {
	list, err := changes(pairs, signatureAttributes)
	if err != nil {
		return err
	}
	for _, ch := range list {
		switch ch.name {
		case "zimbraSignatureName":
			s.name = ch.one()
		case "zimbraPrefMailSignature":
			s.text = ch.one()
		default:
			s.html = ch.one()
		}
	}
	if s.name == "" {
		return badValue("zimbraSignatureName", "must not be empty")
	}
	return nil
}

func (t *Tool) createSignature(ctx context.Context, a adminwire.Account, name string, pairs []string) error {
	if _, err := signatureNamed(a, name); err == nil {
		return fail("account.SIGNATURE_EXISTS", "signature already exists: %s", name)
	}
	if len(signatures(a)) >= maxSignatures {
		return fail("account.TOO_MANY_SIGNATURES", "too many signatures")
	}
	s := signature{id: uuid.NewString(), name: name}
	if err := s.apply(pairs); err != nil {
		return err
	}
	if err := t.saveSettings(ctx, a, s.settings()); err != nil {
		return err
	}
	return t.id(s.id)
}

func (t *Tool) saveSettings(ctx context.Context, a adminwire.Account, settings map[string]string) error {
	return t.Client.Patch(ctx, adminclient.Path("accounts", a.UUID), adminwire.AccountChange{Settings: settings}, nil)
}

func (t *Tool) modifySignature(ctx context.Context, a adminwire.Account, name string, pairs []string) error {
	s, err := signatureNamed(a, name)
	if err != nil {
		return err
	}
	if err := s.apply(pairs); err != nil {
		return err
	}
	if other, err := signatureNamed(a, s.name); err == nil && other.id != s.id {
		return fail("account.SIGNATURE_EXISTS", "signature already exists: %s", s.name)
	}
	if err := t.saveSettings(ctx, a, s.settings()); err != nil {
		return err
	}
	return t.signIdentities(ctx, a, s.id, adminwire.IdentityChange{Signature: pointer(s.text), SignatureHTML: pointer(s.html)})
}

// deleteSignature also takes it out of the identities and of the account.
func (t *Tool) deleteSignature(ctx context.Context, a adminwire.Account, name string) error {
	s, err := signatureNamed(a, name)
	if err != nil {
		return err
	}
	gone := map[string]string{}
	for _, attr := range signatureAttributes {
		gone[attr+"."+s.id] = ""
	}
	for _, attr := range signatureUses {
		if a.Settings[attr] == s.id {
			gone[attr] = ""
		}
	}
	if err := t.saveSettings(ctx, a, gone); err != nil {
		return err
	}
	return t.signIdentities(ctx, a, s.id, adminwire.IdentityChange{Signature: pointer(""), SignatureHTML: pointer(""),
		Settings: map[string]string{"zimbraPrefDefaultSignatureId": ""}})
}

var signatureUses = []string{"zimbraPrefDefaultSignatureId", "zimbraPrefForwardReplySignatureId"}

// signIdentities changes the identities that have a signature.
func (t *Tool) signIdentities(ctx context.Context, a adminwire.Account, id string, c adminwire.IdentityChange) error {
	list, err := t.identities(ctx, a)
	if err != nil {
		return err
	}
	for _, i := range list {
		if i.Settings["zimbraPrefDefaultSignatureId"] != id {
			continue
		}
		if err := t.Client.Patch(ctx, adminclient.Path("accounts", a.UUID, "identities", i.UUID), c, nil); err != nil {
			return err
		}
	}
	return nil
}

// sign puts the text of the signature that an identity refers to into it.
func sign(a adminwire.Account, c *adminwire.IdentityChange) error {
	for _, attr := range signatureUses {
		id, asked := c.Settings[attr]
		switch {
		case !asked:
			continue
		case id != "":
			s, err := signatureNamed(a, id)
			if err != nil {
				return err
			}
			c.Settings[attr] = s.id
			if attr == "zimbraPrefDefaultSignatureId" {
				c.Signature, c.SignatureHTML = pointer(s.text), pointer(s.html)
			}
		case attr == "zimbraPrefDefaultSignatureId":
			c.Signature, c.SignatureHTML = pointer(""), pointer("")
		}
	}
	return nil
}

func (t *Tool) dumpSignatures(a adminwire.Account, wanted []string) {
	for _, s := range signatures(a) {
		t.printf("# name %s\n", s.name)
		t.dump([]attribute{{"zimbraSignatureId", s.id}, {"zimbraSignatureName", s.name},
			{"zimbraPrefMailSignature", s.text}, {"zimbraPrefMailSignatureHTML", s.html}}, wanted)
		t.printf("\n")
	}
}

// The commands of zmprov: {account} {signature} [attr value...].

func provCreateSignature(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.createSignature(ctx, a, args[1], args[2:])
}

func provModifySignature(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.modifySignature(ctx, a, args[1], args[2:])
}

func provDeleteSignature(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	return t.deleteSignature(ctx, a, args[1])
}

func provGetSignatures(ctx context.Context, t *Tool, args []string) error {
	a, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	t.dumpSignatures(a, args[1:])
	return nil
}

// The commands of zmmailbox: {signature} {text}, on the mailbox selected. It is
// read anew each time: a session of many commands changes it.

func (t *Tool) selectedAnew(ctx context.Context) (adminwire.Account, error) {
	if err := t.selected(); err != nil {
		return adminwire.Account{}, err
	}
	return t.account(ctx, t.mailbox.UUID)
}

func mailboxCreateSignature(ctx context.Context, t *Tool, args []string) error {
	a, err := t.selectedAnew(ctx)
	if err != nil {
		return err
	}
	return t.createSignature(ctx, a, args[0], []string{"zimbraPrefMailSignature", args[1]})
}

func mailboxModifySignature(ctx context.Context, t *Tool, args []string) error {
	a, err := t.selectedAnew(ctx)
	if err != nil {
		return err
	}
	return t.modifySignature(ctx, a, args[0], []string{"zimbraPrefMailSignature", args[1]})
}

func mailboxRenameSignature(ctx context.Context, t *Tool, args []string) error {
	a, err := t.selectedAnew(ctx)
	if err != nil {
		return err
	}
	return t.modifySignature(ctx, a, args[0], []string{"zimbraSignatureName", args[1]})
}

func mailboxDeleteSignature(ctx context.Context, t *Tool, args []string) error {
	a, err := t.selectedAnew(ctx)
	if err != nil {
		return err
	}
	return t.deleteSignature(ctx, a, args[0])
}

func mailboxGetSignatures(ctx context.Context, t *Tool, args []string) error {
	verbose, rest := verboseArg(args, t.verbose)
	if rest != "" {
		return errUsage
	}
	a, err := t.selectedAnew(ctx)
	if err != nil {
		return err
	}
	if verbose {
		t.dumpSignatures(a, nil)
		return nil
	}
	for _, s := range signatures(a) {
		t.printf("%s\n", s.name)
	}
	return nil
}
