package store

import (
	"context"
	"errors"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// ReviewScope is what a review is about.
type ReviewScope uint8

// The scopes.
const (
	// ReviewAll: every mailbox and group of an organisation.
	ReviewAll ReviewScope = 1 + iota
	// ReviewShared: shared mailboxes and resources.
	ReviewShared
	// ReviewPersons: mailboxes of persons.
	ReviewPersons
	// ReviewGroups: rights on groups, and who is in those that give access.
	ReviewGroups
	// ReviewOutside: what guests, everybody and the public have.
	ReviewOutside
)

var reviewScopes = [...]string{"", "all", "shared", "persons", "groups", "outside"}

// String is all, shared, persons, groups or outside.
func (s ReviewScope) String() string { return reviewScopes[min(s, ReviewOutside)] }

// ParseReviewScope reads a scope; empty is all.
func ParseReviewScope(word string) (ReviewScope, error) {
	if word == "" {
		return ReviewAll, nil
	}
	for s := ReviewAll; s <= ReviewOutside; s++ {
		if s.String() == word {
			return s, nil
		}
	}
	return 0, postroom.Errorf(postroom.Invalid, "no such scope: %s (there are all, shared, persons, groups, outside)", printable(word))
}

// ReviewState is how far a review is.
type ReviewState uint8

// The states.
const (
	// ReviewOpen: it waits for answers.
	ReviewOpen ReviewState = 1 + iota
	// ReviewEnding: it was due, and what was not confirmed is being revoked.
	ReviewEnding
	// ReviewOver: it was due.
	ReviewOver
	// ReviewCancelled by an administrator.
	ReviewCancelled
)

// String is open, ending, over or cancelled.
func (s ReviewState) String() string {
	return [...]string{"", "open", "ending", "over", "cancelled"}[min(s, ReviewCancelled)]
}

// ReviewSpec says what review to begin.
type ReviewSpec struct {
	Org   postroom.OrgID
	Scope ReviewScope
	// Due is until when answers are awaited; zero: four weeks from now.
	Due time.Time
	// Lapse: what nobody confirmed until then is revoked.
	Lapse bool
}

// Review is one round of looking at who has access to what.
type Review struct {
	ID    int64
	Org   postroom.OrgID
	Scope ReviewScope
	Lapse bool
	State ReviewState
	// Started, Due and, when it is over, Ended. Due may move away, never nearer.
	Started, Due, Ended time.Time
	By                  string // address, or console
	// Counts of the entries that the caller may see, by their state.
	Open, Confirmed, Revoked, Lapsed, Gone int
}

// ReviewKind is what an entry of a review is about.
type ReviewKind uint8

// The kinds.
const (
	// ReviewGrant: rights on a mailbox.
	ReviewGrant ReviewKind = 1 + iota
	// ReviewSend: a right to send, or to own a group.
	ReviewSend
	// ReviewMember: somebody is in a group that gives access.
	ReviewMember
)

// String is grant, send-right or member.
func (k ReviewKind) String() string {
	return [...]string{"", "grant", "send-right", "member"}[min(k, ReviewMember)]
}

// ReviewMark is what became of an entry.
type ReviewMark uint8

// The marks.
const (
	MarkOpen ReviewMark = 1 + iota
	MarkConfirmed
	MarkRevoked
	// MarkLapsed: revoked because nobody confirmed it.
	MarkLapsed
	// MarkGone: it was changed, taken back or ended meanwhile, so that there is
	// nothing to answer.
	MarkGone
)

// String is open, confirmed, revoked, lapsed or gone.
func (m ReviewMark) String() string {
	return [...]string{"", "open", "confirmed", "revoked", "lapsed", "gone"}[min(m, MarkGone)]
}

// ReviewItem is one grant, right to send or membership as it was found.
type ReviewItem struct {
	Review int64
	// Number counts from 1 within the review.
	Number int
	Kind   ReviewKind
	Target postroom.SendTarget
	// Address of the target, Path of the collection (of a grant alone) and Name
	// of the grantee or member are those at the start.
	Address, Path, Name string
	Collection          postroom.CollectionID
	Holds               postroom.CollectionKind // of a grant
	Grantee             postroom.Grantee
	Rights              postroom.Rights    // of a grant
	Send                postroom.SendRight // of a right to send
	Since, Until        time.Time          // Until zero: no end
	By                  string             // who gave it; empty for a membership
	State               ReviewMark
	Decided             time.Time
	DecidedBy           string
	// Gives is what a group gives its members, the first ones; GivesMore, that
	// there is more.
	Gives     []ReviewGift
	GivesMore bool
	// Reviewers are asked about it; only administrators are told who they are.
	Reviewers []string

	mark int64
}

// ref is the collection of a grant.
func (i *ReviewItem) ref() postroom.CollectionRef {
	return postroom.CollectionRef{Account: i.Target.Account, Collection: i.Collection}
}

// ability is what an administrator needs to answer.
func (i *ReviewItem) ability() postroom.Abilities {
	switch i.Kind {
	case ReviewGrant:
		return postroom.ManageGrants
	case ReviewSend:
		return sendAbility(i.Send)
	}
	return postroom.ManageGroups
}

// reviewing is what it takes to begin one: all that it can revoke.
const reviewing = postroom.ManageGrants | postroom.ManageSendRights | postroom.ManageGroups

// reviewRow is a review with what only its clock needs.
type reviewRow struct {
	Review
	by      postroom.AccountID
	stage   reviewStage
	minimum time.Duration // it stays open at least
	seen    time.Time     // when openFor was counted last
	openFor time.Duration
	toldFor time.Duration // openFor when the last letter of a stage went out
	told    time.Time     // when an administrator asked to remind
	epoch   int64         // of rights, when reviewers were looked for last
}

const reviewColumns = `SELECT r.id, r.org_id, r.scope, r.lapse, r.state, r.stage, r.started, r.due, r.ended, r.by_account,
	COALESCE(a.address, ''), r.minimum, r.seen, r.open_for, r.told_for, r.reminded, r.epoch
	FROM review r LEFT JOIN account a ON a.id = r.by_account `

func readReviews(tx *db.Tx, where string, args ...any) (list []reviewRow, err error) {
	err = tx.Each(reviewColumns+where, args, func(scan func(...any) error) error {
		var r reviewRow
		var started, due, ended, minimum, seen, openFor, toldFor, told int64
		err := scan(&r.ID, &r.Org, &r.Scope, &r.Lapse, &r.State, &r.stage, &started, &due, &ended, &r.by, &r.By,
			&minimum, &seen, &openFor, &toldFor, &told, &r.epoch)
		r.Started, r.Due, r.Ended, r.seen, r.told = db.Time(started), db.Time(due), db.Time(ended), db.Time(seen), db.Time(told)
		r.minimum, r.openFor, r.toldFor = micros(minimum), micros(openFor), micros(toldFor)
		if r.by == 0 {
			r.By = "console"
		}
		list = append(list, r)
		return err
	})
	return list, err
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

func readReview(tx *db.Tx, id int64) (reviewRow, error) {
	list, err := readReviews(tx, `WHERE r.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = noSuchReview(id)
	}
	if err != nil {
		return reviewRow{}, err
	}
	return list[0], nil
}

func noSuchReview(id int64) error {
	return postroom.Errorf(postroom.NotFound, "no such review: %d", id)
}

// stillThere counts what an entry is about, when it is what it was. $1 is now.
const stillThere = `CASE i.kind
	WHEN 1 THEN (SELECT COUNT(*) FROM access_grant g WHERE g.account_id = i.target_account AND g.collection_id = i.collection_id
		AND g.grantee_kind = i.grantee_kind AND g.grantee_id = i.grantee_id AND g.negative = 0 AND g.seq = i.mark
		AND (g.until_at = 0 OR g.until_at > $1))
	WHEN 2 THEN (SELECT COUNT(*) FROM send_grant g WHERE g.target_account = i.target_account AND g.target_group = i.target_group
		AND g.grantee_kind = i.grantee_kind AND g.grantee_id = i.grantee_id AND g.send_right = i.send_right AND g.seq = i.mark
		AND (g.until_at = 0 OR g.until_at > $1))
	ELSE (SELECT COUNT(*) FROM group_member g WHERE g.group_id = i.target_group AND g.outside = '' AND g.since = i.mark
		AND g.account_id = CASE i.grantee_kind WHEN 1 THEN i.grantee_id ELSE 0 END
		AND g.member_group = CASE i.grantee_kind WHEN 2 THEN i.grantee_id ELSE 0 END)
	END`

const reviewItemColumns = `SELECT i.review_id, i.number, i.kind, i.target_account, i.target_group, i.collection_id, i.grantee_kind,
	i.grantee_id, i.send_right, i.mark, i.rights, i.since, i.until_at, i.by_account, i.target_address, i.path, i.grantee_name,
	i.state, i.decided, i.decided_by, COALESCE(b.address, ''), COALESCE(w.address, ''), COALESCE(c.kind, 1), ` + stillThere + `
	FROM review_item i LEFT JOIN account b ON b.id = i.by_account LEFT JOIN account w ON w.id = i.decided_by
	LEFT JOIN collection c ON c.account_id = i.target_account AND c.collection_id = i.collection_id `

// reviewPage is how many entries are read at once.
const reviewPage = 500

// readReviewItems reads a page; the condition may use $2 and on, $1 is now.
// What is open and no longer what it was is gone.
func (s *Store) readReviewItems(tx *db.Tx, where string, args ...any) (list []ReviewItem, err error) {
	args = append([]any{s.now()}, args...)
	err = tx.Each(reviewItemColumns+where, args, func(scan func(...any) error) error {
		var i ReviewItem
		var since, until, decided, there int64
		var by, who postroom.AccountID
		err := scan(&i.Review, &i.Number, &i.Kind, &i.Target.Account, &i.Target.Group, &i.Collection, &i.Grantee.Kind, &i.Grantee.ID,
			&i.Send, &i.mark, &i.Rights, &since, &until, &by, &i.Address, &i.Path, &i.Name, &i.State, &decided, &who, &i.By,
			&i.DecidedBy, &i.Holds, &there)
		i.Since, i.Until, i.Decided = db.Time(since), db.Time(until), db.Time(decided)
		if by == 0 && i.Kind != ReviewMember {
			i.By = "console"
		}
		if who == 0 && (i.State == MarkConfirmed || i.State == MarkRevoked) {
			i.DecidedBy = "console"
		}
		if i.State == MarkOpen && there == 0 {
			i.State = MarkGone
		}
		list = append(list, i)
		return err
	})
	return list, err
}

// eachReviewItem reads the entries of a review in order, a page at a time, so
// that fn may ask the database.
func (s *Store) eachReviewItem(tx *db.Tx, review int64, after int, fn func(*ReviewItem) error) error {
	for {
		page, err := s.readReviewItems(tx, `WHERE i.review_id = $2 AND i.number > $3 ORDER BY i.number LIMIT $4`, review, after, reviewPage)
		if err != nil {
			return err
		}
		for i := range page {
			if err := fn(&page[i]); err != nil {
				return err
			}
			after = page[i].Number
		}
		if len(page) < reviewPage {
			return nil
		}
	}
}

// count counts entries.
func (r *Review) count(m ReviewMark, n int) {
	switch m {
	case MarkOpen:
		r.Open += n
	case MarkConfirmed:
		r.Confirmed += n
	case MarkRevoked:
		r.Revoked += n
	case MarkLapsed:
		r.Lapsed += n
	case MarkGone:
		r.Gone += n
	}
}

// countReview counts all entries of a review.
func (s *Store) countReview(tx *db.Tx, r *Review) error {
	return tx.Each(`SELECT state, there, COUNT(*) FROM (SELECT i.state, CASE WHEN i.state > 1 THEN 1 ELSE `+stillThere+` END AS there
		FROM review_item i WHERE i.review_id = $2) c GROUP BY state, there`, []any{s.now(), r.ID}, func(scan func(...any) error) error {
		var m ReviewMark
		var there, n int
		err := scan(&m, &there, &n)
		if m == MarkOpen && there == 0 {
			m = MarkGone
		}
		r.count(m, n)
		return err
	})
}

// Reviews lists reviews, the latest first, with counts: administrators who may
// see access those of their organisation, others the open ones in which they
// are asked.
func (d *Directory) Reviews(ctx context.Context) (all []Review, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		all = []Review{}
		rows, err := readReviews(tx, `ORDER BY r.id DESC`)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if !c.within(r.Org) || !c.administers(r.Org, postroom.SeeAccess) && r.State > ReviewEnding {
				continue
			}
			seen, err := d.seenReview(tx, c, r.ID)
			if postroom.KindOf(err) == postroom.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			all = append(all, seen)
		}
		return nil
	})
	return all, err
}

// Review reads one. NotFound for those who are asked nothing in it and may not
// see access.
func (d *Directory) Review(ctx context.Context, id int64) (r Review, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		r, err = d.seenReview(tx, c, id)
		return err
	})
	return r, err
}

// seenReview is a review as the caller may see it.
func (d *Directory) seenReview(tx *db.Tx, c *caller, id int64) (Review, error) {
	row, err := readReview(tx, id)
	if err != nil || !c.within(row.Org) {
		return row.Review, orError(err, noSuchReview(id))
	}
	if c.administers(row.Org, postroom.SeeAccess) {
		return row.Review, d.session.store.countReview(tx, &row.Review)
	}
	asked := false
	who := d.session.store.newReviewers(tx, row.Org)
	err = d.session.store.eachReviewItem(tx, id, 0, func(i *ReviewItem) error {
		mine, err := c.isAsked(who, i)
		if mine {
			asked = true
			row.count(i.State, 1)
		}
		return err
	})
	if err == nil && !asked {
		err = noSuchReview(id)
	}
	return row.Review, err
}

// ReviewFilter selects entries.
type ReviewFilter struct {
	// After is the number of the last entry that is known; zero: none.
	After int
	// State selects those in it; zero: all.
	State ReviewMark
	// Mine leaves out those about which others are asked.
	Mine bool
	// Max is how many are wanted at most; 0: 500.
	Max int
}

// errEnough ends a walk over entries.
var errEnough = errors.New("store: enough entries")

// maxReviewShown is the most that one call returns.
const maxReviewShown = 1000

// ReviewItems lists entries of a review by number: for those who may see access
// all, for others those about which they are asked.
func (d *Directory) ReviewItems(ctx context.Context, id int64, f ReviewFilter) (items []ReviewItem, err error) {
	if f.Max <= 0 {
		f.Max = reviewPage
	}
	f.Max = min(f.Max, maxReviewShown)
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		items = []ReviewItem{}
		r, err := readReview(tx, id)
		if err != nil || !c.within(r.Org) {
			return orError(err, noSuchReview(id))
		}
		sees, asked := c.administers(r.Org, postroom.SeeAccess), false
		who := d.session.store.newReviewers(tx, r.Org)
		err = d.session.store.eachReviewItem(tx, id, f.After, func(i *ReviewItem) error {
			if f.State != 0 && i.State != f.State && sees {
				return nil
			}
			mine, err := c.isAsked(who, i)
			if err != nil || !mine && (f.Mine || !sees) {
				return err
			}
			asked = true
			if f.State != 0 && i.State != f.State {
				return nil
			}
			if err := d.tellReviewItem(tx, who, i, sees); err != nil {
				return err
			}
			if items = append(items, *i); len(items) == f.Max {
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		if err == nil && !sees && !asked && f.After == 0 {
			err = noSuchReview(id)
		}
		return err
	})
	return items, err
}

// tellReviewItem fills in what is computed: what a group gives, and who is asked.
func (d *Directory) tellReviewItem(tx *db.Tx, who *reviewers, i *ReviewItem, sees bool) (err error) {
	if i.Kind == ReviewMember {
		if i.Gives, i.GivesMore, err = who.givenBy(i.Target.Group); err != nil {
			return err
		}
	}
	if !sees || i.State != MarkOpen {
		return nil
	}
	ids, err := who.of(i)
	if err != nil {
		return err
	}
	for _, id := range ids {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		i.Reviewers = append(i.Reviewers, a.Address)
	}
	return nil
}

// lettersOf is how rights are written for administrators.
func lettersOf(r postroom.Rights) string {
	if role := rights.RoleOf(r); role != "custom" {
		return role
	}
	return rights.Zimbra(r)
}
