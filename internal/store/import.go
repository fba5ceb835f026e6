package store

import (
	"context"
	"io"
	"strconv"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// ImportSession brings mail from elsewhere into the mailboxes of one account.
// It finds and makes mailboxes and adds messages with their flags and dates. Of
// what is there it learns only whether a message is there already.
type ImportSession struct {
	acting  *Session
	account postroom.Account
	// nameless are the marks of messages without Message-ID in a mailbox:
	// there is no index to ask.
	nameless map[postroom.CollectionRef]map[namelessMark]bool
	stored   int
}

// ImportMark tells a message of one mailbox from another, so that a second run
// stores nothing twice.
type ImportMark struct {
	MessageID string // with angle brackets or without; empty is never known
	Size      int64
	Received  time.Time // to the second
}

// Imported is what became of one message: Err is nil and Known is true when the
// mailbox had it; UID is the one it got when it was stored.
type Imported struct {
	Known bool
	UID   postroom.UID
	Err   error
}

type namelessMark struct {
	blob   postroom.BlobID
	second int64
}

// OpenImport lets the console, and nobody else, bring mail into an account.
// from says in the audit log where the mail comes from.
func OpenImport(ctx context.Context, asker *Session, account postroom.AccountID, from string) (*ImportSession, error) {
	if asker.warrant.Purpose != mint.Console {
		return nil, errDenied()
	}
	i := &ImportSession{nameless: make(map[postroom.CollectionRef]map[namelessMark]bool)}
	err := asker.store.db.Write(ctx, func(tx *db.Tx) (err error) {
		if i.account, err = readAccount(tx, account); err != nil {
			return err
		}
		return asker.record(tx, "mail.import", postroom.CollectionRef{Account: account}, map[string]string{"from": from})
	})
	if err != nil {
		return nil, err
	}
	w := asker.warrant
	w.Home = account
	i.acting = asker.store.NewSession(w)
	return i, nil
}

// Close writes to the audit log how many messages were stored.
func (i *ImportSession) Close(ctx context.Context) error {
	return i.acting.store.db.Write(ctx, func(tx *db.Tx) error {
		return i.acting.record(tx, "mail.import.end", postroom.CollectionRef{Account: i.account.ID},
			map[string]string{"stored": strconv.Itoa(i.stored)})
	})
}

// Mailbox finds the mailbox with a role, or else that of a path, or makes it,
// with the role if that is free to be given. Invalid (name, or not a mailbox),
// Limit.
func (i *ImportSession) Mailbox(ctx context.Context, path string, role postroom.Role) (postroom.Collection, error) {
	c, err := i.find(ctx, path, role)
	if postroom.KindOf(err) != postroom.NotFound {
		return c, err
	}
	if role != postroom.RoleArchive {
		role = postroom.RoleNone // the others exist in every account
	}
	if _, err := i.acting.CreateCollection(ctx, "", path, NewCollection{Role: role}); err != nil {
		return c, err
	}
	return i.find(ctx, path, postroom.RoleNone)
}

func (i *ImportSession) find(ctx context.Context, path string, role postroom.Role) (c postroom.Collection, err error) {
	err = i.acting.store.db.Read(ctx, func(tx *db.Tx) error {
		if role != postroom.RoleNone {
			if c, err = collectionByRole(tx, i.account.ID, role); postroom.KindOf(err) != postroom.NotFound {
				return err
			}
		}
		if c, err = collectionByPath(tx, i.account.ID, path); err != nil {
			return err
		}
		if c.Kind != postroom.MailCollection || c.Ref.Collection == postroom.RootCollection {
			return postroom.Errorf(postroom.Invalid, "not a mailbox: %s", printable(path))
		}
		return nil
	})
	return c, err
}

// Known tells which messages a mailbox has. One without Message-ID is never
// known here; Append finds it by its bytes.
func (i *ImportSession) Known(ctx context.Context, box postroom.CollectionRef, marks []ImportMark) (known []bool, err error) {
	if err := i.own(box); err != nil {
		return nil, err
	}
	err = i.acting.store.db.Read(ctx, func(tx *db.Tx) error {
		known = make([]bool, len(marks))
		for n, m := range marks {
			if known[n], err = hasImported(tx, box, messageHash(m.MessageID), m.Size, m.Received); err != nil {
				return err
			}
		}
		return nil
	})
	return known, err
}

// own answers NotFound for a mailbox of another account.
func (i *ImportSession) own(box postroom.CollectionRef) error {
	if box.Account != i.account.ID {
		return noSuchMailbox(box.String())
	}
	return nil
}

func hasImported(tx *db.Tx, box postroom.CollectionRef, hash, size int64, received time.Time) (bool, error) {
	if hash == 0 {
		return false, nil
	}
	from := db.Micros(received.Truncate(time.Second))
	var n int
	// By its Message-ID first: the index of those has none whose hash is 0, which
	// has to be said, and there may be a million items in the mailbox.
	err := tx.QueryRow(`SELECT COUNT(*) FROM email e CROSS JOIN item i
		WHERE e.account_id = $1 AND e.message_hash = $2 AND e.message_hash <> 0 AND i.account_id = e.account_id AND i.email_id = e.email_id
		AND i.collection_id = $3 AND i.size = $4 AND i.received >= $5 AND i.received < $6`,
		box.Account, hash, box.Collection, size, from, from+1_000_000).Scan(&n)
	return n > 0, err
}

// Append stores those of messages that the mailbox does not have. What becomes
// of each is told in the order given; the readers are read to their end in that
// order. The error is one that ends the import.
func (i *ImportSession) Append(ctx context.Context, box postroom.CollectionRef, messages []NewMessage) ([]Imported, error) {
	if err := i.own(box); err != nil {
		return nil, err
	}
	told := make([]Imported, len(messages))
	var drafts []draft
	var at []int
	defer func() {
		for _, d := range drafts {
			d.draft.Close()
		}
	}()
	for n, m := range messages {
		d, err := i.draft(m)
		if _, rest := io.Copy(io.Discard, m.Raw); rest != nil {
			return nil, rest
		}
		if told[n].Err = err; err != nil {
			if postroom.KindOf(err) == postroom.Internal {
				return nil, err
			}
			continue
		}
		drafts, at = append(drafts, d), append(at, n)
	}
	if len(drafts) == 0 {
		return told, nil
	}
	err := i.insert(ctx, box, drafts, at, told)
	if postroom.KindOf(err) == postroom.OverQuota && len(drafts) > 1 {
		// Not all of them fit: those that do are kept.
		for n := range drafts {
			if err = i.insert(ctx, box, drafts[n:n+1], at[n:n+1], told); postroom.KindOf(err) == postroom.OverQuota {
				told[at[n]], err = Imported{Err: err}, nil
			}
			if err != nil {
				return nil, err
			}
		}
		return told, nil
	}
	if postroom.KindOf(err) == postroom.OverQuota {
		told[at[0]], err = Imported{Err: err}, nil
	}
	return told, err
}

func (i *ImportSession) draft(m NewMessage) (d draft, err error) {
	words, err := cleanKeywords(m.Keywords)
	if err != nil {
		return d, err
	}
	s := i.acting.store
	b, err := s.receive(m.Raw, m.Size)
	if err != nil {
		return d, err
	}
	d = draft{parsed: parse(b), received: s.micros(m.Received)}
	d.meta.Flags, d.meta.Keywords = m.Flags, words
	return d, nil
}

// insert stores in one transaction those of drafts that the mailbox does not
// have; at says where in told each is.
func (i *ImportSession) insert(ctx context.Context, box postroom.CollectionRef, drafts []draft, at []int, told []Imported) error {
	seen, err := i.namelessIn(ctx, box, drafts)
	if err != nil {
		return err
	}
	var fresh []draft
	err = i.acting.store.db.Write(ctx, func(tx *db.Tx) error {
		fresh = nil
		var stored []int // where in told each of fresh is
		if err := tx.ShareRights(); err != nil {
			return err
		}
		c, err := i.acting.store.begin(tx, i.account.ID)
		if err != nil {
			return err
		}
		batch := make(map[namelessMark]bool)
		for n, d := range drafts {
			known, err := hasImported(tx, box, d.hash, d.draft.Size, db.Time(d.received))
			if err != nil {
				return err
			}
			m := d.mark()
			known = known || batch[m] || d.hash == 0 && seen[m]
			batch[m] = true
			if told[at[n]] = (Imported{Known: known}); !known {
				fresh, stored = append(fresh, d), append(stored, at[n])
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		first, _, err := c.insert(box.Collection, fresh, i.account.ID)
		if err != nil {
			return err
		}
		uids := make([]postroom.UID, len(fresh))
		for n := range fresh {
			uids[n] = first + postroom.UID(n)
			told[stored[n]].UID = uids[n]
		}
		names, err := i.acting.messagesNamed(tx, "message.append", box, uids)
		if err != nil {
			return err
		}
		return i.acting.recordMessages(tx, "message.append", box, uids, names, nil)
	})
	if err != nil {
		return err
	}
	i.stored += len(fresh)
	for _, d := range fresh {
		if d.hash == 0 {
			seen[d.mark()] = true
		}
	}
	return nil
}

// mark tells a message without Message-ID from another.
func (d draft) mark() namelessMark {
	return namelessMark{d.draft.ID, db.Time(d.received).Unix()}
}

// namelessIn reads, once a mailbox, the messages without Message-ID, when one
// of drafts has none.
func (i *ImportSession) namelessIn(ctx context.Context, box postroom.CollectionRef, drafts []draft) (map[namelessMark]bool, error) {
	needed := false
	for _, d := range drafts {
		needed = needed || d.hash == 0
	}
	if known := i.nameless[box]; known != nil || !needed {
		return known, nil
	}
	known := make(map[namelessMark]bool)
	err := i.acting.store.db.Read(ctx, func(tx *db.Tx) error {
		return tx.Each(`SELECT e.blob, i.received FROM item i JOIN email e ON e.account_id = i.account_id AND e.email_id = i.email_id
			WHERE i.account_id = $1 AND i.collection_id = $2 AND e.message_hash = 0`, []any{box.Account, box.Collection},
			func(scan func(...any) error) error {
				var id []byte
				var received int64
				if err := scan(&id, &received); err != nil {
					return err
				}
				known[namelessMark{postroom.BlobID(id), db.Time(received).Unix()}] = true
				return nil
			})
	})
	if err != nil {
		return nil, err
	}
	i.nameless[box] = known
	return known, nil
}
