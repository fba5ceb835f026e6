package store

import (
	"context"
	"errors"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/fts"
)

const (
	houseRound  = time.Hour
	sweepEvery  = 24             // rounds
	looseFor    = 24 * time.Hour // how long blobs without references are kept
	indexBatch  = 64             // messages
	indexQuiet  = 200 * time.Millisecond
	indexDelay  = 5 * time.Second
	indexBytes  = 16 << 20 // of one batch
	collectSome = 200
)

// keepHouse begins the work that nobody waits for: indexing, collecting what
// is no longer needed, and waking those whose rights come to an end.
func (s *Store) keepHouse() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.workers.Go(func() { s.indexLoop(ctx) })
	s.workers.Go(func() { s.houseLoop(ctx) })
	s.workers.Go(func() { s.expiryLoop(ctx) })
	s.wakeIndexer()
}

func (s *Store) wakeIndexer() {
	select {
	case s.index <- struct{}{}:
	default:
	}
}

// fault logs an error of the work behind, unless the store is closing.
func (s *Store) fault(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, db.ErrClosed) {
		s.opts.Logger.Error(what, "error", err)
	}
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// indexLoop indexes what came in, but stands back from deliveries: it waits
// for a quiet moment (or five seconds), and while mail keeps coming it works a
// quarter of the time.
func (s *Store) indexLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.index:
		}
		for began := time.Now(); time.Since(began) < indexDelay; {
			if !pause(ctx, indexQuiet) {
				return
			}
			if !s.hinted() {
				break
			}
		}
		for {
			began := time.Now()
			n, err := s.indexSome(ctx)
			s.fault("indexing", err)
			if n == 0 || err != nil {
				break
			}
			if s.hinted() && !pause(ctx, 3*time.Since(began)) {
				return
			}
		}
	}
}

// hinted takes a hint, if there is one.
func (s *Store) hinted() bool {
	select {
	case <-s.index:
		return true
	default:
		return false
	}
}

// unindexedEmail is an email with what goes into the index.
type unindexedEmail struct {
	account postroom.AccountID
	id      postroom.EmailID
	size    int64
	doc     fts.Document
}

// indexSome indexes a batch of messages and reports how many. Reading and
// splitting is done outside of the transaction that stores the words.
func (s *Store) indexSome(ctx context.Context) (int, error) {
	var batch []unindexedEmail
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		batch = nil
		return tx.Each(`SELECT account_id, email_id, size FROM email WHERE indexed = 0
			ORDER BY account_id, email_id LIMIT $1`, []any{indexBatch},
			func(scan func(...any) error) error {
				var e unindexedEmail
				err := scan(&e.account, &e.id, &e.size)
				batch = append(batch, e)
				return err
			})
	})
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	held := int64(0)
	for i := range batch {
		e := &batch[i]
		e.doc.Email = e.id
		var c Content
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			c, err = s.openEmail(tx, e.account, e.id)
			if noRow(err) {
				c, err = nil, nil // deleted meanwhile
			}
			return err
		})
		if err == nil && c != nil {
			var t *searchable
			if t, err = readText(c); err == nil {
				e.doc = t.document(e.id)
			}
		}
		if err != nil {
			// One that cannot be read must not hold up the others.
			s.fault("indexing: reading a message", err)
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
		}
		if held += e.size; held > indexBytes {
			batch = batch[:i+1]
			break
		}
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error { return storeTerms(tx, batch) })
	if err == nil {
		s.fault("indexing: merging", s.tidyIndex(ctx, batch))
	}
	return len(batch), err
}

// storeTerms stores what a batch, in the order of accounts, has for the index.
func storeTerms(tx *db.Tx, batch []unindexedEmail) error {
	var docs []fts.Document
	for i, e := range batch {
		n, err := tx.Exec(`UPDATE email SET indexed = 1 WHERE account_id = $1 AND email_id = $2 AND indexed = 0`, e.account, e.id)
		if err != nil {
			return err
		}
		if n > 0 { // else deleted, or another node was faster
			docs = append(docs, e.doc)
		}
		if i+1 == len(batch) || batch[i+1].account != e.account {
			if err := fts.Put(tx, e.account, docs); err != nil {
				return err
			}
			docs = docs[:0]
		}
	}
	return nil
}

// tidyIndex keeps the segments few of the accounts of a batch.
func (s *Store) tidyIndex(ctx context.Context, batch []unindexedEmail) error {
	for i, e := range batch {
		if i+1 < len(batch) && batch[i+1].account == e.account {
			continue
		}
		if err := fts.Tidy(ctx, s.db, e.account); err != nil {
			return err
		}
	}
	return nil
}

// purgeIndex takes the words of deleted messages out of the index.
func (s *Store) purgeIndex(ctx context.Context) error {
	var accounts []postroom.AccountID
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		accounts, err = fts.Accounts(tx)
		return err
	})
	for _, account := range accounts {
		if err == nil {
			err = fts.Purge(ctx, s.db, account)
		}
	}
	return err
}

func (s *Store) houseLoop(ctx context.Context) {
	wait := time.Minute
	for round := 0; pause(ctx, wait); round++ {
		wait = houseRound
		s.fault("housekeeping", s.collect(ctx))
		s.fault("housekeeping: audit", s.eraseExpired(ctx))
		s.fault("housekeeping: sessions", s.forgetWebSessions(ctx))
		s.fault("housekeeping: tokens", s.forgetSpent(ctx))
		s.fault("housekeeping: history", s.pruneHistory(ctx))
		s.fault("housekeeping: departures", ForgetDepartures(ctx, s, longMemory))
		if round%sweepEvery == 0 {
			_, err := s.blobs.Sweep(ctx, s.db, s.now().Add(-looseFor))
			s.fault("housekeeping: files", err)
			s.fault("housekeeping: index", s.purgeIndex(ctx))
		}
		s.fault("housekeeping: attachments", s.fillAttached(ctx))
	}
}

// KeepHouse removes blobs without references for a day, files that no row
// names, the words of deleted messages, memories of sent copies that are over,
// web sessions that have ended, what left mailboxes longer ago than that is
// remembered, and what audit records and
// the history of rights say that are older than they are kept; and it fills in
// what was not asked of messages when they came. The store does it by
// itself: files and words once a day, the rest every hour.
func (s *Store) KeepHouse(ctx context.Context) error {
	if err := s.collect(ctx); err != nil {
		return err
	}
	if err := s.eraseExpired(ctx); err != nil {
		return err
	}
	if err := s.forgetWebSessions(ctx); err != nil {
		return err
	}
	if err := s.forgetSpent(ctx); err != nil {
		return err
	}
	if err := s.pruneHistory(ctx); err != nil {
		return err
	}
	if err := ForgetDepartures(ctx, s, longMemory); err != nil {
		return err
	}
	if err := s.purgeIndex(ctx); err != nil {
		return err
	}
	if err := s.fillAttached(ctx); err != nil {
		return err
	}
	_, err := s.blobs.Sweep(ctx, s.db, s.now().Add(-looseFor))
	return err
}

func (s *Store) collect(ctx context.Context) error {
	now := s.now()
	for {
		n, err := s.blobs.Collect(ctx, s.db, now.Add(-looseFor), collectSome)
		if err != nil {
			return err
		}
		if n < collectSome {
			break
		}
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`DELETE FROM out_of_office_told WHERE again <= $1`, now); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM submission WHERE undo <> 0 AND queue_id = 0 AND created < $1`, db.Micros(now.Add(-submissionsKept))); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM presence WHERE until_at <= $1`, db.Micros(now)); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM sent_copy WHERE filed < $1`, now.Add(-foldTime)); err != nil {
			return err
		}
		if err := s.pruneShareNotes(tx); err != nil {
			return err
		}
		if err := s.prunePush(tx); err != nil {
			return err
		}
		if err := s.dropUploads(tx, `expires <= $1`, now); err != nil {
			return err
		}
		return s.pruneExpiredAnswers(tx)
	})
}

// expiryLoop wakes everybody when a grant comes to its end. Rights end by
// themselves at that second; this only tells those who wait.
func (s *Store) expiryLoop(ctx context.Context) {
	changed := s.rights.join(s)
	last := s.now()
	for {
		next, err := s.nextExpiry(ctx, last)
		s.fault("reading expiries", err)
		wait := time.Minute
		if !next.IsZero() {
			wait = min(wait, max(next.Sub(s.now()), 0)+time.Millisecond)
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-changed:
		case <-t.C:
		}
		t.Stop()
		if now := s.now(); !next.IsZero() && !next.After(now) {
			last = next
			s.hub.rightsChanged(s, 0)
		}
	}
}

// nextExpiry is when the next grant after a time ends; zero when none does.
func (s *Store) nextExpiry(ctx context.Context, after time.Time) (time.Time, error) {
	var until int64
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COALESCE(MIN(until_at), 0) FROM access_grant WHERE until_at > $1`, after).Scan(&until)
	})
	return db.Time(until), err
}

// IndexAll indexes what is not indexed yet, for tests and for upkeep.
func IndexAll(ctx context.Context, s *Store) error {
	for {
		n, err := s.indexSome(ctx)
		if n == 0 || err != nil {
			return err
		}
	}
}
