package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// NoticeSession reads what people are to be told about shares and puts the
// mails that tell them into their inboxes. It is made by store/system.
type NoticeSession struct{ session *Session }

// NoticeKind is what a notice tells.
type NoticeKind uint8

// The kinds.
const (
	// ShareNew: something is shared with the person that was not.
	ShareNew NoticeKind = 1 + iota
	// ShareChanged: they may do other things with it now, or for another time.
	ShareChanged
	// ShareRevoked: it is shared with them no longer.
	ShareRevoked
	// ShareExpiring: what they have ends soon.
	ShareExpiring
	// ShareExpired: what they had has ended.
	ShareExpired
	// GroupJoined: they are a new member of a group with shares.
	GroupJoined
	// ShareAnswered: people have accepted or declined what they offered.
	ShareAnswered
	// GroupLeft: they are no longer a member of a group that gave them something.
	GroupLeft
	// GroupDeleted: a group that gave them something is gone.
	GroupDeleted
	// ThingDeleted: a mailbox, a folder or a group is gone on which they had
	// rights of their own.
	ThingDeleted
	// GlassBroken: Reader reads the mailbox in an emergency, until At.
	GlassBroken
	// GlassEnded: and no longer does.
	GlassEnded
	// AdministratorActed: By did Act to what is theirs.
	AdministratorActed
	// Mentioned: notes about a conversation of Shares[0] mention them, the last
	// one by By.
	Mentioned
)

// Notice is what one person is to be told.
type Notice struct {
	Kind NoticeKind
	To   postroom.Account
	// By is who did it: address and name; empty for the console and for what
	// time did.
	By postroom.Account
	// Group is the address of the group joined, or of that by which a share
	// reached the person.
	Group string
	// Shares is what there is now; what there was, when it has ended. One,
	// but any number for GroupJoined, GroupLeft and GroupDeleted.
	Shares []NoticeShare
	// Answers to offers on Shares[0], of ShareAnswered alone.
	Answers []NoticeAnswer
	// Folder tells, of ThingDeleted, that folders were and not the whole.
	Folder bool
	// Reader of the kinds about broken glass, and why: Reason. For
	// AdministratorActed Reason is what Act names.
	Reader postroom.Account
	Reason string
	Act    OwnerAct
	// Subject of the conversation of Mentioned, and Count of its notes that
	// mention them. At is when the last was written.
	Subject string
	Count   int
	// At is when something ends or ended.
	At time.Time
	// Key is the same each time this notice is read and that of no other.
	Key string
	// Organisation of the person, and its wordings.
	Organisation postroom.Organisation
	Wordings     []postroom.Wording
	// Created is when the first of the changes was made.
	Created time.Time
}

// NoticeShare is what somebody has on one account or group.
type NoticeShare struct {
	Target  postroom.SendTarget
	Address string
	Name    string
	Kind    postroom.AccountKind // zero for a group
	Folders []NoticeFolder
	Send    []NoticeSend
}

// NoticeFolder is a folder of which the rights are others than those of its
// parent; NoRights is one that is closed below one that is open.
type NoticeFolder struct {
	Path   string
	Kind   postroom.CollectionKind
	Rights postroom.Rights
	Until  time.Time // zero: no end
}

// NoticeSend is a right to send or to manage.
type NoticeSend struct {
	Right postroom.SendRight
	Until time.Time
}

// NoticeBatch is the notices of one row of the outbox, or some of them when
// there are many people.
type NoticeBatch struct {
	Notices []Notice

	row  noticeRow
	last postroom.AccountID // the highest account looked at
	more bool
}

// noticePage is how many people are told in one transaction.
const noticePage = 200

// Next reads the notices that are due longest; nil when none are. A batch may
// be without notices; it is given to Deliver all the same.
func (n *NoticeSession) Next(ctx context.Context) (b *NoticeBatch, err error) {
	s := n.session.store
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		b = nil
		rows, err := readNotices(tx, `WHERE due <= $1 ORDER BY due, id LIMIT 1`, s.now())
		if err != nil || len(rows) == 0 {
			return err
		}
		b = &NoticeBatch{row: rows[0]}
		_, err = readTarget(tx, b.row.target)
		if postroom.KindOf(err) == postroom.NotFound && b.row.sort == thingsLost {
			err = nil // what it was is in the row
		}
		if postroom.KindOf(err) == postroom.NotFound {
			return nil // deleted meanwhile: there is nothing to tell
		}
		if err != nil {
			return err
		}
		return n.fill(tx, b)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// fill finds the people of a batch and what each is to be told.
func (n *NoticeSession) fill(tx *db.Tx, b *NoticeBatch) error {
	people, err := peopleOf(tx, b.row.entries)
	if err != nil {
		return err
	}
	people = slices.DeleteFunc(people, func(id postroom.AccountID) bool { return id <= b.row.reached })
	if b.more = len(people) > noticePage; b.more {
		people = people[:noticePage]
	}
	if len(people) == 0 {
		return nil
	}
	b.last = people[len(people)-1]
	t, err := n.newTeller(tx, b.row)
	if err != nil {
		return err
	}
	for _, id := range people {
		who, err := t.moment.principal(id)
		if err != nil {
			return err
		}
		// Only persons who can read it: a shared mailbox has no one reader.
		if who == nil || who.account.State != postroom.Active || who.account.Kind != postroom.Person ||
			id == b.row.target.Account && !b.row.sort.ownerNews() && b.row.sort != mentionedIn {
			continue
		}
		notice, tell, err := t.tell(who)
		if err != nil {
			return err
		}
		if tell {
			notice.To, notice.Created = who.account, b.row.created
			notice.Key = strconv.FormatInt(b.row.id, 10) + "." + strconv.FormatInt(int64(id), 10) + "." +
				strconv.FormatInt(b.row.created.UnixMicro(), 36)
			if err := worded(tx, &notice); err != nil {
				return err
			}
			b.Notices = append(b.Notices, notice)
		}
	}
	return nil
}

// peopleOf lists the accounts that entries name, by themselves or as members
// of a group, ascending.
func peopleOf(tx *db.Tx, entries []noticeEntry) (people []postroom.AccountID, err error) {
	for i := 0; i < len(entries); i++ {
		e := entries[i]
		if e.Loss != nil {
			people = append(people, e.Loss.People...)
			for _, g := range e.Loss.Grantees {
				entries = append(entries[:len(entries):len(entries)], noticeEntry{Grantee: g})
			}
			continue
		}
		if e.Grantee.Kind == postroom.GranteeAccount {
			people = append(people, postroom.AccountID(e.Grantee.ID))
			continue
		}
		all, err := expand(tx, postroom.GroupID(e.Grantee.ID))
		if err != nil {
			return nil, err
		}
		people = append(people, all.Accounts...)
	}
	slices.Sort(people)
	return slices.Compact(people), nil
}

// NoticeLetter is the mail of a notice.
type NoticeLetter struct {
	To  postroom.AccountID
	Raw []byte
}

// Deliver puts the letters of a batch into the inboxes and takes it out of the
// outbox, in one transaction: each person is told once, whatever happens. When
// the batch has changed since it was read, or somebody else delivered it,
// nothing is done and Next gives what there is to tell now.
func (n *NoticeSession) Deliver(ctx context.Context, b *NoticeBatch, letters []NoticeLetter) error {
	s := n.session.store
	slices.SortStableFunc(letters, func(x, y NoticeLetter) int { return int(x.To - y.To) })
	parts := make([]*parsed, 0, len(letters))
	for _, l := range letters {
		draft, err := s.blobs.Prepare(l.Raw)
		if err != nil {
			return err
		}
		defer draft.Close()
		parts = append(parts, parse(draft))
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		taken, err := b.take(tx)
		if err != nil || !taken {
			return err
		}
		if err := b.markTold(tx, s.now()); err != nil {
			return err
		}
		for i, l := range letters {
			err := s.deliverCopy(tx, parts[i], ArrivalCopy{Account: l.To, Prefix: []byte("Return-Path: <>\r\n")}, s.micros(time.Time{}))
			if postroom.KindOf(err) == postroom.NotFound {
				continue // deleted meanwhile
			}
			if err == nil {
				err = keepOne(tx, parts[i].draft)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func keepOne(tx *db.Tx, d *blob.Draft) error { return d.Keep(tx, 1) }

// take removes the row of a batch, or notes how far it was told.
func (b *NoticeBatch) take(tx *db.Tx) (bool, error) {
	query, args := `DELETE FROM notice WHERE id = $1 AND version = $2 AND reached = $3`, []any{b.row.id, b.row.version, b.row.reached}
	if b.more {
		query, args = `UPDATE notice SET reached = $4 WHERE id = $1 AND version = $2 AND reached = $3`, append(args, b.last)
	}
	n, err := tx.Exec(query, args...)
	return n == 1, err
}

// Postpone puts a batch off that could not be delivered.
func (n *NoticeSession) Postpone(ctx context.Context, b *NoticeBatch, d time.Duration) error {
	s := n.session.store
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE notice SET due = $2 WHERE id = $1`, b.row.id, s.now().Add(d))
		return err
	})
}

// NextDue is when the next notices are due; the zero time when none are.
func (n *NoticeSession) NextDue(ctx context.Context) (time.Time, error) {
	var due int64
	err := n.session.store.db.Read(ctx, func(tx *db.Tx) error {
		var letter int64
		err := tx.QueryRow(`SELECT COALESCE(MIN(due), 0), (`+nextLetterDue+`) FROM notice`).Scan(&due, &letter)
		if due == 0 || letter != 0 && letter < due {
			due = letter
		}
		return err
	})
	return db.Time(due), err
}

// Wake is hinted whenever rights or members changed. Every call gives the same
// channel.
func (n *NoticeSession) Wake() <-chan struct{} { return n.session.store.rights.join(n) }
