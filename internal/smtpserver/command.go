package smtpserver

import (
	"strconv"
	"strings"

	"postroom/internal/addr"
)

// splitCommand splits a command line, without its CRLF, into the verb in upper
// case and the rest without surrounding spaces.
func splitCommand(line string) (verb, rest string) {
	verb, rest, _ = strings.Cut(line, " ")
	return strings.ToUpper(verb), strings.Trim(rest, " ")
}

// path is the argument of MAIL and RCPT.
type path struct {
	address    addr.Address // zero for <>
	postmaster bool         // <Postmaster>, RFC 5321 §4.1.1.3
	params     []param
}

// param is one parameter: esmtp-keyword in upper case, value as written.
type param struct{ name, value string }

// parsePath reads "FROM:<path> params" or "TO:<path> params". Spaces after the
// colon are forgiven; missing angle brackets are not. A reply with code 0 is
// none.
func parsePath(rest, keyword string) (path, reply) {
	syntax := reply{501, "5.5.4", "syntax: " + keyword + "<address>"}
	if len(rest) < len(keyword) || !strings.EqualFold(rest[:len(keyword)], keyword) {
		return path{}, syntax
	}
	rest = strings.TrimLeft(rest[len(keyword):], " ")
	if !strings.HasPrefix(rest, "<") {
		return path{}, syntax
	}
	end := closingBracket(rest)
	if end < 0 {
		return path{}, syntax
	}
	var p path
	inner, after := rest[1:end], rest[end+1:]
	if after != "" && after[0] != ' ' {
		return path{}, syntax
	}
	switch {
	case inner == "":
	case strings.EqualFold(inner, "postmaster") && keyword == toKeyword:
		p.postmaster = true
	default:
		a, err := addr.Parse(dropRoute(inner))
		if err != nil {
			code := "5.1.3" // bad destination mailbox address syntax
			if keyword == fromKeyword {
				code = "5.1.7"
			}
			return path{}, reply{501, code, err.Error()}
		}
		p.address = a
	}
	for _, word := range strings.Fields(after) {
		name, value, _ := strings.Cut(word, "=")
		p.params = append(p.params, param{strings.ToUpper(name), value})
	}
	return p, reply{}
}

const (
	fromKeyword = "FROM:"
	toKeyword   = "TO:"
)

// closingBracket finds the ">" that ends a path: one in a quoted string does not.
func closingBracket(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			return i
		}
	}
	return -1
}

// dropRoute takes a source route away: it is accepted and ignored (RFC 5321
// §4.1.1.3, appendix C).
func dropRoute(s string) string {
	if !strings.HasPrefix(s, "@") {
		return s
	}
	if _, after, ok := strings.Cut(s, ":"); ok {
		return after
	}
	return s
}

// decodeXtext undoes the encoding of RFC 3461 §4. ok is false when s is not xtext.
func decodeXtext(s string) (text string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			if i+2 >= len(s) || !isUpperHex(s[i+1]) || !isUpperHex(s[i+2]) {
				return "", false
			}
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b.WriteByte(byte(n))
			i += 2
		case c < '!' || c > '~' || c == '=':
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

func isUpperHex(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' }

// isPlain reports whether s is printable ASCII: what may stand in a header field.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// parseNotify reads NOTIFY (RFC 3461 §4.1) into its canonical spelling.
func parseNotify(value string) (notify string, ok bool) {
	seen := map[string]bool{}
	words := strings.Split(strings.ToUpper(value), ",")
	for _, word := range words {
		switch word {
		case "NEVER", "SUCCESS", "FAILURE", "DELAY":
		default:
			return "", false
		}
		if seen[word] {
			return "", false
		}
		seen[word] = true
	}
	return strings.Join(words, ","), !seen["NEVER"] || len(words) == 1
}

// parseOriginal checks ORCPT (RFC 3461 §4.2, RFC 6533 §3) and returns it as given:
// addr-type ";" xtext, or utf-8-addr-xtext for the type utf-8.
func parseOriginal(value string) (original string, ok bool) {
	kind, encoded, found := strings.Cut(value, ";")
	if !found || kind == "" || encoded == "" || len(value) > 500 {
		return "", false
	}
	for i := 0; i < len(kind); i++ {
		if c := kind[i]; c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return "", false
		}
	}
	if strings.EqualFold(kind, "utf-8") {
		for _, r := range encoded {
			if r < '!' || r == 0x7f || r == '=' || r == '\ufffd' {
				return "", false
			}
		}
		return value, true
	}
	text, ok := decodeXtext(encoded)
	return value, ok && isPlain(text)
}
