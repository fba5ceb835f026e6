package imapserver

import (
	"context"
	"errors"
	"io"

	"postroom"
	"postroom/internal/imapserver/spool"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// maxAppended and maxAppendedBytes bound the messages of one MULTIAPPEND.
const (
	maxAppended      = 1000
	maxAppendedBytes = 512 << 20
)

// appendMessages takes messages to store (RFC 9051 §6.3.12, RFC 3502: all or
// none). The rights are looked at before the client is asked for the first byte.
//
// A client that sends many commands without waiting for the answers has those
// for the same mailbox stored with one commit. They never wait for the client:
// before something is read that is not there already, all are stored and
// answered (see inlet), and each has the outcome that it would have alone.
func (c *conn) appendMessages(ctx context.Context, tag string, cmd *imapwire.Append) {
	mailbox := c.queue.Mailbox
	if mailbox == nil || c.queue.Name != cmd.Mailbox {
		c.settle()
		var err error
		if mailbox, err = c.appendTarget(ctx, cmd.Mailbox); err != nil {
			c.answerTarget(tag, err)
			return
		}
	}
	s := &spool.Spool{}
	if err := c.receive(cmd, s); err != nil {
		s.Close()
		c.settle()
		c.refuseAppend(tag, err)
		return
	}
	if s.Len() == 0 {
		c.settle()
		c.answerNo(tag, "", "no message was sent")
		return
	}
	c.queue.Add(ctx, mailbox, cmd.Mailbox, spool.Received{Tag: tag, Spool: s})
	if c.queue.Full() || c.dec.Buffered() == 0 {
		c.settle()
	}
}

// settle stores what was received and answers it.
func (c *conn) settle() {
	q := c.queue
	if q.Empty() {
		return
	}
	c.queue = spool.Queue{}
	defer q.Close()
	defer c.caught(q.All[0].Tag, "APPEND")
	err := c.storeQueue(q)
	if err == nil {
		return
	}
	for _, r := range q.All {
		if len(q.All) > 1 && refusal(err) { // perhaps one of them spoils it for all
			if one := c.storeQueue(q.Only(r)); one != nil {
				c.answerTarget(r.Tag, one)
			}
			continue
		}
		c.answerTarget(r.Tag, err)
	}
}

// refusal reports whether an error says for sure that nothing was stored.
func refusal(err error) bool {
	kind := postroom.KindOf(err)
	return kind != postroom.Internal && kind != postroom.Unavailable
}

// storeQueue stores all or none, and answers if it did.
func (c *conn) storeQueue(q spool.Queue) (err error) {
	var done []store.Appended
	c.patiently(q.All[0].Tag, func() { done, err = q.Mailbox.Append(q.Context, q.Messages()) })
	if err != nil {
		return err
	}
	made := false // in the selected mailbox
	for _, a := range done {
		if c.selected != nil && a.Mailbox == c.selected.ref {
			made = true
			c.selected.put([]postroom.UID{a.UID})
		}
	}
	if c.selected != nil && !c.sync(q.Context, c.expungesAfter(made)) {
		return nil
	}
	for _, r := range q.All {
		c.answerAppended(r.Tag, q.Mailbox.Ref(), done[:r.Len()])
		done = done[r.Len():]
	}
	return nil
}

// answerAppended answers one command.
func (c *conn) answerAppended(tag string, ref postroom.CollectionRef, done []store.Appended) {
	var uids imapwire.SeqSet // of all messages, or none is told (RFC 4315 §3)
	for _, a := range done {
		if a.Mailbox == ref {
			uids.Add(uint32(a.UID))
		}
	}
	switch {
	case !done[0].Readable: // RFC 4315 §3
		c.answerOK(tag, "", "APPEND done")
	case uids.Len() < uint64(len(done)): // a copy the server filed stands elsewhere
		c.answerOK(tag, "", "APPEND done; the server has filed this message already")
	default:
		c.answerOK(tag, imapwire.CodeAppendUID(done[0].UIDValidity, uids), "APPEND done")
	}
}

// answerTarget answers for a mailbox that cannot be added to.
func (c *conn) answerTarget(tag string, err error) {
	if postroom.KindOf(err) == postroom.NotFound {
		c.answerNo(tag, imapwire.CodeTryCreate, noSuchMailbox)
		return
	}
	c.answerError(tag, err)
}

// refuseAppend answers for messages that could not be received. What is neither
// a refusal nor a fault of the server is the end of the stream.
func (c *conn) refuseAppend(tag string, err error) {
	var refused *imapwire.CommandError
	var own *postroom.Error
	switch {
	case errors.As(err, &refused):
		c.enc.Status(refused.Status())
		c.closing = c.closing || refused.Fatal
	case errors.As(err, &own):
		c.answerError(tag, err)
	default:
		c.closing = true
	}
}

// appendTarget opens the mailbox to add to. The act itself asks for the right
// again; this only spares the client sending it all first.
func (c *conn) appendTarget(ctx context.Context, name string) (*store.Mailbox, error) {
	p, ok := placeOf(name)
	if !ok {
		return nil, errNoSuchMailbox
	}
	return c.session.Target(ctx, p.account, p.path, func(owner postroom.Account) bool {
		return p.account == "" || p.kinds(owner.Kind) && owner.ID != c.session.Home()
	})
}

// receive reads the messages of the client into the spool.
func (c *conn) receive(cmd interface {
	Next() (*imapwire.AppendMessage, error)
}, s *spool.Spool) error {
	for {
		m, err := cmd.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if m.Size == 0 {
			return postroom.Errorf(postroom.Invalid, "an empty message cannot be stored")
		}
		if s.Len() == maxAppended || s.Size()+m.Size > maxAppendedBytes {
			return postroom.Errorf(postroom.Limit, "too many messages in one APPEND")
		}
		if m.Size > spool.MaxTogether { // what came before it need not wait for it
			c.settle()
		}
		if err := s.Add(m); err != nil {
			return err
		}
	}
}
