package imapserver

import (
	"context"
	"errors"

	"github.com/emersion/go-sasl"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/store"
	"postroom/internal/store/login"
)

// mechanisms are the SASL mechanisms offered on this connection.
func (c *conn) mechanisms() []string {
	return []string{"AUTH=PLAIN", "AUTH=LOGIN"}
}

// login signs in with a name and a password (RFC 9051 §6.2.3).
func (c *conn) login(ctx context.Context, tag string, cmd *imapwire.Login) {
	if !c.mayPassword() {
		c.answerNo(tag, imapwire.CodePrivacyRequired, "begin TLS before signing in")
		return
	}
	session, err := c.signIn(ctx, "", cmd.User, cmd.Password)
	c.welcome(tag, session, err)
}

// authenticate signs in by SASL (RFC 9051 §6.2.2).
func (c *conn) authenticate(ctx context.Context, tag string, cmd *imapwire.Authenticate) {
	if !c.mayPassword() {
		c.answerNo(tag, imapwire.CodePrivacyRequired, "begin TLS before signing in")
		return
	}
	var session *store.Session
	exchange := c.mechanism(ctx, cmd.Mechanism, &session)
	if exchange == nil {
		c.answerNo(tag, "", "no such mechanism; see CAPABILITY")
		return
	}
	err := c.exchange(exchange, cmd.Initial)
	if c.closing {
		return
	}
	var refused *imapwire.CommandError
	switch {
	case errors.Is(err, imapwire.ErrCancelled):
		c.answerBad(tag, "cancelled")
	case errors.As(err, &refused):
		c.enc.Status(refused.Status())
	case err == nil && session == nil:
		c.welcome(tag, nil, postroom.Errorf(postroom.SignInFailed, "wrong name or password"))
	default:
		c.welcome(tag, session, err)
	}
}

// mechanism returns the server side of a mechanism; it sets session on success.
func (c *conn) mechanism(ctx context.Context, name string, session **store.Session) sasl.Server {
	check := func(authzid, user, password string) (err error) {
		*session, err = c.signIn(ctx, authzid, user, password)
		return err
	}
	switch name {
	case "PLAIN":
		return sasl.NewPlainServer(check)
	case "LOGIN":
		return newLoginExchange(func(user, password string) error { return check("", user, password) })
	}
	return nil
}

// exchange runs challenges and responses to their end.
func (c *conn) exchange(server sasl.Server, response []byte) error {
	for {
		challenge, done, err := server.Next(response)
		if err != nil || done {
			return err
		}
		c.enc.Challenge(challenge)
		if err := c.enc.Flush(); err != nil {
			c.closing = true
			return err
		}
		if response, err = c.dec.SASLResponse(); err != nil {
			c.fail(err)
			return err
		}
		if response == nil {
			response = []byte{}
		}
	}
}

func (c *conn) signIn(ctx context.Context, authzid, user, password string) (*store.Session, error) {
	return login.Authenticate(ctx, c.server.opts.Store, login.Credentials{
		Username: user, Authzid: authzid, Password: password, Protocol: "imap", Remote: c.remote(),
	})
}

// welcome ends a sign-in. After a few failures the connection ends too.
func (c *conn) welcome(tag string, session *store.Session, err error) {
	if err != nil {
		if postroom.KindOf(err) == postroom.Internal && !isMalformed(err) {
			c.answerError(tag, err)
		} else {
			kind := postroom.KindOf(err)
			c.answerNo(tag, codeOfSignIn(kind), textOfSignIn(err))
		}
		if c.failures++; c.failures >= maxFailures {
			c.bye("too many failures")
		}
		return
	}
	c.session = session
	limits := imapwire.SessionLimits(c.server.opts.Store.AppendLimit())
	limits.NonSync = limits.Literal // LITERAL+ (RFC 7888)
	c.dec.SetLimits(limits)
	c.answerOK(tag, imapwire.CodeCapability(c.capabilities()), "welcome")
}

// isMalformed: the error is of the SASL library, about what the client sent.
func isMalformed(err error) bool {
	var own *postroom.Error
	return !errors.As(err, &own)
}

func codeOfSignIn(kind postroom.ErrorKind) imapwire.Code {
	if code := codes[kind]; code != imapwire.CodeServerBug {
		return code
	}
	return imapwire.CodeAuthenticationFailed
}

func textOfSignIn(err error) string {
	if isMalformed(err) {
		return "the response cannot be understood"
	}
	return postroom.TextOf(err)
}

// loginExchange is the server side of LOGIN, a mechanism without an RFC that
// old clients still speak: it asks for the name, then for the password.
type loginExchange struct {
	check func(user, password string) error
	step  int
	user  string
}

func newLoginExchange(check func(user, password string) error) sasl.Server {
	return &loginExchange{check: check}
}

func (l *loginExchange) Next(response []byte) (challenge []byte, done bool, err error) {
	if l.step == 0 && response == nil {
		l.step = 1
		return []byte("Username:"), false, nil
	}
	if l.step <= 1 {
		l.step, l.user = 2, string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}
