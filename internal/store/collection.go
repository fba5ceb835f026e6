package store

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"postroom"
	"postroom/internal/store/internal/db"
)

// maxCollections bounds the collections of one account.
const maxCollections = 10_000

// wellKnown are the mailboxes every account has, as Zimbra numbers and spells
// them.
var wellKnown = []struct {
	id   postroom.CollectionID
	role postroom.Role
	name string
}{
	{postroom.InboxCollection, postroom.RoleInbox, "Inbox"},
	{postroom.TrashCollection, postroom.RoleTrash, "Trash"},
	{postroom.JunkCollection, postroom.RoleJunk, "Junk"},
	{postroom.SentCollection, postroom.RoleSent, "Sent"},
	{postroom.DraftsCollection, postroom.RoleDrafts, "Drafts"},
}

// createMailboxes gives a new account its counters and well-known mailboxes.
func (s *Store) createMailboxes(tx *db.Tx, account postroom.AccountID) error {
	_, err := tx.Exec(`INSERT INTO account_counter (account_id, modseq, next_collection, next_email, next_thread, used_bytes)
		VALUES ($1, 1, $2, 1, 1, 0)`, account, postroom.FirstUserCreated)
	if err != nil {
		return err
	}
	c := postroom.Collection{Kind: postroom.MailCollection, Path: "/", Inherit: true, UIDNext: 1, ModSeq: 1}
	c.Ref = postroom.CollectionRef{Account: account, Collection: postroom.RootCollection}
	if err := s.insertCollection(tx, c); err != nil {
		return err
	}
	c.Parent = postroom.RootCollection
	for _, w := range wellKnown {
		c.Ref.Collection, c.Role, c.Name, c.Path = w.id, w.role, w.name, "/"+w.name
		if err := s.insertCollection(tx, c); err != nil {
			return err
		}
	}
	return s.bumpTree(tx, account)
}

func (s *Store) insertCollection(tx *db.Tx, c postroom.Collection) error {
	// Numbers of collections only grow, so a name used again gets a new,
	// greater UIDVALIDITY even within the same second.
	validity := uint32(s.now().Unix()) + uint32(c.Ref.Collection)
	_, err := tx.Exec(`INSERT INTO collection (account_id, collection_id, parent_id, kind, role, name, path, inherit,
		uidvalidity, modseq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		c.Ref.Account, c.Ref.Collection, c.Parent, c.Kind, c.Role, c.Name, c.Path, c.Inherit, validity, c.ModSeq)
	if err != nil {
		return err
	}
	return logMade(tx, c)
}

const collectionColumns = `SELECT account_id, collection_id, parent_id, kind, role, name, path, inherit, uidvalidity,
	uid_next, modseq, total, unseen, deleted, bytes, seen FROM collection `

func scanCollection(scan func(...any) error) (c postroom.Collection, err error) {
	var inherit int64
	err = scan(&c.Ref.Account, &c.Ref.Collection, &c.Parent, &c.Kind, &c.Role, &c.Name, &c.Path, &inherit,
		&c.UIDValidity, &c.UIDNext, &c.ModSeq, &c.Total, &c.Unseen, &c.Deleted, &c.Bytes, &c.Seen)
	c.Inherit = inherit != 0
	return c, err
}

// readCollection reads one collection; NotFound without a name that means
// anything to a user, which callers replace.
func readCollection(tx *db.Tx, ref postroom.CollectionRef) (postroom.Collection, error) {
	c, err := scanCollection(tx.QueryRow(collectionColumns+`WHERE account_id = $1 AND collection_id = $2`,
		ref.Account, ref.Collection).Scan)
	if noRow(err) {
		return c, noSuchMailbox(ref.String())
	}
	return c, err
}

// readCollections reads all collections of an account, by path.
func readCollections(tx *db.Tx, account postroom.AccountID) (list []postroom.Collection, err error) {
	err = tx.Each(collectionColumns+`WHERE account_id = $1`, []any{account}, func(scan func(...any) error) error {
		c, err := scanCollection(scan)
		list = append(list, c)
		return err
	})
	sortByPath(list)
	return list, err
}

// sortByPath orders collections. It is not done by the database: the two do not
// agree on the order of text.
func sortByPath(list []postroom.Collection) {
	slices.SortFunc(list, func(a, b postroom.Collection) int { return comparePaths(a.Path, b.Path) })
}

// comparePaths orders parents before children and children together: as if the
// slash were the least of all characters.
func comparePaths(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		switch {
		case x == y:
		case x == '/':
			return cmp.Compare(0, int(y))
		case y == '/':
			return cmp.Compare(int(x), 0)
		default:
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

// collectionByPath finds a collection by its path; the well-known ones in any
// case. NotFound.
func collectionByPath(tx *db.Tx, account postroom.AccountID, path string) (postroom.Collection, error) {
	clean := cleanPath(path)
	c, err := scanCollection(tx.QueryRow(collectionColumns+`WHERE account_id = $1 AND path = $2`, account, clean).Scan)
	if noRow(err) {
		return c, noSuchMailbox(path)
	}
	return c, err
}

// collectionByRole finds the mailbox with a role; NotFound.
func collectionByRole(tx *db.Tx, account postroom.AccountID, role postroom.Role) (postroom.Collection, error) {
	c, err := scanCollection(tx.QueryRow(collectionColumns+`WHERE account_id = $1 AND role = $2
		ORDER BY collection_id LIMIT 1`, account, role).Scan)
	if noRow(err) {
		return c, noSuchMailbox(string(role))
	}
	return c, err
}

// cleanPath is a path as it is stored: with a slash before it and none after,
// normalised (NFC), the first name of a well-known mailbox in its own case.
func cleanPath(path string) string {
	path = norm.NFC.String("/" + strings.Trim(path, "/"))
	first, rest, more := strings.Cut(path[1:], "/")
	for _, w := range wellKnown {
		if strings.EqualFold(first, w.name) {
			path = "/" + w.name
			if more {
				path += "/" + rest
			}
			break
		}
	}
	return path
}

// checkPath checks a path for a new collection.
func checkPath(path string) error {
	if len(path) > postroom.MaxCollectionPath {
		return postroom.Errorf(postroom.Invalid, "mailbox name is too long")
	}
	if !utf8.ValidString(path) || path == "/" {
		return postroom.Errorf(postroom.Invalid, "bad mailbox name: %s", printable(path))
	}
	for name := range strings.SplitSeq(path[1:], "/") {
		switch {
		case name == "" || strings.TrimSpace(name) != name || name == "." || name == "..":
			// "." and ".." lead elsewhere where a client keeps mailboxes as
			// folders: mbsync stops at the sight of one, with everybody's mail.
			return postroom.Errorf(postroom.Invalid, "bad mailbox name: %s", printable(path))
		case len(name) > postroom.MaxCollectionName:
			return postroom.Errorf(postroom.Invalid, "mailbox name is too long")
		case strings.ContainsFunc(name, badInName):
			return postroom.Errorf(postroom.Invalid, "mailbox name has a character that is not allowed: %s", printable(path))
		}
	}
	return nil
}

// badInName tells control characters, line ends of Unicode (RFC 9051 §5.1) and
// what is no character.
func badInName(r rune) bool {
	return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || r == utf8.RuneError
}

// parentPath is the path above one.
func parentPath(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// standing reports whether a collection is well-known: it is neither renamed
// nor deleted.
func standing(id postroom.CollectionID) bool { return id < postroom.FirstUserCreated }
