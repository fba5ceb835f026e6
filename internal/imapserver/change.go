package imapserver

import (
	"context"

	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

var flagOps = map[imapwire.StoreMode]store.FlagOp{
	imapwire.StoreReplace: store.SetFlags, imapwire.StoreAdd: store.AddFlags, imapwire.StoreRemove: store.RemoveFlags,
}

// store changes flags (RFC 9051 §6.4.6, RFC 7162 §3.1.3). The store applies
// what the rights allow; the answer tells the flags as they then are.
func (c *conn) store(ctx context.Context, tag string, cmd *imapwire.Store) {
	s := c.selected
	picked, ok := s.pick(cmd.Set, cmd.UID)
	if !ok {
		c.answerBad(tag, "no such message number")
		return
	}
	change := store.FlagChange{Op: flagOps[cmd.Mode], UnchangedSince: -1}
	change.Flags, change.Keywords = flags.Split(cmd.Flags)
	if cmd.UnchangedSince != nil {
		c.enableCondStore()
		change.UnchangedSince = modSeqOf(*cmd.UnchangedSince)
	}
	var result store.FlagResult
	var err error
	c.patiently(tag, func() { result, err = s.mailbox.ChangeFlags(ctx, s.uids(picked), change) })
	if err != nil {
		c.answerSelected(tag, err)
		return
	}
	written := flags.Cache{}
	for _, m := range result.Changed {
		place, known := s.place(m.UID)
		if !known || cmd.Silent && !s.expects(place, m, change) {
			continue // as what others changed
		}
		s.tell(m)
		if !cmd.Silent || c.condStore {
			c.tellChange(place, m, cmd, written)
		}
	}
	stale := s.named(result.Stale, cmd.UID)
	if !c.sync(ctx, expungesFor(cmd.UID)) {
		return
	}
	if !stale.Empty() {
		c.answerOK(tag, imapwire.CodeModified(stale), "some had changed")
		return
	}
	missing := !cmd.UID && len(result.Changed)+len(result.Stale) < len(picked)
	c.answerChanged(tag, cmd.Name()+" done", missing)
}

// expects tells whether a message is now as a client thinks that it changed it
// and is not told. Others may have changed it before, and the rights may have
// allowed a part only (RFC 9051 §6.4.6: no race is to be left).
func (s *selected) expects(place int, m postroom.ItemMeta, change store.FlagChange) bool {
	after := change.Expected(s.items()[place])
	return after.Flags == m.Flags && after.Keywords == m.Keywords
}

// named is the set of messages as a command names them: by UID or by number.
func (s *selected) named(uids []postroom.UID, byUID bool) (set imapwire.SeqSet) {
	for _, uid := range uids {
		place, known := s.place(uid)
		switch {
		case byUID:
			set.Add(uint32(uid))
		case known:
			set.Add(uint32(place + 1))
		}
	}
	return set
}

// tellChange answers a STORE for one item: with .SILENT only the mod-sequence
// (RFC 7162 §3.1.3).
func (c *conn) tellChange(place int, m postroom.ItemMeta, cmd *imapwire.Store, written flags.Cache) {
	if !cmd.Silent {
		c.writeFlags(place, &m, written)
		return
	}
	w := c.fetchResponse(place, m.UID)
	w.UID(uint32(m.UID))
	w.ModSeq(uint64(m.ModSeq))
	w.End()
}

// copyMessages copies (RFC 9051 §6.4.7).
func (c *conn) copyMessages(ctx context.Context, tag string, cmd *imapwire.Copy) {
	moved, ok := c.transfer(ctx, tag, cmd.Set, cmd.UID, cmd.Mailbox, (*store.Mailbox).Copy)
	if !ok || !c.sync(ctx, c.expungesAfter(moved.made)) {
		return
	}
	c.answerOK(tag, moved.code(), cmd.Name()+" done")
}

// moveMessages moves (RFC 9051 §6.4.8): COPYUID comes before the expunges.
func (c *conn) moveMessages(ctx context.Context, tag string, cmd *imapwire.Move) {
	moved, ok := c.transfer(ctx, tag, cmd.Set, cmd.UID, cmd.Mailbox, (*store.Mailbox).Move)
	if !ok {
		return
	}
	if code := moved.code(); code != "" {
		c.ok(code, "moved")
	}
	if c.sync(ctx, regardless) {
		c.answerOK(tag, c.highest(len(moved.From) > 0), cmd.Name()+" done")
	}
}

type transferFunc func(*store.Mailbox, context.Context, []postroom.UID, postroom.CollectionRef) (store.Moved, error)

// transferred is what COPY and MOVE did.
type transferred struct {
	store.Moved
	made bool // the target is the selected mailbox
}

// transfer is what COPY and MOVE share. A target that is not there is
// TRYCREATE, whether or not it is hidden.
func (c *conn) transfer(ctx context.Context, tag string, set imapwire.SeqSet, byUID bool, name string, do transferFunc) (transferred, bool) {
	s := c.selected
	picked, ok := s.pick(set, byUID)
	if !ok {
		c.answerBad(tag, "no such message number")
		return transferred{}, false
	}
	target, err := c.resolveMailbox(ctx, name)
	if err == nil && len(picked) > 0 {
		var moved store.Moved
		c.patiently(tag, func() { moved, err = do(s.mailbox, ctx, s.uids(picked), target.Ref) })
		if err == nil {
			made := target.Ref == s.ref
			if made {
				s.put(moved.To)
			}
			return transferred{moved, made}, true
		}
	}
	switch {
	case err == nil:
		return transferred{}, true
	case postroom.KindOf(err) != postroom.NotFound:
		c.answerError(tag, err)
	case c.stillAllowed(ctx): // then it is the target that is not there
		c.answerNo(tag, imapwire.CodeTryCreate, noSuchMailbox)
	}
	return transferred{}, false
}

// code tells the UIDs, or nothing when no message was named or the target cannot
// be read (RFC 4315 §3).
func (t transferred) code() imapwire.Code {
	if len(t.From) == 0 || !t.Readable {
		return ""
	}
	var from, to imapwire.SeqSet
	for i := range t.From {
		from.Add(uint32(t.From[i]))
		to.Add(uint32(t.To[i]))
	}
	return imapwire.CodeCopyUID(t.UIDValidity, from, to)
}

// expunge removes deleted messages, all or those of a UID set (RFC 9051
// §6.4.3, §6.4.9).
func (c *conn) expunge(ctx context.Context, tag string, cmd *imapwire.Expunge) {
	s := c.selected
	var uids []postroom.UID
	if cmd.UIDs != nil {
		picked, _ := s.pick(*cmd.UIDs, true)
		if uids = s.uids(picked); len(uids) == 0 {
			if c.sync(ctx, withExpunges) {
				c.answerOK(tag, "", "UID EXPUNGE done")
			}
			return
		}
	}
	var removed []postroom.UID
	var err error
	c.patiently(tag, func() { removed, err = s.mailbox.Expunge(ctx, uids) })
	if err != nil {
		c.answerSelected(tag, err)
		return
	}
	if c.sync(ctx, regardless) {
		c.answerOK(tag, c.highest(len(removed) > 0), cmd.Name()+" done")
	}
}
