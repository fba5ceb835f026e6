package store

import (
	"encoding/json"
	"slices"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Every change of a share is written down here in the transaction that makes
// it: one row for each target, with what those concerned had before. What they
// have now is read when the notice is made, so that several changes within the
// settling time are one notice, and one that was taken back is none.

const (
	// noticeSettles is how long a target must be left alone before people are
	// told, noticeWaits the longest that this may put it off.
	noticeSettles = 5 * time.Second
	noticeWaits   = 30 * time.Second
	// maxNoticeEntries bounds one row; after that another is begun.
	maxNoticeEntries = 200
)

// noticeSort is what a row of the outbox is about.
type noticeSort int64

const (
	shareChanges noticeSort = 1 + iota // grants on a target were changed
	newMembers                         // the target is a group that has new members
	sharesEnding                       // grants on a target are about to end
	sharesEnded
	sharesAnswered // people have answered offers
	thingsLost     // people have left a group, or something was deleted
	glassBroken    // somebody reads the target in an emergency
	glassEnded
	administratorActed // on the target, which its owners are told
	mentionedIn        // a note about a conversation of the target mentions somebody
)

// noticeRow is a row of the outbox.
type noticeRow struct {
	id       int64
	sort     noticeSort
	target   postroom.SendTarget
	entries  []noticeEntry
	created  time.Time
	version  int64
	reached  postroom.AccountID
	existing bool
}

// noticeEntry is somebody for whom something changed: a grantee, or a member
// of a group.
type noticeEntry struct {
	Grantee postroom.Grantee
	By      postroom.AccountID `json:",omitempty"` // zero: the console
	// Grants and Sends are what the grantee had on the target before.
	Grants []postroom.Grant     `json:",omitempty"`
	Sends  []postroom.SendGrant `json:",omitempty"`
	// At is when a share ends or ended.
	At time.Time `json:",omitzero"`
	// Folder was answered by By, and Was is what they had said before. Then
	// Grantee is whom to tell.
	Folder postroom.CollectionID `json:",omitempty"`
	Was    postroom.ShareState   `json:",omitempty"`
	// Loss is what people have lost; then nothing else but By is set.
	Loss *noticeLoss `json:",omitempty"`
	// Reader is who reads in an emergency; Reason why, or what was named in
	// an Act of By.
	Reader postroom.AccountID `json:",omitempty"`
	Reason string             `json:",omitempty"`
	Act    OwnerAct           `json:",omitempty"`
	// Thread in which Grantee is mentioned.
	Thread postroom.ThreadID `json:",omitempty"`
}

// noticed reports whether changes for a grantee are told: to persons and the
// members of groups. What is given to a domain, a plan or everybody is not
// mailed to all of them, and guests are no members of the house.
func noticed(g postroom.Grantee) bool {
	return g.Kind == postroom.GranteeAccount || g.Kind == postroom.GranteeGroup
}

// noteShare writes down that what a grantee has on a target is about to be
// changed. It comes before the change, to read what was.
func (d *Directory) noteShare(tx *db.Tx, c *caller, t postroom.SendTarget, g postroom.Grantee) error {
	if d.quiet || !noticed(g) {
		return nil
	}
	if err := d.session.store.watchGrant(tx, c.account.ID, t.Account, g); err != nil {
		return err
	}
	row, err := d.session.store.openNotice(tx, shareChanges, t)
	if err != nil {
		return err
	}
	e, fresh := row.entry(g)
	e.By = c.account.ID
	if fresh {
		err := eachGrant(tx, `WHERE account_id = $1 AND grantee_kind = $2 AND grantee_id = $3`, []any{t.Account, g.Kind, g.ID},
			func(old postroom.Grant) { e.Grants = append(e.Grants, old) })
		if err != nil {
			return err
		}
		e.Sends, err = readSendGrants(tx, `WHERE target_account = $1 AND target_group = $2 AND grantee_kind = $3 AND grantee_id = $4`,
			t.Account, t.Group, g.Kind, g.ID)
		if err != nil {
			return err
		}
	}
	return d.session.store.saveNotice(tx, row)
}

// noteMembers writes down that a group has new members, when it wants them to
// be told what is shared with it.
func (d *Directory) noteMembers(tx *db.Tx, c *caller, g postroom.Group, members []postroom.Member) error {
	if d.quiet {
		return nil
	}
	return d.session.store.noteJoined(tx, c.account.ID, g, members)
}

// noteJoined is noteMembers for who has no directory: by is zero for the console
// and for filters.
func (s *Store) noteJoined(tx *db.Tx, by postroom.AccountID, g postroom.Group, members []postroom.Member) error {
	members, err := s.forgetLeft(tx, g, members)
	if err != nil || !g.NotifyNewMembers {
		return err
	}
	var row noticeRow
	for i, m := range members {
		if m.Address != "" {
			continue // outside
		}
		if row.id == 0 {
			if row, err = s.openNotice(tx, newMembers, postroom.SendTarget{Group: g.ID}); err != nil {
				return err
			}
		}
		e, _ := row.entry(granteeOf(postroom.SendTarget{Account: m.Account, Group: m.Group}))
		e.By = by
		if len(row.entries) >= maxNoticeEntries || i == len(members)-1 {
			if err := s.saveNotice(tx, row); err != nil {
				return err
			}
			row = noticeRow{}
		}
	}
	if row.id != 0 {
		return s.saveNotice(tx, row)
	}
	return nil
}

// entry finds or adds the entry of a grantee.
func (r *noticeRow) entry(g postroom.Grantee) (e *noticeEntry, fresh bool) {
	i := slices.IndexFunc(r.entries, func(e noticeEntry) bool { return e.Grantee == g })
	if i < 0 {
		i, fresh = len(r.entries), true
		r.entries = append(r.entries, noticeEntry{Grantee: g})
	}
	return &r.entries[i], fresh
}

// openNotice finds the row of a target that still gathers changes, or begins
// one. A row from which people were told already gathers no more.
func (s *Store) openNotice(tx *db.Tx, sort noticeSort, t postroom.SendTarget) (noticeRow, error) {
	rows, err := readNotices(tx, `WHERE target_account = $1 AND target_group = $2 AND kind = $3 AND reached = 0
		ORDER BY id DESC LIMIT 1`, t.Account, t.Group, sort)
	if err != nil {
		return noticeRow{}, err
	}
	if len(rows) > 0 && len(rows[0].entries) < maxNoticeEntries {
		return rows[0], nil
	}
	return s.newNotice(tx, sort, t)
}

// newNotice begins a row.
func (s *Store) newNotice(tx *db.Tx, sort noticeSort, t postroom.SendTarget) (noticeRow, error) {
	r := noticeRow{sort: sort, target: t, created: db.Time(db.Micros(s.now())), version: 1}
	err := tx.QueryRow(`UPDATE directory_sequence SET value = value + 1 WHERE id = 2 RETURNING value`).Scan(&r.id)
	return r, err
}

// saveNotice stores a row, due when the target has been left alone for a while.
func (s *Store) saveNotice(tx *db.Tx, r noticeRow) error {
	text, err := json.Marshal(r.entries)
	if err != nil {
		return err
	}
	due := s.now().Add(noticeSettles)
	if last := r.created.Add(noticeWaits); due.After(last) {
		due = last
	}
	if r.existing {
		_, err = tx.Exec(`UPDATE notice SET entries = $2, due = $3, version = version + 1 WHERE id = $1`, r.id, string(text), due)
		return err
	}
	_, err = tx.Exec(`INSERT INTO notice (id, kind, target_account, target_group, entries, created, due, version, reached)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
		r.id, r.sort, r.target.Account, r.target.Group, string(text), r.created, due, r.version)
	return err
}

func readNotices(tx *db.Tx, where string, args ...any) (rows []noticeRow, err error) {
	err = tx.Each(`SELECT id, kind, target_account, target_group, entries, created, version, reached FROM notice `+where, args,
		func(scan func(...any) error) error {
			r := noticeRow{existing: true}
			var text string
			var created int64
			err := scan(&r.id, &r.sort, &r.target.Account, &r.target.Group, &text, &created, &r.version, &r.reached)
			if err != nil {
				return err
			}
			r.created = db.Time(created)
			rows = append(rows, r)
			return json.Unmarshal([]byte(text), &rows[len(rows)-1].entries)
		})
	return rows, err
}
