package store

import (
	"cmp"
	"context"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// maxHistory bounds the records that are told of one conversation: the latest.
const maxHistory = 500

// WorkHistory tells what the audit log has of the messages of a conversation,
// oldest first: who read, flagged, assigned, noted, moved and sent. NotFound
// without Read on a message of it; Denied to who may not read the log of any of
// the mailboxes its messages are in, which are those that MessageAudit names.
func (s *Session) WorkHistory(ctx context.Context, account postroom.AccountID, thread postroom.ThreadID) (list []postroom.WorkEvent, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		items, err := s.threadItems(tx, account, thread)
		if err != nil {
			return err
		}
		c, err := s.caller(tx)
		if err != nil {
			return err
		}
		a, err := readAccount(tx, account)
		if err != nil {
			return err
		}
		seqs, may, err := c.historyOf(tx, a, items)
		if err != nil {
			return err
		}
		if !may {
			return postroom.Errorf(postroom.Denied, "permission denied: the audit log of this conversation")
		}
		records, err := readRecords(tx, seqs)
		if err != nil {
			return err
		}
		for _, r := range records[max(0, len(records)-maxHistory):] {
			who, err := colleague(tx, r.Actor.Account, r.Actor.Address)
			if err != nil {
				return err
			}
			list = append(list, postroom.WorkEvent{Seq: r.Seq, At: r.At, By: who, Action: r.Action, Protocol: r.Actor.Protocol,
				Path: r.Collection, Details: r.Details})
		}
		return nil
	})
	return list, err
}

// historyOf finds the records about items, where they are and where they were,
// as far as the caller may read them.
func (c *caller) historyOf(tx *db.Tx, a postroom.Account, items []threadItem) (seqs []int64, may bool, err error) {
	known := make(map[postroom.CollectionRef]bool)
	emails := make(map[postroom.EmailID]bool)
	for _, it := range items {
		if emails[it.Email] {
			continue
		}
		emails[it.Email] = true
		places, err := placesOf(tx, a.ID, it.Email)
		if err != nil {
			return nil, false, err
		}
		for _, p := range places {
			is, asked := known[p.ref]
			if !asked {
				if is, err = c.audits(tx, a.Org, p.ref); err != nil {
					return nil, false, err
				}
				known[p.ref] = is
			}
			if !is {
				continue
			}
			may = true
			more, err := seqsOf(tx, p.ref, p.UID)
			if err != nil {
				return nil, false, err
			}
			seqs = append(seqs, more...)
		}
		if !may {
			continue
		}
		sent, err := c.sendings(tx, it.hash)
		if err != nil {
			return nil, false, err
		}
		for _, r := range sent {
			if r.Target == a.ID {
				seqs = append(seqs, r.Seq)
			}
		}
	}
	slices.SortFunc(seqs, cmp.Compare)
	return seqs, may, nil
}

// auditsSome reports whether the caller may read the log of one of the
// mailboxes of items. known has what was found out before.
func (c *caller) auditsSome(tx *db.Tx, org postroom.OrgID, items []threadItem, known map[postroom.CollectionRef]bool) (bool, error) {
	for _, it := range items {
		may, asked := known[it.ref]
		if !asked {
			var err error
			if may, err = c.audits(tx, org, it.ref); err != nil {
				return false, err
			}
			known[it.ref] = may
		}
		if may {
			return true, nil
		}
	}
	return false, nil
}
