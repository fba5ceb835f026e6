package smtpserver

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"postroom/internal/store"
	"postroom/internal/store/login"
)

// mechanism is one SASL exchange. next takes the client's response and returns
// the challenge that answers it; with a session the exchange is over.
type mechanism interface {
	next(ctx context.Context, response []byte) (challenge []byte, session *store.Session, err error)
}

// errSyntax is a response that is none of the mechanism's.
var errSyntax = errors.New("malformed response")

// mayAuth reports whether AUTH is to be had here and now.
func (c *conn) mayAuth() bool {
	if !c.server.opts.Role.submits() {
		return false
	}
	return c.tls != nil || c.server.opts.Exposure == LoopbackToo && c.remote.IsLoopback()
}

// mechanisms lists what AUTH takes, the strongest first.
func (c *conn) mechanisms() []string {
	list := []string{"SCRAM-SHA-256", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"}
	if c.canBind() {
		list = append([]string{"SCRAM-SHA-256-PLUS"}, list...)
	}
	return list
}

// start begins a mechanism.
func (c *conn) start(ctx context.Context, name string) mechanism {
	base := login.Credentials{Protocol: "smtp", Remote: c.remote.String()}
	switch name {
	case "PLAIN":
		return &plain{conn: c, creds: base}
	case "LOGIN":
		return &loginMechanism{conn: c, creds: base}
	case "OAUTHBEARER", "XOAUTH2":
		return &tokenMechanism{login.NewOAuth(ctx, c.server.opts.Store,
			login.OAuthOptions{Mechanism: name, Protocol: base.Protocol, Remote: base.Remote})}
	}
	return &scramMechanism{conn: c, plus: name == "SCRAM-SHA-256-PLUS"}
}

// auth answers AUTH (RFC 4954).
func (c *conn) auth(ctx context.Context, rest string) error {
	name, initial, hasInitial := strings.Cut(rest, " ")
	name = strings.ToUpper(name)
	switch {
	case !c.server.opts.Role.submits():
		return c.bad(reply{502, "5.5.1", "AUTH is not offered here"})
	case c.helo == "" || c.tx != nil:
		return c.bad(reply{503, "5.5.1", "AUTH is not allowed now"})
	case c.session != nil:
		return c.bad(reply{503, "5.5.1", "already authenticated"})
	case !c.mayAuth():
		return c.bad(reply{538, "5.7.11", "say STARTTLS first"})
	case !slices.Contains(c.mechanisms(), name):
		return c.bad(reply{504, "5.5.4", "mechanism not recognized"})
	}
	session, err := c.exchange(ctx, c.start(ctx, name), initial, hasInitial)
	var bad *badLine
	switch {
	case errors.As(err, &bad):
		return c.bad(bad.reply)
	case err != nil && session == nil && isConnectionError(err):
		return err
	case err != nil:
		return c.signInFailed(err)
	}
	if err := c.life.begin(session, c.interrupt); err != nil {
		return c.signInFailed(err)
	}
	c.session = session
	c.write(reply{235, "2.7.0", "authenticated"})
	return nil
}

// connectionError is an error of the connection during an exchange.
type connectionError struct{ error }

func (e connectionError) Unwrap() error { return e.error }

func isConnectionError(err error) bool {
	var e connectionError
	return errors.As(err, &e)
}

// exchange runs a mechanism to its end.
func (c *conn) exchange(ctx context.Context, m mechanism, initial string, hasInitial bool) (*store.Session, error) {
	var response []byte
	var err error
	switch {
	case !hasInitial:
		if _, serverFirst := m.(*loginMechanism); !serverFirst {
			if response, err = c.ask(nil); err != nil {
				return nil, err
			}
		}
	case initial == "=":
		response = []byte{}
	default:
		if response, err = base64.StdEncoding.DecodeString(initial); err != nil {
			return nil, &badLine{reply{501, "5.5.2", "initial response is not base64"}}
		}
	}
	for {
		challenge, session, err := m.next(ctx, response)
		if errors.Is(err, errSyntax) {
			return nil, &badLine{reply{501, "5.5.2", err.Error()}}
		}
		if err != nil || session != nil {
			return session, err
		}
		if response, err = c.ask(challenge); err != nil {
			return nil, err
		}
	}
}

// ask sends a challenge and reads the response.
func (c *conn) ask(challenge []byte) ([]byte, error) {
	c.write(reply{334, "", base64.StdEncoding.EncodeToString(challenge)})
	line, err := c.readCommand(maxAuth)
	var bad *badLine
	switch {
	case errors.As(err, &bad):
		return nil, &badLine{reply{500, "5.5.6", "authentication exchange line is too long or malformed"}}
	case err != nil:
		return nil, connectionError{err}
	case line == "*":
		return nil, &badLine{reply{501, "5.7.0", "authentication cancelled"}}
	}
	response, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		return nil, &badLine{reply{501, "5.5.2", "response is not base64"}}
	}
	return response, nil
}

// signInFailed answers a refused sign-in and counts it.
func (c *conn) signInFailed(err error) error {
	c.logFault("sign-in", err)
	c.write(replyToSignIn(err))
	if c.failedSignIns++; c.failedSignIns >= c.server.opts.Limits.SignIns {
		c.write(reply{421, "4.7.0", "too many failed sign-ins"})
		return errQuit
	}
	return nil
}

// plain is PLAIN (RFC 4616).
type plain struct {
	conn  *conn
	creds login.Credentials
}

func (p *plain) next(ctx context.Context, response []byte) ([]byte, *store.Session, error) {
	parts := bytes.Split(response, []byte{0})
	if len(parts) != 3 || len(parts[1]) == 0 {
		return nil, nil, errSyntax
	}
	p.creds.Authzid, p.creds.Username, p.creds.Password = string(parts[0]), string(parts[1]), string(parts[2])
	session, err := login.Authenticate(ctx, p.conn.server.opts.Store, p.creds)
	return nil, session, err
}

// loginMechanism is LOGIN, which no RFC describes and many clients use.
type loginMechanism struct {
	conn  *conn
	creds login.Credentials
	asked int
}

func (l *loginMechanism) next(ctx context.Context, response []byte) ([]byte, *store.Session, error) {
	if l.asked == 0 && response != nil { // the user name came with AUTH
		l.asked = 1
	}
	l.asked++
	switch l.asked {
	case 1:
		return []byte("Username:"), nil, nil
	case 2:
		l.creds.Username = string(response)
		return []byte("Password:"), nil, nil
	}
	l.creds.Password = string(response)
	session, err := login.Authenticate(ctx, l.conn.server.opts.Store, l.creds)
	return nil, session, err
}

// tokenMechanism is a sign-in with an access token.
type tokenMechanism struct{ exchange *login.OAuth }

func (t *tokenMechanism) next(_ context.Context, response []byte) ([]byte, *store.Session, error) {
	challenge, _, err := t.exchange.Next(response)
	return challenge, t.exchange.Session(), err
}
