package imapserver

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// selectMailbox answers SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3). A mailbox
// that was selected is left first, also when this fails.
func (c *conn) selectMailbox(ctx context.Context, tag string, cmd *imapwire.Select) {
	if cmd.QResync != nil && !c.qresync {
		c.answerBad(tag, "QRESYNC is not enabled")
		return
	}
	c.leave()
	s, err := c.openMailbox(ctx, cmd)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	c.selected = s
	c.condStore = c.condStore || cmd.CondStore
	c.describe(s)
	if err := c.resync(ctx, cmd.QResync); err != nil {
		c.deselect()
		c.answerError(tag, err)
		return
	}
	if s.readOnly(cmd.ReadOnly) {
		c.answerOK(tag, imapwire.CodeReadOnly, cmd.Name()+" done")
		return
	}
	c.answerOK(tag, imapwire.CodeReadWrite, cmd.Name()+" done")
}

// leave leaves the selected mailbox, if any, and says so (RFC 9051 §7.1
// CLOSED): what follows is of no mailbox, or of another.
func (c *conn) leave() {
	if c.selected != nil {
		c.deselect()
		c.ok(imapwire.CodeClosed, "the mailbox is closed")
	}
}

func (c *conn) openMailbox(ctx context.Context, cmd *imapwire.Select) (*selected, error) {
	p, ok := placeOf(cmd.Mailbox)
	if !ok {
		return nil, errNoSuchMailbox
	}
	mode := store.ReadWrite
	if cmd.ReadOnly {
		mode = store.ReadOnly
	}
	o, err := c.session.Open(ctx, p.account, p.path, mode, func(owner postroom.Account) bool {
		return p.account == "" || p.kinds(owner.Kind) && owner.ID != c.session.Home()
	})
	if err != nil {
		return nil, err
	}
	c.watch = o.Watch
	found := store.SeenCollection{Collection: o.View.Collection, Owner: o.Owner}
	return &selected{mailbox: o.Mailbox, ref: o.View.Ref, name: c.nameOf(&found), asked: cmd.Mailbox, view: o.View,
		rights: o.View.Rights, safe: o.View.ModSeq}, nil
}

// readOnly: without any right to change something the mailbox is read-only,
// however it was opened (RFC 4314 §5.2).
func (s *selected) readOnly(examined bool) bool {
	const changing = postroom.Seen | postroom.Write | postroom.Insert | postroom.DeleteItems | postroom.Expunge
	return examined || !s.rights.Any(changing)
}

// describe sends what SELECT tells of a mailbox (RFC 9051 §6.3.2).
func (c *conn) describe(s *selected) {
	known := make([]imapwire.Flag, 0, 8)
	var permanent []imapwire.Flag
	for _, f := range flags.System {
		known = append(known, f.Name)
		if s.rights.Has(f.Needs) {
			permanent = append(permanent, f.Name)
		}
	}
	if s.rights.Has(postroom.Write) {
		permanent = append(permanent, imapwire.FlagAny)
	}
	c.enc.Flags(append(known, keywordsIn(s.view.Keywords())...))
	c.enc.Exists(uint32(len(s.items())))
	if !c.rev2 {
		c.enc.Recent(0)
		if n := s.view.FirstUnseen(); n >= 0 && !c.uidOnly {
			c.ok(imapwire.CodeUnseen(uint32(n+1)), "first unseen")
		}
	} else {
		listed := &imapwire.ListData{Delim: delimiter, Name: s.name}
		if s.asked != s.name {
			listed.OldName = s.asked // RFC 9051 §6.3.9.7
		}
		c.enc.List(listed)
	}
	c.ok(imapwire.CodePermanentFlags(permanent), "flags that can be changed for good")
	c.ok(imapwire.CodeUIDValidity(s.view.UIDValidity), "UIDs are valid")
	c.ok(imapwire.CodeUIDNext(uint32(s.view.UIDNext)), "predicted next UID")
	c.ok(imapwire.CodeHighestModSeq(uint64(max(s.view.ModSeq, 1))), "highest")
	c.ok(imapwire.CodeMailboxID(s.ref.String()), "object id")
}

// maxKeywords bounds the keywords listed by SELECT.
const maxKeywords = 100

// keywordsIn lists the usual keywords and those of sets in use.
func keywordsIn(sets []string) []imapwire.Flag {
	list := []imapwire.Flag{imapwire.FlagForwarded, imapwire.FlagMDNSent}
	for _, words := range sets {
		for _, f := range flags.Keywords(words) {
			if !slices.Contains(list, f) && len(list) < maxKeywords {
				list = append(list, f)
			}
		}
	}
	return list
}

func (c *conn) ok(code imapwire.Code, text string) {
	c.enc.Status(imapwire.Status{Kind: imapwire.OK, Code: code, Text: text})
}

// closeMailbox expunges silently, as far as the rights go, and leaves the
// mailbox (RFC 9051 §6.4.1, RFC 4314 §4).
func (c *conn) closeMailbox(ctx context.Context, tag string) {
	if c.selected.rights.Has(postroom.Expunge) {
		if _, err := c.selected.mailbox.Expunge(ctx, nil); err != nil && postroom.KindOf(err) == postroom.Internal {
			c.answerError(tag, err)
			return
		}
	}
	c.deselect()
	c.answerOK(tag, "", "CLOSE done")
}
