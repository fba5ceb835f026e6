// Package login is the only way for a human into the store: credentials in,
// a session out.
package login

import (
	"context"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store"
	"postroom/internal/store/internal/mint"
)

// Credentials are what a client presented.
type Credentials struct {
	// Username is an address, or one of the delegated spellings:
	// "info@example.test*anna@example.test", "anna@example.test\info@example.test".
	Username string
	// Authzid is the SASL authorization identity; "" for the user itself.
	Authzid  string
	Password string
	// Protocol and Remote go into the audit log.
	Protocol, Remote string
	// Agent is what the client calls itself; "" when it does not.
	Agent string
}

// Authenticate checks credentials. SignInFailed for anything wrong, the same
// whether the account exists or not, in the same time; SignInDisabled when
// they are right but the account may not sign in. For a delegated sign-in the
// actor needs Lookup and Read on the root of the other account; without, or
// when there is no such account, the answer is SignInFailed too.
func Authenticate(ctx context.Context, s *store.Store, c Credentials) (*store.Session, error) {
	gate := open(s, c.Protocol, c.Remote)
	user, target, ok := names(c.Username, c.Authzid)
	v, err := gate.Password(ctx, user, c.Password)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, failed()
	}
	session, err := gate.Open(ctx, v, target)
	if err != nil {
		return nil, err
	}
	return session, gate.Used(ctx, v, c.Agent)
}

func open(s *store.Store, protocol, remote string) *store.SignIn {
	return s.SignIn(mint.Seal(mint.Warrant{
		Actor:   postroom.Actor{Protocol: protocol, Remote: remote},
		Purpose: mint.SignIn,
	}))
}

func failed() error {
	return postroom.Errorf(postroom.SignInFailed, "wrong user name or password")
}

// names tells who signs in, and in whose account. ok is false when the spelling
// and the authorization identity contradict each other.
func names(username, authzid string) (user, target string, ok bool) {
	user, target = split(username)
	authzid = strings.TrimSpace(authzid)
	switch {
	case authzid == "" || target != "" && same(authzid, target):
		return user, target, true
	case target != "":
		return user, target, false
	case same(authzid, user) || authzid == username:
		return user, "", true
	}
	return user, authzid, true
}

// split reads the delegated spellings: target*actor and actor\target. A name
// that is an address as a whole is just that: * may stand in a local part.
func split(username string) (user, target string) {
	username = strings.TrimSpace(username)
	if len(username) > 2*addr.MaxAddress+1 {
		return "", ""
	}
	if _, err := addr.Parse(username); err == nil {
		return username, ""
	}
	for i := 1; i < len(username)-1; i++ {
		left, right := username[:i], username[i+1:]
		switch {
		case username[i] == '*' && isAddress(left) && isAddress(right):
			return right, left
		case username[i] == '\\' && isAddress(left) && isAddress(right):
			return left, right
		}
	}
	return username, ""
}

func isAddress(s string) bool {
	_, err := addr.Parse(s)
	return err == nil
}

func same(a, b string) bool {
	x, err1 := addr.Parse(a)
	y, err2 := addr.Parse(b)
	return err1 == nil && err2 == nil && x.Equal(y)
}
