package imapserver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// maxAppended and maxAppendedBytes bound the messages of one MULTIAPPEND.
const (
	maxAppended      = 1000
	maxAppendedBytes = 512 << 20
)

// appendMessages stores messages (RFC 9051 §6.3.12, RFC 3502: all or none). The
// rights are looked at before the client is asked for the first byte.
func (c *conn) appendMessages(ctx context.Context, tag string, cmd *imapwire.Append) {
	mailbox, err := c.appendTarget(ctx, cmd.Mailbox)
	if err != nil {
		c.answerTarget(tag, err)
		return
	}
	spool := &spool{}
	defer spool.close()
	if err := c.receive(cmd, spool); err != nil {
		c.refuseAppend(tag, err)
		return
	}
	if len(spool.messages) == 0 {
		c.answerNo(tag, "", "no message was sent")
		return
	}
	var done []store.Appended
	c.patiently(tag, func() { done, err = mailbox.Append(ctx, spool.messages) })
	if err != nil {
		c.answerTarget(tag, err)
		return
	}
	var uids imapwire.SeqSet // of all messages, or none is told (RFC 4315 §3)
	made := false            // in the selected mailbox
	for _, a := range done {
		if a.Mailbox == mailbox.Ref() {
			uids.Add(uint32(a.UID))
		}
		if c.selected != nil && a.Mailbox == c.selected.ref {
			made = true
			c.selected.put([]postroom.UID{a.UID})
		}
	}
	if c.selected != nil && !c.sync(ctx, c.expungesAfter(made)) {
		return
	}
	if !done[0].Readable { // RFC 4315 §3
		c.answerOK(tag, "", "APPEND done")
		return
	}
	if uids.Len() < uint64(len(done)) { // a copy the server filed stands elsewhere
		c.answerOK(tag, "", "APPEND done; the server has filed this message already")
		return
	}
	c.answerOK(tag, imapwire.CodeAppendUID(done[0].UIDValidity, uids), "APPEND done")
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
}, sp *spool) error {
	total := int64(0)
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
		if total += m.Size; len(sp.messages) == maxAppended || total > maxAppendedBytes {
			return postroom.Errorf(postroom.Limit, "too many messages in one APPEND")
		}
		if err := sp.add(m); err != nil {
			return err
		}
	}
}

// spool holds what a client appends until all of it has come: in memory up to
// spoolMemory for one command, beyond that in a file without a name.
type spool struct {
	messages []store.NewMessage
	memory   int64
	file     *os.File
	written  int64
}

const spoolMemory = 1 << 20

func (s *spool) add(m *imapwire.AppendMessage) error {
	system, keywords := flags.Split(m.Flags)
	next := store.NewMessage{Size: m.Size, Flags: system, Keywords: keywords, Received: m.Date}
	if s.memory+m.Size <= spoolMemory {
		raw := make([]byte, m.Size)
		if _, err := io.ReadFull(m, raw); err != nil {
			return err
		}
		s.memory += m.Size
		next.Raw = bytes.NewReader(raw)
		s.messages = append(s.messages, next)
		return nil
	}
	if err := s.open(); err != nil {
		return err
	}
	n, err := io.Copy(s, m)
	if err != nil {
		return err
	}
	next.Raw = io.NewSectionReader(s.file, s.written, n)
	s.written += n
	s.messages = append(s.messages, next)
	return nil
}

// Write adds to the file. Its errors are the server's, never the client's.
func (s *spool) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	return n, spoolFault(err)
}

func spoolFault(err error) error {
	if err == nil {
		return nil
	}
	return &postroom.Error{Kind: postroom.Unavailable, Text: "the message cannot be received now", Cause: err}
}

func (s *spool) open() error {
	if s.file != nil {
		return nil
	}
	f, err := os.CreateTemp("", "postroom-append-")
	if err != nil {
		return spoolFault(err)
	}
	os.Remove(f.Name())
	s.file = f
	return nil
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
	}
}
