package store

import (
	"context"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// ACLEntry is one line of a collection's own access list.
type ACLEntry struct {
	postroom.Grant
	// Name of the grantee as FindGrantee reads it: an address, "domain:D",
	// "plan:P", "org", "all", "public", "guest:ADDRESS".
	Name string
}

func readACL(tx *db.Tx, where string, args []any) (entries []ACLEntry, err error) {
	if err := eachGrant(tx, where, args, func(g postroom.Grant) { entries = append(entries, ACLEntry{Grant: g}) }); err != nil {
		return nil, err
	}
	name := namer(tx)
	for i := range entries {
		if entries[i].Name, err = name(entries[i].Grantee); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// ACL lists the grants set on this very collection. Needs Administer.
func (s *Session) ACL(ctx context.Context, ref postroom.CollectionRef) (entries []ACLEntry, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		name := ref.String()
		if c, err := readCollection(tx, ref); err == nil {
			name = c.Path
		}
		if err := s.check(tx, ref, postroom.Administer, name); err != nil {
			return err
		}
		entries, err = readACL(tx, `WHERE account_id = $1 AND collection_id = $2`, []any{ref.Account, ref.Collection})
		return err
	})
	return entries, err
}

// MyRights are the session's effective rights. NotFound without any of those
// that RFC 4314 §4 asks for, Denied when the collection may be looked up.
func (s *Session) MyRights(ctx context.Context, ref postroom.CollectionRef) (have postroom.Rights, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		if have, err = s.rightsOn(tx, ref); err != nil {
			return err
		}
		switch rights.Decide(have, rights.ShowMyRights) {
		case rights.Done:
			return nil
		case rights.Denied:
			return postroom.Errorf(postroom.Denied, "permission denied")
		}
		have = 0
		return noSuchMailbox(ref.String())
	})
	return have, err
}
