package main

import (
	"io"
	"strconv"
	"strings"
	"time"

	"postroom/internal/adminwire"
)

type outOfOfficeCommands struct {
	Set   outOfOfficeSet   `cmd:"" help:"Answer the mail of an account by itself. What is not given stays as it was."`
	Show  outOfOfficeShow  `cmd:"" help:"Show what is answered, and when."`
	Clear outOfOfficeClear `cmd:"" help:"Answer no more, and forget the text."`
}

// fromFlag is when something begins: RFC 3339, a date (its beginning, in local
// time), from now on (12h, 3d), now, or none to take it away.
type fromFlag struct {
	set bool
	at  time.Time
}

// UnmarshalText reads one.
func (f *fromFlag) UnmarshalText(text []byte) (err error) {
	f.set = true
	switch word := string(text); word {
	case "now", "none":
		return nil
	default:
		f.at, err = parseUntil(word, time.Now())
		if day, dayErr := time.ParseInLocation(time.DateOnly, word, time.Local); dayErr == nil {
			f.at = day.UTC()
		}
		return err
	}
}

// endFlag is an untilFlag that may be none.
type endFlag struct {
	set bool
	at  time.Time
}

// UnmarshalText reads one.
func (e *endFlag) UnmarshalText(text []byte) (err error) {
	e.set = true
	if string(text) != "none" {
		e.at, err = parseUntil(string(text), time.Now())
	}
	return err
}

func whenSet(set bool, at time.Time) *time.Time {
	if !set {
		return nil
	}
	return &at
}

type outOfOfficeSet struct {
	Address     string    `arg:""`
	Off         bool      `help:"Keep what is set, and do not answer."`
	From        fromFlag  `help:"When it begins: a date, an RFC 3339 time, 3d from now on; none for at once." placeholder:"TIME"`
	Until       endFlag   `help:"When it ends: a date (the end of it), an RFC 3339 time, 14d from now on; none for never." placeholder:"TIME"`
	Subject     *string   `help:"Words before the subject that is answered; empty for Auto:."`
	Text        *string   `xor:"text" help:"What is answered."`
	TextStdin   bool      `xor:"text" help:"Read the text from standard input."`
	Outsiders   string    `enum:",same,other,none" default:"" help:"What senders outside the organisation get: the same, the other text, or none."`
	OutsideText *string   `help:"The other text, for senders outside; means --outsiders other."`
	Days        *int      `help:"For how many days one sender is not answered again (7)."`
	OldAddress  *[]string `help:"Address elsewhere from which mail is forwarded here: it counts as the account's own. May be given again."`
}

func (o *outOfOfficeSet) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	on := !o.Off
	change := adminwire.OutOfOfficeChange{Enabled: &on, From: whenSet(o.From.set, o.From.at), Until: whenSet(o.Until.set, o.Until.at),
		Subject: o.Subject, Text: o.Text, Outsiders: given(o.Outsiders), OutsideText: o.OutsideText, Days: o.Days, Addresses: o.OldAddress}
	if o.TextStdin {
		text, err := io.ReadAll(io.LimitReader(c.in, 1<<20))
		if err != nil {
			return err
		}
		change.Text = given(string(text))
	}
	if o.OutsideText != nil && o.Outsiders == "" {
		change.Outsiders = given("other")
	}
	var now adminwire.OutOfOffice
	if err := client.Patch(c.ctx, path("accounts", o.Address, "out-of-office"), change, &now); err != nil {
		return err
	}
	return c.answer(now, func() { c.printf("out-of-office of %s is %s\n", o.Address, outOfOfficeState(now)) })
}

// outOfOfficeState says in words whether it answers now.
func outOfOfficeState(o adminwire.OutOfOffice) string {
	switch {
	case o.Active:
		return "on"
	case o.Enabled && o.From != nil && time.Now().Before(*o.From):
		return "on from " + when(o.From)
	case o.Enabled:
		return "over since " + when(o.Until)
	}
	return "off"
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return strconv.Itoa(n) + " days"
}

type outOfOfficeShow struct {
	Address string `arg:""`
}

func (o *outOfOfficeShow) Run(c *command) error {
	v, err := fetch[adminwire.OutOfOffice](c, path("accounts", o.Address, "out-of-office"))
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		c.fields("out of office", outOfOfficeState(v), "from", when(v.From), "until", when(v.Until), "subject", v.Subject,
			"outsiders get", map[string]string{"same": "the same text", "other": "another text", "none": "nothing"}[v.Outsiders],
			"again after", days(v.Days), "counts as own", strings.Join(v.Addresses, ", "))
		for _, text := range []struct{ title, text string }{{"text", v.Text}, {"text for outsiders", v.OutsideText}} {
			if text.text != "" {
				c.printf("%s:\n    %s\n", text.title, strings.ReplaceAll(strings.TrimRight(text.text, "\r\n"), "\n", "\n    "))
			}
		}
	})
}

type outOfOfficeClear struct {
	Address string `arg:""`
}

func (o *outOfOfficeClear) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, path("accounts", o.Address, "out-of-office")), "out-of-office of %s is off", o.Address)
}

type accountForward struct {
	Address string   `arg:""`
	To      []string `arg:"" optional:"" help:"Where its mail goes on to, in place of what was set; none shows what is set."`
	Keep    *bool    `negatable:"" help:"Keep a copy, or none."`
	Fixed   bool     `help:"Set the addresses that only administrators change; the account sees them."`
	Clear   bool     `help:"Forward no more, and keep the mail."`
}

func (a *accountForward) Run(c *command) error {
	p := path("accounts", a.Address, "forwarding")
	var change adminwire.ForwardingChange
	keep := true
	switch {
	case a.Clear && (len(a.To) > 0 || a.Keep != nil):
		return usagef("--clear goes with no other wish")
	case a.Clear && !a.Fixed:
		change = adminwire.ForwardingChange{To: &[]string{}, Fixed: &[]string{}, Keep: &keep}
	case a.Clear:
		change.Fixed = &[]string{}
	case len(a.To) > 0 && a.Fixed:
		change = adminwire.ForwardingChange{Fixed: &a.To, Keep: a.Keep}
	case len(a.To) > 0:
		change = adminwire.ForwardingChange{To: &a.To, Keep: a.Keep}
	case a.Keep != nil:
		change.Keep = a.Keep
	default:
		return a.show(c, p)
	}
	client, err := c.server()
	if err != nil {
		return err
	}
	var now adminwire.Forwarding
	if err := client.Patch(c.ctx, p, change, &now); err != nil {
		return err
	}
	return c.answer(now, func() { c.forwarding(now) })
}

func (a *accountForward) show(c *command, p string) error {
	v, err := fetch[adminwire.Forwarding](c, p)
	if err != nil {
		return err
	}
	return c.answer(v, func() { c.forwarding(v) })
}

func (c *command) forwarding(v adminwire.Forwarding) {
	if len(v.To)+len(v.Fixed) == 0 {
		c.printf("nothing is forwarded\n")
		return
	}
	c.fields("forwards to", strings.Join(v.To, ", "), "fixed by an administrator", strings.Join(v.Fixed, ", "), "keeps a copy", yesNo(v.Keep))
}
