package message

import "strings"

// Unanswerable says why a message gets no automatic reply by a person's mailbox
// (RFC 3834 §2, RFC 5230 §4.5 and §4.6), or "" when it may get one. sender is the
// envelope sender; own tells the addresses of the mailbox. Whether the sender was
// answered before is not looked at.
func Unanswerable(h Header, sender string, own func(address string) bool) string {
	switch {
	case sender == "":
		return "null sender"
	case fromMachine(sender):
		return "sender is a program"
	case own(sender):
		return "own mail"
	}
	for f := range h.Fields() {
		if reason := unanswerableField(f); reason != "" {
			return reason
		}
	}
	for _, a := range h.Addresses("From") {
		if fromMachine(a.String()) {
			return "author is a program"
		}
	}
	for _, name := range []string{"To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc"} {
		for _, a := range h.Addresses(name) {
			if own(a.String()) {
				return ""
			}
		}
	}
	return "not addressed"
}

// unanswerableField looks at one field of the header.
func unanswerableField(f Field) string {
	name := strings.ToLower(string(f.Name))
	value := strings.ToLower(strings.TrimSpace(clip(unfold(f.Value), maxText)))
	word := value // without parameters and comments
	if i := strings.IndexAny(word, "; \t("); i >= 0 {
		word = word[:i]
	}
	switch {
	case name == "auto-submitted" && word != "no":
		return "automatic message" // RFC 3834 §2
	case strings.HasPrefix(name, "list-"), name == "mailing-list", name == "x-mailing-list":
		return "list" // RFC 2369, 2919
	case name == "precedence" && (word == "bulk" || word == "list" || word == "junk"):
		return "precedence " + word
	case name == "x-auto-response-suppress" && suppressed(value):
		return "reply not wanted"
	case name == "x-spam-flag" && word == "yes", name == "x-spam-status" && strings.HasPrefix(value, "yes"):
		return "junk"
	case name == "content-type" && word == "multipart/report":
		return "report"
	}
	return ""
}

// suppressed reads the list of Exchange for what is not to be sent.
func suppressed(value string) bool {
	for _, w := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		if w == "all" || w == "oof" || w == "autoreply" {
			return true
		}
	}
	return false
}

// machines are local parts that nobody reads mail to. RFC 5230 §4.6 names the
// first three.
var machines = []string{"mailer-daemon", "listserv", "majordomo", "bounce", "bounces",
	"noreply", "no-reply", "donotreply", "do-not-reply"}

// fromMachine reports whether an address is that of a program, a list or a
// list's owner, by its local part.
func fromMachine(address string) bool {
	local := strings.ToLower(address)
	if i := strings.LastIndexByte(local, '@'); i >= 0 {
		local = local[:i]
	}
	local = strings.Trim(local, `"`)
	base, _, _ := strings.Cut(local, "+")
	if strings.HasPrefix(base, "owner-") {
		return true
	}
	for _, end := range []string{"-owner", "-request", "-relay", "-bounces", "-bounce", "-errors"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	for _, m := range machines {
		if base == m {
			return true
		}
		// VERP: bounces-anna=example.test@ and the like.
		if rest, ok := strings.CutPrefix(base, m); ok && rest != "" && strings.ContainsAny(rest[:1], "-=") && m[0] == 'b' {
			return true
		}
	}
	return false
}

// maxReplySubject bounds how much of a subject comes back, in bytes.
const maxReplySubject = 250

// ReplySubject is the subject of an automatic reply: a few words that say so, by
// default "Auto:", and the subject it answers (RFC 3834 §3.1.5). original is
// decoded.
func ReplySubject(words, original string) string {
	words, original = strings.TrimSpace(words), strings.TrimSpace(clip(oneLine(original), maxReplySubject))
	if words == "" {
		words = "Auto:"
	}
	if original == "" {
		return strings.TrimSuffix(words, ":")
	}
	if !strings.HasSuffix(words, ":") {
		words += ":"
	}
	return words + " " + original
}

// ReplyReferences are the identifiers for the References of an answer to a
// message (RFC 5322 §3.6.4).
func ReplyReferences(h Header) []string {
	ids := h.MessageIDs("Message-ID")
	if len(ids) == 0 {
		return nil
	}
	parents := h.MessageIDs("References")
	if replied := h.MessageIDs("In-Reply-To"); len(parents) == 0 && len(replied) == 1 {
		parents = replied
	}
	return append(parents, ids[0])
}
