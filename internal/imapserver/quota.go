package imapserver

import (
	"context"

	"postroom"
	"postroom/internal/imapwire"
)

// Every account is one quota root, called by its address (RFC 9208 §3.1.2).

// getQuotaRoot tells the root of a mailbox, and its use to those who may read
// the mailbox (RFC 9208 §4.1.2).
func (c *conn) getQuotaRoot(ctx context.Context, tag string, cmd *imapwire.GetQuotaRoot) {
	found, err := c.resolve(ctx, cmd.Mailbox)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	c.enc.QuotaRoot(cmd.Mailbox, []string{found.Owner.Address})
	if err := c.writeQuota(ctx, found.Owner.Address, found.Ref); err != nil && postroom.KindOf(err) != postroom.Denied {
		c.answerError(tag, err)
		return
	}
	c.answerOK(tag, "", "GETQUOTAROOT done")
}

// getQuota tells the use of a root (RFC 9208 §4.1.1): of one's own account, and
// of one that may be read as a whole.
func (c *conn) getQuota(ctx context.Context, tag string, cmd *imapwire.GetQuota) {
	found, err := c.session.Resolve(ctx, cmd.Root, "/")
	if err == nil && cmd.Root == "" {
		err = errNoSuchMailbox
	}
	if err == nil {
		err = c.writeQuota(ctx, found.Owner.Address, found.Ref)
	}
	if postroom.KindOf(err) == postroom.NotFound && err != nil {
		c.answerNo(tag, imapwire.CodeNonExistent, "no such quota root")
		return
	}
	c.answer(tag, "GETQUOTA done", err)
}

// writeQuota writes QUOTA in units of 1024 octets; without a limit the list is
// empty.
func (c *conn) writeQuota(ctx context.Context, root string, ref postroom.CollectionRef) error {
	q, err := c.session.Quota(ctx, ref)
	if err != nil {
		return err
	}
	var usage []imapwire.QuotaUsage
	if q.Limit >= 0 {
		usage = []imapwire.QuotaUsage{{Resource: "STORAGE", Usage: uint64(q.Used+1023) / 1024, Limit: uint64(q.Limit) / 1024}}
	}
	c.enc.Quota(root, usage)
	return nil
}
