package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

func passkey(k store.Passkey) adminwire.Passkey {
	w := adminwire.Passkey{Name: k.Name, Created: k.Created, Synced: k.Synced}
	if !k.Used.At.IsZero() {
		use := lastUse(k.Used)
		w.Used = &use
	}
	return w
}

type renameCredential struct {
	Name       string `path:"name"`
	Credential string `path:"credential"`
	Body       adminwire.NewName
}

func nameOfRenamed(in *renameCredential) string { return in.Name }

// passkeys are added in the browser only, by /auth/passkey/.
func (s *Server) passkeys() {
	const path = "/accounts/{name}/passkeys"
	endpoint(s, "GET", path, "List the passkeys of an account",
		ofAccount(nameOf, func(ctx context.Context, r request[named], a postroom.Account) ([]adminwire.Passkey, error) {
			list, err := r.dir.Passkeys(ctx, a.ID)
			return each(list, passkey), err
		}))
	endpoint(s, "PATCH", path+"/{credential}", "Rename a passkey of the own account",
		ofAccount(nameOfRenamed, func(ctx context.Context, r request[renameCredential], a postroom.Account) (adminwire.Done, error) {
			return done(r.dir.RenamePasskey(ctx, a.ID, r.in.Credential, r.in.Body.Name))
		}))
	endpoint(s, "DELETE", path+"/{credential}", "Take a passkey back",
		ofAccount(nameOfCredential, func(ctx context.Context, r request[credentialNamed], a postroom.Account) (adminwire.Done, error) {
			return done(r.dir.RemovePasskey(ctx, a.ID, r.in.Credential))
		}))
	endpoint(s, "POST", "/accounts/{name}/second-factor/passkeys",
		"Make the passkeys of the own account its second factor; the recovery codes are in this answer and nowhere else",
		ofAccount(nameOf, func(ctx context.Context, r request[named], a postroom.Account) (adminwire.RecoveryCodes, error) {
			codes, err := r.dir.PasskeysAsSecondFactor(ctx, a.ID)
			return adminwire.RecoveryCodes{Codes: codes}, err
		}))
}
