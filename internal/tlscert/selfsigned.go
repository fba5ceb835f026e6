package tlscert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Names of the files of a self-signed certificate in its folder.
const (
	CertFile = "cert.pem" // for clients to trust
	KeyFile  = "key.pem"
)

const (
	// validity stays below the 398 days that clients take at most.
	validity = 397 * 24 * time.Hour
	renewal  = 30 * 24 * time.Hour
)

// SelfSigned returns the self-signed certificate kept in dir, and makes it if there is
// none, if it does not cover all names, or if it ends within 30 days. names are host
// names and IP addresses, at least one. dir is created if needed, for its owner only.
func SelfSigned(dir string, now time.Time, names ...string) (*Files, error) {
	if len(names) == 0 {
		return nil, errors.New("TLS certificate: no name to make it for")
	}
	certFile, keyFile := filepath.Join(dir, CertFile), filepath.Join(dir, KeyFile)
	if !usable(certFile, keyFile, now, names) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("TLS certificate: %w", err)
		}
		if err := makeSelfSigned(certFile, keyFile, now, names); err != nil {
			return nil, fmt.Errorf("TLS certificate: %w", err)
		}
	}
	return LoadFiles(certFile, keyFile, FilesOptions{})
}

func usable(certFile, keyFile string, now time.Time, names []string) bool {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return false
	}
	cert := pair.Leaf
	if now.Before(cert.NotBefore) || now.Add(renewal).After(cert.NotAfter) {
		return false
	}
	for _, name := range names {
		if cert.VerifyHostname(name) != nil {
			return false
		}
	}
	return true
}

func makeSelfSigned(certFile, keyFile string, now time.Time, names []string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: names[0]},
		NotBefore:             now.Add(-time.Hour), // clients whose clock is slow
		NotAfter:              now.Add(validity),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	// A stop between the two leaves a pair that does not match; the next start sees that.
	if err := writeFile(keyFile, 0o600, "PRIVATE KEY", private); err != nil {
		return err
	}
	return writeFile(certFile, 0o644, "CERTIFICATE", der)
}

// writeFile puts a PEM file in place as a whole.
func writeFile(name string, mode os.FileMode, kind string, der []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*") // 0600 until chmod
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	err = errors.Join(pem.Encode(f, &pem.Block{Type: kind, Bytes: der}), f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
