package zimbra

import (
	"strconv"
	"strings"
	"time"

	"postroom/internal/heritage"
)

// reply takes the automatic reply of an account; without a text there is none.
func (b *builder) reply(e *entry) {
	one := func(name string) string { return e.one("zimbraPrefOutOfOffice" + name) }
	r := &heritage.Reply{Enabled: e.has("zimbraPrefOutOfOfficeReplyEnabled", "TRUE"), From: moment(one("FromDate")), Until: moment(one("UntilDate")),
		Subject: one("Subject"), Text: one("Reply"), OutsideText: one("ExternalReply"), Days: days(one("CacheDuration")),
		Addresses: e.all("zimbraPrefOutOfOfficeDirectAddress"), Outsiders: "same"}
	switch {
	case e.has("zimbraPrefOutOfOfficeSuppressExternalReply", "TRUE"):
		r.Outsiders = "none"
	case e.has("zimbraPrefOutOfOfficeExternalReplyEnabled", "TRUE") && r.OutsideText != "":
		r.Outsiders = "other"
	case e.has("zimbraPrefOutOfOfficeExternalReplyEnabled", "TRUE"):
		r.Outsiders = "none" // they got an empty text
	}
	if r.Text == "" {
		return
	}
	at := b.place(e, e.attrs["zimbraPrefOutOfOfficeReply"][0].line)
	b.estate.Add(heritage.Step{Place: at, Act: heritage.SetReply, Target: e.name, Reply: r})
}

// forward takes the addresses mail goes on to.
func (b *builder) forward(e *entry) {
	f := &heritage.Forward{Fixed: e.all("zimbraMailForwardingAddress"), NoCopy: e.has("zimbraPrefMailLocalDeliveryDisabled", "TRUE")}
	f.To = strings.FieldsFunc(e.one("zimbraPrefMailForwardingAddress"), func(c rune) bool { return c == ',' || c == ' ' })
	for _, name := range []string{"zimbraPrefMailForwardingAddress", "zimbraMailForwardingAddress"} {
		if v := e.attrs[name]; len(v) > 0 && len(f.To)+len(f.Fixed) > 0 {
			b.estate.Add(heritage.Step{Place: b.place(e, v[0].line), Act: heritage.SetForward, Target: e.name, Forward: f})
			return
		}
	}
}

// moment reads generalized time (RFC 4517 §3.3.13), nil for none.
func moment(text string) *time.Time {
	for _, layout := range []string{"20060102150405Z", "20060102150405.999Z", "200601021504Z", "2006010215Z"} {
		if t, err := time.Parse(layout, text); err == nil {
			return &t
		}
	}
	return nil
}

// days reads a duration such as 7d, in whole days, at least one; 0 is one that
// cannot be read.
func days(text string) int {
	digits := strings.TrimRight(text, "dhms")
	n, err := strconv.ParseInt(digits, 10, 32)
	seconds, known := map[string]int64{"d": 86400, "h": 3600, "m": 60, "s": 1, "": 1}[text[len(digits):]]
	if err != nil || !known || n <= 0 {
		return 0
	}
	return int(min(max((n*seconds+86399)/86400, 1), 365))
}
