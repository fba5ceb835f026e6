package migration

import (
	"bytes"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom"
)

// fields calls fn for each header field of a message's beginning, with the name
// in lower case and the value unfolded (RFC 5322 §2.2).
func fields(head []byte, fn func(name, value string)) {
	var name, value string
	flush := func() {
		if name != "" {
			fn(name, strings.TrimSpace(value))
		}
		name = ""
	}
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		head = rest
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			value += string(line)
			continue
		}
		flush()
		if n, v, ok := bytes.Cut(line, []byte(":")); ok {
			name, value = strings.ToLower(strings.TrimRight(string(n), " \t")), string(v)
		}
	}
	flush()
}

// mboxFlags reads the flags that mail programs keep in the header of messages in
// mbox files: Status and X-Status (mbox(5)), X-Keywords, X-Mozilla-Status.
func mboxFlags(head []byte) (flags postroom.Flags, keywords string) {
	var words []string
	fields(head, func(name, value string) {
		switch name {
		case "status", "x-status":
			for _, c := range value {
				flags |= statusFlags[c]
			}
		case "x-keywords", "x-mozilla-keys":
			words = append(words, strings.Fields(value)...)
		case "x-mozilla-status":
			bits, err := strconv.ParseUint(value, 16, 32)
			if err != nil {
				return
			}
			for bit, f := range mozillaFlags {
				if bits&bit != 0 {
					flags |= f
				}
			}
			if bits&0x1000 != 0 {
				words = append(words, "$forwarded")
			}
		}
	})
	return flags, cleanKeywords(words)
}

var statusFlags = map[rune]postroom.Flags{'R': postroom.FlagSeen, 'A': postroom.FlagAnswered,
	'F': postroom.FlagFlagged, 'D': postroom.FlagDeleted, 'T': postroom.FlagDraft}

var mozillaFlags = map[uint64]postroom.Flags{0x0001: postroom.FlagSeen, 0x0002: postroom.FlagAnswered,
	0x0004: postroom.FlagFlagged, 0x0008: postroom.FlagDeleted}

// maxKeywords and maxKeywordBytes bound the keywords of a message.
const (
	maxKeywords     = 100
	maxKeywordBytes = 2000
)

// cleanKeywords brings keywords into canonical form and drops what is none
// (RFC 9051 §9, flag-keyword = atom).
func cleanKeywords(words []string) string {
	var good []string
	bytes := 0
	for _, w := range words {
		w = strings.ToLower(w)
		if w == "" || len(w) > 200 || strings.ContainsFunc(w, badInKeyword) || slices.Contains(good, w) {
			continue
		}
		if bytes += len(w) + 1; len(good) == maxKeywords || bytes > maxKeywordBytes {
			break
		}
		good = append(good, w)
	}
	slices.Sort(good)
	return strings.Join(good, " ")
}

func badInKeyword(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\]`, r) }

// headerDate is the date of a message by its header: of the newest Received
// field, else Date; zero without.
func headerDate(head []byte) (at time.Time) {
	var date time.Time
	fields(head, func(name, value string) {
		switch {
		case name == "received" && at.IsZero():
			if i := strings.LastIndexByte(value, ';'); i >= 0 {
				at = sane(mail.ParseDate(strings.TrimSpace(value[i+1:])))
			}
		case name == "date" && date.IsZero():
			date = sane(mail.ParseDate(value))
		}
	})
	if at.IsZero() {
		return date
	}
	return at
}

// sane is a time that IMAP can say, to the second; else zero.
func sane(t time.Time, err error) time.Time {
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

// fromForms are the dates of From lines, with spaces made single.
var fromForms = []string{"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 -0700 2006", "Mon Jan 2 15:04:05 MST 2006",
	"Mon Jan 2 15:04:05 2006 -0700", "Mon Jan 2 15:04 2006", "Mon, 2 Jan 2006 15:04:05 -0700", "Jan 2 15:04:05 2006"}

// fromLineDate is the date of a From line (RFC 4155 appendix A: UTC), or zero.
func fromLineDate(line []byte) time.Time {
	words := strings.Fields(string(line))
	for from := 1; from <= 2 && from < len(words); from++ {
		text := strings.Join(words[from:], " ")
		for _, form := range fromForms {
			if t := sane(time.Parse(form, text)); !t.IsZero() {
				return t
			}
		}
	}
	return time.Time{}
}
