package login

import (
	"crypto/tls"
	"crypto/x509"
	"strings"

	"github.com/xdg-go/scram"

	"postroom/internal/tlscert"
)

// Channels are the channel bindings that a TLS connection of the server has, the
// best first: tls-exporter (RFC 9266), tls-server-end-point and, before TLS
// 1.3, tls-unique (RFC 5929). They are empty before the handshake. A resumed
// session presented no certificate and so has no end point; a certificate
// whose signature has no hash, such as Ed25519, has none either (RFC 5929
// §4.1).
func Channels(conn *tls.Conn) (list []scram.ChannelBinding) {
	state := conn.ConnectionState()
	if !state.HandshakeComplete {
		return nil
	}
	// Without extended master secrets there is no exporter (RFC 9266 §3).
	if b, err := scram.NewTLSExporterBinding(&state); err == nil {
		list = append(list, b)
	}
	if leaf := tlscert.Presented(conn); leaf != nil {
		if b, err := scram.NewTLSServerEndpointBinding(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}}); err == nil {
			list = append(list, b)
		}
	}
	if len(state.TLSUnique) > 0 {
		list = append(list, scram.NewTLSUniqueBinding(state.TLSUnique))
	}
	return list
}

// chosen is the binding that the first message of a client names (RFC 5802 §7),
// or else the best.
func chosen(list []scram.ChannelBinding, first string) scram.ChannelBinding {
	name, _, _ := strings.Cut(strings.TrimPrefix(first, "p="), ",")
	for _, b := range list {
		if strings.HasPrefix(first, "p=") && string(b.Type) == name {
			return b
		}
	}
	return list[0]
}
