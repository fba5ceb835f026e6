package store

import (
	"context"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/fts"
)

// NewCollection says what CreateCollection makes.
type NewCollection struct {
	Kind postroom.CollectionKind // zero: MailCollection
	Role postroom.Role           // CREATE-SPECIAL-USE; one of a kind per account
}

// CreateCollection makes a collection, and missing parents, in an account (""
// = home). Needs Lookup, Read and CreateChild on the nearest existing parent.
// Exists, Denied, NotFound, Invalid (name), Limit.
func (s *Session) CreateCollection(ctx context.Context, account, path string, spec NewCollection) (ref postroom.CollectionRef, err error) {
	if spec.Kind == 0 {
		spec.Kind = postroom.MailCollection
	}
	clean := cleanPath(path)
	if err := checkPath(clean); err != nil {
		return ref, err
	}
	switch spec.Role {
	case postroom.RoleNone, postroom.RoleSent, postroom.RoleDrafts, postroom.RoleTrash, postroom.RoleJunk, postroom.RoleArchive:
	default:
		return ref, postroom.Errorf(postroom.Invalid, "this special use cannot be given")
	}
	err = s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		owner, err := s.accountNamed(tx, account, clean)
		if err != nil {
			return err
		}
		c, err := s.store.begin(tx, owner.ID)
		if err != nil {
			return err
		}
		ref, err = s.create(c, clean, spec)
		return err
	})
	return ref, err
}

// create makes a collection and its missing parents.
func (s *Session) create(c *change, path string, spec NewCollection) (ref postroom.CollectionRef, err error) {
	parent, names, err := s.room(c.tx, c.account, path)
	if err != nil {
		return ref, err
	}
	if len(names) == 0 {
		return ref, postroom.Errorf(postroom.Exists, "the mailbox exists already: %s", printable(path))
	}
	if err := s.check(c.tx, parent.Ref, toRead|postroom.CreateChild, parent.Path); err != nil {
		return ref, err
	}
	if spec.Role != postroom.RoleNone {
		if _, err := collectionByRole(c.tx, c.account, spec.Role); postroom.KindOf(err) != postroom.NotFound {
			if err == nil {
				err = postroom.Errorf(postroom.Exists, "another mailbox has this special use")
			}
			return ref, err
		}
	}
	var n int
	if err := c.tx.QueryRow(`SELECT COUNT(*) FROM collection WHERE account_id = $1`, c.account).Scan(&n); err != nil {
		return ref, err
	}
	if n+len(names) > maxCollections {
		return ref, postroom.Errorf(postroom.Limit, "too many mailboxes")
	}
	taken, err := c.count(counters{collections: len(names)})
	if err != nil {
		return ref, err
	}
	at := postroom.Collection{Ref: parent.Ref, Path: parent.Path}
	for i, name := range names {
		next := postroom.Collection{Parent: at.Ref.Collection, Kind: spec.Kind, Name: name, Inherit: true, ModSeq: c.modseq}
		next.Ref = postroom.CollectionRef{Account: c.account, Collection: taken.collection + postroom.CollectionID(i)}
		next.Path = strings.TrimSuffix(at.Path, "/") + "/" + name
		if i == len(names)-1 {
			next.Role = spec.Role
		}
		if err := s.store.insertCollection(c.tx, next); err != nil {
			return ref, err
		}
		at = next
	}
	if err := s.store.bumpTree(c.tx, c.account); err != nil {
		return ref, err
	}
	return at.Ref, s.record(c.tx, "collection.create", parent.Ref, map[string]string{"path": path})
}

// room is nearest as the session sees it. Where something hidden is in the way
// the answer is that of a name below the deepest collection the session may look
// up, as if the hidden one were not there; only who could make the name learns,
// as they must, that it cannot be had.
func (s *Session) room(tx *db.Tx, account postroom.AccountID, path string) (at postroom.Collection, names []string, err error) {
	if at, names, err = s.nearest(tx, account, path); err != nil {
		return at, nil, err
	}
	have, err := s.rightsOn(tx, at.Ref)
	if err != nil || have.Has(postroom.Lookup) || s.acting(account) {
		return at, names, err
	}
	seen := at
	for !have.Has(postroom.Lookup) && seen.Path != "/" {
		if seen, err = collectionByPath(tx, account, parentPath(seen.Path)); err != nil {
			return at, nil, err
		}
		if have, err = s.rightsOn(tx, seen.Ref); err != nil {
			return at, nil, err
		}
	}
	if err := s.check(tx, seen.Ref, toRead|postroom.CreateChild, seen.Path); err != nil {
		return at, nil, err
	}
	return at, nil, postroom.Errorf(postroom.Denied, "permission denied")
}

// nearest finds the deepest existing collection on the way to path, and the
// names that are missing below it.
func (s *Session) nearest(tx *db.Tx, account postroom.AccountID, path string) (postroom.Collection, []string, error) {
	var names []string
	for at := path; ; at = parentPath(at) {
		c, err := collectionByPath(tx, account, at)
		if err == nil {
			return c, names, nil
		}
		if postroom.KindOf(err) != postroom.NotFound || at == "/" {
			return c, nil, err
		}
		names = append([]string{baseName(at)}, names...)
	}
}

// RenameCollection moves a collection with what lies below it to another path,
// in the same account. Renaming the inbox moves its items into a new mailbox
// and leaves it empty (RFC 9051 §6.3.6). Needs DeleteCollection on it and
// CreateChild on the new parent. Exists, Invalid (well-known ones; into itself).
func (s *Session) RenameCollection(ctx context.Context, ref postroom.CollectionRef, newPath string) error {
	clean := cleanPath(newPath)
	if err := checkPath(clean); err != nil {
		return err
	}
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		c, err := s.store.begin(tx, ref.Account)
		if err != nil {
			return err
		}
		old, err := readCollection(tx, ref)
		if err != nil {
			return err
		}
		if err := s.check(tx, ref, postroom.Lookup, old.Path); err != nil {
			return err
		}
		if ref.Collection == postroom.InboxCollection {
			return s.renameInbox(c, old, clean)
		}
		if standing(ref.Collection) {
			return postroom.Errorf(postroom.Invalid, "this mailbox cannot be renamed: %s", old.Path)
		}
		if err := s.check(tx, ref, postroom.DeleteCollection, old.Path); err != nil {
			return err
		}
		return c.reseen(func() error { return s.rename(c, old, clean) })
	})
}

func (s *Session) rename(c *change, old postroom.Collection, path string) error {
	if path == old.Path {
		return postroom.Errorf(postroom.Exists, "the mailbox has this name already")
	}
	if strings.HasPrefix(path, old.Path+"/") {
		return postroom.Errorf(postroom.Invalid, "a mailbox cannot be moved into itself")
	}
	parent, err := s.parentFor(c, path, old.Kind)
	if err != nil {
		return err
	}
	below, err := readCollections(c.tx, c.account)
	if err != nil {
		return err
	}
	m, err := c.number()
	if err != nil {
		return err
	}
	for _, b := range below {
		if b.Ref == old.Ref {
			_, err = c.tx.Exec(`UPDATE collection SET parent_id = $3, name = $4, path = $5, modseq = $6
				WHERE account_id = $1 AND collection_id = $2`, c.account, b.Ref.Collection, parent, baseName(path), path, m)
		} else if rest, ok := strings.CutPrefix(b.Path, old.Path+"/"); ok {
			if len(path)+1+len(rest) > postroom.MaxCollectionPath {
				return postroom.Errorf(postroom.Invalid, "mailbox name is too long")
			}
			_, err = c.tx.Exec(`UPDATE collection SET path = $3 WHERE account_id = $1 AND collection_id = $2`,
				c.account, b.Ref.Collection, path+"/"+rest)
		}
		if err != nil {
			return err
		}
	}
	if parent == old.Parent {
		err = c.logChanged(old.Ref.Collection)
	} else {
		err = c.logMoved(old.Ref.Collection)
	}
	if err != nil {
		return err
	}
	if err := s.store.bumpTree(c.tx, c.account); err != nil {
		return err
	}
	return s.record(c.tx, "collection.rename", old.Ref, map[string]string{"from": old.Path, "to": path})
}

// parentFor finds the parent of a new path, and makes it if needed. Exists when
// the path is taken.
func (s *Session) parentFor(c *change, path string, kind postroom.CollectionKind) (postroom.CollectionID, error) {
	at, names, err := s.room(c.tx, c.account, path)
	switch {
	case err != nil:
		return 0, err
	case len(names) == 0:
		return 0, postroom.Errorf(postroom.Exists, "the mailbox exists already: %s", printable(path))
	case len(names) > 1:
		ref, err := s.create(c, parentPath(path), NewCollection{Kind: kind})
		return ref.Collection, err
	}
	return at.Ref.Collection, s.check(c.tx, at.Ref, postroom.Lookup|postroom.CreateChild, at.Path)
}

// renameInbox moves all items of the inbox into a new mailbox.
func (s *Session) renameInbox(c *change, old postroom.Collection, path string) error {
	need := toRead | postroom.DeleteItems | postroom.Expunge
	if err := s.check(c.tx, old.Ref, need, old.Path); err != nil {
		return err
	}
	ref, err := s.create(c, path, NewCollection{Kind: old.Kind})
	if err != nil {
		return err
	}
	rows, err := readRows(c.tx, old.Ref, nil)
	if err != nil || len(rows) == 0 {
		return err
	}
	m := &Mailbox{session: s, ref: old.Ref, path: old.Path}
	t := transferTarget{from: c, to: c, keepAll: true}
	if t.box, err = readCollection(c.tx, ref); err != nil {
		return err
	}
	if t.fromEach, err = seenPerUser(c.tx, old.Ref); err != nil {
		return err
	}
	if t.toEach, err = seenPerUser(c.tx, ref); err != nil {
		return err
	}
	if err := t.fill(m, rows, &Moved{}); err != nil {
		return err
	}
	names, err := s.messagesNamed(c.tx, "message.move", old.Ref, uidsOf(rows))
	if err != nil {
		return err
	}
	err = s.recordMessages(c.tx, "message.move", old.Ref, uidsOf(rows), names, map[string]string{"to": path})
	if err != nil {
		return err
	}
	return c.removeItems(old.Ref.Collection, rows, emailsStay)
}

// DeleteCollection deletes a collection and its items. NotEmpty when it has
// children; Invalid for a well-known one. Many items go a thousand at a time.
func (s *Session) DeleteCollection(ctx context.Context, ref postroom.CollectionRef) error {
	for {
		done := false
		err := s.store.db.Write(ctx, func(tx *db.Tx) (err error) {
			done, err = s.deleteSome(tx, ref)
			return err
		})
		if err != nil || done {
			return err
		}
	}
}

// deleteSome deletes a part of the items, or the collection with the last.
func (s *Session) deleteSome(tx *db.Tx, ref postroom.CollectionRef) (done bool, err error) {
	if err := tx.ShareRights(); err != nil {
		return false, err
	}
	c, err := s.store.begin(tx, ref.Account)
	if err != nil {
		return false, err
	}
	old, err := readCollection(tx, ref)
	if err != nil {
		return false, err
	}
	if err := s.check(tx, ref, postroom.Lookup|postroom.DeleteCollection, old.Path); err != nil {
		return false, err
	}
	if standing(ref.Collection) {
		return false, postroom.Errorf(postroom.Invalid, "this mailbox cannot be deleted: %s", old.Path)
	}
	var children int
	err = tx.QueryRow(`SELECT COUNT(*) FROM collection WHERE account_id = $1 AND parent_id = $2`,
		ref.Account, ref.Collection).Scan(&children)
	if err != nil {
		return false, err
	}
	if children > 0 {
		return false, postroom.Errorf(postroom.NotEmpty, "the mailbox has others below it: %s", printable(old.Path))
	}
	rows, err := firstRows(tx, ref, writeChunk)
	if err != nil {
		return false, err
	}
	names, err := s.messagesNamed(tx, "message.delete", ref, uidsOf(rows))
	if err != nil {
		return false, err
	}
	if err := s.recordMessages(tx, "message.delete", ref, uidsOf(rows), names, nil); err != nil {
		return false, err
	}
	if err := c.removeItems(ref.Collection, rows, emailsGo); err != nil || len(rows) == writeChunk {
		return false, err
	}
	// The record names the path, which is gone afterwards.
	err = s.record(tx, "collection.delete", ref, map[string]string{"path": old.Path})
	if err != nil {
		return false, err
	}
	err = s.store.noteGone(tx, s.warrant.Actor.Account, postroom.SendTarget{Account: ref.Account}, ref.Collection, nil)
	if err != nil {
		return false, err
	}
	return true, s.store.removeCollection(c, ref)
}

// firstRows reads the first n items of a collection.
func firstRows(tx *db.Tx, ref postroom.CollectionRef, n int) (rows []row, err error) {
	err = tx.Each(rowColumns+` ORDER BY uid LIMIT $3`, []any{ref.Account, ref.Collection, n},
		func(scan func(...any) error) error {
			r, err := scanRow(scan)
			rows = append(rows, r)
			return err
		})
	return rows, err
}

// removeCollection removes an empty collection with what hangs on it.
func (s *Store) removeCollection(c *change, ref postroom.CollectionRef) error {
	if err := c.logRemoved(ref.Collection); err != nil {
		return err
	}
	for _, table := range []string{"collection", "item_change", "read_state", "annotation"} {
		_, err := c.tx.Exec(`DELETE FROM `+table+` WHERE account_id = $1 AND collection_id = $2`, ref.Account, ref.Collection)
		if err != nil {
			return err
		}
	}
	if err := s.dropGrants(c.tx, ref); err != nil {
		return err
	}
	return s.bumpTree(c.tx, c.account)
}

// deleteMailboxes removes everything an account holds, in the transaction that
// deletes the account. Its queued mail still leaves.
func (s *Store) deleteMailboxes(tx *db.Tx, account postroom.AccountID) error {
	c, err := s.begin(tx, account)
	if err != nil {
		return err
	}
	if _, err := c.number(); err != nil {
		return err
	}
	if err := keepAllPlaces(tx, account, s.micros(time.Time{})); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE blob SET refs = blob.refs - gone.n, loose = $2 FROM
		(SELECT blob AS id, COUNT(*) AS n FROM email WHERE account_id = $1 GROUP BY blob) gone WHERE blob.id = gone.id`,
		account, s.now())
	if err == nil {
		err = s.dropUploads(tx, `account_id = $1 OR owner_id = $1`, account)
	}
	if err == nil {
		err = fts.DeleteAccount(tx, account)
	}
	if err != nil {
		return err
	}
	if err := s.dropHeld(tx, account); err != nil {
		return err
	}
	for _, table := range []string{"item", "email", "collection", "departure", "email_gone", "item_change", "collection_log", "read_state", "annotation", "note", "mention", "presence",
		"submission", "thread_ref", "sent_copy",
		"subscription", "account_counter"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE account_id = $1`, account); err != nil {
			return err
		}
	}
	for _, other := range []string{
		`DELETE FROM subscription WHERE home_id = $1`,
		`DELETE FROM read_state WHERE reader_id = $1`,
		`DELETE FROM annotation WHERE owner_id = $1`,
		`DELETE FROM presence WHERE person_id = $1`,
		`DELETE FROM mention WHERE person_id = $1`,
		`DELETE FROM sent_copy WHERE copy_account = $1`,
	} {
		if _, err := tx.Exec(other, account); err != nil {
			return err
		}
	}
	return nil
}
