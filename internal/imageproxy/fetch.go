// Package imageproxy fetches the pictures that HTML mail names elsewhere, so
// that whoever reads it shows their sender neither where they are nor what they
// use. It takes pictures made of pixels only, and is bounded in time and size.
package imageproxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"postroom"
)

// The bounds of a picture, and of how many are fetched at a time.
const (
	// MaxBytes bounds a picture.
	MaxBytes = 5 << 20
	// MaxURL bounds an address, in bytes.
	MaxURL       = 4096
	maxTime      = 15 * time.Second
	maxWait      = 10 * time.Second // for the answer to begin
	maxRedirects = 5
	maxHeader    = 16 << 10
	atOnce       = 16
)

// agent is the same for everybody. It says what asks, not for whom.
const agent = "Mozilla/5.0 (compatible; Postroom image proxy)"

// Options of a Fetcher. Dial is needed.
type Options struct {
	// Dial connects to where pictures may be, and nowhere else: it is given the
	// hosts that senders of mail name.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots are whom https trusts; nil is the system.
	Roots *x509.CertPool
	// Timeout bounds a fetch; zero is 15 seconds.
	Timeout time.Duration
}

// Picture is what was fetched.
type Picture struct {
	// Type is what its bytes are, whatever its sender called them: one of
	// image/png, image/jpeg, image/gif and image/webp.
	Type string
	Data []byte
}

// Fetcher fetches pictures. It is safe for concurrent use.
type Fetcher struct {
	opts   Options
	client *http.Client
	slots  *semaphore.Weighted
}

// New makes a Fetcher.
func New(o Options) *Fetcher {
	if o.Timeout == 0 {
		o.Timeout = maxTime
	}
	f := &Fetcher{opts: o, slots: semaphore.NewWeighted(atOnce)}
	t := &http.Transport{DialContext: f.dial, DisableCompression: true, ResponseHeaderTimeout: maxWait, TLSHandshakeTimeout: maxWait,
		MaxResponseHeaderBytes: maxHeader, DisableKeepAlives: true, Proxy: nil}
	if o.Roots != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12}
	}
	f.client = &http.Client{Transport: t, CheckRedirect: f.follow}
	return f
}

// Get fetches a picture. Invalid for an address that is none of http or https;
// Denied for what is no picture; TooLarge; Unavailable when it cannot be had,
// which includes what is not at a public address.
func (f *Fetcher) Get(ctx context.Context, address string) (Picture, error) {
	u, err := parse(address)
	if err != nil {
		return Picture{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, f.opts.Timeout)
	defer cancel()
	if err := f.slots.Acquire(ctx, 1); err != nil {
		return Picture{}, unreachable(err)
	}
	defer f.slots.Release(1)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Picture{}, postroom.Errorf(postroom.Invalid, "this is no address of a picture")
	}
	dress(r)
	response, err := f.client.Do(r)
	if err != nil {
		return Picture{}, unreachable(err)
	}
	defer response.Body.Close()
	return take(response)
}

// dress gives a request its headers: nothing in them tells who wants it.
func dress(r *http.Request) {
	r.Header = http.Header{"User-Agent": {agent}, "Accept": {"image/webp,image/png,image/jpeg,image/gif;q=0.9"}, "Accept-Encoding": {"identity"}}
}

// parse reads an address with nothing in it but scheme, host, path and query.
func parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || len(address) > MaxURL || u.Hostname() == "" || u.Opaque != "" || u.User != nil {
		return nil, postroom.Errorf(postroom.Invalid, "this is no address of a picture")
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, postroom.Errorf(postroom.Invalid, "only http and https are fetched")
	}
	u.Fragment = ""
	return u, nil
}

// follow checks each further address as the first was; Dial checks where it
// leads.
func (f *Fetcher) follow(r *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return postroom.Errorf(postroom.Unavailable, "the picture is passed on too often")
	}
	if _, err := parse(r.URL.String()); err != nil {
		return err
	}
	dress(r) // the client has put in a Referer
	return nil
}

// dial says of each connection that fails the same: nobody is to learn here which
// names lead into our own network.
func (f *Fetcher) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := f.opts.Dial(ctx, network, address)
	if err != nil {
		return nil, cannotBeHad(err)
	}
	return conn, nil
}

// take reads an answer as far as it may be a picture.
func take(r *http.Response) (Picture, error) {
	if r.StatusCode != http.StatusOK {
		return Picture{}, postroom.Errorf(postroom.Unavailable, "the picture cannot be had: its server answers %d", r.StatusCode)
	}
	if said := r.Header.Get("Content-Type"); said != "" && !mayBePicture(said) {
		return Picture{}, errNoPicture()
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return Picture{}, errNoPicture()
	}
	tooLarge := postroom.Errorf(postroom.TooLarge, "the picture is larger than %d MB", MaxBytes>>20)
	if r.ContentLength > MaxBytes {
		return Picture{}, tooLarge
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, MaxBytes+1))
	if err != nil {
		return Picture{}, unreachable(err)
	}
	if len(data) > MaxBytes {
		return Picture{}, tooLarge
	}
	kind, ok := kindOf(data)
	if !ok {
		return Picture{}, errNoPicture()
	}
	return Picture{kind, data}, nil
}

// mayBePicture reports whether what a server says of its answer leaves open
// that it is a picture of pixels.
func mayBePicture(said string) bool {
	kind, _, err := mime.ParseMediaType(said)
	if err != nil {
		return false
	}
	return strings.HasPrefix(kind, "image/") && !strings.HasPrefix(kind, "image/svg") || kind == "application/octet-stream" || kind == "binary/octet-stream"
}

func errNoPicture() error {
	return postroom.Errorf(postroom.Denied, "what is there is no picture that can be shown")
}

// unreachable hides what a network has to say: that would tell of it.
func unreachable(err error) error {
	var own *postroom.Error
	if errors.As(err, &own) {
		return own
	}
	return cannotBeHad(err)
}

func cannotBeHad(err error) error {
	return postroom.Errorf(postroom.Unavailable, "the picture cannot be had now").By(err)
}
