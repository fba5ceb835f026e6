package zimbra

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// absenceAttributes are those of automatic replies and of forwarding.
var absenceAttributes = []string{
	"zimbraPrefOutOfOfficeReplyEnabled", "zimbraPrefOutOfOfficeReply", "zimbraPrefOutOfOfficeSubject",
	"zimbraPrefOutOfOfficeFromDate", "zimbraPrefOutOfOfficeUntilDate", "zimbraPrefOutOfOfficeCacheDuration",
	"zimbraPrefOutOfOfficeExternalReply", "zimbraPrefOutOfOfficeExternalReplyEnabled",
	"zimbraPrefOutOfOfficeSuppressExternalReply", "zimbraPrefOutOfOfficeDirectAddress",
	"zimbraPrefMailForwardingAddress", "zimbraPrefMailLocalDeliveryDisabled", "zimbraMailForwardingAddress",
}

func isAbsence(c change) bool { return slices.Contains(absenceAttributes, c.name) }

// absence is what an account has set, as it is and as it shall be.
type absence struct {
	reply   adminwire.OutOfOffice
	forward adminwire.Forwarding
}

func (t *Tool) absence(ctx context.Context, account string) (a absence, err error) {
	if err := t.Client.Get(ctx, adminclient.Path("accounts", account, "out-of-office"), &a.reply); err != nil {
		return a, err
	}
	return a, t.Client.Get(ctx, adminclient.Path("accounts", account, "forwarding"), &a.forward)
}

// apply takes one attribute over.
func (a *absence) apply(c change) (err error) {
	var on *bool
	switch c.name {
	case "zimbraPrefOutOfOfficeReplyEnabled":
		if on, err = c.boolean(); err == nil {
			a.reply.Enabled = *on
		}
	case "zimbraPrefOutOfOfficeReply":
		a.reply.Text = c.one()
	case "zimbraPrefOutOfOfficeSubject":
		a.reply.Subject = c.one()
	case "zimbraPrefOutOfOfficeFromDate":
		a.reply.From, err = c.time()
	case "zimbraPrefOutOfOfficeUntilDate":
		a.reply.Until, err = c.time()
	case "zimbraPrefOutOfOfficeCacheDuration":
		a.reply.Days, err = c.days()
	case "zimbraPrefOutOfOfficeExternalReply":
		a.reply.OutsideText = c.one()
	case "zimbraPrefOutOfOfficeExternalReplyEnabled":
		err = a.outsiders(c, "other")
	case "zimbraPrefOutOfOfficeSuppressExternalReply":
		err = a.outsiders(c, "none")
	case "zimbraPrefOutOfOfficeDirectAddress":
		a.reply.Addresses = c.apply(a.reply.Addresses)
	case "zimbraPrefMailForwardingAddress":
		a.forward.To = strings.FieldsFunc(c.one(), func(r rune) bool { return r == ',' || r == ' ' })
	case "zimbraPrefMailLocalDeliveryDisabled":
		if on, err = c.boolean(); err == nil {
			a.forward.Keep = !*on
		}
	case "zimbraMailForwardingAddress":
		a.forward.Fixed = c.apply(a.forward.Fixed)
	}
	return err
}

// outsiders switches what they get on or off; nothing goes before another text.
func (a *absence) outsiders(c change, word string) error {
	on, err := c.boolean()
	switch {
	case err != nil:
		return err
	case *on && (word == "none" || a.reply.Outsiders != "none"):
		a.reply.Outsiders = word
	case !*on && a.reply.Outsiders == word:
		a.reply.Outsiders = "same"
	}
	return nil
}

// time reads generalized time (RFC 4517 §3.3.13), nil for none.
func (c change) time() (*time.Time, error) {
	if c.one() == "" {
		return nil, nil
	}
	for _, layout := range []string{generalizedTime, "20060102150405.999Z", "200601021504Z", "2006010215Z"} {
		if t, err := time.Parse(layout, c.one()); err == nil {
			return &t, nil
		}
	}
	return nil, badValue(c.name, "must be a time such as 20301231120000Z")
}

// days reads a duration of whole days: 7d, 168h, …; an empty value is the default.
func (c change) days() (int, error) {
	value := c.one()
	if value == "" {
		return 7, nil
	}
	digits := strings.TrimRight(value, "dhms")
	unit, known := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour, "m": time.Minute, "s": time.Second, "": time.Second,
		"ms": time.Millisecond}[value[len(digits):]]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !known || n <= 0 || n > math.MaxInt64/int64(unit) || time.Duration(n)*unit%(24*time.Hour) != 0 {
		return 0, badValue(c.name, "must be a number of whole days such as 7d")
	}
	return int(time.Duration(n) * unit / (24 * time.Hour)), nil
}

// changeAbsence stores the attributes among changes that are of automatic
// replies and of forwarding.
func (t *Tool) changeAbsence(ctx context.Context, account string, list []change) error {
	now, err := t.absence(ctx, account)
	if err != nil {
		return err
	}
	var reply, forward bool
	for _, c := range list {
		if err := now.apply(c); err != nil {
			return err
		}
		reply = reply || strings.HasPrefix(c.name, "zimbraPrefOutOfOffice")
		forward = forward || !strings.HasPrefix(c.name, "zimbraPrefOutOfOffice")
	}
	if reply {
		r := now.reply
		var always time.Time
		if r.From == nil {
			r.From = &always
		}
		if r.Until == nil {
			r.Until = &always
		}
		change := adminwire.OutOfOfficeChange{Enabled: &r.Enabled, From: r.From, Until: r.Until, Subject: &r.Subject, Text: &r.Text,
			Outsiders: &r.Outsiders, OutsideText: &r.OutsideText, Days: &r.Days, Addresses: pointer(append([]string{}, r.Addresses...))}
		if err := t.Client.Patch(ctx, adminclient.Path("accounts", account, "out-of-office"), change, nil); err != nil {
			return err
		}
	}
	if !forward {
		return nil
	}
	f := now.forward
	change := adminwire.ForwardingChange{To: pointer(append([]string{}, f.To...)), Fixed: pointer(append([]string{}, f.Fixed...)), Keep: &f.Keep}
	return t.Client.Patch(ctx, adminclient.Path("accounts", account, "forwarding"), change, nil)
}

// attributes of an account that are of automatic replies and of forwarding.
func (a *absence) attributes() []attribute {
	attrs := []attribute{
		{"zimbraPrefOutOfOfficeReplyEnabled", flag(a.reply.Enabled)}, {"zimbraPrefOutOfOfficeReply", a.reply.Text},
		{"zimbraPrefOutOfOfficeSubject", a.reply.Subject}, {"zimbraPrefOutOfOfficeFromDate", generalized(a.reply.From)},
		{"zimbraPrefOutOfOfficeUntilDate", generalized(a.reply.Until)},
		{"zimbraPrefOutOfOfficeCacheDuration", strconv.Itoa(a.reply.Days) + "d"},
		{"zimbraPrefOutOfOfficeExternalReply", a.reply.OutsideText},
		{"zimbraPrefOutOfOfficeExternalReplyEnabled", flag(a.reply.Outsiders == "other")},
		{"zimbraPrefOutOfOfficeSuppressExternalReply", flag(a.reply.Outsiders == "none")},
		{"zimbraPrefMailForwardingAddress", strings.Join(a.forward.To, ",")},
		{"zimbraPrefMailLocalDeliveryDisabled", flag(!a.forward.Keep)},
	}
	for _, address := range a.reply.Addresses {
		attrs = append(attrs, attribute{"zimbraPrefOutOfOfficeDirectAddress", address})
	}
	for _, address := range a.forward.Fixed {
		attrs = append(attrs, attribute{"zimbraMailForwardingAddress", address})
	}
	return attrs
}

func generalized(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(generalizedTime)
}
