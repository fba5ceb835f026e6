package imapserver

import (
	"bufio"
	"context"
	"errors"
	"os"
	"time"

	"postroom/internal/imapserver/deflate"
	"postroom/internal/imapserver/outlet"
	"postroom/internal/imapwire"
)

// compress answers COMPRESS (RFC 4978 §3).
func (c *conn) compress(tag string, cmd *imapwire.Compress) {
	switch {
	case cmd.Algorithm != "DEFLATE":
		c.answerBad(tag, "only DEFLATE is offered")
		return
	case c.plain != nil:
		c.answerNo(tag, imapwire.CodeCompressionActive, "DEFLATE is active already")
		return
	}
	c.answerOK(tag, "", "DEFLATE is active")
	if c.enc.Flush() != nil {
		c.closing = true
		return
	}
	c.plain, c.inflater = c.in, deflate.NewReader(c.in)
	c.in = bufio.NewReaderSize(c.inflater, 4<<10)
	c.dec.Reset(c.in)
	c.out.To(c.server.deflate.Writer(outlet.Deadline{Conn: c.raw, Limit: writeTimeout}))
}

// unauthenticate goes back to the state before signing in (RFC 8437 §3): all
// that belonged to the session is forgotten, and compression ends. It is never
// refused with NO.
func (c *conn) unauthenticate(ctx context.Context, tag string) {
	if !c.server.opts.Unauthenticate {
		c.answerBad(tag, "UNAUTHENTICATE is not offered; see CAPABILITY")
		return
	}
	if c.plain != nil && (c.dec.Buffered() > 0 || !c.endFlush()) {
		c.bye("nothing compressed may follow UNAUTHENTICATE")
		return
	}
	c.deselect()
	c.endNotify()
	c.server.opts.Tally.RemoveAccount(c.session.Actor().Account)
	c.unwatch()
	c.session, c.life = nil, nil
	c.began = c.server.now()
	c.rev2, c.condStore, c.qresync, c.utf8, c.uidOnly = false, false, false, false, false
	c.dec.SetLimits(imapwire.PreAuthLimits())
	c.dec.SetNames(imapwire.ModifiedUTF7)
	c.enc.SetNames(imapwire.ModifiedUTF7)
	c.answerOK(tag, imapwire.CodeCapability(c.capabilities()), "signed out")
	if c.enc.Flush() != nil {
		c.closing = true
		return
	}
	if c.plain != nil {
		c.in, c.plain, c.inflater = c.plain, nil, nil
		c.dec.Reset(c.in)
		c.out.To(outlet.Deadline{Conn: c.raw, Limit: writeTimeout})
	}
}

// flushTime is how long the end of a flush may come after its data.
const flushTime = 5 * time.Second

// endFlush reads the end of the flush in which the last command came, which may
// be in a packet of its own; it is no part of what is sent uncompressed later.
// A flush of another kind than those of zlib is over when nothing more comes.
func (c *conn) endFlush() bool {
	c.raw.SetReadDeadline(time.Now().Add(flushTime))
	err := c.inflater.EndFlush()
	return err == nil || errors.Is(err, os.ErrDeadlineExceeded)
}
