package imapserver

import (
	"context"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/message"
	"postroom/internal/store"
)

// fetchChunk is how many messages are read from the store at a time: enough to
// share the cost of a transaction, few enough to stay small in memory.
const fetchChunk = 100

// fetchPlan is what a FETCH needs, found out once.
type fetchPlan struct {
	items   []imapwire.FetchItem
	stored  bool // needs more than flags, UID and mod-sequence
	summary bool // needs the stored summary decoded
	content bool // needs the bytes of the message
	seen    bool // sets \Seen
	uid     bool // tells the UID though it was not asked for
	flags   flagCache
}

func planFetch(cmd *imapwire.Fetch) *fetchPlan {
	p := &fetchPlan{items: cmd.Items, uid: cmd.UID, flags: flagCache{}}
	for i := range cmd.Items {
		switch it := &cmd.Items[i]; it.Kind {
		case imapwire.FetchUID:
			p.uid = false
		case imapwire.FetchFlags, imapwire.FetchModSeq:
		case imapwire.FetchEnvelope, imapwire.FetchBody, imapwire.FetchBodyStructure, imapwire.FetchPreview:
			p.stored, p.summary = true, true
		case imapwire.FetchSection, imapwire.FetchBinary, imapwire.FetchBinarySize, imapwire.FetchRFC822,
			imapwire.FetchRFC822Header, imapwire.FetchRFC822Text:
			p.content = true
			p.seen = p.seen || !it.Peek
		default:
			p.stored = true
		}
	}
	return p
}

// light reports whether the answer is just UID, FLAGS and MODSEQ.
func (p *fetchPlan) light() bool { return !p.stored && !p.content }

// fetch answers FETCH and UID FETCH (RFC 9051 §6.4.5, RFC 7162 §3.1.4).
func (c *conn) fetch(ctx context.Context, tag string, cmd *imapwire.Fetch) {
	if cmd.Vanished || cmd.Partial != nil {
		c.answerBad(tag, "this modifier is not offered; see CAPABILITY")
		return
	}
	s := c.selected
	picked, ok := s.pick(cmd.Set, cmd.UID)
	if !ok {
		c.answerBad(tag, "no such message number")
		return
	}
	p := planFetch(cmd)
	if cmd.ChangedSince != nil {
		c.enableCondStore()
		picked = s.changedSince(picked, postroom.ModSeq(*cmd.ChangedSince))
		p.items = append(p.items, imapwire.FetchItem{Kind: imapwire.FetchModSeq})
	}
	for i := range p.items {
		if p.items[i].Kind == imapwire.FetchModSeq {
			c.enableCondStore()
		}
	}
	var err error
	if p.light() {
		c.fetchLight(p, picked)
	} else {
		err = c.fetchAll(ctx, p, picked)
	}
	if c.enc.Err() != nil {
		c.closing = true
		return
	}
	if err != nil {
		if kind := postroom.KindOf(err); kind == postroom.NotFound || kind == postroom.Denied {
			c.lost(err)
			return
		}
		c.answerError(tag, err)
		return
	}
	mode := withoutExpunges
	if cmd.UID {
		mode = withExpunges
	}
	if c.sync(ctx, mode) {
		c.answerOK(tag, "", cmd.Name()+" done")
	}
}

func (s *selected) changedSince(picked []int, since postroom.ModSeq) []int {
	out := picked[:0:0]
	for _, i := range picked {
		if s.view.Items[i].ModSeq > since {
			out = append(out, i)
		}
	}
	return out
}

// fetchLight answers from the picture alone, without asking the store.
func (c *conn) fetchLight(p *fetchPlan, picked []int) {
	withUID, withFlags, withModSeq := p.uid, false, false
	for i := range p.items {
		switch p.items[i].Kind {
		case imapwire.FetchUID:
			withUID = true
		case imapwire.FetchFlags:
			withFlags = true
		case imapwire.FetchModSeq:
			withModSeq = true
		}
	}
	for _, i := range picked {
		m := &c.selected.view.Items[i]
		if withUID && withFlags {
			modSeq := uint64(0)
			if withModSeq {
				modSeq = uint64(m.ModSeq)
			}
			c.enc.FetchLine(uint32(i+1), uint32(m.UID), p.flags.written(m), modSeq)
			continue
		}
		w := c.enc.Fetch(uint32(i + 1))
		if withUID {
			w.UID(uint32(m.UID))
		}
		if withFlags {
			w.Flags(joinFlags(m))
		}
		if withModSeq {
			w.ModSeq(uint64(m.ModSeq))
		}
		w.End()
	}
}

// fetchAll answers in chunks.
func (c *conn) fetchAll(ctx context.Context, p *fetchPlan, picked []int) error {
	for len(picked) > 0 && c.enc.Err() == nil {
		chunk := picked[:min(fetchChunk, len(picked))]
		picked = picked[len(chunk):]
		if err := c.fetchSome(ctx, p, chunk); err != nil {
			return err
		}
	}
	return nil
}

// fetchSome answers one chunk. \Seen is set first, so that the flags in the
// answer are those the message then has.
func (c *conn) fetchSome(ctx context.Context, p *fetchPlan, chunk []int) error {
	s := c.selected
	uids := s.uids(chunk)
	changed, err := c.markSeen(ctx, p, chunk)
	if err != nil {
		return err
	}
	items := map[postroom.UID]postroom.Item{}
	if p.stored {
		for item, err := range s.mailbox.Fetch(ctx, uids) {
			if err != nil {
				return err
			}
			items[item.UID] = item
		}
	}
	if !p.content {
		for _, i := range chunk {
			c.writeItem(p, i, items[s.view.Items[i].UID], nil, changed)
		}
		return nil
	}
	for opened, err := range s.mailbox.Contents(ctx, uids) {
		if err != nil {
			return err
		}
		if i, ok := s.place(opened.UID); ok {
			c.writeItem(p, i, items[opened.UID], opened.Content, changed)
		}
		opened.Content.Close()
	}
	return nil
}

// markSeen sets \Seen where the fetch does so and the rights allow it.
func (c *conn) markSeen(ctx context.Context, p *fetchPlan, chunk []int) (map[postroom.UID]postroom.ItemMeta, error) {
	s := c.selected
	if !p.seen || !s.rights.Has(postroom.Seen) {
		return nil, nil
	}
	var unseen []postroom.UID
	for _, i := range chunk {
		if m := &s.view.Items[i]; m.Flags&postroom.FlagSeen == 0 {
			unseen = append(unseen, m.UID)
		}
	}
	if len(unseen) == 0 {
		return nil, nil
	}
	result, err := s.mailbox.ChangeFlags(ctx, unseen, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagSeen, UnchangedSince: -1})
	if err != nil {
		if postroom.KindOf(err) == postroom.Denied {
			return nil, nil // lost the right meanwhile: reading goes on
		}
		return nil, err
	}
	changed := make(map[postroom.UID]postroom.ItemMeta, len(result.Changed))
	for _, m := range result.Changed {
		changed[m.UID] = m
		s.tell(m)
	}
	return changed, nil
}

// writeItem writes one FETCH response. A message that went away meanwhile is
// left out of what the store told; the client hears of it with the expunge.
func (c *conn) writeItem(p *fetchPlan, place int, item postroom.Item, content store.Content, changed map[postroom.UID]postroom.ItemMeta) {
	meta := c.selected.view.Items[place]
	fresh, nowSeen := changed[meta.UID]
	if nowSeen {
		meta = fresh
	}
	if p.stored && item.UID == 0 {
		return
	}
	var summary message.Summary
	if p.summary {
		if err := summary.UnmarshalBinary(item.Summary); err != nil {
			c.server.opts.Logger.Error("imap: summary", "mailbox", c.selected.ref.String(), "uid", meta.UID, "error", err)
		}
	}
	body := &opened{content: content}
	w := c.enc.Fetch(uint32(place + 1))
	if p.uid {
		w.UID(uint32(meta.UID))
	}
	toldFlags := false
	for i := range p.items {
		it := &p.items[i]
		if it.Kind == imapwire.FetchFlags {
			toldFlags = true
		}
		c.writeData(w, it, &meta, &item, &summary, body)
	}
	if nowSeen && !toldFlags {
		w.Flags(joinFlags(&meta))
	}
	w.End()
}

// writeData writes one data item.
func (c *conn) writeData(w *imapwire.FetchWriter, it *imapwire.FetchItem, meta *postroom.ItemMeta, item *postroom.Item, sum *message.Summary, body *opened) {
	switch it.Kind {
	case imapwire.FetchUID:
		w.UID(uint32(meta.UID))
	case imapwire.FetchFlags:
		w.Flags(joinFlags(meta))
	case imapwire.FetchModSeq:
		w.ModSeq(uint64(meta.ModSeq))
	case imapwire.FetchInternalDate:
		w.InternalDate(item.Received)
	case imapwire.FetchSize:
		w.Size(uint64(item.Size))
	case imapwire.FetchSaveDate:
		w.SaveDate(item.Saved)
	case imapwire.FetchEmailID:
		w.EmailID(emailID(meta.Email))
	case imapwire.FetchThreadID:
		w.ThreadID(threadID(item.Thread))
	case imapwire.FetchPreview:
		w.Preview(sum.Preview)
	case imapwire.FetchEnvelope:
		w.Envelope(envelope(sum.Envelope))
	case imapwire.FetchBody:
		w.Body(structure(c.structureOf(sum, body, item)))
	case imapwire.FetchBodyStructure:
		w.BodyStructure(structure(c.structureOf(sum, body, item)))
	default:
		c.writeContent(w, it, body)
	}
}
