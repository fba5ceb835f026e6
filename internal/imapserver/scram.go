package imapserver

import (
	"context"
	"crypto/tls"
	"errors"

	"github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"

	"postroom/internal/store/login"
)

// channels are what SCRAM-SHA-256-PLUS can bind to on this connection.
func (c *conn) channels() []scram.ChannelBinding {
	if secure, ok := c.raw.(*tls.Conn); ok {
		return login.Channels(secure)
	}
	return nil
}

// canBind reports whether SCRAM-SHA-256-PLUS is offered.
func (c *conn) canBind() bool { return len(c.channels()) > 0 }

// scramExchange is SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 7677) with the
// last step of IMAP: there is no data beside OK, so the server's proof goes out
// as a challenge that the client answers with nothing (RFC 9051 §6.2.2).
type scramExchange struct {
	exchange *login.Exchange
	out      *outcome
	proved   bool
}

// newSCRAM begins an exchange; it fills in out. It is nil when the
// connection has nothing to bind to.
func (c *conn) newSCRAM(ctx context.Context, plus bool, out *outcome) sasl.Server {
	binding := login.Binding{Plus: plus, Channels: c.channels()}
	exchange, err := login.SCRAM(ctx, c.server.opts.Store, binding, "imap", c.remote())
	if err != nil {
		return nil
	}
	return &scramExchange{exchange: exchange, out: out}
}

// Next implements sasl.Server.
func (s *scramExchange) Next(response []byte) (challenge []byte, done bool, err error) {
	if s.proved && len(response) > 0 {
		return nil, false, errAfterProof
	}
	if s.proved {
		s.out.session = s.exchange.Session()
		return nil, true, nil
	}
	challenge, s.proved, s.out.err = s.exchange.Next(response)
	return challenge, false, s.out.err
}

// errAfterProof says that a client talks on after the server's proof.
var errAfterProof = errors.New("nothing may follow the server's proof")
