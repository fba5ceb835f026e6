package message

import (
	"strconv"
	"strings"
)

// Param is one parameter of a structured field: the name in lower case, the value
// without quotes but otherwise as found.
type Param struct{ Name, Value string }

// Param gives the decoded value of a parameter of Content-Type: continuations
// and charsets (RFC 2231), encoded words and 8-bit bytes that have no business
// there are all understood.
func (p *Part) Param(name string) string { return decodeParam(p.Params, name) }

// Charset gives the declared charset in lower case, "" when there is none.
func (p *Part) Charset() string { return strings.ToLower(strings.TrimSpace(p.Param("charset"))) }

// Filename gives the decoded file name of the part (Content-Disposition first,
// then the name of Content-Type), "" when there is none. Path separators and
// controls are replaced: the name may be shown and saved.
func (p *Part) Filename() string {
	name := decodeParam(p.DispositionParams, "filename")
	if name == "" {
		name = decodeParam(p.Params, "name")
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '/' || r == '\\':
			return '_'
		case r < 0x20 || r == 0x7f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1 // bidi overrides disguise an extension
		}
		return r
	}, name)
	return clip(strings.TrimSpace(name), 1024)
}

// parseContentType reads the value of Content-Type; all results are empty when it
// has no type to offer.
func parseContentType(value []byte) (mediaType, subtype string, params []Param) {
	full, params := parseParameterized(value)
	mediaType, subtype, _ = strings.Cut(strings.ToLower(full), "/")
	mediaType, subtype = strings.TrimSpace(mediaType), strings.TrimSpace(subtype)
	if mediaType == "text" && subtype == "" {
		subtype = "plain"
	}
	if !isToken(mediaType) || !isToken(subtype) {
		return "", "", nil
	}
	return mediaType, subtype, params
}

// parseParameterized reads `token; name=value; name="value" (comment)`.
func parseParameterized(value []byte) (token string, params []Param) {
	s := paramScanner{s: unfold(value)}
	s.skip(false)
	token = strings.TrimSpace(s.until(";( \t"))
	s.skip(false)
	if s.pos < len(s.s) && s.s[s.pos] == '/' || strings.HasSuffix(token, "/") { // "text / plain"
		token += strings.TrimSpace(s.until(";("))
	}
	token = strings.ReplaceAll(token, " ", "")
	for len(params) < maxParams {
		s.skip(true)
		if s.pos >= len(s.s) {
			break
		}
		name := strings.ToLower(strings.TrimSpace(s.until("=;(")))
		s.skip(false)
		if s.pos >= len(s.s) || s.s[s.pos] != '=' {
			continue
		}
		s.pos++
		s.skip(false)
		if v := s.value(); name != "" {
			params = append(params, Param{name, v})
		}
	}
	return clip(token, 256), params
}

type paramScanner struct {
	s   string
	pos int
}

// skip passes white space and comments, and semicolons too if asked.
func (s *paramScanner) skip(semicolons bool) {
	for s.pos < len(s.s) {
		switch c := s.s[s.pos]; {
		case c == ' ' || c == '\t' || c == ';' && semicolons:
			s.pos++
		case c == '(':
			_, s.pos = comment(s.s, s.pos)
		default:
			return
		}
	}
}

// until takes everything up to one of the stop characters; at least one
// character is consumed if the first is none of them.
func (s *paramScanner) until(stops string) string {
	rest := s.s[s.pos:]
	i := strings.IndexAny(rest, stops)
	if i < 0 {
		i = len(rest)
	}
	s.pos += i
	return rest[:i]
}

func (s *paramScanner) value() string {
	if s.pos < len(s.s) && s.s[s.pos] == '"' {
		v, next := quoted(s.s, s.pos)
		s.pos = next
		s.until(";")
		return clip(v, maxText)
	}
	v := strings.TrimSpace(s.until(";"))
	if i := strings.Index(v, " ("); i > 0 && strings.HasSuffix(v, ")") {
		v = strings.TrimSpace(v[:i])
	}
	return clip(v, maxText)
}

// quoted reads the quoted string that begins at pos; a missing end quote means
// the end of the text.
func quoted(s string, pos int) (value string, next int) {
	var b strings.Builder
	for i := pos + 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), i + 1
		case '\\':
			if i+1 < len(s) {
				i++
			}
			b.WriteByte(s[i])
		case '\r', '\n':
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), len(s)
}

// comment reads the comment that begins at pos, nested ones included.
func comment(s string, pos int) (text string, next int) {
	depth := 0
	var b strings.Builder
	for i := pos; i < len(s); i++ {
		switch c := s[i]; c {
		case '(':
			if depth++; depth == 1 {
				continue
			}
		case ')':
			if depth--; depth == 0 {
				return b.String(), i + 1
			}
		case '\\':
			if i+1 < len(s) {
				i++
			}
		case '\r', '\n':
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String(), len(s)
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

// decodeParam finds a parameter in any of its spellings.
func decodeParam(params []Param, name string) string {
	segments := map[int]Param{}
	plain, found := "", false
	for _, p := range params {
		rest, ok := strings.CutPrefix(p.Name, name)
		switch {
		case !ok:
		case rest == "":
			if !found {
				plain, found = p.Value, true
			}
		case rest == "*":
			return decodeExtended(p.Value)
		case rest[0] == '*':
			n, err := strconv.Atoi(strings.TrimSuffix(rest[1:], "*"))
			if _, dup := segments[n]; err == nil && n >= 0 && !dup {
				segments[n] = p
			}
		}
	}
	if _, ok := segments[0]; ok {
		return joinSegments(segments)
	}
	return DecodeWords(plain)
}

// joinSegments puts continuations together (RFC 2231 §3): the charset is named
// in the first, each says by a trailing asterisk whether it is percent-encoded.
func joinSegments(segments map[int]Param) string {
	var raw []byte
	charset := ""
	for n := 0; ; n++ {
		p, ok := segments[n]
		if !ok {
			break
		}
		value := p.Value
		if !strings.HasSuffix(p.Name, "*") {
			raw = append(raw, value...)
			continue
		}
		if n == 0 {
			if parts := strings.SplitN(value, "'", 3); len(parts) == 3 {
				charset, value = parts[0], parts[2]
			}
		}
		raw = append(raw, percentDecode(value)...)
	}
	if charset == "" {
		return DecodeWords(string(raw))
	}
	return oneLine(DecodeCharset(raw, charset))
}

func decodeExtended(value string) string {
	parts := strings.SplitN(value, "'", 3)
	if len(parts) != 3 {
		return oneLine(DecodeCharset(percentDecode(value), ""))
	}
	return oneLine(DecodeCharset(percentDecode(parts[2]), parts[0]))
}

func percentDecode(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
