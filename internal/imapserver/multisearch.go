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
	if fault := c.multiSearchFault(cmd, r); fault != "" {
		c.answerBad(tag, fault)
		return
	}
	in, err := c.searched(ctx, cmd.In)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	for i := range in {
		if c.isSelected(&in[i]) {
			if !c.searchSelected(ctx, tag, cmd.Key, r) {
				return
			}
		} else if err := c.searchOne(ctx, tag, &in[i], cmd.Key, r); err != nil {
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

// multiSearchFault tells what is wrong with a command (RFC 7377 §2.2).
func (c *conn) multiSearchFault(cmd *imapwire.ESearch, r *imapwire.SearchReturn) string {
	only, selected := true, len(cmd.In) == 0
	for _, f := range cmd.In {
		if f.Kind == imapwire.FilterSelectedDelayed {
			return "SELECTED-DELAYED is of NOTIFY"
		}
		selected = selected || f.Kind == imapwire.FilterSelected
		only = only && f.Kind == imapwire.FilterSelected
	}
	switch {
	case c.selected == nil && (selected || r.Update):
		return "no mailbox is selected"
	case !only && (r.Save || imapwire.AsksSaved(cmd.Key)):
		return "saved results are of the selected mailbox"
	}
	return ""
}

// searchSelected searches the selected mailbox as the client knows it. False
// says that it has answered.
func (c *conn) searchSelected(ctx context.Context, tag string, key imapwire.SearchKey, r *imapwire.SearchReturn) bool {
	s := c.selected
	key = s.picture().Lasting(key)
	var scores []int
	picked, ok := c.find(ctx, tag, key, r, func(m *search.Finder, picked []int) ([]int, error) {
		scores = m.Scores(picked, r)
		return picked, nil
	})
	if !ok {
		return false
	}
	c.startUpdates(r, update{tag: tag, byUID: true, named: true, Result: search.Result{Key: key}}, picked)
	highest := c.highestFound(key, r, picked)
	if r.Save {
		s.saved = saveResult(s, picked, r)
	}
	if len(picked) > 0 {
		c.writeFound(&imapwire.ESearchData{Tag: tag, UID: true, Mailbox: s.name, UIDValid: s.view.UIDValidity,
			ModSeq: uint64(highest), Relevancy: scores}, r, s.numbers(picked, true))
	}
	return true
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
			if f.Kind == imapwire.FilterSelected {
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
	var picked, scores []int
	var view *store.View
	var err error
	c.patiently(tag, func() {
		var mailbox *store.Mailbox
		if mailbox, err = c.session.Mailbox(ctx, o.seen.Ref, store.ReadOnly); err != nil {
			return
		}
		if view, err = mailbox.View(ctx); err == nil {
			m := &search.Finder{Picture: search.Picture{Items: view.Items}, Mailbox: mailbox, Now: c.server.now()}
			picked, err = m.Find(ctx, m.Lasting(key))
			scores = m.Scores(picked, r)
		}
	})
	switch kind := postroom.KindOf(err); {
	case err != nil && (kind == postroom.NotFound || kind == postroom.Denied):
		return nil // lost meanwhile
	case err != nil || len(picked) == 0:
		return err
	}
	data := &imapwire.ESearchData{Tag: tag, UID: true, Mailbox: o.name, UIDValid: view.UIDValidity, Relevancy: scores}
	if imapwire.AsksModSeq(key) {
		told := &selected{view: view}
		data.ModSeq = uint64(told.highest(picked, r))
	}
	c.writeFound(data, r, search.Picture{Items: view.Items}.NamedByUID(picked))
	return nil
}
