package imapserver_test

import (
	"slices"
	"strings"

	"postroom"
	"postroom/internal/rights"
)

// The checks here say by themselves what RFC 4314 §4 wants of a command that
// does a part of what was asked, or tells a part: no golden stands in between.

// opened reports whether the cell's rights let it see and read the mailbox.
func (c *pairCell) opened() bool { return c.rights.Has(postroom.Lookup | postroom.Read) }

func (c *pairCell) says(part string) bool {
	return slices.ContainsFunc(c.heard, func(line string) bool { return strings.Contains(line, part) })
}

func (c *pairCell) mustSay(part string, when bool) {
	c.t.Helper()
	if c.says(part) != when {
		c.t.Errorf("%s: %q told: %v, want %v:\n%s", c.name(), part, !when, when, strings.Join(c.heard, "\n"))
	}
}

// neverChanges: whatever the rights, nothing is left behind.
func neverChanges(c *pairCell) {
	if len(c.effect) > 0 {
		c.t.Errorf("%s changed something: %q", c.name(), c.effect)
	}
}

// listed: a name is listed to who may look it up, counted for who may read it.
func listed(word string) func(*pairCell) {
	return func(c *pairCell) {
		neverChanges(c)
		l, r := c.rights.Has(postroom.Lookup), c.opened()
		c.mustSay("* "+word+" ", l)
		line := strings.Join(c.row.lines, " ")
		if strings.Contains(line, "MYRIGHTS") {
			c.mustSay("* MYRIGHTS "+c.mailbox+" "+rights.IMAP(c.rights), l)
		}
		if strings.Contains(line, "STATUS") {
			c.mustSay("* STATUS ", r)
		}
		if strings.Contains(line, "METADATA") {
			c.mustSay("* METADATA ", l && c.rights.Any(postroom.Read|postroom.Seen|postroom.Write|postroom.Insert))
		}
	}
}

// tells: a line is told to who has a right, and may look the mailbox up.
func tells(line string, needs postroom.Rights) func(*pairCell) {
	return func(c *pairCell) { c.mustSay(line, c.rights.Has(postroom.Lookup|needs)) }
}

// checkSelected: READ-WRITE for who may change anything, PERMANENTFLAGS what
// STORE would do (RFC 4314 §5.2).
func checkSelected(c *pairCell) {
	if !c.opened() {
		return
	}
	changing := postroom.Seen | postroom.Write | postroom.Insert | postroom.DeleteItems | postroom.Expunge
	c.mustSay("[READ-WRITE]", c.rights.Any(changing))
	c.mustSay("[READ-ONLY]", !c.rights.Any(changing))
	var flags []string
	add := func(needs postroom.Rights, names ...string) {
		if c.rights.Has(needs) {
			flags = append(flags, names...)
		}
	}
	add(postroom.Write, `\Answered`, `\Flagged`)
	add(postroom.DeleteItems, `\Deleted`)
	add(postroom.Seen, `\Seen`)
	add(postroom.Write, `\Draft`, `\*`)
	c.mustSay("[PERMANENTFLAGS ("+strings.Join(flags, " ")+")]", true)
}

func checkExamined(c *pairCell) {
	c.mustSay("[READ-ONLY]", c.opened())
	c.mustSay("[READ-WRITE]", false)
}

// goneWith: the message goes for who has the right, and no other does.
func goneWith(needs postroom.Rights, uid string) func(*pairCell) {
	return func(c *pairCell) {
		want := []string(nil)
		if c.opened() && c.rights.Has(needs) {
			want = []string{"- " + c.before.message("/Work", uid)}
		}
		if !slices.Equal(c.effect, want) {
			c.t.Errorf("%s left %q, want %q", c.name(), c.effect, want)
		}
	}
}

// checkRead: what was read is \Seen for who has s, and stays unread otherwise.
func checkRead(c *pairCell) {
	if !c.opened() {
		neverChanges(c)
		return
	}
	c.mustSay("* 1 FETCH", true)
	c.mustFlag("1", `\Seen`, c.rights.Has(postroom.Seen))
	c.mustSay(`\Seen`, c.rights.Has(postroom.Seen) || slices.ContainsFunc(c.heard, func(l string) bool { return strings.HasPrefix(l, "* FLAGS") }))
}

// mustFlag compares one flag of a message with what it should be.
func (c *pairCell) mustFlag(uid, flag string, want bool) {
	c.t.Helper()
	if got := slices.Contains(strings.Fields(c.after.message("/Work", uid)), flag); got != want {
		c.t.Errorf("%s: message %s has %s: %v, want %v", c.name(), uid, flag, got, want)
	}
}

// everyFlag are flags of the three rights.
var everyFlag = []string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`, "$forwarded", "work"}

func rightFor(flag string) postroom.Rights {
	switch flag {
	case `\Seen`:
		return postroom.Seen
	case `\Deleted`:
		return postroom.DeleteItems
	}
	return postroom.Write
}

// checkStored: of a STORE the part that is allowed is done, the other is not;
// when no part is allowed it is refused.
func checkStored(uid string, op byte, named string) func(*pairCell) {
	return func(c *pairCell) {
		before := strings.Fields(c.before.message("/Work", uid))
		any := false
		for _, flag := range everyFlag {
			asked := slices.Contains(strings.Fields(named), flag)
			want := slices.Contains(before, flag)
			if c.opened() && c.rights.Has(rightFor(flag)) && (asked || op == '=') {
				any = true
				want = asked && op != '-'
			}
			c.mustFlag(uid, flag, want)
		}
		if ok := strings.HasPrefix(c.answer, "OK"); c.opened() && ok != any {
			c.t.Errorf("%s: %s", c.name(), c.answer)
		}
	}
}

// checkArrived: what came into Work has of its flags those that may be set there.
func checkArrived(c *pairCell) {
	if !strings.HasPrefix(c.answer, "OK") {
		return
	}
	for _, flag := range everyFlag[:6] {
		c.mustFlag("4", flag, c.rights.Has(rightFor(flag)))
	}
}

// checkAnnotation: annotations are for who may look up and has a right to what
// is inside (RFC 5464 §3.3).
func checkAnnotation(any postroom.Rights, changes bool) func(*pairCell) {
	return func(c *pairCell) {
		may := c.rights.Has(postroom.Lookup) && c.rights.Any(any)
		want := "NO [NONEXISTENT]"
		switch {
		case may:
			want = "OK"
		case c.rights.Has(postroom.Lookup):
			want = "NO [NOPERM]"
		}
		if !strings.HasPrefix(c.answer, want) {
			c.t.Errorf("%s: %s, want %s", c.name(), c.answer, want)
		}
		if (len(c.effect) > 0) != (may && changes) {
			c.t.Errorf("%s: left %q", c.name(), c.effect)
		}
	}
}
