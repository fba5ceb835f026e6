package smtpserver

import (
	"context"
	"crypto/tls"

	"github.com/xdg-go/scram"

	"postroom/internal/store"
	"postroom/internal/store/login"
)

// scramMechanism is SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677).
type scramMechanism struct {
	conn     *conn
	plus     bool
	exchange *login.Exchange
	proved   bool // the server's proof has been sent
}

// channels are what SCRAM-SHA-256-PLUS can bind to on this connection.
func (c *conn) channels() []scram.ChannelBinding {
	if secure, ok := c.stream.(*tls.Conn); ok {
		return login.Channels(secure)
	}
	return nil
}

// canBind reports whether SCRAM-SHA-256-PLUS is offered.
func (c *conn) canBind() bool { return len(c.channels()) > 0 }

func (s *scramMechanism) next(ctx context.Context, response []byte) ([]byte, *store.Session, error) {
	if s.exchange == nil {
		if err := s.begin(ctx); err != nil {
			return nil, nil, err
		}
	}
	if s.proved {
		// SMTP has no data with its success: the proof went out as a
		// challenge, and the client answers it with nothing.
		if len(response) != 0 {
			return nil, nil, errSyntax
		}
		return nil, s.exchange.Session(), nil
	}
	challenge, done, err := s.exchange.Next(response)
	s.proved = done
	return challenge, nil, err
}

func (s *scramMechanism) begin(ctx context.Context) (err error) {
	binding := login.Binding{Plus: s.plus, Channels: s.conn.channels()}
	s.exchange, err = login.SCRAM(ctx, s.conn.server.opts.Store, binding, "smtp", s.conn.remote.String())
	return err
}
