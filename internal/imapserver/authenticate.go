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
	list := []string{"AUTH=SCRAM-SHA-256", "AUTH=PLAIN", "AUTH=LOGIN", "AUTH=OAUTHBEARER", "AUTH=XOAUTH2"}
	if c.canBind() {
		list = append([]string{"AUTH=SCRAM-SHA-256-PLUS"}, list...)
	}
	return list
}

// login signs in with a name and a password (RFC 9051 §6.2.3).
func (c *conn) login(ctx context.Context, tag string, cmd *imapwire.Login) {
	if !c.mayPassword() {
		c.answerNo(tag, imapwire.CodePrivacyRequired, "begin TLS before signing in")
		return
	}
	session, err := c.signIn(ctx, "", cmd.User, cmd.Password)
	c.welcome(ctx, tag, session, err)
}

// authenticate signs in by SASL (RFC 9051 §6.2.2).
func (c *conn) authenticate(ctx context.Context, tag string, cmd *imapwire.Authenticate) {
	if !c.mayPassword() {
		c.answerNo(tag, imapwire.CodePrivacyRequired, "begin TLS before signing in")
		return
	}
	var out outcome
	exchange := c.mechanism(ctx, cmd.Mechanism, &out)
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
		c.closing = refused.Fatal
	case err != nil && out.err == nil: // of the SASL library
		c.answerBad(tag, "the response cannot be understood")
		c.failed()
	default:
		c.welcome(ctx, tag, out.session, out.err)
	}
}

// outcome is what a SASL exchange comes to: a session, or why there is none.
type outcome struct {
	session *store.Session
	err     error
}

// mechanism returns the server side of a mechanism, which fills in out.
func (c *conn) mechanism(ctx context.Context, name string, out *outcome) sasl.Server {
	check := func(authzid, user, password string) error {
		out.session, out.err = c.signIn(ctx, authzid, user, password)
		return out.err
	}
	switch name {
	case "PLAIN":
		return sasl.NewPlainServer(check)
	case "LOGIN":
		return newLoginExchange(func(user, password string) error { return check("", user, password) })
	case "OAUTHBEARER", "XOAUTH2":
		told := func(s *store.Session, err error) { out.session, out.err = s, err }
		return login.NewOAuth(ctx, c.server.opts.Store, login.OAuthOptions{Mechanism: name, Protocol: "imap", Remote: c.remote(), Told: told})
	case "SCRAM-SHA-256":
		return c.newSCRAM(ctx, false, out)
	case "SCRAM-SHA-256-PLUS":
		if c.canBind() {
			return c.newSCRAM(ctx, true, out)
		}
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
			var refused *imapwire.CommandError
			c.closing = err != imapwire.ErrCancelled && !errors.As(err, &refused)
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

// welcome ends a sign-in.
func (c *conn) welcome(ctx context.Context, tag string, session *store.Session, err error) {
	var life *store.Watch
	if err == nil {
		life, err = session.WatchLife(ctx)
	}
	if err != nil {
		c.answerError(tag, err)
		c.failed()
		return
	}
	c.life = life
	if !c.server.opts.Tally.AddAccount(session.Actor().Account) {
		c.answerNo(tag, imapwire.CodeLimit, "too many connections of this account, close some")
		c.bye("too many connections of this account, close some")
		return
	}
	c.session = session
	limits := imapwire.SessionLimits(c.server.opts.Store.AppendLimit())
	limits.NonSync = limits.Literal // LITERAL+ (RFC 7888)
	c.dec.SetLimits(limits)
	if session.PasswordIsOneTime() {
		// RFC 9051 §7.1: a client must show an alert to its user.
		c.ok(imapwire.CodeAlert, "you signed in with a one-time password: choose your own")
	}
	c.answerOK(tag, imapwire.CodeCapability(c.capabilities()), "welcome")
}

// alive reports whether the session still is one; if not, it said BYE.
func (c *conn) alive(ctx context.Context) bool {
	if c.session == nil {
		return true
	}
	err := c.session.Alive(ctx)
	switch {
	case err == nil:
		return true
	case postroom.KindOf(err) == postroom.Internal:
		c.server.opts.Logger.Error("imap: session", "error", err)
		c.bye("the session cannot go on")
	default:
		c.bye(postroom.TextOf(err))
	}
	return false
}

// unwatch ends what welcome began.
func (c *conn) unwatch() {
	if c.life != nil {
		c.life.Close()
	}
}

// failed counts a sign-in that failed. After a few the connection ends.
func (c *conn) failed() {
	if c.failures++; c.failures >= maxFailures {
		c.bye("too many failures")
	}
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
