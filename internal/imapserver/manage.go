package imapserver

import (
	"context"
	"strings"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// roles is the inverse of uses, for CREATE (USE ...) (RFC 6154 §3).
var roles = map[imapwire.MailboxAttr]postroom.Role{
	imapwire.AttrSent: postroom.RoleSent, imapwire.AttrDrafts: postroom.RoleDrafts, imapwire.AttrTrash: postroom.RoleTrash,
	imapwire.AttrJunk: postroom.RoleJunk, imapwire.AttrArchive: postroom.RoleArchive,
}

// newPlace reads the name of a mailbox that is to be made. The names of the
// namespaces are not free, in any case of letters.
func newPlace(name string) (place, error) {
	p, ok := placeOf(name)
	if !ok || p.path == "/" {
		return p, postroom.Errorf(postroom.Invalid, "this name cannot be used")
	}
	return p, nil
}

// create makes a mailbox (RFC 9051 §6.3.4). A trailing delimiter only says that
// names below it will follow.
func (c *conn) create(ctx context.Context, tag string, cmd *imapwire.Create) {
	p, err := newPlace(cmd.Mailbox)
	if err == nil {
		err = c.checkOwner(ctx, p)
	}
	if err != nil {
		c.answerError(tag, err)
		return
	}
	spec := store.NewCollection{Kind: postroom.MailCollection}
	for _, use := range cmd.Use {
		role, known := roles[use]
		if !known || len(cmd.Use) > 1 {
			c.answerNo(tag, imapwire.CodeUseAttr, "this use is not supported")
			return
		}
		spec.Role = role
	}
	ref, err := c.session.CreateCollection(ctx, p.account, p.path, spec)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	c.tellOthers(ctx, canonicalName(cmd.Mailbox))
	c.answerOK(tag, imapwire.CodeMailboxID(ref.String()), "CREATE done")
}

// delete removes a mailbox (RFC 9051 §6.3.5).
func (c *conn) delete(ctx context.Context, tag string, cmd *imapwire.Delete) {
	found, err := c.resolve(ctx, cmd.Mailbox)
	if err == nil {
		err = c.session.DeleteCollection(ctx, found.Ref)
	}
	if err == nil && c.selected != nil && c.selected.ref == found.Ref {
		c.leave()
	}
	c.tellOthers(ctx, canonicalName(cmd.Mailbox))
	c.answer(tag, "DELETE done", err)
}

// rename gives a mailbox another name in its account (RFC 9051 §6.3.6).
func (c *conn) rename(ctx context.Context, tag string, cmd *imapwire.Rename) {
	found, err := c.resolve(ctx, cmd.From)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	from, _ := placeOf(cmd.From)
	to, err := newPlace(cmd.To)
	if err == nil && !strings.EqualFold(from.account, to.account) {
		err = postroom.Errorf(postroom.Invalid, "a mailbox cannot be moved to another account; copy its messages")
	}
	if err == nil {
		err = c.session.RenameCollection(ctx, found.Ref, to.path)
	}
	c.tellOthers(ctx, canonicalName(cmd.From), canonicalName(cmd.To))
	c.answer(tag, "RENAME done", err)
}

// status answers STATUS (RFC 9051 §6.3.11).
func (c *conn) status(ctx context.Context, tag string, cmd *imapwire.GetStatus) {
	found, err := c.resolveMailbox(ctx, cmd.Mailbox)
	var mailbox *store.Mailbox
	if err == nil {
		mailbox, err = c.session.Mailbox(ctx, found.Ref, store.ReadOnly)
	}
	var counters postroom.Collection
	if err == nil {
		counters, _, err = mailbox.Status(ctx)
	}
	if err != nil {
		c.answerError(tag, err)
		return
	}
	for _, item := range cmd.Items {
		if item == imapwire.StatusHighestModSeq {
			c.enableCondStore()
		}
	}
	c.writeStatus(cmd.Mailbox, &counters, cmd.Items)
	c.answerOK(tag, "", "STATUS done")
}

// writeStatus writes the items asked for.
func (c *conn) writeStatus(name string, m *postroom.Collection, items []imapwire.StatusItem) {
	values := make([]imapwire.StatusValue, 0, len(items))
	for _, item := range items {
		v := imapwire.StatusValue{Item: item}
		switch item {
		case imapwire.StatusMessages:
			v.Number = uint64(m.Total)
		case imapwire.StatusUIDNext:
			v.Number = uint64(m.UIDNext)
		case imapwire.StatusUIDValidity:
			v.Number = uint64(m.UIDValidity)
		case imapwire.StatusUnseen:
			v.Number = uint64(m.Unseen)
		case imapwire.StatusDeleted:
			v.Number = uint64(m.Deleted)
		case imapwire.StatusSize:
			v.Number = uint64(m.Bytes)
		case imapwire.StatusHighestModSeq:
			v.Number = uint64(m.ModSeq)
		case imapwire.StatusAppendLimit:
			v.Number = uint64(c.server.opts.Store.AppendLimit())
		case imapwire.StatusMailboxID:
			v.ID = m.Ref.String()
		case imapwire.StatusRecent: // always 0: RFC 9051 dropped it
		default:
			continue
		}
		values = append(values, v)
	}
	c.enc.MailboxStatus(name, values)
}
