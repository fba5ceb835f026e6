package login

import (
	"context"
	"errors"

	"github.com/xdg-go/scram"

	"postroom/internal/store"
)

// Exchange is one SCRAM-SHA-256 sign-in (RFC 5802, RFC 7677). It is a
// sasl.Server of emersion/go-sasl: feed it the client's messages until done.
// The session comes out of it and nothing else does: the stored keys never
// leave this package and the store.
type Exchange struct {
	ctx          context.Context
	gate         *store.SignIn
	server       *scram.Server
	binding      Binding
	conversation *scram.ServerConversation // nil before the client's first message
	verified     store.Verified
	session      *store.Session
	started      bool
	user         string // who the client says it is
	failure      error
}

// Binding says how the exchange is bound to the TLS connection.
type Binding struct {
	// Channels are those of the connection, empty without TLS.
	Channels []scram.ChannelBinding
	// Plus is whether the client chose SCRAM-SHA-256-PLUS: binding is then
	// required.
	Plus bool
}

// SCRAM begins a SCRAM-SHA-256 exchange; with b.Plus, SCRAM-SHA-256-PLUS. The
// user name and the authorization identity may be the same spellings that
// Authenticate takes. ctx must live as long as the exchange.
func SCRAM(ctx context.Context, s *store.Store, b Binding, protocol, remote string) (*Exchange, error) {
	if b.Plus && len(b.Channels) == 0 {
		return nil, failed()
	}
	e := &Exchange{ctx: ctx, gate: open(s, protocol, remote), binding: b}
	var err error
	e.server, err = scram.SHA256.NewServer(e.lookup)
	return e, err
}

// converse begins the conversation with the client's first message, which says
// how it binds.
func (e *Exchange) converse(first string) {
	switch b := e.binding; {
	case b.Plus:
		e.conversation = e.server.NewConversationWithChannelBindingRequired(chosen(b.Channels, first))
	case len(b.Channels) > 0:
		// Lets the server notice a client that could bind and was talked
		// out of it (RFC 5802 §6, flag "y").
		e.conversation = e.server.NewConversationWithChannelBinding(chosen(b.Channels, first))
	default:
		e.conversation = e.server.NewConversation()
	}
}

// lookup gives the exchange the credentials of a user name.
func (e *Exchange) lookup(username string) (scram.StoredCredentials, error) {
	user, _ := split(username)
	if e.failure = e.gate.Admit(user); e.failure != nil {
		return scram.StoredCredentials{}, e.failure
	}
	e.user = user
	c, v, err := e.gate.SCRAM(e.ctx, user)
	if err != nil {
		e.failure = err
		return scram.StoredCredentials{}, err
	}
	e.verified = v
	return c, nil
}

// maxStep bounds one message of a client, in bytes.
const maxStep = 8 << 10

// Next takes a message of the client, nil when it sent no initial response, and
// returns the server's. After done is true, Session tells who signed in.
func (e *Exchange) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case e.session != nil:
		return nil, false, errors.New("unexpected client response")
	case response == nil && !e.started:
		e.started = true
		return []byte{}, false, nil
	case len(response) > maxStep || len(response) == 0:
		return nil, false, failed()
	}
	e.started = true
	if e.conversation == nil {
		e.converse(string(response))
	}
	out, err := e.conversation.Step(string(response))
	if e.failure != nil {
		return nil, false, e.failure
	}
	if err == nil && !e.conversation.Done() {
		return []byte(out), false, nil
	}
	if err != nil || !e.conversation.Valid() {
		if e.user != "" {
			e.gate.Failed(e.user)
		}
		return nil, false, failed()
	}
	e.gate.Succeeded(e.user, e.verified)
	if err := e.finish(); err != nil {
		return nil, false, err
	}
	return []byte(out), true, nil
}

// finish opens the session.
func (e *Exchange) finish() (err error) {
	_, target, ok := names(e.conversation.Username(), e.conversation.AuthzID())
	if !ok {
		return failed()
	}
	e.session, err = e.gate.Open(e.ctx, e.verified, target)
	return err
}

// Session is the session of who signed in, nil before Next said done.
func (e *Exchange) Session() *store.Session { return e.session }
