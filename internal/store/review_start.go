package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

const (
	// reviewLasts is how long a review is open when nothing is said, reviewLeast
	// and reviewMost how long it may be.
	reviewLasts = 28 * day
	reviewLeast = 2 * day
	reviewMost  = 400 * day
	// maxReviewItems bounds one review, maxReviews the open ones of one
	// organisation.
	maxReviewItems = 50_000
	maxReviews     = 20
)

// StartReview writes down what there is, and that those concerned are to be
// asked. Only administrators who could revoke all of it may. What ends by itself
// until the review is due is no part of it, nor what takes rights away, nor the
// members of groups that come from a filter. Errors: Invalid (a time that is too
// near or too far; nothing to look at), Limit.
func (d *Directory) StartReview(ctx context.Context, spec ReviewSpec) (r Review, err error) {
	if spec.Scope == 0 {
		spec.Scope = ReviewAll
	}
	if spec.Scope > ReviewOutside {
		return r, postroom.Errorf(postroom.Invalid, "no such scope")
	}
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		r, err = d.startReview(tx, c, spec)
		return err
	})
	return r, err
}

func (d *Directory) startReview(tx *db.Tx, c *caller, spec ReviewSpec) (Review, error) {
	s := d.session.store
	if err := c.mustAdminister(spec.Org, noSuch("organisation", ""), reviewing); err != nil {
		return Review{}, err
	}
	now := db.Time(db.Micros(s.now()))
	if spec.Due.IsZero() {
		spec.Due = now.Add(reviewLasts)
	}
	if open := spec.Due.Sub(now); open < reviewLeast || open > reviewMost {
		return Review{}, postroom.Errorf(postroom.Invalid, "a review is open for 2 days at least, and for 400 at most")
	}
	var running int
	err := tx.QueryRow(`SELECT COUNT(*) FROM review WHERE org_id = $1 AND state <= $2`, spec.Org, ReviewEnding).Scan(&running)
	if err != nil {
		return Review{}, err
	}
	if running >= maxReviews {
		return Review{}, postroom.Errorf(postroom.Limit, "%d reviews are open already", running)
	}
	found := &reviewed{store: s, tx: tx, spec: spec, now: now, name: namer(tx), groups: make(map[postroom.GroupID]bool)}
	if err := found.all(); err != nil {
		return Review{}, err
	}
	if len(found.items) == 0 {
		return Review{}, postroom.Errorf(postroom.Invalid, "there is nothing to review")
	}
	r := reviewRow{Review: Review{Org: spec.Org, Scope: spec.Scope, Lapse: spec.Lapse, State: ReviewOpen, Started: now, Due: spec.Due,
		By: cmp.Or(c.account.Address, "console"), Open: len(found.items)}, by: c.account.ID, seen: now,
		minimum: min(7*day, spec.Due.Sub(now)) - reviewSlack}
	if err := s.insertReview(tx, &r, found); err != nil {
		return Review{}, err
	}
	if err := s.askReviewers(tx, &r, LetterStart); err != nil {
		return Review{}, err
	}
	return r.Review, d.session.recordOn(tx, "review.start", r.Org, "", r.details())
}

func (r *Review) details() map[string]string {
	m := map[string]string{"review": strconv.FormatInt(r.ID, 10), "scope": r.Scope.String(), "due": r.Due.UTC().Format(time.RFC3339)}
	if r.Lapse {
		m["lapse"] = "yes"
	}
	return m
}

func (s *Store) insertReview(tx *db.Tx, r *reviewRow, found *reviewed) (err error) {
	if r.ID, err = nextID(tx); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO review (id, org_id, scope, lapse, state, stage, started, due, by_account, minimum, seen)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, r.ID, r.Org, r.Scope, r.Lapse, r.State, r.stage, r.Started, r.Due,
		r.by, r.minimum.Microseconds(), r.seen)
	if err != nil {
		return err
	}
	found.sort()
	for n, i := range found.items {
		_, err := tx.Exec(`INSERT INTO review_item (review_id, number, kind, target_account, target_group, collection_id, grantee_kind,
			grantee_id, send_right, mark, rights, since, until_at, by_account, target_address, path, grantee_name, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
			r.ID, n+1, i.Kind, i.Target.Account, i.Target.Group, i.Collection, i.Grantee.Kind, i.Grantee.ID, i.Send, i.mark, i.Rights,
			i.Since, i.Until, i.by, i.Address, i.Path, i.Name, MarkOpen)
		if err != nil {
			return err
		}
	}
	return nil
}

// reviewed collects what a review is about.
type reviewed struct {
	store  *Store
	tx     *db.Tx
	spec   ReviewSpec
	now    time.Time
	name   func(postroom.Grantee) (string, error)
	items  []foundItem
	groups map[postroom.GroupID]bool // that were given something in the scope
}

type foundItem struct {
	ReviewItem
	by postroom.AccountID
}

func (f *reviewed) all() error {
	if err := f.grants(); err != nil {
		return err
	}
	if err := f.sends(); err != nil {
		return err
	}
	if f.spec.Scope == ReviewOutside {
		return nil
	}
	return f.members()
}

// about reports whether a thing is in the scope; kind is zero for a group.
func (f *reviewed) about(kind postroom.AccountKind, g postroom.Grantee) bool {
	switch f.spec.Scope {
	case ReviewShared:
		return kind != 0 && kind != postroom.Person
	case ReviewPersons:
		return kind == postroom.Person
	case ReviewGroups:
		return kind == 0
	case ReviewOutside:
		return g.Kind == postroom.GranteeAll || g.Kind == postroom.GranteePublic || g.Kind == postroom.GranteeGuest
	}
	return true
}

// found adds an entry; of a group that was given something the members are
// looked at too, and of a review of groups also those with access to mailboxes.
func (f *reviewed) found(i foundItem, kind postroom.AccountKind) error {
	if !i.Until.IsZero() && !i.Until.After(f.spec.Due) {
		return nil // it ends by itself, as break-glass does
	}
	about := f.about(kind, i.Grantee)
	if i.Grantee.Kind == postroom.GranteeGroup && (about || f.spec.Scope == ReviewGroups) {
		f.groups[postroom.GroupID(i.Grantee.ID)] = true
	}
	if !about {
		return nil
	}
	if len(f.items) >= maxReviewItems {
		return postroom.Errorf(postroom.Limit, "there are more than %d entries: review one scope after the other", maxReviewItems)
	}
	var err error
	if i.Name == "" {
		i.Name, err = f.name(i.Grantee)
	}
	f.items = append(f.items, i)
	return err
}

func (f *reviewed) grants() error {
	var list []foundItem
	var kinds []postroom.AccountKind
	err := f.tx.Each(`SELECT g.account_id, g.collection_id, g.grantee_kind, g.grantee_id, g.rights, g.since, g.until_at, g.by_account,
		g.seq, a.address, a.kind, c.path FROM access_grant g JOIN account a ON a.id = g.account_id
		JOIN collection c ON c.account_id = g.account_id AND c.collection_id = g.collection_id
		WHERE a.org_id = $1 AND g.negative = 0 AND g.rights <> 0 AND (g.until_at = 0 OR g.until_at > $2) ORDER BY g.seq`,
		[]any{f.spec.Org, f.now}, func(scan func(...any) error) error {
			i := foundItem{ReviewItem: ReviewItem{Kind: ReviewGrant}}
			var kind postroom.AccountKind
			var since, until int64
			err := scan(&i.Target.Account, &i.Collection, &i.Grantee.Kind, &i.Grantee.ID, &i.Rights, &since, &until, &i.by, &i.mark,
				&i.Address, &kind, &i.Path)
			i.Since, i.Until = db.Time(since), db.Time(until)
			list, kinds = append(list, i), append(kinds, kind)
			return err
		})
	for n := range list {
		if err != nil {
			return err
		}
		err = f.found(list[n], kinds[n])
	}
	return err
}

func (f *reviewed) sends() error {
	var list []foundItem
	var kinds []postroom.AccountKind
	err := f.tx.Each(`SELECT g.target_account, g.target_group, g.grantee_kind, g.grantee_id, g.send_right, g.since, g.until_at,
		g.by_account, g.seq, COALESCE(a.address, m.address), COALESCE(a.kind, 0) FROM send_grant g
		LEFT JOIN account a ON a.id = g.target_account LEFT JOIN mail_group m ON m.id = g.target_group
		WHERE COALESCE(a.org_id, m.org_id) = $1 AND g.deny = 0 AND (g.until_at = 0 OR g.until_at > $2) ORDER BY g.seq`,
		[]any{f.spec.Org, f.now}, func(scan func(...any) error) error {
			i := foundItem{ReviewItem: ReviewItem{Kind: ReviewSend}}
			var kind postroom.AccountKind
			var since, until int64
			err := scan(&i.Target.Account, &i.Target.Group, &i.Grantee.Kind, &i.Grantee.ID, &i.Send, &since, &until, &i.by, &i.mark,
				&i.Address, &kind)
			i.Since, i.Until = db.Time(since), db.Time(until)
			list, kinds = append(list, i), append(kinds, kind)
			return err
		})
	for n := range list {
		if err != nil {
			return err
		}
		err = f.found(list[n], kinds[n])
	}
	return err
}

// members adds the members of the groups found, and of those within them. Who is
// outside has no rights by a group, and who is in one by its filter cannot be
// taken out by hand.
func (f *reviewed) members() error {
	queue := make([]postroom.GroupID, 0, len(f.groups))
	for id := range f.groups {
		queue = append(queue, id)
	}
	slices.Sort(queue)
	for n := 0; n < len(queue); n++ {
		g, err := readGroup(f.tx, queue[n])
		if postroom.KindOf(err) == postroom.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		var list []foundItem
		err = f.tx.Each(`SELECT m.account_id, m.member_group, m.since, COALESCE(a.address, g.address) FROM group_member m
			LEFT JOIN account a ON a.id = m.account_id LEFT JOIN mail_group g ON g.id = m.member_group
			WHERE m.group_id = $1 AND m.outside = '' ORDER BY m.account_id, m.member_group`, []any{g.ID}, func(scan func(...any) error) error {
			i := foundItem{ReviewItem: ReviewItem{Kind: ReviewMember, Target: postroom.SendTarget{Group: g.ID}, Address: g.Address}}
			var member postroom.SendTarget
			err := scan(&member.Account, &member.Group, &i.mark, &i.Name)
			i.Grantee, i.Since = granteeOf(member), db.Time(i.mark)
			list = append(list, i)
			return err
		})
		if err != nil {
			return err
		}
		for _, i := range list {
			if id := postroom.GroupID(i.Grantee.ID); i.Grantee.Kind == postroom.GranteeGroup && !f.groups[id] {
				f.groups[id] = true
				queue = append(queue, id)
			}
			if g.Filter != "" {
				continue
			}
			if err := f.member(i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *reviewed) member(i foundItem) error {
	if len(f.items) >= maxReviewItems {
		return postroom.Errorf(postroom.Limit, "there are more than %d entries: review one scope after the other", maxReviewItems)
	}
	f.items = append(f.items, i)
	return nil
}

// sort puts entries in the order they are shown and revoked in: what stands
// above comes before what stands below it.
func (f *reviewed) sort() {
	slices.SortStableFunc(f.items, func(a, b foundItem) int {
		return cmp.Or(strings.Compare(a.Address, b.Address), cmp.Compare(a.Kind, b.Kind), comparePaths(a.Path, b.Path),
			strings.Compare(a.Name, b.Name), cmp.Compare(a.Send, b.Send))
	})
}

// widens reports whether what a grantee has above a collection is more than a
// grant there: it would count again when that grant went away.
func widens(tx *db.Tx, i *ReviewItem, now time.Time) (bool, error) {
	at := i.Collection
	for n := 0; at != postroom.RootCollection && n < maxDepthClimbed; n++ {
		var inherit bool
		err := tx.QueryRow(`SELECT parent_id, inherit FROM collection WHERE account_id = $1 AND collection_id = $2`,
			i.Target.Account, at).Scan(&at, &inherit)
		if err != nil || !inherit {
			if noRow(err) {
				err = nil
			}
			return false, err
		}
		counts, above := false, postroom.NoRights
		err = eachGrant(tx, `WHERE account_id = $1 AND collection_id = $2 AND grantee_kind = $3 AND grantee_id = $4 AND negative = 0`,
			[]any{i.Target.Account, at, i.Grantee.Kind, i.Grantee.ID}, func(g postroom.Grant) {
				if g.Until.IsZero() || g.Until.After(now) {
					counts, above = true, g.Rights
				}
			})
		if err != nil || counts {
			return above&^i.Rights != 0, err
		}
	}
	return false, nil
}

// maxDepthClimbed ends the climb in a damaged tree.
const maxDepthClimbed = 1000
