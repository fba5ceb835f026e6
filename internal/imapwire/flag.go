package imapwire

import (
	"strings"
	"time"
)

// Flag is a message flag or keyword. The Decoder returns system flags in the
// spelling below, keywords as the client wrote them; compare keywords without
// case.
type Flag string

// The system flags (RFC 9051 §2.3.2) and usual keywords.
const (
	FlagSeen      Flag = `\Seen`
	FlagAnswered  Flag = `\Answered`
	FlagFlagged   Flag = `\Flagged`
	FlagDeleted   Flag = `\Deleted`
	FlagDraft     Flag = `\Draft`
	FlagRecent    Flag = `\Recent`
	FlagAny       Flag = `\*` // PERMANENTFLAGS only: keywords can be created
	FlagForwarded Flag = `$Forwarded`
	FlagMDNSent   Flag = `$MDNSent`
	FlagJunk      Flag = `$Junk`
	FlagNotJunk   Flag = `$NotJunk`
	FlagPhishing  Flag = `$Phishing`
)

var systemFlags = []Flag{FlagSeen, FlagAnswered, FlagFlagged, FlagDeleted, FlagDraft, FlagRecent}

// CanonicalFlag returns a system flag in its usual spelling, and any other
// flag unchanged.
func CanonicalFlag(f Flag) Flag {
	if strings.HasPrefix(string(f), `\`) {
		for _, s := range systemFlags {
			if strings.EqualFold(string(f), string(s)) {
				return s
			}
		}
	}
	return f
}

// System tells whether the flag starts with a backslash.
func (f Flag) System() bool { return strings.HasPrefix(string(f), `\`) }

// flag takes a flag or keyword.
func (d *Decoder) flag() Flag {
	if d.accept('\\') {
		return CanonicalFlag(Flag(`\` + d.atom()))
	}
	return Flag(d.atom())
}

// flagList takes a flag list, empty or not.
func (d *Decoder) flagList() []Flag {
	flags := []Flag{}
	d.maybeEmpty(func() { flags = append(flags, d.flag()) })
	return flags
}

// date takes a date, quoted or not, and returns its midnight in UTC
// (RFC 9051 §9, "date").
func (d *Decoder) date() time.Time {
	quoted := d.accept('"')
	text := d.run(func(c byte) bool { return c != '"' && c != ' ' && c != ')' })
	if quoted {
		d.expect('"')
	}
	t, err := time.Parse("2-Jan-2006", text)
	if err != nil {
		d.fail("expected a date such as 1-Feb-1994")
	}
	return t
}

// dateTime takes a quoted date-time such as "17-Jul-1996 02:44:25 -0700".
func (d *Decoder) dateTime() time.Time {
	t, err := ParseDateTime(d.quoted())
	if err != nil {
		d.fail("malformed date-time")
	}
	return t
}

// InternalDateLayout is the layout of date-time for package time.
const InternalDateLayout = "_2-Jan-2006 15:04:05 -0700"

// ParseDateTime parses a date-time (RFC 9051 §9), without its quotes.
func ParseDateTime(s string) (time.Time, error) {
	return time.Parse(InternalDateLayout, s)
}
