// Package autoconfig writes what mail programs read to set themselves up: the
// document of Thunderbird (config-v1.1.xml, draft-ietf-mailmaint-autoconfig),
// the answer of Outlook's Autodiscover, and a configuration profile for Apple's
// programs. None of them holds a secret, and none tells whether an address
// exists.
package autoconfig

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"

	"postroom"
)

// Security is how a connection is protected.
type Security uint8

const (
	// TLS from the first byte (RFC 8314).
	TLS Security = iota
	// StartTLS begins in the clear.
	StartTLS
)

// Server is one way in.
type Server struct {
	Host     string
	Port     int
	Security Security
}

// Settings of a mail domain. The best server of each kind comes first.
type Settings struct {
	Domain string
	// Name of the service, for people.
	Name       string
	IMAP       []Server
	Submission []Server
}

type clientConfig struct {
	XMLName  xml.Name `xml:"clientConfig"`
	Version  string   `xml:"version,attr"`
	Provider provider `xml:"emailProvider"`
}

type provider struct {
	ID        string           `xml:"id,attr"`
	Domain    string           `xml:"domain"`
	Name      string           `xml:"displayName"`
	ShortName string           `xml:"displayShortName"`
	Incoming  []providedServer `xml:"incomingServer"`
	Outgoing  []providedServer `xml:"outgoingServer"`
}

type providedServer struct {
	Type           string `xml:"type,attr"`
	Host           string `xml:"hostname"`
	Port           int    `xml:"port"`
	Socket         string `xml:"socketType"`
	User           string `xml:"username"`
	Authentication string `xml:"authentication"`
}

var socketTypes = [...]string{TLS: "SSL", StartTLS: "STARTTLS"}

func provided(kind string, servers []Server) (list []providedServer) {
	for _, s := range servers {
		// The password goes as it is, inside TLS; "password-encrypted" means
		// CRAM-MD5 and its like.
		list = append(list, providedServer{Type: kind, Host: s.Host, Port: s.Port, Socket: socketTypes[s.Security],
			User: "%EMAILADDRESS%", Authentication: "password-cleartext"})
	}
	return list
}

// Thunderbird writes config-v1.1.xml.
func Thunderbird(s Settings) ([]byte, error) {
	return document(clientConfig{Version: "1.1", Provider: provider{ID: s.Domain, Domain: s.Domain, Name: s.Name, ShortName: s.Name,
		Incoming: provided("imap", s.IMAP), Outgoing: provided("smtp", s.Submission)}})
}

// The schemas of Autodiscover.
const (
	requestSchema  = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
	settingsSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
)

// maxRequest bounds an Autodiscover request, in bytes.
const maxRequest = 16 << 10

// ParseAutodiscover reads the address that a request asks for. Invalid for what
// is no such request or wants an answer
// of another kind (mobile sync).
func ParseAutodiscover(body io.Reader) (address string, err error) {
	var request struct {
		XMLName xml.Name
		Request struct {
			Address string `xml:"EMailAddress"`
			Schema  string `xml:"AcceptableResponseSchema"`
		} `xml:"Request"`
	}
	if err := xml.NewDecoder(io.LimitReader(body, maxRequest)).Decode(&request); err != nil ||
		request.XMLName.Local != "Autodiscover" || request.XMLName.Space != requestSchema {
		return "", postroom.Errorf(postroom.Invalid, "this is no Autodiscover request of Outlook")
	}
	if s := strings.TrimSpace(request.Request.Schema); s != "" && s != settingsSchema {
		return "", postroom.Errorf(postroom.Invalid, "only the settings for Outlook are here")
	}
	return strings.TrimSpace(request.Request.Address), nil
}

type discovered struct {
	XMLName  xml.Name `xml:"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006 Autodiscover"`
	Response discoveredResponse
}

type discoveredResponse struct {
	XMLName xml.Name `xml:"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a Response"`
	Account discoveredAccount
}

type discoveredAccount struct {
	AccountType string
	Action      string
	Protocol    []discoveredProtocol
}

// discoveredProtocol has its fields in the order of the schema.
type discoveredProtocol struct {
	Type           string
	Server         string
	Port           int
	LoginName      string
	DomainRequired string
	SPA            string
	SSL            string
	AuthRequired   string
	Encryption     string
	UsePOPAuth     string `xml:",omitempty"`
	SMTPLast       string `xml:",omitempty"`
}

var encryptions = [...]string{TLS: "SSL", StartTLS: "TLS"}

// Autodiscover writes the settings of an address for Outlook: the first server
// of each kind.
func Autodiscover(s Settings, address string) ([]byte, error) {
	protocol := func(kind string, server Server) discoveredProtocol {
		return discoveredProtocol{Type: kind, Server: server.Host, Port: server.Port, LoginName: address, DomainRequired: "off",
			SPA: "off", SSL: "on", AuthRequired: "on", Encryption: encryptions[server.Security]}
	}
	account := discoveredAccount{AccountType: "email", Action: "settings"}
	if len(s.IMAP) > 0 {
		account.Protocol = append(account.Protocol, protocol("IMAP", s.IMAP[0]))
	}
	if len(s.Submission) > 0 {
		smtp := protocol("SMTP", s.Submission[0])
		smtp.UsePOPAuth, smtp.SMTPLast = "on", "off" // sign in as for IMAP
		account.Protocol = append(account.Protocol, smtp)
	}
	return document(discovered{Response: discoveredResponse{Account: account}})
}

// AutodiscoverFault writes the answer to a request that cannot be served.
func AutodiscoverFault(text string) ([]byte, error) {
	type fault struct {
		XMLName  xml.Name `xml:"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006 Autodiscover"`
		Response struct {
			Error struct {
				ErrorCode int
				Message   string
			}
		}
	}
	var f fault
	f.Response.Error.ErrorCode, f.Response.Error.Message = 600, text
	return document(f)
}

func document(v any) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(xml.Header)
	enc := xml.NewEncoder(&out)
	enc.Indent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
