package jmapserver

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

const (
	socketCapability = "urn:ietf:params:jmap:websocket"
	socketPath       = "/jmap/ws"
)

// socketOffer is what the Session object says of WebSockets (RFC 8887 §3).
type socketOffer struct {
	URL  string `json:"url"`
	Push bool   `json:"supportsPush"`
}

// socket is one WebSocket. Its requests are answered one after another.
type socket struct {
	server  *Server
	session *store.Session
	id      postroom.StreamID
	conn    *websocket.Conn
	push    chan *subscriber // nil ends push
}

// getSocket is JMAP over WebSocket (RFC 8887). Where the page comes from was
// checked with the sign-in.
func (s *Server) getSocket(w http.ResponseWriter, r *http.Request, session *store.Session) {
	id, ok := postroom.ParseStreamID(r.URL.Query().Get("stream"))
	if !ok {
		s.problem(w, &jmapwire.Problem{Type: "about:blank", Status: http.StatusBadRequest, Detail: "stream is a name of letters, digits, - and _"})
		return
	}
	if id == "" {
		id = postroom.StreamID(rand.Text()) // what is said here ends with it
	}
	p := program{session.Actor().Account, id}
	if !s.join(p) {
		s.problem(w, tooManyStreams())
		return
	}
	defer s.leave(session, p)
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"jmap"}, InsecureSkipVerify: true})
	if err != nil {
		return // it has answered
	}
	defer conn.CloseNow()
	if conn.Subprotocol() != "jmap" {
		_ = conn.Close(websocket.StatusPolicyViolation, "the subprotocol is jmap")
		return
	}
	conn.SetReadLimit(limits.SizeRequest)
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(s.closing, stop)()
	watch, err := session.Watch(ctx)
	if err != nil {
		return
	}
	defer watch.Close()
	k := &socket{server: s, session: session, id: id, conn: conn, push: make(chan *subscriber)}
	var tells sync.WaitGroup
	tells.Go(func() {
		defer stop()
		k.tell(ctx, watch)
	})
	k.read(ctx)
	stop()
	tells.Wait()
}

// read answers messages until there are no more.
func (k *socket) read(ctx context.Context) {
	for {
		kind, b, err := k.conn.Read(ctx)
		if err != nil {
			return
		}
		if kind != websocket.MessageText {
			_ = k.conn.Close(websocket.StatusUnsupportedData, "messages are texts")
			return
		}
		if err := k.heard(ctx, b); err != nil {
			return
		}
	}
}

// message has what tells messages apart.
type socketMessage struct {
	Type      string   `json:"@type"`
	ID        *string  `json:"id"`
	DataTypes []string `json:"dataTypes"`
	PushState string   `json:"pushState"`
}

// heard answers one message; the error is that of writing.
func (k *socket) heard(ctx context.Context, b []byte) error {
	var m socketMessage
	if err := jmapwire.Check(b); err != nil {
		return k.refuse(ctx, nil, jmapwire.NotJSON(err.Error()))
	}
	if json.Unmarshal(b, &m) != nil {
		return k.refuse(ctx, nil, jmapwire.NotRequest("not a message of JMAP"))
	}
	switch m.Type {
	case "Request":
		return k.request(ctx, b, m.ID)
	case "WebSocketPushEnable":
		return k.enable(ctx, m)
	case "WebSocketPushDisable":
		return k.follow(ctx, nil)
	}
	return k.refuse(ctx, m.ID, jmapwire.NotRequest("@type is Request, WebSocketPushEnable or WebSocketPushDisable"))
}

// request answers a Request (RFC 8887 §4.3.2).
func (k *socket) request(ctx context.Context, b []byte, id *string) error {
	s, who := k.server, k.session.Actor().Account
	if !s.take(s.requests, who, limits.ConcurrentRequests) {
		return k.refuse(ctx, id, jmapwire.OverLimit("maxConcurrentRequests", http.StatusTooManyRequests))
	}
	defer s.give(s.requests, who)
	request, problem := jmapwire.ParseRequest(b)
	if problem != nil {
		return k.refuse(ctx, id, problem)
	}
	response, problem := s.run(ctx, k.session, k.id, request)
	if problem != nil {
		return k.refuse(ctx, id, problem)
	}
	return k.write(ctx, struct {
		Type      string  `json:"@type"`
		RequestID *string `json:"requestId,omitempty"`
		jmapwire.Response
	}{"Response", id, response})
}

// refuse sends a RequestError (RFC 8887 §4.3.3).
func (k *socket) refuse(ctx context.Context, id *string, p *jmapwire.Problem) error {
	return k.write(ctx, struct {
		At        string  `json:"@type"`
		RequestID *string `json:"requestId"`
		*jmapwire.Problem
	}{"RequestError", id, p})
}

// enable begins push; a client that knows an older state is told at once (RFC
// 8887 §4.3.5.2).
func (k *socket) enable(ctx context.Context, m socketMessage) error {
	const most = 100
	if len(m.DataTypes) > most {
		return k.refuse(ctx, nil, jmapwire.NotRequest("too many data types"))
	}
	sub := &subscriber{session: k.session, types: m.DataTypes}
	var err error
	if sub.told, err = sub.look(ctx); err != nil {
		return err
	}
	if m.PushState != "" && m.PushState != sub.mark() {
		if err := k.changed(ctx, sub, sub.told); err != nil {
			return err
		}
	}
	return k.follow(ctx, sub)
}

func (k *socket) follow(ctx context.Context, sub *subscriber) error {
	select {
	case k.push <- sub:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tell tells of changes while that is wanted, and ends the connection with the
// session.
func (k *socket) tell(ctx context.Context, watch *store.Watch) {
	var sub *subscriber
	beat := time.NewTicker(quietly)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case sub = <-k.push:
			if sub != nil {
				err = k.news(ctx, sub, store.Hints{Everything: true}) // what came between
			}
		case <-beat.C:
			if err = k.session.Alive(ctx); err == nil {
				err = k.ping(ctx)
			}
		case <-watch.C:
			if sub == nil {
				err = k.session.Alive(ctx)
			} else if err = k.news(ctx, sub, watch.Hints()); err == nil {
				pause(ctx, pace)
			}
		}
		if err != nil {
			return
		}
	}
}

func (k *socket) ping(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return k.conn.Ping(ctx)
}

func (k *socket) news(ctx context.Context, sub *subscriber, hints store.Hints) error {
	news, err := sub.news(ctx, hints)
	if err != nil || news == nil {
		return err
	}
	return k.changed(ctx, sub, news)
}

func (k *socket) changed(ctx context.Context, sub *subscriber, news states) error {
	return k.write(ctx, stateChange{Type: "StateChange", Changed: news, PushState: sub.mark()})
}

// write sends a message to a client that reads.
func (k *socket) write(ctx context.Context, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return k.conn.Write(ctx, websocket.MessageText, b)
}
