package store

import (
	"context"
	"strconv"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// ReviewAnswer is what is said of entries.
type ReviewAnswer uint8

// The answers.
const (
	// ConfirmAccess: it stays as it is.
	ConfirmAccess ReviewAnswer = 1 + iota
	// RevokeAccess: it is taken back at once. Something confirmed can still be
	// revoked while the review is open.
	RevokeAccess
)

// ReviewChoice is about which entries something is said.
type ReviewChoice struct {
	// Numbers of entries; none: all open ones about which the caller is asked,
	// or, for an administrator who is asked about none, may answer.
	Numbers []int
}

// maxReviewChoice bounds the numbers given at once.
const maxReviewChoice = 1000

// AnswerReview confirms or revokes entries of an open review, all or none, and
// returns how many. The right to answer is to be asked, or to administer; it
// takes no other right to revoke. Errors: NotFound (no such review or entry),
// Exists (it is over, or the entry was answered, or changed meanwhile), Denied.
func (d *Directory) AnswerReview(ctx context.Context, id int64, which ReviewChoice, answer ReviewAnswer) (count int, err error) {
	if answer != ConfirmAccess && answer != RevokeAccess {
		return 0, postroom.Errorf(postroom.Invalid, "no such answer")
	}
	if len(which.Numbers) > maxReviewChoice {
		return 0, postroom.Errorf(postroom.Limit, "more than %d entries at once", maxReviewChoice)
	}
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		count = 0
		r, err := readReview(tx, id)
		if err != nil || !c.within(r.Org) {
			return orError(err, noSuchReview(id))
		}
		who := d.session.store.newReviewers(tx, r.Org)
		items, err := d.chosen(tx, c, who, r, which)
		if err != nil {
			return err
		}
		if r.State != ReviewOpen {
			return postroom.Errorf(postroom.Exists, "review %d is %s", id, r.State)
		}
		for i := range items {
			if err := d.answerItem(tx, c, &items[i], answer); err != nil {
				return err
			}
		}
		count = len(items)
		return nil
	})
	return count, err
}

// chosen reads the entries of a choice that the caller may answer.
func (d *Directory) chosen(tx *db.Tx, c *caller, who *reviewers, r reviewRow, which ReviewChoice) (items []ReviewItem, err error) {
	s := d.session.store
	for _, n := range which.Numbers {
		list, err := s.readReviewItems(tx, `WHERE i.review_id = $2 AND i.number = $3`, r.ID, n)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			if _, err := d.seenReview(tx, c, r.ID); err != nil {
				return nil, err
			}
			return nil, postroom.Errorf(postroom.NotFound, "no such entry: %d", n)
		}
		if err := c.mayAnswer(who, &list[0]); err != nil {
			if _, seen := d.seenReview(tx, c, r.ID); seen != nil {
				err = seen
			}
			return nil, err
		}
		items = append(items, list[0])
	}
	if len(which.Numbers) > 0 {
		return items, nil
	}
	if _, err := d.seenReview(tx, c, r.ID); err != nil {
		return nil, err
	}
	var others []ReviewItem
	err = s.eachReviewItem(tx, r.ID, 0, func(i *ReviewItem) error {
		if i.State != MarkOpen {
			return nil
		}
		asked, err := c.isAsked(who, i)
		switch {
		case err != nil:
			return err
		case asked && c.session.whole():
			items = append(items, *i)
		case c.mayAnswer(who, i) == nil:
			others = append(others, *i)
		}
		return nil
	})
	if len(items) == 0 {
		items = others
	}
	if err == nil && len(items) == 0 {
		err = postroom.Errorf(postroom.NotFound, "nothing in review %d waits for your answer", r.ID)
	}
	return items, err
}

func (d *Directory) answerItem(tx *db.Tx, c *caller, i *ReviewItem, answer ReviewAnswer) error {
	s := d.session.store
	switch {
	case i.State == MarkGone:
		return postroom.Errorf(postroom.Exists, "entry %d was changed or taken back since the review began", i.Number)
	case i.State != MarkOpen && !(i.State == MarkConfirmed && answer == RevokeAccess):
		return postroom.Errorf(postroom.Exists, "entry %d is %s already", i.Number, i.State)
	}
	if answer == ConfirmAccess {
		if err := s.markItem(tx, i, MarkConfirmed, c.account.ID); err != nil {
			return err
		}
		return d.session.recordTarget(tx, "review.confirm", target{SendTarget: i.Target, org: c.orgOf(tx, i), address: i.Address}, i.details())
	}
	if i.State == MarkConfirmed {
		// It may have been changed since it was confirmed.
		there, err := exists(tx, `SELECT 1 FROM review_item i WHERE `+stillThere+` > 0 AND i.review_id = $2 AND i.number = $3`,
			s.now(), i.Review, i.Number)
		if err != nil || !there {
			return orError(err, postroom.Errorf(postroom.Exists, "entry %d was changed or taken back since the review began", i.Number))
		}
	}
	if err := d.revokeItem(tx, c, i); err != nil {
		return err
	}
	return s.markItem(tx, i, MarkRevoked, c.account.ID)
}

func (c *caller) orgOf(tx *db.Tx, i *ReviewItem) postroom.OrgID {
	t, err := readTarget(tx, i.Target)
	if err != nil {
		return c.account.Org
	}
	return t.org
}

func (s *Store) markItem(tx *db.Tx, i *ReviewItem, m ReviewMark, by postroom.AccountID) error {
	_, err := tx.Exec(`UPDATE review_item SET state = $3, decided = $4, decided_by = $5 WHERE review_id = $1 AND number = $2`,
		i.Review, i.Number, m, s.now(), by)
	return err
}

// details of an entry for the audit log.
func (i *ReviewItem) details() map[string]string {
	m := map[string]string{"review": strconv.FormatInt(i.Review, 10), "entry": strconv.Itoa(i.Number), "grantee": i.Name}
	switch i.Kind {
	case ReviewGrant:
		m["path"], m["letters"] = i.Path, rights.Zimbra(i.Rights)
	case ReviewSend:
		m["right"] = i.Send.String()
	case ReviewMember:
		m["members"] = i.Name
	}
	return m
}

// revokeItem takes back what an entry is about; it is still there. The caller is
// zero when time did it. The records are those of any revocation, and name the
// review.
func (d *Directory) revokeItem(tx *db.Tx, c *caller, i *ReviewItem) error {
	switch i.Kind {
	case ReviewGrant:
		return d.revokeGrant(tx, c, i)
	case ReviewSend:
		return d.revokeSend(tx, c, i)
	}
	g, err := readGroup(tx, i.Target.Group)
	if err != nil {
		return err
	}
	m := postroom.Member{}
	if i.Grantee.Kind == postroom.GranteeGroup {
		m.Group = postroom.GroupID(i.Grantee.ID)
	} else {
		m.Account = postroom.AccountID(i.Grantee.ID)
	}
	if err := d.noteLeft(tx, c, g, []postroom.Member{m}); err != nil {
		return err
	}
	if err := d.dropMember(tx, g, m, i.Name); err != nil {
		return err
	}
	if err := d.membersChanged(tx, g, []postroom.Member{m}); err != nil {
		return err
	}
	return d.session.recordOn(tx, "group.remove", g.Org, g.Address, i.details())
}

// revokeGrant removes a grant. One that narrows what is given above becomes
// empty instead: nobody gets more because something was taken back.
func (d *Directory) revokeGrant(tx *db.Tx, c *caller, i *ReviewItem) error {
	s := d.session.store
	more, err := widens(tx, i, s.now())
	if err != nil {
		return err
	}
	if err := d.noteShare(tx, c, postroom.SendTarget{Account: i.Target.Account}, i.Grantee); err != nil {
		return err
	}
	details, action := i.details(), "grant.remove"
	if more {
		seq, err := nextID(tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE access_grant SET rights = 0, since = $5, until_at = 0, by_account = $6, seq = $7 WHERE account_id = $1
			AND collection_id = $2 AND grantee_kind = $3 AND grantee_id = $4 AND negative = 0`,
			i.Target.Account, i.Collection, i.Grantee.Kind, i.Grantee.ID, s.now(), c.account.ID, seq)
		if err != nil {
			return err
		}
		action = "grant.add"
		for k, v := range grantDetails(postroom.Grant{}, i.Name) {
			details[k] = v
		}
	} else if _, err := deleteGrant(tx, i.ref(), i.Grantee, false); err != nil {
		return err
	}
	if err := s.changed(tx, changedGrants, int64(i.Target.Account)); err != nil {
		return err
	}
	return d.session.record(tx, action, i.ref(), details)
}

// revokeSend removes a right to send. The last one to post to a group becomes a
// denial: without any entry everybody could post.
func (d *Directory) revokeSend(tx *db.Tx, c *caller, i *ReviewItem) error {
	s := d.session.store
	if err := d.noteShare(tx, c, i.Target, i.Grantee); err != nil {
		return err
	}
	key := postroom.SendGrant{Target: i.Target, Grantee: i.Grantee, Right: i.Send}
	entries, err := readSendGrants(tx, `WHERE target_account = $1 AND target_group = $2 AND send_right = $3 AND (until_at = 0 OR until_at > $4)`,
		i.Target.Account, i.Target.Group, i.Send, s.now())
	if err != nil {
		return err
	}
	details, action := i.details(), "sendright.remove"
	if i.Send == postroom.SendTo && len(entries) == 1 {
		key.Deny = true
		err = insertSendGrant(tx, key, db.Micros(s.now()), c.account.ID)
		action, details["deny"] = "sendright.add", "yes"
	} else {
		_, err = tx.Exec(`DELETE FROM send_grant `+sendGrantKey, sendGrantArgs(key)...)
	}
	if err != nil {
		return err
	}
	if err := s.changed(tx, changedGrants, int64(i.Target.Account)); err != nil {
		return err
	}
	t, err := readTarget(tx, i.Target)
	if err != nil {
		return err
	}
	return d.session.recordTarget(tx, action, t, details)
}

// CancelReview ends a review; nothing more is revoked by it.
func (d *Directory) CancelReview(ctx context.Context, id int64) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		r, err := d.managedReview(tx, c, id)
		if err != nil {
			return err
		}
		if err := d.session.store.endReview(tx, &r, ReviewCancelled); err != nil {
			return err
		}
		return d.session.recordOn(tx, "review.cancel", r.Org, "", r.details())
	})
}

// RemindReviewers writes to all who have not answered yet; once an hour.
func (d *Directory) RemindReviewers(ctx context.Context, id int64) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		r, err := d.managedReview(tx, c, id)
		if err != nil {
			return err
		}
		s := d.session.store
		if now := s.now(); !r.told.IsZero() && now.Before(r.told.Add(reviewSlack)) && !now.Before(r.told) {
			return postroom.Errorf(postroom.Limit, "they were reminded within the hour")
		}
		if _, err := tx.Exec(`UPDATE review SET reminded = $2 WHERE id = $1`, id, s.now()); err != nil {
			return err
		}
		if err := s.askReviewers(tx, &r, LetterReminder); err != nil {
			return err
		}
		return d.session.recordOn(tx, "review.remind", r.Org, "", r.details())
	})
}

// managedReview reads an open review for an administrator who could have begun
// it.
func (d *Directory) managedReview(tx *db.Tx, c *caller, id int64) (reviewRow, error) {
	r, err := readReview(tx, id)
	if err != nil {
		return r, err
	}
	if err := c.mustAdminister(r.Org, noSuchReview(id), reviewing); err != nil {
		// Who is asked nothing does not learn that there is one.
		if _, seen := d.seenReview(tx, c, id); seen != nil {
			err = seen
		}
		return r, err
	}
	if r.State > ReviewEnding {
		return r, postroom.Errorf(postroom.Exists, "review %d is %s", id, r.State)
	}
	return r, nil
}
