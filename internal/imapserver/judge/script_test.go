package judge_test

import (
	"fmt"
	"strconv"
	"strings"
)

// step is one command of a script. What it means depends on where it stands: a
// step that means nothing there is passed over, so that any part of a script is
// a script.
type step struct {
	conn        int
	verb        string
	uid         bool
	set         []span
	name, other string // of mailboxes
	flags       []string
	mode        string // of STORE
	silent      bool
	since       int // a mark, -1 for none
	key         *tree
	what        string // of FETCH; the pattern of LIST
	size        int    // of what is appended
}

// marks is how many mod-sequences a script remembers.
const marks = 3

var (
	names    = []string{"A", "B", "A/x", "A/y", "B/x", "C"}
	someFlag = []string{`\Seen`, `\Flagged`, `\Deleted`, `\Answered`, `\Draft`, "work", "$forwarded"}
)

func (c composer) flags() []string {
	var list []string
	for _, f := range someFlag {
		if c.IntN(4) == 0 {
			list = append(list, f)
		}
	}
	return list
}

func (c composer) spans() []span {
	var list []span
	for range 1 + c.IntN(2) {
		r := span{1 + c.IntN(12), 1 + c.IntN(12)}
		switch c.IntN(4) {
		case 0:
			r.last = r.first
		case 1:
			r.last = 0
		case 2:
			r = span{1, 0}
		}
		list = append(list, r)
	}
	return list
}

func (c composer) tree(depth int) *tree {
	if depth < 3 && c.IntN(2) == 0 {
		k := &tree{op: c.pick("AND", "OR", "NOT"), kids: []*tree{c.tree(depth + 1), c.tree(depth + 1)}}
		return k
	}
	return &tree{op: c.pick("ALL", "FLAG", "FLAG", "LARGER", "UID", "NUMBER"), flag: c.pick(someFlag...), size: c.IntN(400), set: c.spans()}
}

// step is one at random. What happens often comes often.
func (c composer) step() step {
	s := step{conn: c.IntN(connections), since: -1, uid: c.IntN(2) == 0, set: c.spans(), name: c.pick(names...), other: c.pick(names...),
		flags: c.flags(), mode: c.pick("", "+", "-"), silent: c.IntN(3) == 0, size: 150 + c.IntN(300), key: c.tree(0)}
	if c.IntN(2) == 0 {
		s.name = "A" // where all meet
	}
	s.verb = c.pick("SELECT", "SELECT", "EXAMINE", "CLOSE", "UNSELECT", "APPEND", "APPEND", "APPEND", "APPEND", "STORE", "STORE", "STORE", "STORE",
		"STORE", "FETCH", "FETCH", "FETCH", "SEARCH", "SEARCH", "SEARCH", "COPY", "COPY", "MOVE", "MOVE", "EXPUNGE", "EXPUNGE", "CREATE", "CREATE",
		"DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "STATUS", "STATUS", "LIST", "LIST", "SUBSCRIBED", "NOOP", "NOOP", "MARK", "MARK", "RETURN", "RETURN", "ENABLE", "IDLE")
	switch s.verb {
	case "STORE":
		if c.IntN(3) == 0 {
			s.since = c.IntN(marks)
		}
	case "FETCH":
		s.what = c.pick("FLAGS", "FLAGS", "SIZE", "BODY", "CHANGED", "CHANGED")
		s.since = c.IntN(marks)
	case "MARK":
		s.since = c.IntN(marks)
	case "LIST":
		s.what = c.pick("*", "%", "A/%", "*/x", "%/%", "B*", "A", "%x", "C%", "A*y")
	}
	return s
}

// script makes the mailboxes and has the sessions meet before what follows.
func (c composer) script(length int) []step {
	list := []step{{verb: "CREATE", name: "A"}, {verb: "CREATE", name: "B"}}
	for i := range connections {
		list = append(list, step{conn: i, verb: "SELECT", name: "A", since: -1})
	}
	for range length {
		list = append(list, c.step())
	}
	return list
}

func spell(set []span) string {
	number := func(n int) string {
		if n == 0 {
			return "*"
		}
		return strconv.Itoa(n)
	}
	var list []string
	for _, r := range set {
		if r.first == r.last {
			list = append(list, number(r.first))
		} else {
			list = append(list, number(r.first)+":"+number(r.last))
		}
	}
	return strings.Join(list, ",")
}

func (k *tree) String() string {
	switch k.op {
	case "FLAG":
		if strings.HasPrefix(k.flag, `\`) {
			return strings.ToUpper(k.flag[1:])
		}
		return "KEYWORD " + k.flag
	case "LARGER":
		return fmt.Sprintf("LARGER %d", k.size)
	case "UID":
		return "UID " + spell(k.set)
	case "NUMBER":
		return spell(k.set)
	case "NOT":
		return "NOT " + k.kids[0].String()
	case "AND":
		return "(" + k.kids[0].String() + " " + k.kids[1].String() + ")"
	case "OR":
		return "OR " + k.kids[0].String() + " " + k.kids[1].String()
	}
	return "ALL"
}

// numbers are the message numbers that a key names.
func (k *tree) numbers() (sets []span) {
	if k.op == "NUMBER" {
		sets = append(sets, k.set...)
	}
	kids := k.kids
	if k.op == "NOT" {
		kids = kids[:1]
	}
	for _, kid := range kids {
		sets = append(sets, kid.numbers()...)
	}
	return sets
}
