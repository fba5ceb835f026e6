package store

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Annotation is an entry of RFC 5464 with its value; its name is in lower case
// and begins with /private/ or /shared/. A private one is seen only by the person
// who set it. To set one, a nil Value removes it.
type Annotation struct {
	Entry string
	Value []byte
}

// Bounds of annotations; RFC 5464 §4.1 wants at least 1,024 octets and 10
// entries.
const (
	// MaxAnnotation is the largest value, in octets.
	MaxAnnotation = 16 << 10
	// maxAnnotations is how many a mailbox may have that are shared, and how
	// many of each person.
	maxAnnotations = 64
	maxEntry       = 255
)

// The zero CollectionRef stands for the server itself.

const privatePrefix, sharedPrefix, ownPrefix = "/private/", "/shared/", "/shared/vendor/postroom/"

// annotated finds where the annotations of ref are kept, and asks for the rights
// of RFC 5464 §3.3: to look up, and one that has to do with what is inside.
func (s *Session) annotated(tx *db.Tx, ref postroom.CollectionRef, shared bool) (postroom.CollectionRef, error) {
	if ref == (postroom.CollectionRef{}) {
		if shared {
			return ref, postroom.Errorf(postroom.Denied, "shared entries of the server cannot be set")
		}
		return postroom.CollectionRef{Account: s.Actor().Account}, nil
	}
	have, err := s.rightsOn(tx, ref)
	switch {
	case err != nil:
		return ref, err
	case !have.Has(postroom.Lookup):
		return ref, noSuchMailbox(ref.String())
	case !have.Any(postroom.Read | postroom.Seen | postroom.Write | postroom.Insert), shared && !have.Has(postroom.Write):
		return ref, postroom.Errorf(postroom.Denied, "permission denied: annotations")
	}
	return ref, nil
}

// Annotations lists the shared annotations of a mailbox, or of the server, and the
// session's private ones, in order of entries. Needs Lookup and one of Read,
// Seen, Write and Insert.
func (s *Session) Annotations(ctx context.Context, ref postroom.CollectionRef) (list []Annotation, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		at, err := s.annotated(tx, ref, false)
		if err != nil {
			return err
		}
		list = nil
		return tx.Each(`SELECT entry, value FROM annotation WHERE account_id = $1 AND collection_id = $2
			AND owner_id IN (0, $3) AND value IS NOT NULL ORDER BY entry`,
			[]any{at.Account, at.Collection, s.Actor().Account}, func(scan func(...any) error) error {
				var a Annotation
				err := scan(&a.Entry, &a.Value)
				a.Value = append([]byte{}, a.Value...) // empty is not nil
				list = append(list, a)
				return err
			})
	})
	return list, err
}

// AnnotationsChanged lists the entries of Annotations that changed since a
// ModSeq, those that were removed included, and up to which ModSeq this holds.
func (s *Session) AnnotationsChanged(ctx context.Context, ref postroom.CollectionRef, since postroom.ModSeq) (entries []string, last postroom.ModSeq, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		at, err := s.annotated(tx, ref, false)
		if err != nil {
			return err
		}
		entries, last = nil, since
		return tx.Each(`SELECT entry, modseq FROM annotation WHERE account_id = $1 AND collection_id = $2
			AND owner_id IN (0, $3) AND modseq > $4 ORDER BY entry`,
			[]any{at.Account, at.Collection, s.Actor().Account, since}, func(scan func(...any) error) error {
				var entry string
				var modseq postroom.ModSeq
				err := scan(&entry, &modseq)
				entries, last = append(entries, entry), max(last, modseq)
				return err
			})
	})
	return entries, last, err
}

// Annotate sets and removes annotations of a mailbox or of the server, all or
// none. Needs what Annotations needs, and Write for shared ones; those of the
// server are nobody's to set. TooLarge for a value above MaxAnnotation, Limit for
// too many.
func (s *Session) Annotate(ctx context.Context, ref postroom.CollectionRef, list []Annotation) error {
	for _, a := range list {
		if err := checkEntry(a); err != nil {
			return err
		}
	}
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		shared := slices.ContainsFunc(list, func(a Annotation) bool { return strings.HasPrefix(a.Entry, sharedPrefix) })
		account := ref.Account
		if ref == (postroom.CollectionRef{}) {
			account = s.Actor().Account
		}
		c, err := s.store.begin(tx, account)
		if err != nil {
			return err
		}
		at, err := s.annotated(tx, ref, shared)
		if err != nil || len(list) == 0 {
			return err
		}
		return s.annotate(c, at, list)
	})
}

// checkEntry checks the name and the size of an annotation.
func checkEntry(a Annotation) error {
	private, shared := strings.HasPrefix(a.Entry, privatePrefix), strings.HasPrefix(a.Entry, sharedPrefix)
	rest := strings.SplitN(a.Entry, "/", 4)
	switch {
	case !private && !shared, len(a.Entry) > maxEntry, strings.HasSuffix(a.Entry, "/"):
		return postroom.Errorf(postroom.Invalid, "entries are called /private/... or /shared/...")
	case rest[2] == "vendor" && strings.Count(a.Entry, "/") < 4: // RFC 5464 §3.2
		return postroom.Errorf(postroom.Invalid, "a vendor's entries are called .../vendor/NAME/...")
	case strings.HasPrefix(a.Entry, ownPrefix):
		return postroom.Errorf(postroom.Denied, "this entry is computed and cannot be set")
	case len(a.Value) > MaxAnnotation:
		return postroom.Errorf(postroom.TooLarge, "an annotation may have %d octets", MaxAnnotation)
	}
	return nil
}

func (s *Session) annotate(c *change, at postroom.CollectionRef, list []Annotation) error {
	modseq, err := c.number()
	if err == nil && at.Collection != 0 {
		// RFC 7162 §3.2: the mailbox has changed.
		_, _, err = c.touch(at.Collection, tally{})
	}
	if err != nil {
		return err
	}
	var names []string
	for _, a := range list {
		owner := postroom.AccountID(0)
		if strings.HasPrefix(a.Entry, privatePrefix) {
			owner = s.Actor().Account
		} else {
			names = append(names, a.Entry)
		}
		if err := putAnnotation(c.tx, at, owner, a, modseq); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return nil
	}
	return s.record(c.tx, "collection.annotate", at, map[string]string{"entries": strings.Join(names, " ")})
}

func putAnnotation(tx *db.Tx, at postroom.CollectionRef, owner postroom.AccountID, a Annotation, modseq postroom.ModSeq) error {
	_, err := tx.Exec(`INSERT INTO annotation (account_id, collection_id, owner_id, entry, value, modseq)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, collection_id, owner_id, entry)
		DO UPDATE SET value = excluded.value, modseq = excluded.modseq`,
		at.Account, at.Collection, owner, a.Entry, a.Value, modseq)
	if err != nil {
		return err
	}
	var live, all int
	err = tx.QueryRow(`SELECT COUNT(value), COUNT(*) FROM annotation WHERE account_id = $1 AND collection_id = $2 AND owner_id = $3`,
		at.Account, at.Collection, owner).Scan(&live, &all)
	switch {
	case err != nil:
		return err
	case live > maxAnnotations:
		return postroom.Errorf(postroom.Limit, "there may be %d annotations", maxAnnotations)
	case all > 2*maxAnnotations: // who has not heard by now that they were removed never will
		_, err = tx.Exec(`DELETE FROM annotation WHERE account_id = $1 AND collection_id = $2 AND owner_id = $3
			AND value IS NULL AND modseq < $4`, at.Account, at.Collection, owner, modseq)
	}
	return err
}
