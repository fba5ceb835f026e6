package store

import (
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

const (
	// mentionWaits is how long a mention may stay unseen before a mail tells of
	// it: who has the conversation before them needs none.
	mentionWaits = 2 * time.Minute
	// mentionRests is how long after a mail about a conversation the next one
	// about it is sent to the same person at the earliest.
	mentionRests = 15 * time.Minute
)

// noteMention writes down that a person is mentioned once more in a
// conversation. While a mail about it is still to be written, that one tells of
// all of them.
func (s *Store) noteMention(tx *db.Tx, account postroom.AccountID, thread postroom.ThreadID, who, by postroom.AccountID) error {
	pending, err := exists(tx, `SELECT 1 FROM mention WHERE account_id = $1 AND thread_id = $2 AND person_id = $3 AND seen = 0 AND told = 0 LIMIT 1`,
		account, thread, who)
	if err != nil || pending {
		return err
	}
	var told int64
	err = tx.QueryRow(`SELECT COALESCE(MAX(told), 0) FROM mention WHERE account_id = $1 AND thread_id = $2 AND person_id = $3`,
		account, thread, who).Scan(&told)
	if err != nil {
		return err
	}
	row, err := s.newNotice(tx, mentionedIn, postroom.SendTarget{Account: account})
	if err != nil {
		return err
	}
	row.entries = []noticeEntry{{Grantee: toAccount(who), By: by, Thread: thread}}
	if err := s.saveNotice(tx, row); err != nil {
		return err
	}
	due := row.created.Add(mentionWaits)
	if rested := db.Time(told).Add(mentionRests); told != 0 && rested.After(due) {
		due = rested
	}
	_, err = tx.Exec(`UPDATE notice SET due = $2 WHERE id = $1`, row.id, due)
	tx.Notify(topicLetters, "")
	return err
}

// tellMention tells somebody of the notes about a conversation in which others
// mention them, of those that they have not seen and still may read.
func (t *teller) tellMention(who *principal, e noticeEntry, target *noticeTarget) (Notice, bool, error) {
	n := Notice{Kind: Mentioned, Shares: []NoticeShare{target.share}}
	account := t.row.target.Account
	var author postroom.AccountID
	err := t.tx.Each(`SELECT n.author_id, n.created FROM mention m JOIN note n ON n.account_id = m.account_id AND n.note_id = m.note_id
		WHERE m.account_id = $1 AND m.thread_id = $2 AND m.person_id = $3 AND m.seen = 0 AND m.told = 0 AND n.removed = 0 ORDER BY n.note_id`,
		[]any{account, e.Thread, who.account.ID}, func(scan func(...any) error) error {
			var created int64
			err := scan(&author, &created)
			n.At = db.Time(created)
			n.Count++
			return err
		})
	if err != nil || n.Count == 0 || !who.maySignIn() {
		return n, false, err
	}
	var found bool
	if n.Subject, found, err = t.subjectFor(who, e.Thread, target); err != nil || !found {
		return n, false, err
	}
	n.By, err = t.by(author)
	return n, err == nil, err
}

// subjectFor reads the subject of the latest message of a conversation that
// somebody may read; false when they may read none.
func (t *teller) subjectFor(who *principal, thread postroom.ThreadID, target *noticeTarget) (subject string, found bool, err error) {
	if target.tree == nil {
		return "", false, nil
	}
	may := make(map[postroom.CollectionID]bool)
	var summary []byte
	err = t.tx.Each(`SELECT i.collection_id, e.summary FROM email e JOIN item i ON i.account_id = e.account_id AND i.email_id = e.email_id
		WHERE e.account_id = $1 AND e.thread_id = $2 ORDER BY i.received LIMIT $3`, []any{t.row.target.Account, thread, maxWork},
		func(scan func(...any) error) error {
			var in postroom.CollectionID
			var text []byte
			if err := scan(&in, &text); err != nil {
				return err
			}
			reads, known := may[in]
			if node := target.tree.nodes[in]; !known && node != nil {
				reads = rights.Effective(who.subject, target.tree.owner, node.chain, t.now).Has(toRead)
				may[in] = reads
			}
			if reads {
				summary, found = text, true
			}
			return nil
		})
	if err != nil || !found {
		return "", false, err
	}
	var m message.Summary
	err = m.UnmarshalBinary(summary)
	return m.BaseSubject, true, err
}

// markTold keeps of the mentions of a batch that they were told, or found not to
// be for the person any more: the next one begins anew.
func (b *NoticeBatch) markTold(tx *db.Tx, now time.Time) error {
	if b.row.sort != mentionedIn {
		return nil
	}
	for _, e := range b.row.entries {
		_, err := tx.Exec(`UPDATE mention SET told = $4 WHERE account_id = $1 AND thread_id = $2 AND person_id = $3 AND seen = 0 AND told = 0`,
			b.row.target.Account, e.Thread, e.Grantee.ID, db.Micros(now))
		if err != nil {
			return err
		}
	}
	return nil
}
