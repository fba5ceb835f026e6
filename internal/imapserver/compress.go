package imapserver

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"io"
	"sync"

	"postroom/internal/imapwire"
)

// COMPRESS=DEFLATE (RFC 4978). What the server sends is deflated a batch of
// responses at a time, by a compressor that is borrowed for the batch and then
// given back. So an idle connection costs only its inflater, about 50 KB, and
// what a batch held cannot be guessed from the size of another one.

// deflater is a compressor, with what it made of a batch.
type deflater struct {
	out bytes.Buffer
	w   *flate.Writer
}

// deflaters are those that nobody uses now; each takes about 1.2 MB.
type deflaters struct{ pool sync.Pool }

func (d *deflaters) borrow() *deflater {
	if free, ok := d.pool.Get().(*deflater); ok {
		free.out.Reset()
		free.w.Reset(&free.out) // forgets what it has seen
		return free
	}
	made := &deflater{}
	// The error is that of a level there is not. The fastest compresses IMAP
	// responses to a third and less (RFC 4978 §4).
	made.w, _ = flate.NewWriter(&made.out, flate.BestSpeed)
	return made
}

// deflateWriter deflates each Write into something the client can read at once.
type deflateWriter struct {
	c    *conn
	next io.Writer
}

func (w deflateWriter) Write(p []byte) (int, error) {
	d := w.c.server.deflaters.borrow()
	defer w.c.server.deflaters.pool.Put(d)
	if _, err := d.w.Write(p); err != nil {
		return 0, err
	}
	if err := d.w.Flush(); err != nil {
		return 0, err
	}
	if _, err := w.next.Write(d.out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

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
	c.plain = c.in
	c.in = bufio.NewReaderSize(flate.NewReader(c.plain), 4<<10)
	c.dec.Reset(c.in)
	c.enc.Reset(bufio.NewWriterSize(deflateWriter{c, deadlineWriter{c}}, 16<<10))
}

// unauthenticate goes back to the state before signing in (RFC 8437 §3): all
// that belonged to the session is forgotten, and compression ends. It is never
// refused with NO.
func (c *conn) unauthenticate(ctx context.Context, tag string) {
	if !c.server.opts.Unauthenticate {
		c.answerBad(tag, "UNAUTHENTICATE is not offered; see CAPABILITY")
		return
	}
	if c.plain != nil && c.dec.Buffered() > 0 {
		c.bye("nothing compressed may follow UNAUTHENTICATE")
		return
	}
	c.deselect()
	c.endNotify()
	c.server.opts.Tally.removeAccount(c.session.Actor().Account)
	c.session = nil
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
		c.in, c.plain = c.plain, nil
		c.dec.Reset(c.in)
		c.enc.Reset(bufio.NewWriterSize(deadlineWriter{c}, 16<<10))
	}
}
