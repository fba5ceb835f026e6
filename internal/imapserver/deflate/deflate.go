// Package deflate compresses what a server sends with COMPRESS=DEFLATE (RFC 4978),
// a batch of responses at a time, by a compressor that is borrowed for the batch
// and then given back. So an idle connection costs only its inflater, about 35
// KB, and what a batch held cannot be guessed from the size of another one.
package deflate

import (
	"bytes"
	"compress/flate"
	"io"
	"sync"
)

// Pool has the compressors that nobody uses now; each takes about 1.2 MB. The
// zero Pool is ready.
type Pool struct{ free sync.Pool }

// compressor holds what it made of a batch.
type compressor struct {
	out bytes.Buffer
	w   *flate.Writer
}

func (p *Pool) borrow() *compressor {
	if c, ok := p.free.Get().(*compressor); ok {
		c.out.Reset()
		c.w.Reset(&c.out) // forgets what it has seen
		return c
	}
	c := &compressor{}
	// The error is that of a level there is not. The fastest compresses IMAP
	// responses to a third and less (RFC 4978 §4).
	c.w, _ = flate.NewWriter(&c.out, flate.BestSpeed)
	return c
}

// Writer returns a writer that deflates each Write into something that can be
// inflated as soon as it has come, and writes it to next at once.
func (p *Pool) Writer(next io.Writer) io.Writer { return &writer{p, next} }

type writer struct {
	pool *Pool
	next io.Writer
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (int, error) {
	c := w.pool.borrow()
	defer w.pool.free.Put(c)
	if _, err := c.w.Write(p); err != nil {
		return 0, err
	}
	if err := c.w.Flush(); err != nil {
		return 0, err
	}
	if _, err := w.next.Write(c.out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}
