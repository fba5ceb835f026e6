package imapserver

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapserver/search"
	"postroom/internal/imapserver/section"
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
	content bool // needs the bytes of the message
	seen    bool // sets \Seen
	uid     bool // tells the UID though it was not asked for
	modSeq  bool // tells the mod-sequence of all, asked for or not
	flags   flags.Cache

	missing    bool // found that messages are gone
	unknownCTE bool // found a part that cannot be decoded (RFC 3516 §4.3)
}

func planFetch(cmd *imapwire.Fetch) *fetchPlan {
	p := &fetchPlan{items: cmd.Items, uid: cmd.UID, flags: flags.Cache{}}
	if cmd.ChangedSince != nil {
		p.modSeq = true
	}
	for i := range cmd.Items {
		switch it := &cmd.Items[i]; it.Kind {
		case imapwire.FetchUID:
			p.uid = false
		case imapwire.FetchModSeq:
			p.modSeq = true
		case imapwire.FetchFlags:
		case imapwire.FetchSection, imapwire.FetchBinary, imapwire.FetchBinarySize, imapwire.FetchRFC822,
			imapwire.FetchRFC822Header, imapwire.FetchRFC822Text:
			p.content = true
			p.seen = p.seen || !it.Peek
		default:
			p.stored = true
		}
	}
	if p.modSeq { // told once, at the end
		p.items = slices.DeleteFunc(slices.Clone(p.items), func(it imapwire.FetchItem) bool {
			return it.Kind == imapwire.FetchModSeq
		})
	}
	return p
}

// light reports whether the answer is just UID, FLAGS and MODSEQ.
func (p *fetchPlan) light() bool { return !p.stored && !p.content }

// fetch answers FETCH and UID FETCH (RFC 9051 §6.4.5, RFC 7162 §3.1.4).
func (c *conn) fetch(ctx context.Context, tag string, cmd *imapwire.Fetch) {
	if cmd.Vanished && !c.qresync {
		c.answerBad(tag, "VANISHED needs ENABLE QRESYNC")
		return
	}
	s := c.selected
	picked, ok := s.pick(cmd.Set, cmd.UID)
	if !ok {
		c.answerBad(tag, "no such message number")
		return
	}
	p := planFetch(cmd)
	if p.modSeq {
		c.enableCondStore()
	}
	if cmd.Partial != nil {
		picked = within(picked, cmd.Partial) // RFC 9394 §3.3, §3.4: before CHANGEDSINCE
	}
	var err error
	if cmd.ChangedSince != nil {
		since := modSeqOf(*cmd.ChangedSince)
		picked = s.changedSince(picked, since)
		if cmd.Vanished {
			err = c.tellVanished(ctx, cmd.Set, since, 0)
		}
	}
	if err != nil {
		c.answerSelected(tag, err)
		return
	}
	if p.light() {
		if !c.stillAllowed(ctx) {
			return
		}
		c.fetchLight(p, picked)
	} else {
		err = c.fetchAll(ctx, p, picked)
	}
	if c.enc.Err() != nil {
		c.closing = true
		return
	}
	if err != nil {
		c.answerSelected(tag, err)
		return
	}
	if !c.sync(ctx, expungesFor(cmd.UID)) {
		return
	}
	switch {
	case p.unknownCTE:
		c.answerNo(tag, imapwire.CodeUnknownCTE, "a part has an encoding that is not known")
	case p.missing && !cmd.UID:
		c.answerNo(tag, imapwire.CodeExpungeIssued, "some messages are gone")
	default:
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
	withUID, withFlags := p.uid, false
	for i := range p.items {
		switch p.items[i].Kind {
		case imapwire.FetchUID:
			withUID = true
		case imapwire.FetchFlags:
			withFlags = true
		}
	}
	for _, i := range picked {
		m := &c.selected.view.Items[i]
		if withUID && withFlags {
			modSeq := uint64(0)
			if p.modSeq {
				modSeq = uint64(m.ModSeq)
			}
			c.fetchLine(i, m, p.flags.Written(m), modSeq)
			continue
		}
		w := c.fetchResponse(i, m.UID)
		if withUID {
			w.UID(uint32(m.UID))
		}
		if withFlags {
			w.Flags(flags.Join(m))
		}
		if p.modSeq {
			w.ModSeq(uint64(m.ModSeq))
		}
		w.End()
	}
}

// fetchAll answers in chunks.
func (c *conn) fetchAll(ctx context.Context, p *fetchPlan, picked []int) error {
	if p.content {
		c.selected.mailbox.BeginReading(ctx, c.selected.uids(picked)) // Contents waits for it
	}
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
	write := func(place int, content store.Content) {
		m := s.view.Items[place]
		if item, ok := items[m.UID]; ok || !p.stored {
			fresh, nowSeen := changed[m.UID]
			if nowSeen {
				m = fresh
			}
			c.writeItem(ctx, p, place, &fetched{meta: m, nowSeen: nowSeen, item: item, body: &section.Message{Content: content}})
		} else {
			p.missing = true
		}
	}
	if !p.content {
		for _, i := range chunk {
			write(i, nil)
		}
		return nil
	}
	opened := 0
	for o, err := range s.mailbox.Contents(ctx, uids) {
		if err != nil {
			return err
		}
		opened++
		if i, ok := s.place(o.UID); ok {
			write(i, o.Content)
		}
		o.Content.Close()
	}
	p.missing = p.missing || opened < len(chunk)
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

// fetched is what is known of a message while its answer is written.
type fetched struct {
	meta    postroom.ItemMeta
	nowSeen bool // this FETCH set \Seen
	item    postroom.Item
	summary *message.Summary // once decoded
	body    *section.Message
}

// writeItem writes one FETCH response.
func (c *conn) writeItem(ctx context.Context, p *fetchPlan, place int, f *fetched) {
	w := c.fetchResponse(place, f.meta.UID)
	if p.uid {
		w.UID(uint32(f.meta.UID))
	}
	toldFlags, toldUID := false, false
	for i := range p.items {
		it := &p.items[i]
		toldFlags = toldFlags || it.Kind == imapwire.FetchFlags
		toldUID = toldUID || it.Kind == imapwire.FetchUID
		c.writeData(ctx, p, w, it, f)
	}
	if f.nowSeen && !toldFlags {
		w.Flags(flags.Join(&f.meta))
	}
	if f.nowSeen && c.condStore && !p.uid && !toldUID {
		w.UID(uint32(f.meta.UID)) // RFC 7162 §3.2.4
	}
	if p.modSeq || f.nowSeen && c.condStore {
		w.ModSeq(uint64(f.meta.ModSeq))
	}
	w.End()
}

// writeData writes one data item.
func (c *conn) writeData(ctx context.Context, p *fetchPlan, w *imapwire.FetchWriter, it *imapwire.FetchItem, f *fetched) {
	account := c.selected.ref.Account
	switch it.Kind {
	case imapwire.FetchUID:
		w.UID(uint32(f.meta.UID))
	case imapwire.FetchFlags:
		w.Flags(flags.Join(&f.meta))
	case imapwire.FetchInternalDate:
		w.InternalDate(f.item.Received)
	case imapwire.FetchSize:
		w.Size(uint64(f.item.Size))
	case imapwire.FetchSaveDate:
		w.SaveDate(f.item.Saved)
	case imapwire.FetchEmailID:
		w.EmailID(search.EmailID(account, f.meta.Email))
	case imapwire.FetchThreadID:
		w.ThreadID(search.ThreadID(account, f.item.Thread))
	case imapwire.FetchPreview:
		w.Preview(c.summaryOf(f).Preview)
	case imapwire.FetchEnvelope, imapwire.FetchBody, imapwire.FetchBodyStructure:
		c.writeSummary(ctx, w, it.Kind, f)
	default:
		c.writeContent(p, w, it, f.body)
	}
}
