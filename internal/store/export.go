package store

import (
	"context"
	"iter"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// ExportSession reads the mail of one account, to hand it out as a whole. Only
// the console gets one, and the audit log has it.
type ExportSession struct {
	console *Session
	account postroom.Account
	boxes   []postroom.Collection
}

// ExportedItem is a message with its bytes, which the receiver closes.
type ExportedItem struct {
	postroom.Item // without Summary
	Content       Content
}

// OpenExport lets the console, and nobody else, read the mailboxes of an
// account at and below a path.
func OpenExport(ctx context.Context, asker *Session, account postroom.AccountID, path string) (*ExportSession, error) {
	if asker.warrant.Purpose != mint.Console {
		return nil, errDenied()
	}
	e := &ExportSession{console: asker}
	err := asker.store.db.Write(ctx, func(tx *db.Tx) (err error) {
		if e.account, err = readAccount(tx, account); err != nil {
			return err
		}
		top, err := collectionByPath(tx, account, path)
		if err != nil {
			return err
		}
		all, err := readCollections(tx, account)
		if err != nil {
			return err
		}
		e.boxes = nil
		below := strings.TrimSuffix(top.Path, "/") + "/"
		for _, c := range all {
			within := c.Path == top.Path || strings.HasPrefix(c.Path, below)
			if within && c.Kind == postroom.MailCollection && c.Ref.Collection != postroom.RootCollection {
				e.boxes = append(e.boxes, c)
			}
		}
		return asker.record(tx, "mail.export", top.Ref, nil)
	})
	return e, err
}

// Mailboxes are those to hand out, by path.
func (e *ExportSession) Mailboxes() []postroom.Collection { return e.boxes }

// exportChunk is how many messages are looked up at once.
const exportChunk = 200

// Messages reads the messages of a mailbox in ascending UID order. What is
// removed meanwhile is passed over.
func (e *ExportSession) Messages(ctx context.Context, box postroom.CollectionRef) iter.Seq2[ExportedItem, error] {
	return func(yield func(ExportedItem, error) bool) {
		if box.Account != e.account.ID {
			yield(ExportedItem{}, noSuchMailbox(box.String()))
			return
		}
		for last := postroom.UID(0); ; {
			rows, err := e.after(ctx, box, last)
			if err != nil {
				yield(ExportedItem{}, err)
				return
			}
			if len(rows) == 0 {
				return
			}
			for _, r := range rows {
				last = r.UID
				it, err := e.open(ctx, r)
				if noRow(err) {
					continue
				}
				if !yield(it, err) || err != nil {
					return
				}
			}
		}
	}
}

func (e *ExportSession) after(ctx context.Context, box postroom.CollectionRef, uid postroom.UID) (rows []row, err error) {
	err = e.console.store.db.Read(ctx, func(tx *db.Tx) error {
		rows = nil
		return tx.Each(rowColumns+` AND uid > $3 ORDER BY uid LIMIT $4`, []any{box.Account, box.Collection, uid, exportChunk},
			func(scan func(...any) error) error {
				r, err := scanRow(scan)
				rows = append(rows, r)
				return err
			})
	})
	return rows, err
}

func (e *ExportSession) open(ctx context.Context, r row) (it ExportedItem, err error) {
	it.ItemMeta, it.Size, it.Received, it.Saved = r.ItemMeta, r.size, db.Time(r.received), db.Time(r.saved)
	err = e.console.store.db.Read(ctx, func(tx *db.Tx) error {
		var id, prefix []byte
		err := tx.QueryRow(`SELECT blob, prefix FROM email WHERE account_id = $1 AND email_id = $2`, e.account.ID, r.Email).
			Scan(&id, &prefix)
		if err != nil {
			return err
		}
		it.Blob = postroom.BlobID(id)
		it.Content, err = e.console.store.blobs.Open(tx, id, prefix)
		return err
	})
	return it, err
}
