package imageproxy_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postroom"
	"postroom/internal/egress"
	"postroom/internal/imageproxy"
)

// names answers each look-up of a host with the next of its answers, the last
// one for ever.
type names map[string][][]string

func (n names) LookupIPAddr(_ context.Context, host string) (all []net.IPAddr, err error) {
	answers := n[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		n[host] = answers[1:]
	}
	for _, ip := range answers[0] {
		all = append(all, net.IPAddr{IP: net.ParseIP(ip)})
	}
	return all, nil
}

func pixels(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bomb is a picture of few bytes that says it has many pixels.
func bomb(t testing.TB) []byte {
	b := pixels(t)
	binary.BigEndian.PutUint32(b[16:], 60_000)
	binary.BigEndian.PutUint32(b[20:], 60_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// site is a web server on loopback.
func site(t *testing.T, h http.HandlerFunc) (address string, at netip.AddrPort, asked *atomic.Int32) {
	asked = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		h(w, r)
	}))
	t.Cleanup(s.Close)
	u, _ := url.Parse(s.URL)
	return s.URL, netip.MustParseAddrPort(u.Host), asked
}

func only(places ...netip.AddrPort) func(netip.AddrPort) bool {
	return func(at netip.AddrPort) bool {
		for _, p := range places {
			if p == at {
				return true
			}
		}
		return false
	}
}

// dialer is what the server has, with other names and places.
func dialer(n names, allowed func(netip.AddrPort) bool) imageproxy.Options {
	return imageproxy.Options{Dial: (&egress.Dialer{Resolver: n, Allowed: allowed}).Dial}
}

func get(t *testing.T, o imageproxy.Options, address string) (imageproxy.Picture, postroom.ErrorKind) {
	t.Helper()
	p, err := imageproxy.New(o).Get(t.Context(), address)
	if err == nil {
		return p, 0
	}
	for _, secret := range []string{"127.0.0.1", "dial", "10.0.0"} {
		if strings.Contains(postroom.TextOf(err), secret) {
			t.Errorf("the answer tells of the network: %q", postroom.TextOf(err))
		}
	}
	return p, postroom.KindOf(err)
}

func TestWhatIsFetched(t *testing.T) {
	picture := pixels(t)
	answer := func(kind string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			if kind != "" {
				w.Header().Set("Content-Type", kind)
			}
			w.Write(body)
		}
	}
	svg := []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(make([]byte, 20<<20))
	z.Close()
	endless := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Write(picture)
		for block := make([]byte, 1<<16); r.Context().Err() == nil; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		kind   string
		err    postroom.ErrorKind
	}{
		{"a picture", answer("image/png", picture), "image/png", 0},
		{"with no type", answer("", picture), "image/png", 0},
		{"as octets", answer("application/octet-stream", picture), "image/png", 0},
		{"under the name of another", answer("image/jpeg; q=1", picture), "image/png", 0},
		{"with a page after it", answer("image/gif", append(bytes.Clone(picture), "<script>alert(1)</script>"...)), "image/png", 0},
		{"svg", answer("image/svg+xml", svg), "", postroom.Denied},
		{"svg called a picture", answer("image/png", svg), "", postroom.Denied},
		{"a picture called svg", answer("image/svg+xml", picture), "", postroom.Denied},
		{"a picture called a page", answer("text/html", picture), "", postroom.Denied},
		{"a page called a picture", answer("image/gif", []byte("<!doctype html><script>1</script>")), "", postroom.Denied},
		{"a type that is none", answer("picture", picture), "", postroom.Denied},
		{"nothing", answer("image/png", nil), "", postroom.Denied},
		{"a beginning only", answer("image/png", picture[:12]), "", postroom.Denied},
		{"many pixels", answer("image/png", bomb(t)), "", postroom.Denied},
		{"packed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			answer("image/png", packed.Bytes())(w, nil)
		}, "", postroom.Denied},
		{"said to be huge", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(imageproxy.MaxBytes+1))
			answer("image/png", picture)(w, nil)
		}, "", postroom.TooLarge},
		{"huge without saying so", endless, "", postroom.TooLarge},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			answer("image/png", picture)(w, nil)
		}, "", postroom.Unavailable},
		{"not there", http.NotFound, "", postroom.Unavailable},
		{"a part", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusPartialContent)
			w.Write(picture)
		}, "", postroom.Unavailable},
		{"a header without end", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 100_000))
			answer("image/png", picture)(w, nil)
		}, "", postroom.Unavailable},
		{"slow to begin", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "", postroom.Unavailable},
		{"slow to end", func(w http.ResponseWriter, r *http.Request) {
			w.Write(picture[:10])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "", postroom.Unavailable},
		{"passed on for ever", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }, "", postroom.Unavailable},
		{"passed on to a file", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "", postroom.Invalid},
		{"passed on with a password", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://a:b@"+r.Host+"/", http.StatusFound)
		}, "", postroom.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			address, at, _ := site(t, test.answer)
			timeout := time.Minute
			if strings.HasPrefix(test.name, "slow") {
				timeout = 200 * time.Millisecond
			}
			o := dialer(nil, only(at))
			o.Timeout = timeout
			p, kind := get(t, o, address+"/x")
			if kind != test.err || p.Type != test.kind {
				t.Errorf("%q, %v; want %q, %v", p.Type, kind, test.kind, test.err)
			}
		})
	}
}

// Nothing that a request carries tells who it is for, also not when it is
// passed on by a server that hands out cookies.
func TestRequestsTellNothing(t *testing.T) {
	var seen []string
	address, at, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			seen = append(seen, name+": "+strings.Join(values, ","))
		}
		if r.URL.Path == "/first" {
			w.Header().Set("Set-Cookie", "who=anna")
			http.Redirect(w, r, "/second", http.StatusFound)
			return
		}
		w.Write(pixels(t))
	})
	if p, kind := get(t, dialer(nil, only(at)), address+"/first"); kind != 0 || p.Type != "image/png" {
		t.Fatal(p.Type, kind)
	}
	for _, line := range seen {
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case name == "User-Agent" && strings.Contains(value, "Postroom"), name == "Accept", name == "Accept-Encoding" && value == "identity", name == "Connection":
		default:
			t.Errorf("sent %s", line)
		}
	}
	if len(seen) < 6 {
		t.Error("too little was seen:", seen)
	}
}

// Where a connection goes is decided by what a name is at that moment, each
// time, and nothing is asked twice for one connection.
func TestNamesThatChange(t *testing.T) {
	picture := pixels(t)
	inside, _, asked := site(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(picture) })
	_, port, _ := strings.Cut(strings.TrimPrefix(inside, "http://"), ":")
	rebound := "http://rebound.test:" + port
	outside, at, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/inside":
			http.Redirect(w, r, inside, http.StatusFound)
		case "/rebound":
			http.Redirect(w, r, rebound, http.StatusFound)
		default:
			w.Write(picture)
		}
	})
	_, outPort, _ := net.SplitHostPort(at.String())
	tests := []struct {
		name, address string
		answers       [][]string
		err           postroom.ErrorKind
	}{
		{"looked up once", "http://name.test:" + outPort, [][]string{{"127.0.0.1"}, {"10.0.0.1"}}, 0},
		{"passed on to where nobody may go", outside + "/inside", nil, postroom.Unavailable},
		{"passed on by a name", outside + "/rebound", [][]string{{"127.0.0.1"}}, postroom.Unavailable},
		{"a name with one address that is not allowed", "http://name.test:" + outPort, [][]string{{"127.0.0.1", "10.0.0.1"}}, postroom.Unavailable},
		{"a name of another", "http://name.test:" + outPort, [][]string{{"10.0.0.1"}}, postroom.Unavailable},
		{"a name with none", "http://name.test:" + outPort, [][]string{{}}, postroom.Unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := dialer(names{"name.test": test.answers, "rebound.test": test.answers}, only(at))
			if _, kind := get(t, o, test.address); kind != test.err {
				t.Errorf("%v, want %v", kind, test.err)
			}
		})
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("what is inside was asked %d times", n)
	}
}

// As it is built for people, it reaches nothing on this machine or beside it.
func TestOnlyPublicPlaces(t *testing.T) {
	address, at, asked := site(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(pixels(t)) })
	hosts := []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "2130706433", "0x7f.1", "127.1", "017700000001", "inside.test", "[fe80::1%25lo]"}
	anyPort := func(at netip.AddrPort) bool { return egress.Public(netip.AddrPortFrom(at.Addr(), 443)) }
	for _, host := range hosts {
		if _, kind := get(t, dialer(names{"inside.test": {{"127.0.0.1"}}, "localhost": {{"::1"}}}, anyPort),
			fmt.Sprintf("http://%s:%d/", host, at.Port())); kind != postroom.Unavailable {
			t.Errorf("%s: %v", host, kind)
		}
	}
	for _, bad := range []string{"", "x", "/x", "ftp://example.test/x", "file:///etc/passwd", "gopher://127.0.0.1:25/x", "http:opaque", "http://",
		"http://a@" + at.String(), "javascript:alert(1)", "data:image/png;base64,", "http://example.test/" + strings.Repeat("x", imageproxy.MaxURL), "http://\x00/"} {
		if _, kind := get(t, dialer(nil, func(netip.AddrPort) bool { return true }), bad); kind != postroom.Invalid {
			t.Errorf("%q: %v", bad, kind)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%s was asked %d times", address, n)
	}
}

// https is verified.
func TestCertificates(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(pixels(t)) }))
	defer s.Close()
	s.Config.ErrorLog = nil
	at := netip.MustParseAddrPort(strings.TrimPrefix(s.URL, "https://"))
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	o := dialer(nil, only(at))
	if _, kind := get(t, o, s.URL); kind != postroom.Unavailable {
		t.Error("not trusted:", kind)
	}
	o.Roots = roots
	if _, kind := get(t, o, s.URL); kind != 0 {
		t.Error("trusted:", kind)
	}
}
