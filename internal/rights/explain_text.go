package rights

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// Text renders an explanation for people: the decision, the tree of ways with
// each grant at its end, the rights, and what is missing. Lines end with a
// newline; control characters are shown as "?".
func (e Explanation) Text() string {
	var b strings.Builder
	verdict := "denied"
	if e.Allowed {
		verdict = "allowed"
	}
	line := func(parts ...string) {
		b.WriteString(printable(strings.Join(parts, "")))
		b.WriteByte('\n')
	}
	line(verdict, ": ", e.Subject, " ", e.Action, " on ", e.On, ": ", e.Because)
	root := branch{name: e.Subject}
	for _, s := range e.Steps {
		root.add(s.Via[1:], s)
	}
	line(e.Subject)
	root.write(line, "")
	if e.Effective != 0 {
		line("rights: ", orNone(e.Rights), " (RFC 4314: ", orNone(e.IMAP), ")")
	}
	if e.ShowSender {
		line("recipients see: Sender: ", e.Subject)
	}
	if len(e.Missing) > 0 {
		line("missing: ", strings.Join(e.Missing, " "))
	}
	if len(e.CouldGive) > 0 {
		var names []string
		for _, g := range e.CouldGive {
			names = append(names, strings.TrimSuffix(g.Kind+" "+g.Name, " "))
		}
		line("could be given by: ", strings.Join(names, ", "))
	}
	return b.String()
}

// branch is a name on the way from the subject, with the ways that go on and
// the grants that end there.
type branch struct {
	name     string
	branches []*branch
	steps    []Step
}

func (n *branch) add(way []string, s Step) {
	if len(way) == 0 {
		n.steps = append(n.steps, s)
		return
	}
	i := slices.IndexFunc(n.branches, func(b *branch) bool { return b.name == way[0] })
	if i < 0 {
		i = len(n.branches)
		n.branches = append(n.branches, &branch{name: way[0]})
	}
	n.branches[i].add(way[1:], s)
}

func (n *branch) write(line func(...string), indent string) {
	rows := len(n.steps) + len(n.branches)
	for i := range rows {
		joint, below := "├─ ", "│  "
		if i == rows-1 {
			joint, below = "└─ ", "   "
		}
		if i < len(n.steps) {
			line(indent, joint, n.steps[i].text())
			continue
		}
		next := n.branches[i-len(n.steps)]
		line(indent, joint, next.name)
		next.write(line, indent+below)
	}
}

func (s Step) text() string {
	rights := orNone(s.Rights)
	// Zimbra letters round down; where they do, both are shown.
	if r, err := ParseZimbra(s.Rights); err == nil && IMAP(r) != s.IMAP {
		rights += " (RFC 4314: " + s.IMAP + ")"
	}
	if s.Negative {
		rights = "-" + rights
	}
	text := rights + " on " + s.On + ", by " + s.By
	if !s.Since.IsZero() {
		text += ", since " + s.Since.UTC().Format(time.RFC3339)
	}
	if !s.Until.IsZero() {
		text += ", until " + s.Until.UTC().Format(time.RFC3339)
	}
	if s.Reason != "" {
		text += ", break-glass: " + s.Reason
	}
	return text + ": " + string(s.Effect)
}

func orNone(rights string) string {
	if rights == "" {
		return "none"
	}
	return rights
}

func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, s)
}
