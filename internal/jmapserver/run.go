package jmapserver

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// Run answers a request: its calls one after another (RFC 8620 §3.3). The
// problem is about the request as a whole.
func (s *Server) Run(ctx context.Context, session *store.Session, r jmapwire.Request) (jmapwire.Response, *jmapwire.Problem) {
	return s.run(ctx, session, "", r)
}

// run answers a request that came with a stream of changes, if with any.
func (s *Server) run(ctx context.Context, session *store.Session, stream postroom.StreamID, r jmapwire.Request) (jmapwire.Response, *jmapwire.Problem) {
	var out jmapwire.Response
	for _, name := range r.Using {
		if _, is := capabilities[name]; !is {
			return out, jmapwire.UnknownCapability(name)
		}
	}
	if len(r.Calls) > limits.CallsInRequest {
		return out, jmapwire.OverLimit("maxCallsInRequest", 400)
	}
	created := maps.Clone(r.CreatedIDs)
	if created == nil {
		created = make(map[jmapwire.ID]jmapwire.ID)
	}
	out.MethodResponses = []jmapwire.Result{}
	size := 0
	for _, i := range r.Calls {
		c := &call{ctx: ctx, server: s, session: session, stream: stream, created: created, results: out.MethodResponses, using: r.Using}
		results := c.answer(i)
		for n, result := range results {
			if size += len(result.Args); size > maxResponse {
				results[n].Name, results[n].Args = "error", json.RawMessage(`{"type":"requestTooLarge","description":"the response would be too large"}`)
				size -= len(result.Args)
			}
		}
		out.MethodResponses = append(out.MethodResponses, results...)
	}
	if r.CreatedIDs != nil {
		out.CreatedIDs = created
	}
	state, err := sessionState(ctx, session)
	if err != nil {
		return out, &jmapwire.Problem{Type: "about:blank", Status: 500, Detail: postroom.TextOf(err)}
	}
	out.SessionState = state
	return out, nil
}

// call is one method call under way.
type call struct {
	ctx     context.Context
	server  *Server
	session *store.Session
	stream  postroom.StreamID // that the request came with
	using   []string
	// created are the ids of what was created in this request, by the ids the
	// client gave.
	created map[jmapwire.ID]jmapwire.ID
	results []jmapwire.Result // of the calls before
	// more are further responses of this call, in order.
	more []jmapwire.Result
}

// answer runs the method of an invocation.
func (c *call) answer(i jmapwire.Invocation) []jmapwire.Result {
	m, is := c.server.methods[i.Name]
	if !is || !slices.Contains(c.using, m.capability) {
		return c.failed(i, jmapwire.Fail("unknownMethod"))
	}
	args, bad := jmapwire.Resolve(i.Args, c.results)
	if bad != nil {
		return c.failed(i, bad)
	}
	response, err := c.guarded(m, args)
	if err != nil {
		return append(c.failed(i, c.methodError(i.Name, err)), c.more...)
	}
	b, err := json.Marshal(response)
	if err != nil {
		return c.failed(i, c.methodError(i.Name, err))
	}
	for n := range c.more {
		c.more[n].CallID = i.CallID
	}
	return append([]jmapwire.Result{{Name: i.Name, Args: b, CallID: i.CallID}}, c.more...)
}

// guarded runs a method; a fault in it costs this call and no other.
func (c *call) guarded(m method, args jmapwire.Object) (response any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return m.run(c, args)
}

func (c *call) failed(i jmapwire.Invocation, e *jmapwire.Error) []jmapwire.Result {
	b, _ := json.Marshal(e) // strings and numbers always can be
	return []jmapwire.Result{{Name: "error", Args: b, CallID: i.CallID}}
}

// also adds a response of another method that this call implies.
func (c *call) also(name string, response any) error {
	b, err := json.Marshal(response)
	c.more = append(c.more, jmapwire.Result{Name: name, Args: b})
	return err
}

// id gives the id that a Ref stands for; false when nothing was created under
// that name.
func (c *call) id(r jmapwire.Ref) (jmapwire.ID, bool) {
	if r == "" || r[0] != '#' {
		return jmapwire.ID(r), r != ""
	}
	id, is := c.created[jmapwire.ID(r[1:])]
	return id, is
}

// changeable is mail for a method that changes something: accountReadOnly where
// nothing may be (RFC 8620 §3.6.2).
func (c *call) changeable(id jmapwire.ID) (*store.Mail, error) {
	m, err := c.mail(id)
	if err != nil {
		return nil, err
	}
	only, err := m.ReadOnly(c.ctx)
	if err == nil && only {
		err = jmapwire.Fail("accountReadOnly")
	}
	return m, err
}

// mail opens the mail of an account. accountNotFound is also the answer for one
// that may not be seen.
func (c *call) mail(id jmapwire.ID) (*store.Mail, error) {
	number, ok := jmapwire.ParseAccountID(id)
	if !ok {
		return nil, jmapwire.Fail("accountNotFound")
	}
	return c.session.Mail(c.ctx, number)
}
