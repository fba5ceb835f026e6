package smtpserver

import (
	"fmt"
	"strings"

	"postroom"
)

// reply is one answer of the server. An empty enhanced code is left out, as
// RFC 2034 §4 wants for 1yz and 3yz, greetings and EHLO.
type reply struct {
	code     int
	enhanced string
	text     string
}

// lines writes the reply with the enhanced code on each line (RFC 2034 §4).
func (r reply) lines() string {
	prefix := ""
	if r.enhanced != "" {
		prefix = r.enhanced + " "
	}
	var b strings.Builder
	texts := strings.Split(r.text, "\n")
	for i, text := range texts {
		sep := byte(' ')
		if i < len(texts)-1 {
			sep = '-'
		}
		fmt.Fprintf(&b, "%d%c%s%s\r\n", r.code, sep, prefix, printable(text))
	}
	return b.String()
}

// printable keeps what a client said from breaking a reply: one line, no
// controls, at most 480 octets (RFC 5321 §4.5.3.1.5).
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
	if len(s) > 480 {
		s = strings.ToValidUTF8(s[:480], "")
	}
	return s
}

// replyTo maps an error of a service to the answer for a recipient or a message.
func replyTo(err error) reply {
	text := postroom.TextOf(err)
	switch postroom.KindOf(err) {
	case postroom.NotFound:
		return reply{550, "5.1.1", text}
	case postroom.Denied:
		return reply{550, "5.7.1", text}
	case postroom.Invalid:
		return reply{550, "5.6.0", text}
	case postroom.OverQuota:
		// 452 and not 552: the sender tries again while the owner tidies up.
		return reply{452, "4.2.2", text}
	case postroom.TooLarge:
		return reply{552, "5.3.4", text}
	case postroom.Limit:
		return reply{452, "4.5.3", text}
	case postroom.SignInFailed:
		return reply{535, "5.7.8", text}
	case postroom.SignInDisabled, postroom.ConfirmationNeeded:
		return reply{535, "5.7.13", text}
	case postroom.Exists, postroom.NotEmpty:
		return reply{554, "5.3.0", text}
	case postroom.Stale, postroom.Unavailable, postroom.Internal:
		return reply{451, "4.3.0", text}
	}
	return reply{451, "4.3.0", text}
}

// replyToRecipient is replyTo where finding the recipient failed: there
// Unavailable is a disabled account and Invalid a domain that is not served.
func replyToRecipient(err error) reply {
	switch text := postroom.TextOf(err); postroom.KindOf(err) {
	case postroom.Unavailable:
		return reply{550, "5.2.1", text}
	case postroom.Invalid:
		return reply{550, "5.7.1", text}
	}
	return replyTo(err)
}

// replyToSignIn is replyTo for AUTH: what is no refusal is a passing fault
// (RFC 4954 §6).
func replyToSignIn(err error) reply {
	switch text := postroom.TextOf(err); postroom.KindOf(err) {
	case postroom.Denied, postroom.NotFound, postroom.Invalid:
		return reply{535, "5.7.8", text}
	case postroom.Limit:
		return reply{454, "4.7.0", text}
	case postroom.Internal, postroom.Unavailable:
		return reply{454, "4.7.0", text}
	}
	return replyTo(err)
}
