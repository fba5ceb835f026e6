package store

import (
	"cmp"
	"context"
	"slices"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// assignable finds who is to be assigned: somebody who can read one of the
// messages. Its canonical primary address is returned.
func (s *Session) assignable(tx *db.Tx, account postroom.AccountID, items []threadItem, address string) (string, error) {
	wrong := postroom.Errorf(postroom.Invalid, "%s cannot read this conversation", printable(address))
	all, err := s.readersOf(tx, account, items)
	if err != nil {
		return "", err
	}
	t, found, err := entryNamed(tx, address)
	if err != nil {
		return "", err
	}
	for _, who := range all {
		if found && t.Account != 0 && t.Account == who.Account {
			return who.Address, nil
		}
	}
	return "", wrong
}

// Colleagues lists who may read a conversation, by address: to whom it can be
// assigned, and who can be mentioned in a note. Needs Write on a mailbox with a
// message of it: who only reads is not told with whom.
func (s *Session) Colleagues(ctx context.Context, account postroom.AccountID, thread postroom.ThreadID) (list []postroom.Colleague, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		items, err := s.writable(tx, account, thread)
		if err != nil {
			return err
		}
		list, err = s.readersOf(tx, account, items)
		return err
	})
	return list, err
}

// writable reads a conversation that is to be worked on: Denied without Write
// on any of its messages.
func (s *Session) writable(tx *db.Tx, account postroom.AccountID, thread postroom.ThreadID) ([]threadItem, error) {
	items, err := s.threadItems(tx, account, thread)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(items, func(it threadItem) bool { return it.have.Has(postroom.Write) }) {
		return nil, postroom.Errorf(postroom.Denied, "permission denied: this conversation may only be read")
	}
	return items, nil
}

// readersOf lists the persons who may read one of the messages. The owner of a
// person's account is among them, a shared account itself is nobody.
func (s *Session) readersOf(tx *db.Tx, account postroom.AccountID, items []threadItem) (list []postroom.Colleague, err error) {
	owner, err := readAccount(tx, account)
	if err != nil {
		return nil, err
	}
	candidates, err := granteesOf(tx, owner)
	if err != nil {
		return nil, err
	}
	m, epoch, err := s.store.facts.now(tx, account)
	if err != nil {
		return nil, err
	}
	t, err := m.tree(account, epoch)
	if err != nil || t == nil {
		return nil, err
	}
	for _, id := range append(candidates, account) {
		who, err := m.principal(id)
		if err != nil {
			return nil, err
		}
		if who == nil || who.account.Kind != postroom.Person || !s.reads(who, t, items) {
			continue
		}
		list = append(list, postroom.Colleague{Account: id, Address: who.account.Address, Name: who.account.Name})
	}
	slices.SortFunc(list, func(a, b postroom.Colleague) int { return cmp.Compare(a.Address, b.Address) })
	return slices.Compact(list), nil
}

// reads reports whether somebody may read one of the messages.
func (s *Session) reads(who *principal, t *tree, items []threadItem) bool {
	return who.maySignIn() && slices.ContainsFunc(items, func(it threadItem) bool {
		n := t.nodes[it.ref.Collection]
		return n != nil && rights.Effective(who.subject, t.owner, n.chain, s.store.now()).Has(toRead)
	})
}

// colleagueAt finds whose address it is. One that is nobody's is shown as it
// is: another program wrote it, or its account was renamed since.
func colleagueAt(tx *db.Tx, address string, known map[string]postroom.Colleague) (postroom.Colleague, error) {
	if who, ok := known[address]; ok {
		return who, nil
	}
	who := postroom.Colleague{Address: address}
	t, found, err := entryNamed(tx, address)
	if err == nil && found && t.Account != 0 {
		var a postroom.Account
		if a, err = readAccount(tx, t.Account); err == nil {
			who = postroom.Colleague{Account: a.ID, Address: a.Address, Name: a.Name}
		}
	}
	known[address] = who
	return who, err
}

// answersOf finds in the audit log who sent the messages of a conversation.
func answersOf(tx *db.Tx, account postroom.AccountID, items []threadItem) (list []postroom.Answer, err error) {
	done := make(map[int64]bool)
	for _, it := range items {
		if it.hash == 0 || done[it.hash] {
			continue
		}
		done[it.hash] = true
		var seqs []int64
		err := tx.Each(`SELECT seq FROM audit_sent WHERE message_hash = $1 ORDER BY seq`, []any{it.hash}, func(scan func(...any) error) error {
			var seq int64
			err := scan(&seq)
			seqs = append(seqs, seq)
			return err
		})
		if err != nil {
			return nil, err
		}
		records, err := readRecords(tx, seqs)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if r.Target != account || r.Actor.Account == 0 {
				continue
			}
			who, err := colleague(tx, r.Actor.Account, r.Actor.Address)
			if err != nil {
				return nil, err
			}
			list = append(list, postroom.Answer{By: who, At: r.At, Email: it.Email})
		}
	}
	slices.SortStableFunc(list, func(a, b postroom.Answer) int { return a.At.Compare(b.At) })
	return list, nil
}

// colleague is somebody by number, as the address says when they are no more.
func colleague(tx *db.Tx, id postroom.AccountID, address string) (postroom.Colleague, error) {
	a, err := readAccount(tx, id)
	if postroom.KindOf(err) == postroom.NotFound {
		return postroom.Colleague{Address: address}, nil
	}
	return postroom.Colleague{Account: a.ID, Address: a.Address, Name: a.Name}, err
}
