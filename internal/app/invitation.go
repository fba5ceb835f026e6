package app

import (
	"bytes"

	"postroom/internal/mailauth"
	"postroom/internal/sharing"
	"postroom/internal/store"
)

// invitationLink is the page on which the secret of an invitation is used.
func (a *App) invitationLink(token string) string { return a.cfg.Public() + "/invitation/" + token }

// composeInvitation writes the mail of an invitation and signs it, when the
// domain has a key. A key that does not work is logged and holds nothing up.
func (a *App) composeInvitation(l store.InvitationLetter) ([]byte, error) {
	raw, err := sharing.ComposeInvitation(&l, a.invitationLink(l.Token))
	if err != nil || l.Domain.DKIMKey == "" {
		return raw, err
	}
	key, err := mailauth.ParseKey(l.Domain.DKIMSelector, []byte(l.Domain.DKIMKey))
	if err == nil {
		var signature string
		if signature, err = mailauth.Sign(bytes.NewReader(raw), l.Domain.Name, key); err == nil {
			return append([]byte(signature), raw...), nil
		}
	}
	a.log.Error("invitation not signed", "domain", l.Domain.Name, "error", err)
	return raw, nil
}
