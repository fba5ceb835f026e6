package imapserver

import (
	"context"

	"postroom"
	"postroom/internal/imapserver/spool"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// replace stores a message in place of another one, both or neither (RFC 8508
// §3). As with APPEND the rights are looked at before the client is asked for
// the message.
func (c *conn) replace(ctx context.Context, tag string, cmd *imapwire.Replace) {
	s := c.selected
	picked, ok := s.pick(imapwire.SeqSet{Ranges: []imapwire.Range{{First: cmd.Number, Last: cmd.Number}}}, cmd.UID)
	switch {
	case !ok, !cmd.UID && len(picked) == 0:
		c.answerBad(tag, "no such message number")
		return
	case len(picked) == 0:
		c.answerNo(tag, imapwire.CodeNonExistent, "no such message")
		return
	case !s.rights.Has(postroom.DeleteItems | postroom.Expunge):
		// The store decides; this spares the client sending it all first.
		if c.stillAllowed(ctx) {
			c.answerNo(tag, imapwire.CodeNoPerm, "you may not remove messages from this mailbox")
		}
		return
	}
	into, err := c.appendTarget(ctx, cmd.Mailbox)
	if err != nil {
		c.answerTarget(tag, err)
		return
	}
	sent := &spool.Spool{}
	defer sent.Close()
	if err := c.receive(cmd, sent); err != nil {
		c.refuseAppend(tag, err)
		return
	}
	if sent.Len() == 0 {
		c.answerNo(tag, "", "no message was sent")
		return
	}
	var done store.Appended
	c.patiently(tag, func() { done, err = s.mailbox.Replace(ctx, s.uids(picked)[0], into, sent.Messages()[0]) })
	if err != nil {
		if postroom.KindOf(err) != postroom.NotFound || c.stillAllowed(ctx) {
			c.answerTarget(tag, err)
		}
		return
	}
	if done.Mailbox == s.ref {
		s.put([]postroom.UID{done.UID})
	}
	if done.Readable && done.Mailbox == into.Ref() { // RFC 4315 §3
		c.ok(imapwire.CodeAppendUID(done.UIDValidity, imapwire.SeqSetOf(uint32(done.UID))), "replacement stored")
	}
	if c.sync(ctx, regardless) {
		c.answerOK(tag, c.highest(true), cmd.Name()+" done")
	}
}
