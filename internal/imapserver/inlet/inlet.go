// Package inlet reads from a client, and tells when it does not go on at once.
package inlet

import (
	"errors"
	"net"
	"time"
)

// stallTime is how long the client may take to go on while something waits.
const stallTime = 500 * time.Microsecond

// Inlet is what a connection is read from.
type Inlet struct {
	Conn net.Conn
	// Waits reports whether something waits that is to be settled before the
	// client is waited for. Settle does it; its error ends the reading.
	Waits  func() bool
	Settle func() error
	// Limit is how long the client may be silent when nothing waits.
	Limit func() time.Duration
}

// Read implements io.Reader.
func (in *Inlet) Read(p []byte) (int, error) {
	if !in.Waits() {
		return in.Conn.Read(p)
	}
	in.Conn.SetReadDeadline(time.Now().Add(stallTime))
	n, err := in.Conn.Read(p)
	var late net.Error
	stalled := n == 0 && errors.As(err, &late) && late.Timeout()
	if stalled {
		if err := in.Settle(); err != nil {
			return 0, err
		}
	}
	in.Conn.SetReadDeadline(time.Now().Add(in.Limit()))
	if stalled {
		return in.Conn.Read(p)
	}
	return n, err
}
