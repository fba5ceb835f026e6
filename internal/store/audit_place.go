package store

import (
	"cmp"
	"slices"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Where messages were that left a mailbox of which the log speaks is kept in
// runs: their UIDs and the numbers of their emails grow together. An email that
// is still there, elsewhere, tells its Message-ID itself; those of emails that are
// no more are kept beside.

// maxPlaces bounds the messages of one run, so that those in which a message can
// be are found by where they begin. The migration that made the first runs has
// the same bound.
const maxPlaces = 1000

// spokenOf reports whether the log speaks of messages of an account.
func spokenOf(tx *db.Tx, account postroom.AccountID) (bool, error) {
	return exists(tx, `SELECT 1 FROM audit_span WHERE account_id = $1 LIMIT 1`, account)
}

// keepPlaces keeps where messages were, in ascending UID order, that are about to
// be removed from a mailbox, if the log speaks of the account.
func (c *change) keepPlaces(collection postroom.CollectionID, rows []row, now time.Time) error {
	spoken, err := spokenOf(c.tx, c.account)
	if err != nil || !spoken {
		return err
	}
	var org postroom.OrgID
	var path string
	err = c.tx.QueryRow(`SELECT a.org_id, c.path FROM collection c JOIN account a ON a.id = c.account_id
		WHERE c.account_id = $1 AND c.collection_id = $2`, c.account, collection).Scan(&org, &path)
	if err != nil {
		return err
	}
	insert := manyRows{tx: c.tx, into: `audit_place (account_id, collection_id, first_uid, last_uid, first_email, org_id, path, removed)`}
	for len(rows) > 0 {
		n := 1
		for n < min(len(rows), maxPlaces) && rows[n].UID == rows[n-1].UID+1 && rows[n].Email == rows[n-1].Email+1 {
			n++
		}
		insert.add(c.account, collection, rows[0].UID, rows[n-1].UID, rows[0].Email, org, path, now)
		rows = rows[n:]
	}
	return insert.done()
}

// keepAllPlaces is keepPlaces and keepMessageIDs for all of an account that is
// deleted.
func keepAllPlaces(tx *db.Tx, account postroom.AccountID, now int64) error {
	spoken, err := spokenOf(tx, account)
	if err != nil || !spoken {
		return err
	}
	_, err = tx.Exec(`INSERT INTO audit_place (account_id, collection_id, first_uid, last_uid, first_email, org_id, path, removed)
		SELECT r.account_id, r.collection_id, MIN(r.uid), MAX(r.uid), MIN(r.email_id), a.org_id, c.path, $2 FROM (
			SELECT account_id, collection_id, uid, email_id, uid - ROW_NUMBER() OVER (
				PARTITION BY account_id, collection_id, email_id - uid ORDER BY uid) AS run FROM item WHERE account_id = $1) r
		JOIN collection c ON c.account_id = r.account_id AND c.collection_id = r.collection_id JOIN account a ON a.id = r.account_id
		GROUP BY r.account_id, r.collection_id, a.org_id, c.path, r.email_id - r.uid, r.run, r.uid / 1000`, account, now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO audit_email (account_id, email_id, message_hash, org_id, removed)
		SELECT e.account_id, e.email_id, e.message_hash, a.org_id, $2 FROM email e JOIN account a ON a.id = e.account_id
		WHERE e.account_id = $1 AND e.message_hash <> 0`, account, now)
	return err
}

// erasePlaces erases where messages of an organisation were that left before a
// time.
func erasePlaces(tx *db.Tx, org postroom.OrgID, before time.Time) error {
	for _, table := range []string{"audit_place", "audit_email"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE org_id = $1 AND removed < $2`, org, before); err != nil {
			return err
		}
	}
	return nil
}

// placeGoneAt finds a message that was in a collection of an account, $1, with a
// UID; where says in which, with $4.
func placeGoneAt(tx *db.Tx, account postroom.AccountID, uid postroom.UID, where string, arg any) ([]placed, error) {
	return placesGone(tx, ` AND first_uid BETWEEN $2 AND $3 AND last_uid >= $3`+where, func(p *placed, first postroom.UID) {
		p.UID, p.email = uid, p.email+postroom.EmailID(uid-first)
	}, account, int64(uid)-maxPlaces, uid, arg)
}

// placesGoneOf finds where an email was.
func placesGoneOf(tx *db.Tx, account postroom.AccountID, email postroom.EmailID) ([]placed, error) {
	return placesGone(tx, ` AND first_email BETWEEN $2 AND $3 AND first_email + last_uid - first_uid >= $3`, func(p *placed, first postroom.UID) {
		p.UID, p.email = first+postroom.UID(email-p.email), email
	}, account, int64(email)-maxPlaces, email)
}

// placesGone reads places of an account, $1; fix makes one message of a run, of
// which the email is the first one's.
func placesGone(tx *db.Tx, where string, fix func(p *placed, first postroom.UID), args ...any) (places []placed, err error) {
	err = tx.Each(`SELECT account_id, collection_id, first_uid, first_email, org_id, path FROM audit_place WHERE account_id = $1`+where,
		args, func(scan func(...any) error) error {
			p := placed{MessagePlace: MessagePlace{Gone: true}}
			var first postroom.UID
			err := scan(&p.ref.Account, &p.ref.Collection, &first, &p.email, &p.org, &p.Path)
			fix(&p, first)
			places = append(places, p)
			return err
		})
	if err != nil {
		return nil, err
	}
	for i := range places {
		if err := places[i].complete(tx); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(places, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.ref.Collection, b.ref.Collection), cmp.Compare(a.UID, b.UID))
	})
	return places, nil
}

// complete adds the Message-ID and the name of the account to a place.
func (p *placed) complete(tx *db.Tx) error {
	err := tx.QueryRow(`SELECT message_hash FROM email WHERE account_id = $1 AND email_id = $2
		UNION ALL SELECT message_hash FROM audit_email WHERE account_id = $1 AND email_id = $2`, p.ref.Account, p.email).Scan(&p.hash)
	if err != nil && !noRow(err) {
		return err
	}
	a, err := readAccount(tx, p.ref.Account)
	if postroom.KindOf(err) == postroom.NotFound {
		p.Account = "(" + p.ref.String() + ")"
		return nil
	}
	p.Account = a.Address
	return err
}

// emailOf is an email of an account.
type emailOf struct {
	account postroom.AccountID
	email   postroom.EmailID
}

// emailsGone finds the emails with a Message-ID that are no more.
func emailsGone(tx *db.Tx, hash int64) (list []emailOf, err error) {
	err = tx.Each(`SELECT account_id, email_id FROM audit_email WHERE message_hash = $1 ORDER BY account_id, email_id`, []any{hash},
		func(scan func(...any) error) error {
			var e emailOf
			err := scan(&e.account, &e.email)
			list = append(list, e)
			return err
		})
	return list, err
}

// placeInvariants find what must not be of places.
var placeInvariants = []struct{ text, query string }{
	{"place %v-%v UID %v, which was left, has an item", `SELECT i.account_id, i.collection_id, i.uid FROM audit_place p JOIN item i
		ON i.account_id = p.account_id AND i.collection_id = p.collection_id AND i.uid BETWEEN p.first_uid AND p.last_uid`},
	{"places in %v-%v from UID %v on are in two runs", `SELECT o.account_id, o.collection_id, o.first_uid FROM (
		SELECT account_id, collection_id, first_uid, LAG(last_uid) OVER (PARTITION BY account_id, collection_id ORDER BY first_uid) AS before
		FROM audit_place) o WHERE o.before >= o.first_uid`},
	{"the run of places in %v-%v from UID %v on is too long, or ends before it", `SELECT account_id, collection_id, first_uid FROM audit_place
		WHERE last_uid < first_uid OR last_uid >= first_uid + 1000`},
	{"email %v-%v, whose Message-ID was kept as it went, is there", `SELECT g.account_id, g.email_id FROM audit_email g
		JOIN email e ON e.account_id = g.account_id AND e.email_id = g.email_id`},
	{"the Message-ID of email %v-%v is kept, and no place where it was", `SELECT g.account_id, g.email_id FROM audit_email g
		LEFT JOIN audit_place p ON p.account_id = g.account_id AND g.email_id BETWEEN p.first_email AND p.first_email + p.last_uid - p.first_uid
		WHERE p.account_id IS NULL`},
}
