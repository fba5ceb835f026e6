package webpush

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"postroom"
)

const (
	// patience is how long one request may take.
	patience = 15 * time.Second
	// maxURL bounds the URL of a push service, in bytes.
	maxURL = 2000
	// maxWait bounds for how long a service may ask to be left alone.
	maxWait = 24 * time.Hour
)

// ParseURL reads the URL of a push service: https, without a user, on the usual
// port or one above 1023. Invalid.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return nil, postroom.Errorf(postroom.Invalid, "the URL begins with https:// and names a push service")
	}
	if port := u.Port(); port != "" && port != "443" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n < 1024 {
			return nil, postroom.Errorf(postroom.Invalid, "the URL has a port that push services do not use")
		}
	}
	return u, nil
}

// Client sends messages. It is safe for concurrent use.
type Client struct {
	http   *http.Client
	signer *Signer
	now    func() time.Time
}

// Options of a client.
type Options struct {
	// Signer may be nil: then nothing is signed.
	Signer *Signer
	// Dial connects to where push services may be, and is Denied elsewhere: it is
	// given the hosts that people's programs name. Nil connects to none.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots are the certificates trusted; nil for those of the system.
	Roots *x509.CertPool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// NewClient makes a client that follows no redirects and uses no proxy.
func NewClient(o Options) *Client {
	if o.Dial == nil {
		o.Dial = func(context.Context, string, string) (net.Conn, error) {
			return nil, postroom.Errorf(postroom.Denied, "the push service is not on the public internet")
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{signer: o.Signer, now: o.Now, http: &http.Client{Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: o.Dial, ForceAttemptHTTP2: true, TLSHandshakeTimeout: patience,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots}, MaxIdleConns: 100, MaxIdleConnsPerHost: 4,
			MaxConnsPerHost: 16, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 16 << 10, DisableCompression: true}}}
}

// Message is what is sent.
type Message struct {
	URL  string
	Keys *Keys // nil: it is not encrypted
	Text []byte
	// Life is for how long the service keeps the message for who cannot be
	// reached.
	Life time.Duration
	// Urgent is for what somebody waits for.
	Urgent bool
}

// Fate is what became of a message.
type Fate uint8

const (
	// Sent: the service has it.
	Sent Fate = iota
	// Gone: the service knows nobody at this URL any more.
	Gone
	// Refused: it will not take such a message, now or later.
	Refused
	// Later: it may be tried again.
	Later
)

// Outcome tells what became of a message, and for how long the service wants to be
// left alone; zero when it did not say.
type Outcome struct {
	Fate  Fate
	Wait  time.Duration
	Cause string // for logs; empty when it was sent
}

// Post sends a message.
func (c *Client) Post(ctx context.Context, m Message) Outcome {
	r, err := c.request(ctx, m)
	if err != nil {
		return Outcome{Fate: Refused, Cause: err.Error()}
	}
	res, err := c.http.Do(r)
	if err != nil {
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err // the URL is nobody's business
		}
		if postroom.KindOf(err) == postroom.Denied {
			return Outcome{Fate: Refused, Cause: err.Error()}
		}
		return Outcome{Fate: Later, Cause: err.Error()}
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, 4<<10) // so that the connection can be used again
	switch status := res.StatusCode; {
	case status/100 == 2:
		return Outcome{}
	case status == http.StatusNotFound || status == http.StatusGone:
		return Outcome{Fate: Gone, Cause: res.Status}
	case status == http.StatusTooManyRequests || status/100 == 5:
		return Outcome{Fate: Later, Cause: res.Status, Wait: c.wait(res.Header.Get("Retry-After"))}
	default: // a redirect, too
		return Outcome{Fate: Refused, Cause: res.Status}
	}
}

func (c *Client) request(ctx context.Context, m Message) (*http.Request, error) {
	to, err := ParseURL(m.URL)
	if err != nil {
		return nil, err
	}
	body := m.Text
	if m.Keys != nil {
		if body, err = m.Keys.Encrypt(m.Text); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	// RFC 8620 §7.2 wants this type; encrypted, it is that of what is inside.
	r.Header.Set("Content-Type", "application/json")
	if m.Keys != nil {
		r.Header.Set("Content-Encoding", "aes128gcm")
	}
	r.Header.Set("TTL", strconv.Itoa(int(m.Life.Seconds())))
	r.Header.Set("Urgency", map[bool]string{false: "normal", true: "high"}[m.Urgent])
	r.Header.Set("User-Agent", "Postroom")
	if c.signer != nil {
		header, err := c.signer.authorization(to, c.now())
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", header)
	}
	return r, nil
}

// wait reads Retry-After (RFC 9110 §10.2.3).
func (c *Client) wait(text string) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, maxWait)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(c.now()), 0), maxWait)
	}
	return 0
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }
