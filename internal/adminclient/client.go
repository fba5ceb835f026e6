// Package adminclient asks the administration API of a running server, over its
// unix socket or, as a person, over HTTPS.
package adminclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"postroom"
	"postroom/internal/adminwire"
)

// maxAnswer limits what is read of an answer, in bytes.
const maxAnswer = 256 << 20

// Client speaks to one server. It is safe for concurrent use.
type Client struct {
	socket string // or the URL, for people to read
	base   string
	http   *http.Client
	// user and password of HTTP Basic, or an access token; none on the socket.
	user, password, token string
	// simulated, if any, gets what a request would do; it is not done.
	simulated func(adminwire.Simulation)
}

// New makes a client of the server that listens on a unix socket.
func New(socket string) *Client {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	return &Client{socket: socket, base: "http://postroom", http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", socket)
		},
	}}}
}

// Simulating is a client that does nothing: what would change something is only
// tried, and tell gets what it would do, once for every request. Their answers
// stay empty. tell must be safe for concurrent use if the client is used so.
func (c *Client) Simulating(tell func(adminwire.Simulation)) *Client {
	other := *c
	other.simulated = tell
	return &other
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Path joins the parts of a path below the API's prefix, each escaped.
func Path(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p))
	}
	return b.String()
}

// Query makes a query string of names and values; pairs with an empty value
// are left out.
func Query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// Get asks for a path (from Path and Query) and decodes the answer into out.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	return c.call(ctx, http.MethodGet, path, nil, out)
}

// Post, Put, Patch and Delete act; out may be nil.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPost, path, in, out)
}

// Put replaces.
func (c *Client) Put(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPut, path, in, out)
}

// Patch changes.
func (c *Client) Patch(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPatch, path, in, out)
}

// Delete removes.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.call(ctx, http.MethodDelete, path, nil, nil)
}

// call returns the server's refusals as *postroom.Error with their kind and
// text, and Unavailable when no server answers.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	if c.simulated == nil || method == http.MethodGet {
		return c.ask(ctx, method, path, in, out)
	}
	var s adminwire.Simulation
	if err := c.ask(ctx, method, adminwire.Simulated+path, in, &s); err != nil {
		return err
	}
	c.simulated(s)
	return nil
}

func (c *Client) ask(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("request: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+adminwire.Prefix+path, body)
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	if method != http.MethodGet && method != http.MethodDelete {
		req.Header.Set("Content-Type", "application/json")
	}
	c.authorize(req)
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return c.unreachable(err)
	}
	if resp.StatusCode >= 400 {
		return refusal(resp.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	return nil
}

func refusal(status int, raw []byte) error {
	var p adminwire.Problem
	if err := json.Unmarshal(raw, &p); err != nil || p.Detail == "" {
		return postroom.Errorf(postroom.Unavailable, "the server answered %d %s", status, http.StatusText(status))
	}
	e := &postroom.Error{Kind: postroom.ParseErrorKind(p.Kind), Text: p.Detail}
	if e.Kind == postroom.Internal {
		// The text of an internal fault is fixed and safe; say it.
		e.Kind = postroom.Unavailable
	}
	return e
}

func (c *Client) unreachable(err error) error {
	text := "the server does not answer on " + c.socket
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = "no server is running: there is no socket " + c.socket
	case errors.Is(err, syscall.ECONNREFUSED):
		text = "no server is running: nobody answers on " + c.socket
	case errors.Is(err, fs.ErrPermission):
		text = "no permission to use the socket " + c.socket
	}
	return &postroom.Error{Kind: postroom.Unavailable, Text: text, Cause: err}
}
