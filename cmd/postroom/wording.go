package main

import (
	"strings"

	"postroom/internal/adminwire"
)

type wordingCommands struct {
	List    wordingList    `cmd:"" help:"List what an organisation words by itself."`
	Show    wordingShow    `cmd:"" help:"Show the texts of one notice."`
	Set     wordingSet     `cmd:"" help:"Word a notice: templates with {{.Person}} {{.Address}} {{.Organisation}} {{.By}} {{.What}} {{.Group}} {{.Date}} and {{if}} on them."`
	Reset   wordingReset   `cmd:"" help:"Word a notice as the server does."`
	Preview wordingPreview `cmd:"" help:"Show a notice as it would be written."`
}

type wordingArg struct {
	Org    string `arg:"" help:"Organisation."`
	Kind   string `arg:"" enum:"new,changed,revoked,expiring,expired,joined,answered,review" help:"new, changed, revoked, expiring, expired, joined, answered or review."`
	Locale string `enum:",en,de" default:"" help:"en or de; default that of the organisation."`
}

func (w *wordingArg) path(more ...string) string {
	return path(append([]string{"organisations", w.Org, "wordings", w.Kind}, more...)...) + query("locale", w.Locale)
}

type wordingList struct {
	Org string `arg:"" help:"Organisation."`
}

func (w *wordingList) Run(c *command) error {
	list, err := fetch[[]adminwire.Wording](c, path("organisations", w.Org, "wordings"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{v.Kind, v.Locale, yesNo(v.Subject != ""), yesNo(v.Intro != ""), yesNo(v.Closing != "")})
		}
		c.table("KIND LOCALE SUBJECT INTRO CLOSING", rows)
	})
}

type wordingShow struct{ wordingArg }

func (w *wordingShow) Run(c *command) error {
	list, err := fetch[[]adminwire.Wording](c, path("organisations", w.Org, "wordings"))
	if err != nil {
		return err
	}
	var shown []adminwire.Wording
	for _, v := range list {
		if v.Kind == w.Kind && (w.Locale == "" || v.Locale == w.Locale) {
			shown = append(shown, v)
		}
	}
	return c.answer(shown, func() {
		if len(shown) == 0 {
			c.printf("as the server words it\n")
		}
		for _, v := range shown {
			c.fields("locale", v.Locale, "subject", v.Subject, "intro", oneLine(v.Intro), "closing", oneLine(v.Closing))
		}
	})
}

type wordingSet struct {
	wordingArg
	Subject *string `help:"Subject; empty: as the server words it."`
	Intro   *string `help:"What happened, in the place of the first sentence."`
	Closing *string `help:"Text before the foot."`
}

func (w *wordingSet) Run(c *command) error {
	if w.Subject == nil && w.Intro == nil && w.Closing == nil {
		return usagef("one of --subject, --intro and --closing is needed")
	}
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Put(c.ctx, w.path(), adminwire.WordingChange{Subject: w.Subject, Intro: w.Intro, Closing: w.Closing}, nil)
	return c.done(err, "changed the wording of %s", w.Kind)
}

type wordingReset struct{ wordingArg }

func (w *wordingReset) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, w.path()), "%s is as the server words it", w.Kind)
}

type wordingPreview struct {
	wordingArg
	HTML bool `name:"html" help:"The HTML part."`
}

func (w *wordingPreview) Run(c *command) error {
	v, err := fetch[adminwire.WordingPreview](c, w.path("preview"))
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		if w.HTML {
			c.printf("%s", v.HTML)
			return
		}
		c.printf("Subject: %s\n\n%s\n", v.Subject, strings.TrimRight(v.Text, "\n"))
	})
}
