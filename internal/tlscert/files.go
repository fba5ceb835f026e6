// Package tlscert gives servers their certificates: a self-signed one kept in a folder,
// one from files that are read again when they change, or one that an ACME authority
// issues and renews (RFC 8555).
package tlscert

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// recheck is how often files are looked at for a change, at most.
const recheck = 5 * time.Second

// Files is a certificate read from two PEM files. It is safe for concurrent use.
type Files struct {
	certFile, keyFile string
	now               func() time.Time
	onError           func(error)

	mu      sync.Mutex
	cert    *tls.Certificate
	stamp   [2]stamp
	checked time.Time
}

// stamp tells one content of a file from another. Time and size alone do not: a new key
// has the size of the old one, and file times are coarse.
type stamp struct{ info fs.FileInfo }

func (s stamp) same(t stamp) bool {
	return s.info != nil && t.info != nil && os.SameFile(s.info, t.info) &&
		s.info.ModTime().Equal(t.info.ModTime()) && s.info.Size() == t.info.Size()
}

// FilesOptions adjusts LoadFiles.
type FilesOptions struct {
	// OnError hears of files that changed but cannot be used; the certificate
	// read before stays in use. nil ignores it.
	OnError func(error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// LoadFiles reads a certificate chain and its key. From then on a handshake that
// happens five seconds or more after the last look finds changed files.
func LoadFiles(certFile, keyFile string, o FilesOptions) (*Files, error) {
	f := &Files{certFile: certFile, keyFile: keyFile, now: o.Now, onError: o.OnError}
	if f.now == nil {
		f.now = time.Now
	}
	if f.onError == nil {
		f.onError = func(error) {}
	}
	f.checked = f.now()
	if err := f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

// Config is a server configuration that always uses the newest certificate.
func (f *Files) Config() *tls.Config {
	return baseConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.Certificate(), nil })
}

// baseConfig is what all servers have in common. TLS 1.2 is the least (RFC 8996).
func baseConfig(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: get}
}

// Certificate returns the certificate in use.
func (f *Files) Certificate() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); now.Sub(f.checked) >= recheck {
		f.checked = now
		if s, err := f.stat(); err != nil || !s[0].same(f.stamp[0]) || !s[1].same(f.stamp[1]) {
			if err := f.read(); err != nil {
				f.onError(err)
			}
		}
	}
	return f.cert
}

// read loads both files. The stamp is taken first: a change while reading is then
// seen at the next look.
func (f *Files) read() error {
	s, err := f.stat()
	if err != nil {
		return fmt.Errorf("TLS certificate: %w", err)
	}
	cert, err := tls.LoadX509KeyPair(f.certFile, f.keyFile)
	if err != nil {
		return fmt.Errorf("TLS certificate %s with key %s: %w", f.certFile, f.keyFile, err)
	}
	f.cert, f.stamp = &cert, s
	return nil
}

func (f *Files) stat() (out [2]stamp, err error) {
	for i, name := range []string{f.certFile, f.keyFile} {
		info, e := os.Stat(name) // through links: that is how many tools swap certificates
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		out[i] = stamp{info}
	}
	return out, err
}
