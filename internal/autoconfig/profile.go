package autoconfig

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Mailbox is an account in a profile.
type Mailbox struct {
	// Address is that of the mailbox, and what is sent from.
	Address string
	// Name is what people call it, and the name that recipients see.
	Name string
	// User signs in: the address, or for a shared mailbox both, as
	// info@example.test*anna@example.test.
	User string
}

// profileSpace makes identifiers that stay the same for the same mailbox, so
// that a profile installed again replaces the one that is there.
var profileSpace = uuid.MustParse("6d1d6a02-6f0e-5a53-9d0a-1c1f3a0a7f11")

// Profile writes a configuration profile (property list) for Apple's programs
// with all mailboxes of a person. It asks for the password when it is installed.
func Profile(s Settings, person string, mailboxes []Mailbox) []byte {
	var p plist
	p.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
		"<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n" +
		"<plist version=\"1.0\">\n<dict>\n<key>PayloadContent</key>\n<array>\n")
	for _, m := range mailboxes {
		p.WriteString("<dict>\n")
		p.account(s, person, m)
		p.WriteString("</dict>\n")
	}
	p.WriteString("</array>\n")
	p.text("PayloadDisplayName", s.Name+": "+person)
	p.payload("Configuration", "profile "+person, s.Domain)
	p.WriteString("</dict>\n</plist>\n")
	return []byte(p.String())
}

// plist writes the values of a dictionary.
type plist struct{ strings.Builder }

func (p *plist) text(key, value string) {
	p.WriteString("<key>" + key + "</key><string>")
	_ = xml.EscapeText(p, []byte(value)) // a Builder never fails
	p.WriteString("</string>\n")
}

func (p *plist) number(key string, value int) {
	p.WriteString("<key>" + key + "</key><integer>" + strconv.Itoa(value) + "</integer>\n")
}

func (p *plist) yes(key string) { p.WriteString("<key>" + key + "</key><true/>\n") }

// payload writes what every payload has.
func (p *plist) payload(kind, what, domain string) {
	id := uuid.NewSHA1(profileSpace, []byte(what+" "+domain)).String()
	p.text("PayloadIdentifier", reversed(domain)+".postroom."+id)
	p.text("PayloadType", kind)
	p.text("PayloadUUID", id)
	p.number("PayloadVersion", 1)
}

func (p *plist) account(s Settings, person string, m Mailbox) {
	p.text("EmailAccountType", "EmailTypeIMAP")
	p.text("EmailAccountDescription", m.Name)
	p.text("EmailAccountName", m.Name)
	p.text("EmailAddress", m.Address)
	p.server("Incoming", s.IMAP, m.User)
	p.server("Outgoing", s.Submission, m.User)
	p.yes("OutgoingPasswordSameAsIncomingPassword")
	p.text("PayloadDisplayName", m.Name)
	p.payload("com.apple.mail.managed", "mail "+m.Address+" "+person, s.Domain)
}

func (p *plist) server(prefix string, servers []Server, user string) {
	if len(servers) == 0 {
		return
	}
	p.text(prefix+"MailServerAuthentication", "EmailAuthPassword")
	p.text(prefix+"MailServerHostName", servers[0].Host)
	p.number(prefix+"MailServerPortNumber", servers[0].Port)
	p.yes(prefix + "MailServerUseSSL")
	p.text(prefix+"MailServerUsername", user)
}

// reversed is a domain as identifiers have it: test.example.
func reversed(domain string) string {
	labels := strings.Split(domain, ".")
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	return strings.Join(labels, ".")
}
