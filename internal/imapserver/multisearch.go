package imapserver

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/imapserver/search"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// multiSearch answers ESEARCH, a search in several mailboxes (RFC 7377 §2). A
// mailbox that one may not read is passed over, whether it is there or not; one
// in which nothing is found is not told.
func (c *conn) multiSearch(ctx context.Context, tag string, cmd *imapwire.ESearch) {
	r := cmd.Return
	if r == nil {
		r = &imapwire.SearchReturn{All: true}
	}
	switch {
	case len(cmd.In) == 0 && c.selected == nil:
		c.answerBad(tag, "no mailbox is selected")
		return
	case imapwire.AsksNumbers(cmd.Key) || imapwire.AsksSaved(cmd.Key) || r.Save:
		c.answerBad(tag, "message numbers and saved results are of one mailbox")
		return
	}
	in, err := c.searched(ctx, cmd.In)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	for i := range in {
		if err := c.searchOne(ctx, tag, &in[i], cmd.Key, r); err != nil {
			c.answerError(tag, err)
			return
		}
		if c.enc.Err() != nil {
			c.closing = true
			return
		}
	}
	if c.selected == nil || c.sync(ctx, withExpunges) {
		c.answerOK(tag, "", "ESEARCH done")
	}
}

// searched are the mailboxes of the sets, each once, in the order of LIST.
func (c *conn) searched(ctx context.Context, sets []imapwire.MailboxFilter) ([]observed, error) {
	if len(sets) == 0 {
		sets = []imapwire.MailboxFilter{{Kind: imapwire.FilterSelected}}
	}
	all, err := c.entries(ctx)
	if err != nil {
		return nil, err
	}
	var in []observed
	for i := range all {
		o := observed{entry: all[i]}
		if o.readable() && slices.ContainsFunc(sets, func(f imapwire.MailboxFilter) bool {
			if f.Kind == imapwire.FilterSelected || f.Kind == imapwire.FilterSelectedDelayed {
				return c.isSelected(&o)
			}
			return c.covers(&notify{}, &imapwire.NotifyGroup{Filter: f}, &o.entry)
		}) {
			in = append(in, o)
		}
	}
	return in, nil
}

// searchOne searches a mailbox as it is now, and tells what it found.
func (c *conn) searchOne(ctx context.Context, tag string, o *observed, key imapwire.SearchKey, r *imapwire.SearchReturn) error {
	var picked []int
	var view *store.View
	var err error
	c.patiently(tag, func() {
		var mailbox *store.Mailbox
		if mailbox, err = c.session.Mailbox(ctx, o.seen.Ref, store.ReadOnly); err != nil {
			return
		}
		if view, err = mailbox.View(ctx); err == nil {
			m := &search.Finder{Picture: search.Picture{Items: view.Items}, Mailbox: mailbox, Now: c.server.now()}
			picked, err = m.Find(ctx, key)
		}
	})
	switch kind := postroom.KindOf(err); {
	case err != nil && (kind == postroom.NotFound || kind == postroom.Denied):
		return nil // lost meanwhile
	case err != nil || len(picked) == 0:
		return err
	}
	data := &imapwire.ESearchData{Tag: tag, UID: true, Mailbox: o.name, UIDValid: view.UIDValidity}
	if imapwire.AsksModSeq(key) {
		told := &selected{view: view}
		data.ModSeq = uint64(told.highest(picked, r))
	}
	c.writeFound(data, r, search.Picture{Items: view.Items}.NamedByUID(picked))
	return nil
}
