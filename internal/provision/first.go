package provision

import (
	"context"
	"crypto/rand"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store"
)

// FirstSpec says what First makes.
type FirstSpec struct {
	Domain string
	// Admin is the address of the administrator of the server, in Domain.
	Admin string
	// Password of the administrator; empty for a new one, which is one-time.
	Password string
}

// First makes the first organisation of a server, named as its domain, with
// that domain and an administrator, and returns the password. What is there
// already stays as it is; an administrator that is there is Exists.
func First(ctx context.Context, d *store.Directory, s FirstSpec) (password string, dom postroom.Domain, err error) {
	admin, err := addr.Parse(s.Admin)
	if err != nil {
		return "", dom, err
	}
	name, err := addr.ParseDomain(s.Domain)
	if err != nil {
		return "", dom, err
	}
	if addr.CanonicalDomain(admin.Domain) != addr.CanonicalDomain(name) {
		return "", dom, postroom.Errorf(postroom.Invalid, "the administrator %s is not in the domain %s", s.Admin, s.Domain)
	}
	if dom, err = firstDomain(ctx, d, name); err != nil {
		return "", dom, err
	}
	use := store.ForGood
	if s.Password == "" {
		s.Password, use = NewPassword(), store.OneTime
	}
	_, err = d.CreateAccount(ctx, store.NewAccount{Address: s.Admin, Name: "Administrator",
		Password: s.Password, PasswordUse: use, Admin: postroom.ServerAdmin})
	return s.Password, dom, err
}

func firstDomain(ctx context.Context, d *store.Directory, name string) (postroom.Domain, error) {
	dom, err := d.Domain(ctx, name)
	if err == nil || postroom.KindOf(err) != postroom.NotFound {
		return dom, err
	}
	org, err := d.CreateOrganisation(ctx, name)
	if postroom.KindOf(err) == postroom.Exists && err != nil {
		org, err = d.Organisation(ctx, name)
	}
	if err != nil {
		return dom, err
	}
	return d.CreateDomain(ctx, org.ID, name)
}

// NewPassword is a random password of 130 bits that can be read out.
func NewPassword() string {
	text := strings.ToLower(rand.Text())
	return text[:6] + "-" + text[6:12] + "-" + text[12:18] + "-" + text[18:]
}
