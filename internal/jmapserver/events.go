package jmapserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

const eventsPath = "/jmap/events"

const (
	// maxStreams bounds the streams of changes one person has open.
	maxStreams = 32
	// maxPing is the longest a stream is silent.
	maxPing = 5 * time.Minute
	// quietly is how long a stream without pings is silent: proxies close
	// what is silent for longer.
	quietly = time.Minute
	// pace is how often at most a stream looks.
	pace = 100 * time.Millisecond
	// patience is how long a client may take to read what was written.
	patience = 20 * time.Second
)

// stream is one event source under way.
type stream struct {
	subscriber
	w    http.ResponseWriter
	out  *http.ResponseController
	id   postroom.StreamID
	once bool          // ends after the first change
	ping time.Duration // zero: none
}

// getEvents is the event source (RFC 8620 §7.3).
func (s *Server) getEvents(w http.ResponseWriter, r *http.Request, session *store.Session) {
	v := &stream{subscriber: subscriber{session: session}, w: w, out: http.NewResponseController(w)}
	if !v.parse(r) {
		s.problem(w, &jmapwire.Problem{Type: "about:blank", Status: http.StatusBadRequest,
			Detail: "types is a list of names or *, closeafter is state or no, ping a number of seconds, stream a name of letters, digits, - and _"})
		return
	}
	p := program{session.Actor().Account, v.id}
	if !s.join(p) {
		s.problem(w, tooManyStreams())
		return
	}
	defer s.leave(session, p)
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(s.closing, stop)()
	watch, err := session.Watch(ctx)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer watch.Close()
	if v.told, err = v.look(ctx); err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies hold back what they buffer
	err = v.run(ctx, watch, r.Header.Get("Last-Event-ID"))
	if err != nil && ctx.Err() == nil && postroom.KindOf(err) == postroom.Internal {
		s.opts.Logger.Debug("jmap: a stream of changes ends", "error", err)
	}
}

// parse reads the parameters; false when they are wrong.
func (v *stream) parse(r *http.Request) (ok bool) {
	q := r.URL.Query()
	if v.types, ok = pushTypes(q.Get("types")); !ok {
		return false
	}
	if v.id, ok = postroom.ParseStreamID(q.Get("stream")); !ok {
		return false
	}
	switch q.Get("closeafter") {
	case "state":
		v.once = true
	case "no", "":
	default:
		return false
	}
	if text := q.Get("ping"); text != "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return false
		}
		v.ping = min(time.Duration(seconds)*time.Second, maxPing)
	}
	return true
}

// run tells of changes until the client has gone, the session has ended, or the
// one change it waits for was told. A client that was told something else
// before it lost its stream is told everything at once.
func (v *stream) run(ctx context.Context, watch *store.Watch, before string) error {
	if err := v.send(": changes\n\n"); err != nil {
		return err
	}
	if before != "" && before != v.mark() {
		if err := v.tell(v.told); err != nil || v.once {
			return err
		}
	}
	wait := v.ping
	if wait == 0 {
		wait = quietly
	}
	beat := time.NewTimer(wait)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
			if err := v.heartbeat(ctx); err != nil {
				return err
			}
		case <-watch.C:
			news, err := v.news(ctx, watch.Hints())
			if err != nil {
				return err
			}
			if news == nil {
				continue
			}
			if err := v.tell(news); err != nil || v.once {
				return err
			}
			if !pause(ctx, pace) {
				return ctx.Err()
			}
		}
		beat.Reset(wait)
	}
}

// heartbeat shows both sides that the other is there.
func (v *stream) heartbeat(ctx context.Context) error {
	if err := v.session.Alive(ctx); err != nil {
		return err
	}
	if v.ping == 0 {
		return v.send(":\n\n")
	}
	return v.send(fmt.Sprintf("event: ping\ndata: {\"interval\":%d}\n\n", int(v.ping.Seconds())))
}

// tell sends a StateChange. Its id is what to come back with.
func (v *stream) tell(news states) error {
	b, err := json.Marshal(stateChange{Type: "StateChange", Changed: news})
	if err != nil {
		return err
	}
	return v.send(fmt.Sprintf("event: state\nid: %s\ndata: %s\n\n", v.mark(), b))
}

// send writes to a client that reads; who does not is cut off.
func (v *stream) send(text string) error {
	if err := v.out.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := v.w.Write([]byte(text)); err != nil {
		return err
	}
	return v.out.Flush()
}

// pause waits; false when there is no more to wait for.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
