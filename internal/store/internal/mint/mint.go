// Package mint makes the warrants that sessions of the store need. It lives
// under internal/store/internal so that only packages below internal/store can
// import it: no front end can make itself a session.
package mint

import "postroom"

// Warrant is the proof that somebody was authenticated. Only packages under
// internal/store can name this type, so only they can fill one in.
type Warrant struct {
	// Actor is who signed in and how; it goes into the audit log.
	Actor postroom.Actor
	// Home is the account the session sees as its own: the actor's, or the
	// shared account of a delegated sign-in.
	Home postroom.AccountID
	// Credential is the number of the credential signed in with; the session
	// ends with it. Zero for system sessions.
	Credential int64
	// OneTime is set when it is a password that is to be changed.
	OneTime bool
	// Mask limits the rights of this credential (app password, scope);
	// postroom.AllRights does not.
	Mask postroom.Rights
	// MaySend is false for a credential that may only read.
	MaySend bool
	// Abilities are what is left of the account's as an administrator.
	Abilities postroom.Abilities
	// Purpose is set for system sessions, empty for people.
	Purpose Purpose
	// seal is set by Seal alone: a Warrant made by reflection or by type
	// inference from outside lacks it.
	seal *seal
}

type seal struct{ _ byte }

// Seal makes a warrant valid.
func Seal(w Warrant) Warrant {
	w.seal = &seal{}
	return w
}

// Valid reports whether the warrant was sealed.
func (w *Warrant) Valid() bool { return w.seal != nil }

// Purpose is what a system session is for. It can do that and nothing else.
type Purpose string

// The purposes.
const (
	Person       Purpose = ""
	Delivery     Purpose = "delivery"
	Queue        Purpose = "queue"
	Notices      Purpose = "notices"
	Housekeeping Purpose = "housekeeping"
	Console      Purpose = "console"
	// Push may look as who subscribed to changes.
	Push Purpose = "push"
	// SignIn may look at credentials.
	SignIn Purpose = "sign-in"
)
