package login

import (
	"testing"

	"postroom/internal/addr"
)

// FuzzNames: whatever a client sends, a target comes out only as an address,
// and never both contradicting and accepted.
func FuzzNames(f *testing.F) {
	f.Add("anna@example.test", "info@example.test")
	f.Add(`"a\*b"@example.test*anna@example.test`, "")
	f.Fuzz(func(t *testing.T, username, authzid string) {
		user, target, ok := names(username, authzid)
		if _, delegated := split(username); delegated != "" {
			if _, err := addr.Parse(delegated); err != nil {
				t.Errorf("%q: target %q", username, delegated)
			}
			if _, err := addr.Parse(user); err != nil {
				t.Errorf("%q: user %q", username, user)
			}
			if ok && authzid != "" && target != delegated {
				t.Errorf("%q %q: %q", username, authzid, target)
			}
		}
		if _, err := addr.Parse(username); err == nil && authzid == "" && target != "" {
			t.Errorf("%q is an address and gave the target %q", username, target)
		}
	})
}
