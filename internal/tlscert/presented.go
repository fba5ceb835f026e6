package tlscert

import (
	"crypto/tls"
	"crypto/x509"
	"net"
)

// Remembering is a configuration like config, with which TLS over a connection
// of Remember remembers the certificate it presents. Make it once for all
// connections: they share the keys of sessions that are resumed.
func Remembering(config *tls.Config) *tls.Config {
	if config == nil {
		return nil
	}
	own, get := config.Certificates, config.GetCertificate
	out := config.Clone()
	out.Certificates = nil
	out.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		certificate, err := choose(hello, own, get)
		if r, ok := hello.Conn.(*remembering); ok && err == nil && certificate != nil {
			r.presented = certificate
		}
		return certificate, err
	}
	return out
}

// choose finds the certificate as crypto/tls does.
func choose(hello *tls.ClientHelloInfo, own []tls.Certificate, get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) (*tls.Certificate, error) {
	if get != nil && (len(own) == 0 || hello.ServerName != "") {
		if certificate, err := get(hello); certificate != nil || err != nil {
			return certificate, err
		}
	}
	for i := range own {
		if hello.SupportsCertificate(&own[i]) == nil {
			return &own[i], nil
		}
	}
	if len(own) > 0 {
		return &own[0], nil
	}
	return nil, nil
}

// remembering is a connection below TLS.
type remembering struct {
	net.Conn
	presented *tls.Certificate // written by the handshake
}

// Remember prepares a connection for tls.Server with a configuration of
// Remembering.
func Remember(conn net.Conn) net.Conn { return &remembering{Conn: conn} }

// Presented is the server's certificate that the handshake presented, or nil:
// when the session was resumed, none was.
func Presented(conn *tls.Conn) *x509.Certificate {
	r, ok := conn.NetConn().(*remembering)
	if !ok || r.presented == nil {
		return nil
	}
	if r.presented.Leaf != nil {
		return r.presented.Leaf
	}
	if len(r.presented.Certificate) == 0 {
		return nil
	}
	leaf, err := x509.ParseCertificate(r.presented.Certificate[0])
	if err != nil {
		return nil
	}
	return leaf
}
