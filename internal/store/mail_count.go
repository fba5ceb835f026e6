package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"postroom"
	"postroom/internal/shelf"
	"postroom/internal/store/internal/db"
)

// MailCounts are the emails and threads of a mailbox; unread are those neither
// seen nor drafts. A thread is unread by its emails in this mailbox.
type MailCounts struct {
	Emails, Unread, Threads, UnreadThreads int
	unseen                                 int // items not seen, drafts too
}

// threadCount is what a mailbox holds of one thread.
type threadCount struct {
	thread         postroom.ThreadID
	emails, unread uint32
	unseen         uint32 // items
}

// add counts a thread n times, which is once more or once less.
func (c *MailCounts) add(t threadCount, n int) {
	c.Emails += n * int(t.emails)
	c.Unread += n * int(t.unread)
	c.unseen += n * int(t.unseen)
	if t.emails > 0 {
		c.Threads += n
	}
	if t.unread > 0 {
		c.UnreadThreads += n
	}
}

// mailCount is the counts of one mailbox for one reader at a ModSeq, and what they
// are the sum of. A change is counted by counting its threads again.
type mailCount struct {
	key pictureKey
	// mu is held while it is brought up to date, as with a picture.
	mu      sync.Mutex
	at      postroom.ModSeq // zero: never counted
	counts  MailCounts
	threads []threadCount // in ascending order, none empty
}

// threadCountBytes is the memory of a threadCount, maxCountBytes bounds that of
// all: about four million threads in mailboxes.
const threadCountBytes, maxCountBytes = 24, 96 << 20

// mailCounts keeps the counts that were asked for last. As with pictures, they
// are trusted only for the ModSeq of the reading transaction.
type mailCounts struct {
	by *shelf.Shelf[pictureKey, *mailCount]
}

func newMailCounts() *mailCounts {
	return &mailCounts{by: shelf.New[pictureKey, *mailCount](maxCountBytes)}
}

// of finds or makes the counts of a mailbox.
func (k *mailCounts) of(key pictureKey) *mailCount {
	if c, ok := k.by.Get(key); ok {
		return c
	}
	return k.by.Put(key, &mailCount{key: key}, entryBytes, nil)
}

// weigh counts the memory of one anew.
func (k *mailCounts) weigh(c *mailCount) {
	k.by.Put(c.key, c, entryBytes+threadCountBytes*cap(c.threads), func(old *mailCount) bool { return old == c })
}

// counts counts the emails and threads of a mailbox for this reader.
func (m *Mail) counts(tx *db.Tx, r *outlook, log mailLog, box postroom.Collection) (MailCounts, error) {
	if box.Total == 0 {
		return MailCounts{}, nil
	}
	key, at := m.pictureKey(r, box.Ref.Collection), log.newest(box)
	kept := m.session.store.counted.of(key)
	kept.mu.Lock()
	defer kept.mu.Unlock()
	if kept.at != at {
		done, err := kept.catchUp(tx, at)
		if err != nil {
			return MailCounts{}, err
		}
		if !done {
			counts, threads, err := m.recount(tx, key, at)
			if err != nil || kept.at > at { // a newer snapshot was faster
				return counts, err
			}
			kept.at, kept.counts, kept.threads = at, counts, threads
		}
		m.session.store.counted.weigh(kept)
	}
	return kept.counts, nil
}

// recount counts all items of a mailbox.
func (m *Mail) recount(tx *db.Tx, key pictureKey, at postroom.ModSeq) (MailCounts, []threadCount, error) {
	items, err := m.items(tx, key, at)
	if err != nil {
		return MailCounts{}, nil, err
	}
	facts, err := m.session.store.mailFacts.read(tx, m.account)
	if err != nil {
		return MailCounts{}, nil, err
	}
	counts, threads := countMail(items, facts)
	return counts, threads, nil
}

// isUnread tells whether flags make an email unread.
func isUnread(flags postroom.Flags) bool {
	return flags&(postroom.FlagSeen|postroom.FlagDraft) == 0
}

// What was seen of an email while counting.
const (
	emailThere uint8 = 1 << iota
	emailUnread
)

// item counts an item; seen is what was seen of its email before.
func (t *threadCount) item(flags postroom.Flags, seen *uint8) {
	if flags&postroom.FlagSeen == 0 {
		t.unseen++
	}
	if *seen&emailThere == 0 {
		*seen |= emailThere
		t.emails++
	}
	if *seen&emailUnread == 0 && isUnread(flags) {
		*seen |= emailUnread
		t.unread++
	}
}

// countMail counts emails and threads, whose numbers are those in facts.
func countMail(items []postroom.ItemMeta, facts []mailFact) (c MailCounts, threads []threadCount) {
	last := postroom.ThreadID(0)
	for i := range items {
		last = max(last, facts[items[i].Email].thread)
	}
	emails, places := make([]uint8, len(facts)), make([]uint32, last+1) // a place is one more than that in threads
	for i := range items {
		it := &items[i]
		id := facts[it.Email].thread
		if places[id] == 0 {
			threads = append(threads, threadCount{thread: id})
			places[id] = uint32(len(threads))
		}
		threads[places[id]-1].item(it.Flags, &emails[it.Email])
	}
	byThread := func(a, b threadCount) int { return cmp.Compare(a.thread, b.thread) }
	if !slices.IsSortedFunc(threads, byThread) {
		slices.SortFunc(threads, byThread)
	}
	for _, t := range threads {
		c.add(t, 1)
	}
	return c, threads
}

// maxRecounted is up to how many emails that changed, and emails of their threads,
// are looked at one by one rather than all of the mailbox.
const maxRecounted, maxRecountedInThreads = 256, 2000

// errRecount says that what happened to a mailbox is too much, or not known, and
// that all is to be counted again.
var errRecount = errors.New("count anew")

// catchUp counts what happened since. done is false when all is to be counted.
func (k *mailCount) catchUp(tx *db.Tx, at postroom.ModSeq) (done bool, err error) {
	if k.at == 0 || k.at > at {
		return false, nil
	}
	emails, err := k.changedEmails(tx)
	if err != nil {
		return false, notRecount(err)
	}
	threads, err := threadsOf(tx, k.key.ref.Account, emails)
	if err != nil {
		return false, notRecount(err)
	}
	now, err := k.countThreads(tx, threads)
	if err != nil {
		return false, notRecount(err)
	}
	k.at = at
	k.replace(now)
	return true, nil
}

func notRecount(err error) error {
	if errors.Is(err, errRecount) {
		return nil
	}
	return err
}

// changedEmails are the emails that came, changed for the reader or left.
func (k *mailCount) changedEmails(tx *db.Tx) (emails []postroom.EmailID, err error) {
	ref := k.key.ref
	take := func(scan func(...any) error) error {
		var id postroom.EmailID
		err := scan(&id)
		if emails = append(emails, id); err == nil && len(emails) > 2*maxRecounted {
			err = errRecount
		}
		return err
	}
	runs, err := changedRuns(tx, ref, k.at)
	if err != nil {
		return nil, err
	}
	for query, args := range inRuns(`SELECT i.email_id FROM item i WHERE i.account_id = $1 AND i.collection_id = $2 AND i.modseq > $3`,
		[]any{ref.Account, ref.Collection, k.at}, runs) {
		if err = tx.Each(query, args, take); err != nil {
			return nil, err
		}
	}
	if k.key.reader != 0 {
		err = tx.Each(`SELECT i.email_id FROM read_state s JOIN item i ON i.account_id = s.account_id
			AND i.collection_id = s.collection_id AND i.uid = s.uid
			WHERE s.account_id = $1 AND s.collection_id = $2 AND s.reader_id = $3 AND s.modseq > $4`,
			[]any{ref.Account, ref.Collection, k.key.reader, k.at}, take)
	}
	if err == nil {
		err = tx.Each(`SELECT stays FROM departure WHERE account_id = $1 AND collection_id = $2 AND modseq > $3
			UNION ALL SELECT '' FROM collection_log WHERE account_id = $1 AND collection_id = $2 AND items_floor > $3`, // forgotten
			[]any{ref.Account, ref.Collection, k.at}, func(scan func(...any) error) error {
				var text string
				if err := scan(&text); err != nil {
					return err
				}
				stays, err := parseStays(text)
				if err == nil && (len(stays) == 0 || len(emails)+len(stays) > 2*maxRecounted) {
					err = errRecount
				}
				for _, s := range stays {
					emails = append(emails, s.email)
				}
				return err
			})
	}
	slices.Sort(emails)
	if emails = slices.Compact(emails); err == nil && len(emails) > maxRecounted {
		err = errRecount
	}
	return emails, err
}

// threadsOf are the threads of emails, those that are gone too.
func threadsOf(tx *db.Tx, account postroom.AccountID, emails []postroom.EmailID) (threads []postroom.ThreadID, err error) {
	found := 0
	in := ` WHERE account_id = $1 AND email_id IN (` + placeholders(2, emailsAtOnce) + `)`
	err = eachOfEmails(tx, `SELECT thread_id FROM email`+in+` UNION ALL SELECT thread_id FROM email_gone`+in, account, emails,
		func(scan func(...any) error) error {
			var id postroom.ThreadID
			err := scan(&id)
			found++
			threads = append(threads, id)
			return err
		})
	if err == nil && found != len(emails) {
		err = errRecount
	}
	slices.Sort(threads)
	return slices.Compact(threads), err
}

// countThreads counts what the mailbox holds of threads, in ascending order.
func (k *mailCount) countThreads(tx *db.Tx, threads []postroom.ThreadID) (now []threadCount, err error) {
	for _, id := range threads {
		now = append(now, threadCount{thread: id})
	}
	emails, rows := make(map[postroom.EmailID]*uint8), 0
	for chunk := range slices.Chunk(threads, emailsAtOnce) {
		args, width := []any{k.key.ref.Account, k.key.ref.Collection, k.key.reader, maxRecountedInThreads}, emailsAtOnce
		if len(chunk) <= 4 { // a few need no wide list
			width = 4
		}
		for i := range width {
			args = append(args, chunk[min(i, len(chunk)-1)])
		}
		err = tx.Each(`SELECT e.thread_id, COALESCE(i.email_id, 0), COALESCE(CASE WHEN r.seen IS NULL THEN i.flags ELSE i.flags - i.flags % 2 + r.seen END, 0)
			FROM (SELECT account_id, email_id, thread_id FROM email WHERE account_id = $1 AND thread_id IN (`+placeholders(5, width)+`) LIMIT $4) e
			LEFT JOIN item i ON i.account_id = e.account_id AND i.email_id = e.email_id AND i.collection_id = $2
			LEFT JOIN read_state r ON r.account_id = i.account_id AND r.collection_id = i.collection_id AND r.reader_id = $3 AND r.uid = i.uid`,
			args, func(scan func(...any) error) error {
				var thread postroom.ThreadID
				var email postroom.EmailID
				var flags postroom.Flags
				if err := scan(&thread, &email, &flags); err != nil {
					return err
				}
				if rows++; rows >= maxRecountedInThreads {
					return errRecount
				}
				if email == 0 {
					return nil // it is elsewhere
				}
				if emails[email] == nil {
					emails[email] = new(uint8)
				}
				at, _ := findThread(now, thread)
				now[at].item(flags, emails[email])
				return nil
			})
		if err != nil {
			break
		}
	}
	return now, err
}

func findThread(list []threadCount, id postroom.ThreadID) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(t threadCount, id postroom.ThreadID) int { return cmp.Compare(t.thread, id) })
}

// replace puts what threads are now into the place of what they were.
func (k *mailCount) replace(now []threadCount) {
	var come []threadCount
	gone := false
	for _, t := range now {
		at, known := findThread(k.threads, t.thread)
		if known {
			k.counts.add(k.threads[at], -1)
			k.threads[at] = t
			gone = gone || t.emails == 0
		} else if t.emails > 0 {
			come = append(come, t)
		}
		k.counts.add(t, 1)
	}
	if gone {
		k.threads = slices.DeleteFunc(k.threads, func(t threadCount) bool { return t.emails == 0 })
	}
	i, j := len(k.threads)-1, len(come)-1
	k.threads = append(k.threads, come...)
	for at := len(k.threads) - 1; j >= 0; at-- { // from behind: what comes is mostly new
		if i >= 0 && k.threads[i].thread > come[j].thread {
			k.threads[at], i = k.threads[i], i-1
		} else {
			k.threads[at], j = come[j], j-1
		}
	}
}

// check brings kept counts up to date and finds those that are not what another
// way of counting gives.
func (k *mailCounts) check(tx *db.Tx, faults *[]string) error {
	for _, c := range k.by.All() {
		if err := c.check(tx, faults); err != nil {
			return err
		}
	}
	return nil
}

func (k *mailCount) check(tx *db.Tx, faults *[]string) error {
	ref := k.key.ref
	var shared postroom.ModSeq
	err := tx.QueryRow(`SELECT modseq FROM collection WHERE account_id = $1 AND collection_id = $2`, ref.Account, ref.Collection).Scan(&shared)
	if noRow(err) {
		return nil // the mailbox is gone, and its number will not come again
	}
	if err != nil {
		return err
	}
	at, err := k.key.newest(tx, shared)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.at < at {
		if done, err := k.catchUp(tx, at); err != nil || !done {
			return err
		}
	}
	if k.at != at {
		return nil // a newer snapshot was faster
	}
	const seen = `COALESCE(r.seen, i.flags % 2)`
	var sum MailCounts
	var all []threadCount
	err = tx.Each(`SELECT e.thread_id, COUNT(DISTINCT i.email_id), COUNT(DISTINCT CASE WHEN `+seen+` = 0 AND i.flags / 16 % 2 = 0 THEN i.email_id END),
		CAST(SUM(1 - `+seen+`) AS bigint) FROM item i JOIN email e ON e.account_id = i.account_id AND e.email_id = i.email_id
		LEFT JOIN read_state r ON r.account_id = i.account_id AND r.collection_id = i.collection_id AND r.reader_id = $3 AND r.uid = i.uid
		WHERE i.account_id = $1 AND i.collection_id = $2 GROUP BY e.thread_id ORDER BY e.thread_id`,
		[]any{ref.Account, ref.Collection, k.key.reader}, func(scan func(...any) error) error {
			var t threadCount
			err := scan(&t.thread, &t.emails, &t.unread, &t.unseen)
			all = append(all, t)
			sum.add(t, 1)
			return err
		})
	if err == nil && len(*faults) < maxFaults && (sum != k.counts || !slices.Equal(all, k.threads)) {
		*faults = append(*faults, fmt.Sprintf("%v counts %+v for reader %d, in threads %v; there are %+v in %v", ref, k.counts, k.key.reader, k.threads, sum, all))
	}
	return err
}
