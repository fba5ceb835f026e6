package mailauth

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// HeaderName is the field that carries the results.
const HeaderName = "Authentication-Results"

// Results returns the value of an Authentication-Results field (RFC 8601 §2.2), folded
// with CRLF and a tab, without a final line ending. authservID names this server, by
// its host name.
func (v Verdict) Results(authservID string) string {
	var b strings.Builder
	b.WriteString(token(authservID))
	line := func(parts ...string) {
		b.WriteString(";\r\n\t")
		b.WriteString(strings.Join(parts, " "))
	}
	if v.SPF.Value != "" {
		parts := []string{"spf=" + string(v.SPF.Value)}
		if v.SPF.Reason != "" {
			parts = append(parts, "reason="+quoted(v.SPF.Reason))
		}
		switch {
		case v.SPF.From != "":
			parts = append(parts, "smtp.mailfrom="+pvalue(v.SPF.From))
		case v.SPF.Domain != "":
			parts = append(parts, "smtp.helo="+pvalue(v.SPF.Domain))
		}
		line(parts...)
	}
	for _, d := range v.DKIM {
		parts := []string{"dkim=" + string(d.Value)}
		if d.Reason != "" {
			parts = append(parts, "reason="+quoted(d.Reason))
		}
		if d.Domain != "" {
			parts = append(parts, "header.d="+pvalue(d.Domain))
		}
		if d.Identifier != "" && d.Identifier != "@"+d.Domain {
			parts = append(parts, "header.i="+pvalue(d.Identifier))
		}
		line(parts...)
	}
	if v.DMARC.Value != "" {
		parts := []string{"dmarc=" + string(v.DMARC.Value)}
		if v.DMARC.Reason != "" {
			parts = append(parts, "reason="+quoted(v.DMARC.Reason))
		}
		if v.DMARC.From != "" {
			parts = append(parts, "header.from="+pvalue(v.DMARC.From))
		}
		if v.DMARC.Policy != "" {
			parts = append(parts, "policy.dmarc="+pvalue(v.DMARC.Policy))
		}
		line(parts...)
	}
	if b.Len() == len(token(authservID)) {
		b.WriteString("; none")
	}
	return b.String()
}

// Header is the whole field with its final CRLF.
func (v Verdict) Header(authservID string) string {
	return HeaderName + ": " + v.Results(authservID) + "\r\n"
}

// token writes s as a token, or quoted when it is not one.
func token(s string) string {
	for i := 0; i < len(s); i++ {
		if !isTokenChar(s[i]) {
			return quoted(s)
		}
	}
	if s == "" {
		return `""`
	}
	return s
}

// isTokenChar is token of RFC 2045 §5.1.
func isTokenChar(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte(`()<>@,;:\"/[]?=`, c) < 0
}

// pvalue writes an address or a domain. One @ is allowed outside of quotes.
func pvalue(s string) string {
	at := strings.IndexByte(s, '@')
	if at < 0 {
		return token(s)
	}
	local, domain := s[:at], s[at+1:]
	if t := token(domain); domain != "" && t == domain && (local == "" || token(local) == local) {
		return s
	}
	return quoted(s)
}

// quoted writes a quoted-string of bounded length. Control characters, which could end
// the field, become spaces.
func quoted(s string) string {
	const limit = 200
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if b.Len() > limit {
			break
		}
		switch {
		case r < ' ' || r == 0x7f || r == utf8.RuneError || 0x80 <= r && r < 0xa0:
			b.WriteByte(' ')
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// StripResults removes from a header section every Authentication-Results field that claims to
// be from this server, or does not let us read whose it is (RFC 8601 §5). To be called
// on what comes from outside, before adding our own. What follows the header
// section in the slice stays as it is. Without such a field the slice itself is returned.
func StripResults(header []byte, authservID string) []byte {
	list, rest := fields(header)
	var out []byte
	removed := false
	for i, f := range list {
		if strings.EqualFold(f.name, HeaderName) && claims(f.value, authservID) {
			if !removed {
				removed = true
				out = make([]byte, 0, len(header))
				for _, kept := range list[:i] {
					out = append(out, kept.raw...)
				}
			}
			continue
		}
		if removed {
			out = append(out, f.raw...)
		}
	}
	if !removed {
		return header
	}
	return append(out, rest...)
}

// claims reports whether the field value names id as its authserv-id, or names nothing.
func claims(value []byte, id string) bool {
	s, ok := skipCFWS(value)
	if !ok || len(s) == 0 {
		return true
	}
	var name []byte
	if s[0] == '"' {
		if name, ok = unquote(s); !ok {
			return true
		}
	} else {
		n := 0
		for n < len(s) && (isTokenChar(s[n]) || s[n] >= 0x80) {
			n++
		}
		name = s[:n]
	}
	got := normalDomain(string(bytes.TrimSpace(name)))
	return got == "" || got == normalDomain(id)
}

// skipCFWS drops white space and comments (RFC 5322 §3.2.2) from the start of s.
func skipCFWS(s []byte) ([]byte, bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0:
			i++
		case depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return s[i:], true
		}
	}
	return nil, depth == 0
}

// unquote reads the quoted-string at the start of s.
func unquote(s []byte) ([]byte, bool) {
	var out []byte
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return out, true
		case '\\':
			i++
			if i == len(s) {
				return nil, false
			}
		case '\r', '\n':
			continue // folding
		}
		out = append(out, s[i])
	}
	return nil, false
}
