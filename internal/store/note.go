package store

import (
	"context"
	"slices"
	"sync"

	"postroom"
	"postroom/internal/store/internal/db"
)

// noted remembers what is already in the audit log for a sitting, so that
// reading a message twice is one record, and what is just being written.
type noted struct {
	mu      sync.Mutex
	opened  map[postroom.CollectionRef]uidRuns
	size    int // runs
	pending []*remark
}

// maxNoted bounds the runs of messages remembered; after that they are recorded
// again.
const maxNoted = 50_000

// remark is a record on its way to the disk, and those others that have to be
// there with it. The nil remark is durable.
type remark struct {
	ref    postroom.CollectionRef
	uids   []postroom.UID // ascending; 0 stands for the mailbox itself
	done   chan struct{}
	err    error // once done is closed
	others []*remark
	gone   []postroom.UID // once done is closed: those that were gone by then, of which it does not speak
}

// wait returns when the record is durable: until then nothing that it speaks
// of may be given out. Its error is that of writing the record.
func (r *remark) wait(ctx context.Context) error {
	if r == nil {
		return nil
	}
	for _, other := range r.others {
		if err := other.wait(ctx); err != nil {
			return err
		}
	}
	if r.done == nil {
		return nil
	}
	select {
	case <-r.done:
		return r.err
	default:
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leavesOut reports whether a message was gone when its record was written, which
// therefore does not speak of it: what was read of it before must not be given out.
// It is asked after wait.
func (r *remark) leavesOut(uid postroom.UID) bool {
	if r == nil {
		return false
	}
	return has(r.gone, uid) || slices.ContainsFunc(r.others, func(other *remark) bool { return other.leavesOut(uid) })
}

// begin takes those of ascending uids that are neither noted nor being written
// for a record that the caller writes; fresh is false when there are none. The
// remark waits for what others write of them, and is nil if all is durable.
func (n *noted) begin(ref postroom.CollectionRef, uids []postroom.UID) (r *remark, fresh bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r = &remark{ref: ref}
	opened := n.opened[ref]
	for _, uid := range uids {
		if opened.has(uid) {
			continue
		}
		if other := n.writing(ref, uid); other == nil {
			r.uids = append(r.uids, uid)
		} else if !slices.Contains(r.others, other) {
			r.others = append(r.others, other)
		}
	}
	if len(r.uids) > 0 {
		r.done = make(chan struct{})
		n.pending = append(n.pending, r)
		return r, true
	}
	if len(r.others) > 0 {
		return r, false
	}
	return nil, false
}

// writing finds the remark that is being written of a message.
func (n *noted) writing(ref postroom.CollectionRef, uid postroom.UID) *remark {
	for _, r := range n.pending {
		if r.ref == ref && has(r.uids, uid) {
			return r
		}
	}
	return nil
}

// end tells what became of a remark.
func (n *noted) end(r *remark, err error) {
	n.mu.Lock()
	n.pending = slices.DeleteFunc(n.pending, func(other *remark) bool { return other == r })
	if err == nil {
		n.add(r.ref, slices.DeleteFunc(slices.Clone(r.uids), func(uid postroom.UID) bool { return has(r.gone, uid) }))
	}
	n.mu.Unlock()
	r.err = err
	close(r.done)
}

// add needs mu.
func (n *noted) add(ref postroom.CollectionRef, uids []postroom.UID) {
	if n.opened == nil || n.size > maxNoted {
		n.opened, n.size = make(map[postroom.CollectionRef]uidRuns), 0
	}
	before := n.opened[ref]
	after := before.with(uids)
	n.opened[ref] = after
	n.size += len(after) - len(before)
}

// noteOpening audits that somebody but the owner opens the mailbox.
func (m *Mailbox) noteOpening(ctx context.Context) *remark {
	return m.noteAhead(ctx, "collection.open", []postroom.UID{0})
}

// noteAhead begins to put the opening of a mailbox (UID 0) or the reading of
// messages into the audit log, each once a sitting, in one transaction that
// checks the right again. The caller waits for the remark before anything of it
// is given out, and may prepare that meanwhile; the record is written though the
// caller goes away. UIDs that are not there are passed over; see leavesOut. For the
// owner it does nothing. UIDs are ascending.
func (m *Mailbox) noteAhead(ctx context.Context, action string, uids []postroom.UID) *remark {
	s := m.session
	if s.owns(m.ref.Account) {
		return nil
	}
	log := &s.sat().noted
	if action == "message.search" {
		log = &s.sat().searched
	}
	r, fresh := log.begin(m.ref, uids)
	if !fresh {
		return r
	}
	if !s.store.ahead.enter() {
		log.end(r, db.ErrClosed)
		return r
	}
	go func() {
		defer s.store.ahead.leave()
		err := s.store.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) (err error) {
			r.gone, err = m.remarkOn(tx, action, r.uids)
			return err
		})
		if err != nil && postroom.KindOf(err) == postroom.Internal {
			s.store.opts.Logger.Warn("audit", "action", action, "error", err)
		}
		log.end(r, err)
	}()
	return r
}

// remarkOn writes the record of a remark, but for the messages that are gone.
func (m *Mailbox) remarkOn(tx *db.Tx, action string, uids []postroom.UID) (gone []postroom.UID, err error) {
	s := m.session
	if _, err := m.need(tx, toRead); err != nil {
		return nil, err
	}
	if uids[0] == 0 {
		return nil, s.record(tx, action, m.ref, nil)
	}
	there, err := uidsThere(tx, m.ref, uids)
	if err != nil {
		return nil, err
	}
	names, err := s.messagesNamed(tx, action, m.ref, there)
	if err != nil {
		return nil, err
	}
	gone = slices.DeleteFunc(slices.Clone(uids), func(uid postroom.UID) bool { return has(there, uid) })
	return gone, s.recordMessages(tx, action, m.ref, there, names, nil)
}

// ahead are the records that are written while their readers go on. Close of
// the store waits for them.
type ahead struct {
	mu     sync.Mutex
	closed bool
	all    sync.WaitGroup
}

// enter counts one in, unless the store is closing.
func (a *ahead) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.all.Add(1)
	}
	return !a.closed
}

func (a *ahead) leave() { a.all.Done() }

// close waits for all that were counted in.
func (a *ahead) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.all.Wait()
}

// uidsThere are those of ascending UIDs that a mailbox has.
func uidsThere(tx *db.Tx, ref postroom.CollectionRef, uids []postroom.UID) (there []postroom.UID, err error) {
	if len(uids) <= fewUIDs {
		rows, err := readRows(tx, ref, uids)
		return uidsOf(rows), err
	}
	err = tx.Each(`SELECT uid FROM item WHERE account_id = $1 AND collection_id = $2 AND uid BETWEEN $3 AND $4 ORDER BY uid`,
		[]any{ref.Account, ref.Collection, uids[0], uids[len(uids)-1]}, func(scan func(...any) error) error {
			var uid postroom.UID
			err := scan(&uid)
			if err == nil && has(uids, uid) {
				there = append(there, uid)
			}
			return err
		})
	return there, err
}
