package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// maxFaults bounds the faults Check tells of.
const maxFaults = 1000

// invariants are queries that find what must not be. Each row is a fault; the
// columns go into its text.
var invariants = []struct{ text, query string }{
	{"account %v has no counters", `SELECT id FROM account WHERE id NOT IN (SELECT account_id FROM account_counter)`},
	{"counters of account %v, which is not there", `SELECT account_id FROM account_counter WHERE account_id NOT IN (SELECT id FROM account)`},
	{"account %v has no inbox", `SELECT id FROM account WHERE id NOT IN (SELECT account_id FROM collection WHERE collection_id = 2)`},
	{"collection %v-%v is of no account", `SELECT account_id, collection_id FROM collection WHERE account_id NOT IN (SELECT id FROM account)`},
	{"collection %v-%v has parent %v, which is not there", `SELECT c.account_id, c.collection_id, c.parent_id FROM collection c
		LEFT JOIN collection p ON p.account_id = c.account_id AND p.collection_id = c.parent_id
		WHERE p.collection_id IS NULL AND c.collection_id <> 1`},
	{"collection %v-%v has path %q, its parent %q", `SELECT c.account_id, c.collection_id, c.path, p.path FROM collection c
		JOIN collection p ON p.account_id = c.account_id AND p.collection_id = c.parent_id
		WHERE c.path <> CASE WHEN p.path = '/' THEN '' ELSE p.path END || '/' || c.name`},
	{"collection %v-%v counts %v items, %v unseen, %v deleted, %v bytes; there are %v, %v, %v, %v",
		`SELECT c.account_id, c.collection_id, c.total, c.unseen, c.deleted, c.bytes, i.total, i.unseen, i.deleted, i.bytes
		FROM (SELECT c.account_id, c.collection_id, COUNT(i.uid) AS total,
			COALESCE(SUM(CASE WHEN i.uid IS NOT NULL AND (i.flags & 1) = 0 THEN 1 ELSE 0 END), 0) AS unseen,
			COALESCE(SUM(CASE WHEN (i.flags & 8) <> 0 THEN 1 ELSE 0 END), 0) AS deleted, COALESCE(SUM(i.size), 0) AS bytes
			FROM collection c LEFT JOIN item i ON i.account_id = c.account_id AND i.collection_id = c.collection_id
			GROUP BY c.account_id, c.collection_id) i
		JOIN collection c ON c.account_id = i.account_id AND c.collection_id = i.collection_id
		WHERE c.total <> i.total OR c.unseen <> i.unseen OR c.deleted <> i.deleted OR c.bytes <> i.bytes`},
	{"item %v-%v UID %v is not below the next UID", `SELECT i.account_id, i.collection_id, i.uid FROM item i JOIN collection c
		ON c.account_id = i.account_id AND c.collection_id = i.collection_id WHERE i.uid >= c.uid_next OR i.uid < 1`},
	{"item %v-%v UID %v has a ModSeq above its collection's", `SELECT i.account_id, i.collection_id, i.uid FROM item i
		JOIN collection c ON c.account_id = i.account_id AND c.collection_id = i.collection_id WHERE i.modseq > c.modseq OR i.modseq < 1`},
	{"collection %v-%v has a ModSeq above its account's", `SELECT c.account_id, c.collection_id FROM collection c
		JOIN account_counter a ON a.account_id = c.account_id WHERE c.modseq > a.modseq`},
	{"item %v-%v UID %v is in no collection", `SELECT i.account_id, i.collection_id, i.uid FROM item i LEFT JOIN collection c
		ON c.account_id = i.account_id AND c.collection_id = i.collection_id WHERE c.collection_id IS NULL`},
	{"item %v-%v UID %v has no email, or one of another size", `SELECT i.account_id, i.collection_id, i.uid FROM item i LEFT JOIN email e
		ON e.account_id = i.account_id AND e.email_id = i.email_id WHERE e.email_id IS NULL OR e.size <> i.size`},
	{"email %v-%v has no item", `SELECT e.account_id, e.email_id FROM email e LEFT JOIN item i
		ON i.account_id = e.account_id AND i.email_id = e.email_id WHERE i.uid IS NULL`},
	{"email %v-%v is not below the counters of its account", `SELECT e.account_id, e.email_id FROM email e LEFT JOIN account_counter a
		ON a.account_id = e.account_id WHERE a.account_id IS NULL OR e.email_id >= a.next_email OR e.thread_id >= a.next_thread`},
	{"account %v counts %v bytes; there are %v", `SELECT a.account_id, a.used_bytes, e.bytes FROM account_counter a
		JOIN (SELECT c.account_id, COALESCE(SUM(e.size), 0) AS bytes FROM account_counter c
			LEFT JOIN email e ON e.account_id = c.account_id GROUP BY c.account_id) e ON e.account_id = a.account_id
		WHERE a.used_bytes <> e.bytes`},
	{"email %v-%v has no blob, or one of another size", `SELECT e.account_id, e.email_id FROM email e LEFT JOIN blob b ON b.id = e.blob
		WHERE b.id IS NULL OR b.size + LENGTH(e.prefix) <> e.size`},
	{"blob %x counts %v references; there are %v", `SELECT b.id, b.refs, COALESCE(r.n, 0) FROM blob b LEFT JOIN
		(SELECT blob, COUNT(*) AS n FROM (SELECT blob FROM email UNION ALL SELECT blob FROM queue UNION ALL SELECT blob FROM upload) u GROUP BY blob) r
		ON r.blob = b.id WHERE b.refs <> COALESCE(r.n, 0)`},
	{"blob %x has no references and no time since when", `SELECT id FROM blob WHERE refs = 0 AND loose IN (0, 9223372036854775807)`},
	{"queued message %v has no blob", `SELECT q.queue_id FROM queue q LEFT JOIN blob b ON b.id = q.blob WHERE b.id IS NULL`},
	{"held message %v is nobody's", `SELECT queue_id FROM queue WHERE held IN (1, 2) AND queue_id NOT IN (SELECT queue_id FROM submission WHERE undo = 0)`},
	{"submission %v-%v waits for message %v, which is not in the queue", `SELECT account_id, submission_id, queue_id FROM submission
		WHERE queue_id <> 0 AND queue_id NOT IN (SELECT queue_id FROM queue)`},
	{"queued message %v has no recipients", `SELECT queue_id FROM queue WHERE queue_id NOT IN (SELECT queue_id FROM queue_recipient)`},
	{"recipient of message %v, which is not in the queue", `SELECT queue_id FROM queue_recipient WHERE queue_id NOT IN (SELECT queue_id FROM queue)`},
	{"read state of %v-%v UID %v, which is not there", `SELECT r.account_id, r.collection_id, r.uid FROM read_state r LEFT JOIN item i
		ON i.account_id = r.account_id AND i.collection_id = r.collection_id AND i.uid = r.uid WHERE i.uid IS NULL`},
	{"thread %v-%v is known but empty", `SELECT DISTINCT t.account_id, t.thread_id FROM thread_ref t LEFT JOIN email e
		ON e.account_id = t.account_id AND e.thread_id = t.thread_id WHERE e.email_id IS NULL`},
	{"answer to the share %v-%v by %v, who is not there or has no such grant", `SELECT s.account_id, s.collection_id, s.person_id
		FROM share_answer s LEFT JOIN account p ON p.id = s.person_id LEFT JOIN access_grant g ON g.account_id = s.account_id
		AND g.collection_id = s.collection_id AND g.grantee_kind = s.grantee_kind AND g.grantee_id = s.grantee_id
		AND g.negative = 0 AND g.rights <> 0
		WHERE p.id IS NULL OR g.account_id IS NULL OR s.grantee_kind = 1 AND s.grantee_id <> s.person_id`},
	{"answer to the share %v-%v by %v, who has left its group", `WITH RECURSIVE above (person_id, group_id) AS (
			SELECT s.person_id, m.group_id FROM share_answer s JOIN group_member m ON m.account_id = s.person_id AND m.account_id <> 0
			UNION SELECT a.person_id, m.group_id FROM above a JOIN group_member m ON m.member_group = a.group_id AND m.member_group <> 0)
		SELECT s.account_id, s.collection_id, s.person_id FROM share_answer s LEFT JOIN above a ON a.person_id = s.person_id
		AND a.group_id = s.grantee_id WHERE s.grantee_kind = 2 AND a.group_id IS NULL`},
	{"grant on collection %v-%v, which is not there", `SELECT g.account_id, g.collection_id FROM access_grant g LEFT JOIN collection c
		ON c.account_id = g.account_id AND c.collection_id = g.collection_id WHERE c.collection_id IS NULL`},
}

// Check reads everything and reports what contradicts itself: counters, the
// change log, counts kept in memory, what refers to what, the bytes of blobs
// against their names, and the chain of the audit log. It changes nothing that is
// stored; counts in memory are brought up to date, as by who asks for them.
func (s *Store) Check(ctx context.Context) (faults []string, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		faults = nil
		if err := contradictions(tx, &faults); err != nil {
			return err
		}
		if err := s.counted.check(tx, &faults); err != nil {
			return err
		}
		if err := tx.CheckHistory(func(fault string) { faults = append(faults, fault) }); err != nil {
			return err
		}
		return s.blobs.Verify(ctx, tx, func(format string, args ...any) {
			faults = append(faults, fmt.Sprintf(format, args...))
		})
	})
	if err != nil {
		return faults, err
	}
	console := s.NewSession(mint.Seal(mint.Warrant{Purpose: mint.Console, Mask: postroom.AllRights}))
	if _, err := console.Directory().VerifyAudit(ctx); err != nil {
		if postroom.KindOf(err) != postroom.Invalid {
			return faults, err
		}
		faults = append(faults, postroom.TextOf(err))
	}
	return faults, nil
}

// contradictions is Check without the blobs and the audit log.
func contradictions(tx *db.Tx, faults *[]string) error {
	for _, inv := range slices.Concat(invariants, departureInvariants, placeInvariants, directoryInvariants, leftoverInvariants) {
		if err := violations(tx, inv.query, inv.text, faults); err != nil {
			return fmt.Errorf("%s: %w", inv.text, err)
		}
	}
	if err := checkChanges(tx, faults); err != nil {
		return err
	}
	if err := checkDepartures(tx, faults); err != nil {
		return err
	}
	if err := misfiltered(tx, faults); err != nil {
		return err
	}
	return misplaced(tx, faults)
}

// violations adds the rows of a query to faults.
func violations(tx *db.Tx, query, text string, faults *[]string) error {
	columns := strings.Count(text, "%")
	return tx.Each(query, nil, func(scan func(...any) error) error {
		values := make([]any, columns)
		dest := make([]any, columns)
		for i := range values {
			dest[i] = &values[i]
		}
		if err := scan(dest...); err != nil || len(*faults) >= maxFaults {
			return err
		}
		*faults = append(*faults, fmt.Sprintf(text, values...))
		return nil
	})
}

// IsClosed reports whether an error says that the store was closed.
func IsClosed(err error) bool { return errors.Is(err, db.ErrClosed) }

// IsDamaged reports whether an error says that the bytes of a message are not
// where they should be.
func IsDamaged(err error) bool { return errors.Is(err, blob.ErrMissing) }
