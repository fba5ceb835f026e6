package judge_test

import (
	"regexp"
	"strconv"
	"strings"
)

// difference is one answer of two servers to one question about a message.
type difference struct {
	ours, theirs *wire
	message      string
	uid          int
	item         string
	got, want    string
}

// excused are messages that the standards do not give one meaning to.
var excused = map[string]string{
	"twice":                  "a second Subject is forbidden (RFC 5322 §3.6); here the first counts, at Dovecot the last",
	"no addresses":           "no addresses by RFC 5322 §3.4; what stands for the missing half is free",
	"no type":                "a Content-Type that cannot be read is text/plain (RFC 2045 §5.2); Dovecot leaves it empty",
	"half a type":            "the same",
	"bad parameters":         "not by the grammar of RFC 2045 §5.1",
	"default parts":          "a part whose header has a line that is no field: here the body begins there, at Dovecot the part is all header",
	"empty parts":            "a part that ends in its header: with a blank line or without",
	"message without header": "an embedded message of nothing: a header of nothing or of a blank line",
	"partial message":        "message/global is shown like message/rfc822 (RFC 9051 §7.5.2); Dovecot knows it not",
	"no boundary":            "a multipart without boundary has no parts (RFC 2046 §5.1.1 demands one): here it is text, at Dovecot one empty part",
	"boundary not found":     "the same",
	"no blank line":          "a message without blank line has none in any section (RFC 9051 §6.4.5.1); Dovecot keeps to it in HEADER.FIELDS.NOT alone",
	"blank after boundary":   "RFC 2046 §5.1.2 lets --bx end a part of boundary b; here only the whole line counts, as a forged end is the greater harm",
	"multipart in base64":    "RFC 2045 §6.4 forbids an encoding of a multipart",
}

var path = regexp.MustCompile(`\[([0-9.]*[0-9])(\.[A-Z]|\])`)

// reason tells why a difference is none of fault, or nothing.
func (d *difference) reason() string {
	if r := excused[d.message]; r != "" {
		return r
	}
	if d.missing() && (strings.HasSuffix(d.want, ` ""`) || strings.HasSuffix(d.want, " 0")) {
		return "what is no section is NIL (RFC 9051 §7.5.2); RFC 3501 knows only the empty string"
	}
	if d.missing() && d.leaf() {
		return "a part that has no parts has no part 1 (RFC 9051 §6.4.5.1); Dovecot takes it as the part itself"
	}
	if section, ok := strings.CutPrefix(d.item, "BINARY.SIZE"); ok && !d.missing() &&
		d.ours.fetchOne(d.uid, "BINARY.PEEK"+section) == d.theirs.fetchOne(d.uid, "BINARY.PEEK"+section) {
		return "both give the same octets, and Dovecot 2.3 a size that is not theirs, at times one below zero"
	}
	if strings.HasPrefix(d.item, "BINARY") && d.composed() {
		return "BINARY is for leaves alone (RFC 9051 §6.4.5)"
	}
	if strings.HasPrefix(d.item, "BODY") && !strings.Contains(d.item, "[") && linesApart(d.got, d.want) {
		return "a last line without an end counts as a line here, at Dovecot not; RFC 9051 §7.5.2 says only \"text lines\""
	}
	return ""
}

// missing reports whether the section is none for us.
func (d *difference) missing() bool {
	return strings.HasSuffix(d.got, " NIL") || strings.HasPrefix(d.item, "BINARY.SIZE") && strings.HasSuffix(d.got, " 0")
}

// leaf reports whether Dovecot answered for the part above.
func (d *difference) leaf() bool {
	m := path.FindStringSubmatch(d.item)
	if m == nil {
		return false
	}
	data := d.want[strings.LastIndex(d.want, "]")+1:]
	for at := m[1]; strings.HasSuffix(at, ".1"); {
		at = strings.TrimSuffix(at, ".1")
		above := d.theirs.fetchOne(d.uid, strings.Replace(d.item, "["+m[1], "["+at, 1))
		if above[strings.LastIndex(above, "]")+1:] == data {
			return true
		}
	}
	return false
}

// composed reports whether the part holds others.
func (d *difference) composed() bool {
	m := path.FindStringSubmatch(d.item)
	if m == nil {
		return true
	}
	return !strings.HasSuffix(d.ours.fetchOne(d.uid, "BODY.PEEK["+m[1]+".1]"), " NIL") ||
		!strings.HasSuffix(d.ours.fetchOne(d.uid, "BODY.PEEK["+m[1]+".HEADER]"), " NIL")
}

var word = regexp.MustCompile(`"(\\.|[^"\\])*"|[()]|[^ ()"]+`)

// linesApart reports whether two structures differ only in numbers, by one.
func linesApart(a, b string) bool {
	as, bs := word.FindAllString(a, -1), word.FindAllString(b, -1)
	if len(as) != len(bs) {
		return false
	}
	for i := range as {
		m, errA := strconv.Atoi(as[i])
		n, errB := strconv.Atoi(bs[i])
		if as[i] != bs[i] && (errA != nil || errB != nil || m != n+1) {
			return false
		}
	}
	return true
}
