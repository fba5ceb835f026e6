package tlscert

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// dial shakes hands with a server that has config and returns its certificate.
func dial(t *testing.T, config *tls.Config, name string, roots *x509.CertPool) (*x509.Certificate, error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if s, err := l.Accept(); err == nil {
			_, _ = io.Copy(io.Discard, s) // shakes hands first
			s.Close()
		}
	}()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c := tls.Client(client, &tls.Config{ServerName: name, RootCAs: roots})
	if err := c.Handshake(); err != nil {
		return nil, err
	}
	return c.ConnectionState().PeerCertificates[0], nil
}

// Whoever speaks only what came before TLS 1.2 is refused (RFC 8996).
func TestOldTLSIsRefused(t *testing.T) {
	f, err := SelfSigned(filepath.Join(t.TempDir(), "tls"), time.Now(), "mail.example.test")
	if err != nil {
		t.Fatal(err)
	}
	for version, taken := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		near, far := net.Pipe()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = tls.Server(far, f.Config()).Handshake() // the client tells
			far.Close()
		}()
		err := tls.Client(near, &tls.Config{MinVersion: version, MaxVersion: version, InsecureSkipVerify: true}).Handshake()
		if (err == nil) != taken {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		near.Close()
		<-ended
	}
}

func TestSelfSigned(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "tls"), time.Now()
	names := []string{"mail.example.test", "localhost", "127.0.0.1", "::1"}
	f, err := SelfSigned(dir, now, names...)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, CertFile))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	for _, name := range names {
		if _, err := dial(t, f.Config(), name, roots); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := dial(t, f.Config(), "other.test", roots); err == nil {
		t.Error("good for any name")
	}
	if info, _ := os.Stat(filepath.Join(dir, KeyFile)); info.Mode().Perm() != 0o600 {
		t.Errorf("the key is %v", info.Mode())
	}
	serial := f.Certificate().Leaf.SerialNumber
	for name, tt := range map[string]struct {
		now   time.Time
		names []string
		same  bool
	}{
		"again":       {now, names, true},
		"a subset":    {now, names[1:], true},
		"later":       {now.Add(300 * 24 * time.Hour), names, true},
		"almost over": {now.Add(380 * 24 * time.Hour), names, false},
		"a new name":  {now, []string{"imap.example.test"}, false},
	} {
		copied := t.TempDir()
		for _, file := range []string{CertFile, KeyFile} {
			b, _ := os.ReadFile(filepath.Join(dir, file))
			if err := os.WriteFile(filepath.Join(copied, file), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		g, err := SelfSigned(copied, tt.now, tt.names...)
		if err != nil {
			t.Fatal(err)
		}
		if same := g.Certificate().Leaf.SerialNumber.Cmp(serial) == 0; same != tt.same {
			t.Errorf("%s: same certificate: %v", name, same)
		}
	}
	if _, err := SelfSigned(dir, now); err == nil {
		t.Error("made for no name")
	}
}

func TestFilesAreReadAgain(t *testing.T) {
	dir, other, now := t.TempDir(), t.TempDir(), time.Now()
	if _, err := SelfSigned(dir, now, "a.test"); err != nil {
		t.Fatal(err)
	}
	if _, err := SelfSigned(other, now, "longer.b.test"); err != nil {
		t.Fatal(err)
	}
	clock := now
	var heard error
	certFile, keyFile := filepath.Join(dir, CertFile), filepath.Join(dir, KeyFile)
	f, err := LoadFiles(certFile, keyFile, FilesOptions{Now: func() time.Time { return clock }, OnError: func(err error) { heard = err }})
	if err != nil {
		t.Fatal(err)
	}
	name := func() string { return f.Certificate().Leaf.Subject.CommonName }
	if err := os.Rename(filepath.Join(other, KeyFile), keyFile); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(recheck)
	if name() != "a.test" || heard == nil {
		t.Errorf("half a change: %s, %v", name(), heard)
	}
	heard = nil
	if err := os.Rename(filepath.Join(other, CertFile), certFile); err != nil {
		t.Fatal(err)
	}
	if name() != "a.test" {
		t.Error("looked again at once")
	}
	clock = clock.Add(recheck)
	if name() != "longer.b.test" || heard != nil {
		t.Errorf("after the change: %s, %v", name(), heard)
	}
	os.Remove(certFile)
	clock = clock.Add(recheck)
	if name() != "longer.b.test" || !errors.Is(heard, os.ErrNotExist) {
		t.Errorf("after removal: %s, %v", name(), heard)
	}
	if _, err := LoadFiles(certFile, keyFile, FilesOptions{}); err == nil {
		t.Error("loaded from nothing")
	}
}

func TestACME(t *testing.T) {
	asked := make(chan struct{}, 100)
	authority := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		http.Error(w, "closed", http.StatusServiceUnavailable)
	}))
	defer authority.Close()
	roots := x509.NewCertPool()
	roots.AddCert(authority.Certificate())
	a, err := StartACME(ACMEOptions{Names: []string{"mail.example.test"}, Dir: t.TempDir(), Directory: authority.URL, Roots: roots})
	if err != nil {
		t.Fatal(err)
	}
	<-asked // the authority of the options, no other
	if _, err := dial(t, a.Config(), "mail.example.test", nil); err == nil {
		t.Error("a handshake without a certificate")
	}
	if !slices.Contains(a.Config().NextProtos, "acme-tls/1") {
		t.Error(a.Config().NextProtos)
	}
	passed := false
	h := a.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://mail.example.test/", nil))
	if !passed {
		t.Error("an ordinary request was not passed on")
	}
	a.Close()
	if _, err := StartACME(ACMEOptions{Dir: "x"}); err == nil {
		t.Error("started for no name")
	}
}
