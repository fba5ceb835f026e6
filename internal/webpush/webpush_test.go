package webpush

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/egress"
)

func unbase(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The example of RFC 8291 §5, with the keys of its appendix A.
func TestEncryptTheExampleOfTheRFC(t *testing.T) {
	const want = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95b" +
		"Qpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	k, err := ParseKeys("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg")
	if err != nil {
		t.Fatal(err)
	}
	own, err := ecdh.P256().NewPrivateKey(unbase(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.encrypt([]byte("When I grow up, I want to be a watermelon"), own, unbase(t, "DGv6ra1nlYgDCS1FRnbzlw"))
	if text := base64.RawURLEncoding.EncodeToString(got); err != nil || text != want {
		t.Errorf("%v\nis     %s\nshould %s", err, text, want)
	}
}

// reader reads messages, as a browser would.
type reader struct {
	key  *ecdh.PrivateKey
	auth []byte
}

func newReader(t testing.TB) *reader {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{key, []byte("0123456789abcdef")}
}

func (r *reader) keys(t testing.TB) *Keys {
	k, err := ParseKeys(base64.URLEncoding.EncodeToString(r.key.PublicKey().Bytes()), base64.URLEncoding.EncodeToString(r.auth))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (r *reader) read(t testing.TB, body []byte) string {
	t.Helper()
	if len(body) < headerSize || body[saltSize+4] != keySize {
		t.Fatalf("%d bytes are no message", len(body))
	}
	sender, err := ecdh.P256().NewPublicKey(body[saltSize+5 : headerSize])
	if err != nil {
		t.Fatal(err)
	}
	shared, err := r.key.ECDH(sender)
	if err != nil {
		t.Fatal(err)
	}
	key, nonce, err := derive(shared, r.auth, r.key.PublicKey(), sender, body[:saltSize])
	if err != nil {
		t.Fatal(err)
	}
	block, _ := aes.NewCipher(key)
	opener, _ := cipher.NewGCM(block)
	text, err := opener.Open(nil, nonce, body[headerSize:], nil)
	if err != nil || text[len(text)-1] != 2 {
		t.Fatalf("%q %v", text, err)
	}
	return string(text[:len(text)-1])
}

func TestKeysAreStrict(t *testing.T) {
	point := newReader(t).key.PublicKey().Bytes()
	encode := base64.RawURLEncoding.EncodeToString
	auth := encode(make([]byte, 16))
	off := append([]byte{4}, make([]byte, 64)...)
	for name, k := range map[string][2]string{"no point": {"", auth}, "short": {encode(point[:64]), auth}, "not on the curve": {encode(off), auth},
		"no base64": {"!", auth}, "short secret": {encode(point), encode(make([]byte, 15))}, "standard base64": {strings.Repeat("+/", 43), auth}} {
		if _, err := ParseKeys(k[0], k[1]); postroom.KindOf(err) != postroom.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := newReader(t).keys(t).Encrypt(make([]byte, MaxText+1)); postroom.KindOf(err) != postroom.TooLarge {
		t.Errorf("too large: %v", err)
	}
	if b, err := newReader(t).keys(t).Encrypt(make([]byte, MaxText)); err != nil || len(b) != recordSize {
		t.Errorf("the largest: %d, %v", len(b), err)
	}
}

func TestURLs(t *testing.T) {
	for text, good := range map[string]bool{"https://push.example.test/x?y=z": true, "https://push.example.test:8443/": true, "https://push.example.test:443/": true,
		"http://push.example.test/": false, "https://a@push.example.test/": false, "https://push.example.test:25/": false, "https:///x": false,
		"https:opaque": false, "ftp://x.test/": false, "": false, "https://x.test/#f": false, "https://x.test/" + strings.Repeat("x", 2000): false} {
		if _, err := ParseURL(text); (err == nil) != good {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

func roots(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func TestPost(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	var status int
	header := make(http.Header)
	var asked *http.Request
	var body []byte
	service := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		body, _ = io.ReadAll(r.Body)
		for k, v := range header {
			w.Header()[k] = v
		}
		w.WriteHeader(status)
	}))
	defer service.Close()
	raw, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := NewSigner(raw, "mailto:postmaster@example.test")
	if err != nil {
		t.Fatal(err)
	}
	c := NewClient(Options{Signer: signer, Dial: new(net.Dialer).DialContext, Roots: roots(service), Now: func() time.Time { return at }})
	defer c.Close()
	who := newReader(t)
	status = 201
	if o := c.Post(t.Context(), Message{URL: service.URL + "/p", Keys: who.keys(t), Text: []byte("hello"), Life: time.Hour}); o != (Outcome{}) {
		t.Fatalf("%+v", o)
	}
	if got := who.read(t, body); got != "hello" {
		t.Errorf("read %q", got)
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "Content-Encoding": "aes128gcm", "Ttl": "3600", "Urgency": "normal"} {
		if got := asked.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	checkToken(t, asked.Header.Get("Authorization"), service.URL, signer.PublicKey(), at)
	for _, test := range []struct {
		status int
		retry  string
		fate   Fate
		wait   time.Duration
	}{{429, "120", Later, 2 * time.Minute}, {503, "Mon, 02 Mar 2026 10:01:00 GMT", Later, time.Minute}, {500, "", Later, 0}, {410, "", Gone, 0},
		{404, "", Gone, 0}, {400, "", Refused, 0}, {413, "", Refused, 0}, {302, "", Refused, 0}, {429, "99999999", Later, maxWait}} {
		status = test.status
		header = http.Header{"Retry-After": {test.retry}, "Location": {service.URL + "/elsewhere"}}
		asked = nil
		o := c.Post(t.Context(), Message{URL: service.URL + "/p", Text: []byte("{}")})
		if o.Fate != test.fate || o.Wait != test.wait || o.Cause == "" || asked.URL.Path != "/p" {
			t.Errorf("%d: %+v", test.status, o)
		}
	}
	if asked.Header.Get("Content-Encoding") != "" || string(body) != "{}" {
		t.Errorf("what is not encrypted: %q", body)
	}
	// Nothing is sent to where nothing may be.
	asked = nil
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"this machine": (&egress.Dialer{Resolver: net.DefaultResolver}).Dial, "nothing": nil} {
		guarded := NewClient(Options{Roots: roots(service), Dial: dial})
		for _, to := range []string{service.URL, strings.Replace(service.URL, "127.0.0.1", "localhost", 1)} {
			if o := guarded.Post(t.Context(), Message{URL: to + "/secret"}); o.Fate != Refused || asked != nil || strings.Contains(o.Cause, "secret") {
				t.Errorf("%s: %s: %+v", name, to, o)
			}
		}
	}
}

// checkToken checks a signature by the letter of RFC 8292.
func checkToken(t *testing.T, header, audience, key string, now time.Time) {
	t.Helper()
	token, given, _ := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	parts := strings.Split(token, ".")
	if given != key || len(parts) != 3 {
		t.Fatalf("%q", header)
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(unbase(t, parts[1]), &claims); err != nil || claims.Aud != audience || claims.Sub != "mailto:postmaster@example.test" ||
		claims.Exp <= now.Unix() || claims.Exp > now.Add(24*time.Hour).Unix() {
		t.Errorf("claims %+v, %v", claims, err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), unbase(t, key))
	if err != nil {
		t.Fatal(err)
	}
	signature := unbase(t, parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(signature) != 64 || !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Error("the signature is wrong")
	}
}

func FuzzKeys(f *testing.F) {
	f.Add("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg", "https://push.example.test/x")
	f.Add("", "", "https://[::1]:8443/")
	f.Fuzz(func(t *testing.T, p256dh, auth, to string) {
		if k, err := ParseKeys(p256dh, auth); err == nil {
			if b, err := k.Encrypt([]byte("x")); err != nil || len(b) != headerSize+18 {
				t.Errorf("%d bytes, %v", len(b), err)
			}
		}
		if u, err := ParseURL(to); err == nil {
			if again, err := url.Parse(u.String()); err != nil || again.Scheme != "https" || again.Hostname() == "" {
				t.Errorf("%q is %v", to, again)
			}
		}
	})
}
