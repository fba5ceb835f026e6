package main

import (
	"strconv"
	"strings"

	"postroom/internal/adminwire"
)

type reviewCommands struct {
	Start   reviewStart   `cmd:"" help:"Begin a review: everybody is asked about what they answer for."`
	List    reviewList    `cmd:"" help:"List reviews: those in which you are asked, or all of your organisation."`
	Show    reviewShow    `cmd:"" help:"Show a review and its entries in words."`
	Confirm reviewConfirm `cmd:"" help:"Confirm entries: they stay."`
	Revoke  reviewRevoke  `cmd:"" help:"Revoke what entries are about, at once."`
	Remind  reviewRemind  `cmd:"" help:"Write to those who have not answered."`
	Cancel  reviewCancel  `cmd:"" help:"End a review; nothing more is revoked by it."`
}

type reviewStart struct {
	Org   string     `help:"Organisation; the only one if not given." placeholder:"O"`
	Due   *untilFlag `help:"Until when answers are awaited: a time, a date (its end) or a duration; default 28d." placeholder:"T"`
	Lapse bool       `help:"Revoke at the end what nobody confirmed."`
	Scope string     `enum:"all,shared,persons,groups,outside" default:"all" help:"all, shared (mailboxes), persons, groups or outside (guests, everybody, the public)."`
}

func (r *reviewStart) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var v adminwire.Review
	err = client.Post(c.ctx, path("reviews"), adminwire.NewReview{Organisation: r.Org, Scope: r.Scope, Due: r.Due.pointer(), Lapse: r.Lapse}, &v)
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		c.printf("review %d: %d entries, answers are awaited until %s\n", v.ID, v.Open, when(&v.Due))
	})
}

type reviewList struct{}

func (r *reviewList) Run(c *command) error {
	list, err := fetch[[]adminwire.Review](c, path("reviews"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{strconv.FormatInt(v.ID, 10), v.Scope, v.State, when(&v.Due), yesNo(v.Lapse), strconv.Itoa(v.Open),
				strconv.Itoa(v.Confirmed), strconv.Itoa(v.Revoked + v.Lapsed)})
		}
		c.table("ID SCOPE STATE DUE LAPSE OPEN CONFIRMED REVOKED", rows)
	})
}

type reviewArg struct {
	ID int64 `arg:"" help:"Number of the review."`
}

func (r *reviewArg) path(more ...string) string {
	return path(append([]string{"reviews", strconv.FormatInt(r.ID, 10)}, more...)...)
}

type reviewShow struct {
	reviewArg
	State string `enum:",open,confirmed,revoked,lapsed,gone" default:"" help:"Only entries that are open, confirmed, revoked, lapsed or gone."`
	Mine  bool   `help:"Only entries about which you are asked."`
}

// shownReview is what show prints as JSON.
type shownReview struct {
	adminwire.Review
	Entries []adminwire.ReviewEntry `json:"entries"`
}

// reviewPage is how many entries are asked for at once.
const reviewPage = 500

func (r *reviewShow) Run(c *command) error {
	v, err := fetch[adminwire.Review](c, r.path())
	if err != nil {
		return err
	}
	shown := shownReview{Review: v, Entries: []adminwire.ReviewEntry{}}
	for after, more := 0, true; more; {
		page, err := fetch[[]adminwire.ReviewEntry](c, r.path("entries")+query("after", strconv.Itoa(after), "state", r.State,
			"mine", ifTrue(r.Mine), "max", strconv.Itoa(reviewPage)))
		if err != nil {
			return err
		}
		shown.Entries = append(shown.Entries, page...)
		if more = len(page) == reviewPage; more {
			after = page[len(page)-1].Number
		}
	}
	return c.answer(shown, func() { c.printReview(shown) })
}

func (c *command) printReview(v shownReview) {
	c.fields("review", strconv.FormatInt(v.ID, 10), "organisation", v.Organisation, "scope", v.Scope, "state", v.State,
		"begun", when(&v.Started)+" by "+v.By, "due", when(&v.Due), "ended", when(v.Ended), "lapse", yesNo(v.Lapse),
		"entries", strconv.Itoa(v.Open)+" open, "+strconv.Itoa(v.Confirmed)+" confirmed, "+strconv.Itoa(v.Revoked)+" revoked, "+
			strconv.Itoa(v.Lapsed)+" lapsed, "+strconv.Itoa(v.Gone)+" gone")
	for _, e := range v.Entries {
		state := e.State
		if e.DecidedBy != "" {
			state += " by " + e.DecidedBy
		}
		c.printf("\n%d. %s [%s]\n", e.Number, e.Says, state)
		for _, line := range e.Notes {
			c.printf("   %s\n", line)
		}
		if len(e.Reviewers) > 0 {
			c.printf("   Asked: %s\n", strings.Join(e.Reviewers, ", "))
		}
	}
}

type reviewAnswer struct {
	reviewArg
	Entries []int `arg:"" optional:"" help:"Numbers of entries."`
	All     bool  `help:"All open entries about which you are asked; of an administrator who is asked about none, all they may answer."`
}

func (r *reviewAnswer) answer(c *command, word, done string) error {
	if r.All == (len(r.Entries) > 0) {
		return usagef("either numbers of entries or --all")
	}
	client, err := c.server()
	if err != nil {
		return err
	}
	var n adminwire.Answered
	if err := client.Post(c.ctx, r.path(word), adminwire.ReviewAnswer{Entries: r.Entries, All: r.All}, &n); err != nil {
		return err
	}
	return c.answer(n, func() { c.printf("%s: %d\n", done, n.Count) })
}

type reviewConfirm struct{ reviewAnswer }

func (r *reviewConfirm) Run(c *command) error { return r.answer(c, "confirm", "confirmed") }

type reviewRevoke struct{ reviewAnswer }

func (r *reviewRevoke) Run(c *command) error { return r.answer(c, "revoke", "revoked") }

type reviewRemind struct{ reviewArg }

func (r *reviewRemind) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Post(c.ctx, r.path("remind"), nil, nil), "reminded those who have not answered review %d", r.ID)
}

type reviewCancel struct{ reviewArg }

func (r *reviewCancel) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Post(c.ctx, r.path("cancel"), nil, nil), "cancelled review %d", r.ID)
}
