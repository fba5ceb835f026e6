package store

import (
	"postroom"
	"postroom/internal/store/internal/db"
)

// rightsOn computes the session's effective rights on one collection inside
// tx: grants, less the credential's mask. The owner's session has all of them.
func (s *Session) rightsOn(tx *db.Tx, ref postroom.CollectionRef) (postroom.Rights, error) {
	panic("unbuilt")
}

// rightsIn computes them for every collection of an account at once.
func (s *Session) rightsIn(tx *db.Tx, account postroom.AccountID) (map[postroom.CollectionID]postroom.Rights, error) {
	panic("unbuilt")
}

// accountsInSight lists the accounts of which the session may look up at least
// one collection, without its home.
func (s *Session) accountsInSight(tx *db.Tx) ([]postroom.AccountID, error) { panic("unbuilt") }

// check answers nil when the session holds need on ref, else Denied or, when
// it may not look the collection up, NotFound. name is how the caller spelled
// the collection, for the error's text.
func (s *Session) check(tx *db.Tx, ref postroom.CollectionRef, need postroom.Rights, name string) error {
	panic("unbuilt")
}

// record appends to the audit log in tx. It is a no-op for acts of the owner
// on their own mail; everything about grants, accounts, groups and sign-in as
// another is recorded whoever does it.
func (s *Session) record(tx *db.Tx, action string, target postroom.CollectionRef, details map[string]string) error {
	panic("unbuilt")
}
