package imapserver

import (
	"context"
	"iter"

	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapwire"
)

// modSeqOf takes a mod-sequence of a client; those the store never reaches are
// all the same.
func modSeqOf(n uint64) postroom.ModSeq { return postroom.ModSeq(min(n, 1<<62)) }

// resync tells a client that comes back what went away and which flags changed
// since it was here (RFC 7162 §3.2.5).
func (c *conn) resync(ctx context.Context, q *imapwire.QResync) error {
	s := c.selected
	if q == nil || q.UIDValidity != s.view.UIDValidity {
		return nil
	}
	known, since := q.KnownUIDs, modSeqOf(q.ModSeq)
	if known.Empty() {
		if s.view.UIDNext <= 1 {
			return nil
		}
		known.AddRange(1, uint32(s.view.UIDNext-1))
	}
	if err := c.tellVanished(ctx, known, since, s.matched(q)); err != nil {
		return err
	}
	written := flags.Cache{}
	for _, i := range s.changedSince(s.picture().PickUIDs(known), since) {
		c.writeFlags(i, &s.view.Items[i], written)
	}
	return nil
}

// matched is the UID up to which the client knows what went away, by the pairs
// of numbers and UIDs it sent (RFC 7162 §3.2.5.2).
func (s *selected) matched(q *imapwire.QResync) (last postroom.UID) {
	next, stop := iter.Pull(q.UIDMatch.Resolve(0).All())
	defer stop()
	for number := range q.SeqMatch.Resolve(0).All() {
		uid, ok := next()
		if !ok || int(number) > len(s.view.Items) || s.view.Items[number-1].UID != postroom.UID(uid) {
			break
		}
		last = max(last, postroom.UID(uid))
	}
	return last
}

// tellVanished lists the messages of a UID set that went away since a
// mod-sequence and before now, those up to after left out. "*" reaches to the
// last UID there ever was: the largest may be among those that went.
func (c *conn) tellVanished(ctx context.Context, asked imapwire.SeqSet, since postroom.ModSeq, after postroom.UID) error {
	s := c.selected
	gone, err := s.mailbox.Vanished(ctx, since)
	if err != nil {
		return err
	}
	if asked.Saved {
		asked = s.saved
	}
	asked = asked.Resolve(max(uint32(s.view.UIDNext), 2) - 1)
	var told imapwire.SeqSet
	for _, uid := range gone {
		// What the client still counts as there is told when numbers may change.
		if _, there := s.place(uid); uid > after && !there && asked.ContainsResolved(uint32(uid)) {
			told.Add(uint32(uid))
		}
	}
	if !told.Empty() {
		c.enc.VanishedEarlier(told)
	}
	return nil
}

// tellExpunged tells which of the items known to the client went away: by UID
// once QRESYNC or UIDONLY is enabled (RFC 7162 §3.2.10.2, RFC 9586 §3), else by
// number.
func (c *conn) tellExpunged(known []postroom.ItemMeta, gone []int) {
	if len(gone) == 0 {
		return
	}
	if c.qresync || c.uidOnly {
		var uids imapwire.SeqSet
		for _, i := range gone {
			uids.Add(uint32(known[i].UID))
		}
		c.enc.Vanished(uids)
		return
	}
	for i := len(gone) - 1; i >= 0; i-- {
		c.enc.Expunge(uint32(gone[i] + 1))
	}
}

// warnWithheld tells the mod-sequence that is safe to remember while expunges
// are held back: a client that took a later one from FETCH would never hear of
// them if the connection broke now (RFC 7162 §3.2, §6).
func (c *conn) warnWithheld() {
	if s := c.selected; c.condStore && s.safe != s.view.ModSeq {
		c.ok(imapwire.CodeHighestModSeq(uint64(max(s.safe, 1))), "some expunges are not told yet")
	}
}

// highest is the code of a command that removed messages (RFC 7162 §3.2.7).
func (c *conn) highest(removed bool) imapwire.Code {
	if !removed || !c.condStore {
		return ""
	}
	return imapwire.CodeHighestModSeq(uint64(c.selected.modSeq()))
}
