// Package outlet gives what a connection writes a buffer while there is
// something to write, and none while the connection waits: ten thousand that
// wait share a few.
package outlet

import (
	"bufio"
	"io"
	"net"
	"sync"
	"time"

	"postroom/internal/imapwire"
)

// size of a buffer, in bytes.
const size = 32 << 10

// Pool has the buffers that nobody uses now. The zero Pool is ready.
type Pool struct{ free sync.Pool }

// Outlet is where one connection writes to. It belongs to the goroutine of the
// connection.
type Outlet struct {
	pool *Pool
	enc  *imapwire.Encoder
	sink io.Writer
	buf  *bufio.Writer // nil while the connection waits
}

// New returns an outlet for an encoder; To comes next.
func New(pool *Pool, enc *imapwire.Encoder) *Outlet { return &Outlet{pool: pool, enc: enc} }

// To has all that follows written to w. Nothing may be left of what came before.
func (o *Outlet) To(w io.Writer) {
	o.sink = w
	o.Take()
	o.buf.Reset(w)
	o.enc.Reset(o.buf)
}

// Take gets a buffer, if there is none.
func (o *Outlet) Take() {
	if o.buf != nil {
		return
	}
	buf, ok := o.pool.free.Get().(*bufio.Writer)
	if !ok {
		buf = bufio.NewWriterSize(nil, size)
	}
	buf.Reset(o.sink)
	o.buf = buf
	o.enc.Swap(buf)
}

// Give gives the buffer to others, if all was written. Nothing may be written
// until Take.
func (o *Outlet) Give() {
	if o.enc.Err() == nil && o.enc.Buffered() == 0 {
		o.buf.Reset(nil)
		o.pool.free.Put(o.buf)
		o.buf = nil
	}
}

// Deadline gives every write its own time, so that a client that reads slowly
// but steadily is served and one that stopped reading is not.
type Deadline struct {
	Conn  net.Conn
	Limit time.Duration
}

// Write implements io.Writer.
func (w Deadline) Write(p []byte) (int, error) {
	if err := w.Conn.SetWriteDeadline(time.Now().Add(w.Limit)); err != nil {
		return 0, err
	}
	return w.Conn.Write(p)
}
