package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Where a conversation of a shared mailbox stands is kept as keywords of its
// messages (ADR 18): so it is seen, changed, searched and logged in every
// protocol as any keyword is, and cannot differ between them.
const (
	waitingKeyword  = "$waiting"
	doneKeyword     = "$done"
	assignedKeyword = "$assigned" // beside the one that says to whom
	assigneePrefix  = "$assigned:"
)

// maxWork bounds the conversations of one question, and the messages of one
// conversation that are looked at: the latest.
const maxWork = 500

// threadItem is a message of a conversation in a mailbox that may be read.
type threadItem struct {
	row
	ref  postroom.CollectionRef
	have postroom.Rights
	role postroom.Role
	hash int64 // of the Message-ID
}

// threadItems reads what the session may read of a conversation, oldest first.
// NotFound when that is nothing.
func (s *Session) threadItems(tx *db.Tx, account postroom.AccountID, thread postroom.ThreadID) (items []threadItem, err error) {
	hashes := make(map[postroom.EmailID]int64)
	err = tx.Each(`SELECT email_id, message_hash FROM email WHERE account_id = $1 AND thread_id = $2 ORDER BY email_id DESC LIMIT $3`,
		[]any{account, thread, maxWork}, func(scan func(...any) error) error {
			var id postroom.EmailID
			var hash int64
			err := scan(&id, &hash)
			hashes[id] = hash
			return err
		})
	if err != nil {
		return nil, err
	}
	seen := make(map[postroom.CollectionID]*threadItem) // what holds for all of a mailbox
	for id, hash := range hashes {
		err := tx.Each(`SELECT uid, flags, modseq, email_id, keywords, size, received, saved, collection_id FROM item
			WHERE account_id = $1 AND email_id = $2`, []any{account, id}, func(scan func(...any) error) error {
			it := threadItem{hash: hash, ref: postroom.CollectionRef{Account: account}}
			err := scan(&it.UID, &it.Flags, &it.ModSeq, &it.Email, &it.Keywords, &it.size, &it.received, &it.saved, &it.ref.Collection)
			items = append(items, it)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for i := range items {
		it := &items[i]
		of := seen[it.ref.Collection]
		if of == nil {
			of = &threadItem{}
			if of.have, err = s.rightsOn(tx, it.ref); err != nil {
				return nil, err
			}
			c, err := readCollection(tx, it.ref)
			if err != nil {
				return nil, err
			}
			of.role = c.Role
			seen[it.ref.Collection] = of
		}
		it.have, it.role = of.have, of.role
	}
	items = slices.DeleteFunc(items, func(it threadItem) bool { return !it.have.Has(toRead) })
	if len(items) == 0 {
		return nil, postroom.Errorf(postroom.NotFound, "no such conversation")
	}
	slices.SortFunc(items, func(a, b threadItem) int {
		return cmp.Or(cmp.Compare(a.received, b.received), cmp.Compare(a.ref.Collection, b.ref.Collection), cmp.Compare(a.UID, b.UID))
	})
	return items, nil
}

// Work tells where conversations of an account stand, at most 500. Needs Read on
// a mailbox with a message of it; others are left out, as those that are not
// there.
func (s *Session) Work(ctx context.Context, account postroom.AccountID, threads []postroom.ThreadID) (list []postroom.Work, err error) {
	if len(threads) > maxWork {
		return nil, postroom.Errorf(postroom.Limit, "at most %d conversations at a time", maxWork)
	}
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		known := make(map[string]postroom.Colleague)
		audited := make(map[postroom.CollectionRef]bool)
		c, err := s.caller(tx)
		if err != nil {
			return err
		}
		for _, thread := range threads {
			items, err := s.threadItems(tx, account, thread)
			if postroom.KindOf(err) == postroom.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			w, err := workOf(tx, account, thread, items, known)
			if err != nil {
				return err
			}
			if w.MayAudit, err = c.auditsSome(tx, c.account.Org, items, audited); err != nil {
				return err
			}
			list = append(list, w)
		}
		return nil
	})
	return list, err
}

// workOf reads from its messages where a conversation stands. The status is
// that of the latest message that came in: a new one opens it again, the
// answer in Sent does not.
func workOf(tx *db.Tx, account postroom.AccountID, thread postroom.ThreadID, items []threadItem, known map[string]postroom.Colleague) (w postroom.Work, err error) {
	w.Thread = thread
	latest := items[len(items)-1]
	for _, it := range items {
		if cameIn(it.role) {
			latest = it
		}
	}
	w.Status = statusOf(latest.Keywords)
	address := ""
	for _, it := range items {
		if a, ok := assigneeOf(it.Keywords); ok {
			address = a
		}
		w.MayChange = w.MayChange || it.have.Has(postroom.Write)
	}
	if address != "" {
		who, err := colleagueAt(tx, address, known)
		if err != nil {
			return w, err
		}
		w.Assignee = &who
	}
	w.Answers, err = answersOf(tx, account, items)
	return w, err
}

// cameIn reports whether messages in a mailbox of this role count for the
// status of a conversation.
func cameIn(role postroom.Role) bool {
	switch role {
	case postroom.RoleSent, postroom.RoleDrafts, postroom.RoleTrash, postroom.RoleJunk:
		return false
	}
	return true
}

func statusOf(keywords string) postroom.WorkStatus {
	words := strings.Fields(keywords)
	switch {
	case slices.Contains(words, doneKeyword):
		return postroom.WorkDone
	case slices.Contains(words, waitingKeyword):
		return postroom.WorkWaiting
	}
	return postroom.WorkOpen
}

// assigneeOf finds to whom keywords assign a message; with several, the first.
func assigneeOf(keywords string) (address string, ok bool) {
	for _, w := range strings.Fields(keywords) {
		if name, found := strings.CutPrefix(w, assigneePrefix); found && name != "" {
			return unescapeKeyword(name), true
		}
	}
	return "", false
}
