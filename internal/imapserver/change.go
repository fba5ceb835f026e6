package imapserver

import (
	"context"

	"postroom"
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
	change.Flags, change.Keywords = splitFlags(cmd.Flags)
	if cmd.UnchangedSince != nil {
		c.enableCondStore()
		change.UnchangedSince = postroom.ModSeq(min(*cmd.UnchangedSince, 1<<62))
	}
	result, err := s.mailbox.ChangeFlags(ctx, s.uids(picked), change)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	for _, m := range result.Changed {
		s.tell(m)
		if cmd.Silent && !c.condStore {
			continue
		}
		if place, known := s.place(m.UID); known {
			c.tellChange(place, m, cmd)
		}
	}
	mode := withoutExpunges
	if cmd.UID {
		mode = withExpunges
	}
	var stale imapwire.SeqSet
	for _, uid := range result.Stale {
		if place, known := s.place(uid); known && !cmd.UID {
			stale.Add(uint32(place + 1))
		} else {
			stale.Add(uint32(uid))
		}
	}
	if !c.sync(ctx, mode) {
		return
	}
	if len(result.Stale) > 0 {
		c.answerOK(tag, imapwire.CodeModified(stale), "some had changed")
		return
	}
	c.answerOK(tag, "", cmd.Name()+" done")
}

// tellChange answers a STORE for one item: with .SILENT only the mod-sequence
// (RFC 7162 §3.1.3).
func (c *conn) tellChange(place int, m postroom.ItemMeta, cmd *imapwire.Store) {
	if !cmd.Silent {
		c.writeFlags(place, &m)
		return
	}
	w := c.enc.Fetch(uint32(place + 1))
	w.UID(uint32(m.UID))
	w.ModSeq(uint64(m.ModSeq))
	w.End()
}

// copyMessages copies (RFC 9051 §6.4.7).
func (c *conn) copyMessages(ctx context.Context, tag string, cmd *imapwire.Copy) {
	moved, ok := c.transfer(ctx, tag, cmd.Set, cmd.UID, cmd.Mailbox, (*store.Mailbox).Copy)
	if !ok || !c.sync(ctx, withExpunges) {
		return
	}
	if len(moved.From) == 0 {
		c.answerOK(tag, "", cmd.Name()+" done; no messages")
		return
	}
	c.answerOK(tag, copyUID(moved), cmd.Name()+" done")
}

// moveMessages moves (RFC 9051 §6.4.8): COPYUID comes before the expunges.
func (c *conn) moveMessages(ctx context.Context, tag string, cmd *imapwire.Move) {
	moved, ok := c.transfer(ctx, tag, cmd.Set, cmd.UID, cmd.Mailbox, (*store.Mailbox).Move)
	if !ok {
		return
	}
	if len(moved.From) > 0 {
		c.ok(copyUID(moved), "moved")
	}
	if c.sync(ctx, withExpunges) {
		c.answerOK(tag, "", cmd.Name()+" done")
	}
}

type transferFunc func(*store.Mailbox, context.Context, []postroom.UID, postroom.CollectionRef) (store.Moved, error)

// transfer is what COPY and MOVE share. A target that is not there is
// TRYCREATE, whether or not it is hidden.
func (c *conn) transfer(ctx context.Context, tag string, set imapwire.SeqSet, byUID bool, name string, do transferFunc) (store.Moved, bool) {
	s := c.selected
	picked, ok := s.pick(set, byUID)
	if !ok {
		c.answerBad(tag, "no such message number")
		return store.Moved{}, false
	}
	target, err := c.resolve(ctx, name)
	if err == nil && target.Ref.Collection == postroom.RootCollection {
		err = errNoSuchMailbox
	}
	if postroom.KindOf(err) == postroom.NotFound && err != nil {
		c.answerNo(tag, imapwire.CodeTryCreate, "no such mailbox")
		return store.Moved{}, false
	}
	var moved store.Moved
	if err == nil && len(picked) > 0 {
		moved, err = do(s.mailbox, ctx, s.uids(picked), target.Ref)
	}
	if err != nil {
		c.answerError(tag, err)
		return moved, false
	}
	return moved, true
}

func copyUID(m store.Moved) imapwire.Code {
	var from, to imapwire.SeqSet
	for i := range m.From {
		from.Add(uint32(m.From[i]))
		to.Add(uint32(m.To[i]))
	}
	return imapwire.CodeCopyUID(m.UIDValidity, from, to)
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
	if _, err := s.mailbox.Expunge(ctx, uids); err != nil {
		c.answerError(tag, err)
		return
	}
	if !c.sync(ctx, withExpunges) {
		return
	}
	if c.condStore {
		c.answerOK(tag, imapwire.CodeHighestModSeq(uint64(s.modSeq())), "EXPUNGE done")
		return
	}
	c.answerOK(tag, "", "EXPUNGE done")
}
