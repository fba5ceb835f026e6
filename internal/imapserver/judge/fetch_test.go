package judge_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// asked are the items that are compared of every message.
func asked() []string {
	list := []string{"RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", "BODY", "RFC822.HEADER", "RFC822.TEXT", "RFC822",
		"BODY.PEEK[]", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[HEADER.FIELDS (SUBJECT to X)]", "BODY.PEEK[HEADER.FIELDS.NOT (From Subject)]",
		"BODY.PEEK[]<0.10>", "BODY.PEEK[]<5.1000>", "BODY.PEEK[]<100000.5>", "BODY.PEEK[TEXT]<2.3>", "BODY.PEEK[HEADER]<7.20>", "BODY.PEEK[1]<1.4>"}
	for _, path := range []string{"1", "2", "3", "1.1", "1.2", "2.1", "2.2", "1.1.1", "2.1.1", "2.2.1", "1.2.1", "11"} {
		for _, what := range []string{"", ".MIME", ".HEADER", ".TEXT", ".HEADER.FIELDS (SUBJECT)"} {
			list = append(list, "BODY.PEEK["+path+what+"]")
		}
		list = append(list, "BINARY.PEEK["+path+"]", "BINARY.SIZE["+path+"]")
	}
	return list
}

// put appends a message and returns the tagged answer.
func (w *wire) put(mailbox, text string) {
	w.must(fmt.Sprintf("APPEND %q () \"02-Mar-2026 10:00:00 +0000\" {%d+}\r\n%s", mailbox, len(text), text))
}

// fetchOne asks for one item of one message: the value, or the answer where
// there is none.
func (w *wire) fetchOne(uid int, item string) string {
	all := w.do(fmt.Sprintf("UID FETCH %d (%s)", uid, item))
	for _, r := range all {
		items := r.items()
		delete(items, "UID")
		delete(items, "FLAGS")
		for name, v := range items {
			return normalised(name, v)
		}
	}
	return all[len(all)-1].name
}

// normalised spells a value as both servers may: the standard leaves free in
// which case types, encodings and names of parameters come.
func normalised(name string, v value) string {
	switch name {
	case "BODYSTRUCTURE", "BODY":
		v = plainStructure(v)
	case "ENVELOPE":
		v = plainEnvelope(v)
	}
	return name + " " + v.String()
}

var runs = regexp.MustCompile(`[ \t]+`)

// plainEnvelope has one space where a field was folded: RFC 5322 §2.2.3 removes
// the line end alone, Dovecot the white space behind it too.
func plainEnvelope(v value) value {
	out := value{kind: v.kind, text: runs.ReplaceAllString(v.text, " "), list: append([]value(nil), v.list...)}
	for i := range out.list {
		out.list[i] = plainEnvelope(out.list[i])
	}
	return out
}

// plainStructure lowers what is compared without case (RFC 2045 §5.1, §6.1).
func plainStructure(v value) value {
	if v.kind != 'l' || len(v.list) == 0 {
		return v
	}
	out := value{kind: 'l', list: append([]value(nil), v.list...)}
	n := 0
	for n < len(out.list) && out.list[n].kind == 'l' { // parts
		out.list[n] = plainStructure(out.list[n])
		n++
	}
	lower := func(i int) {
		if i < len(out.list) && out.list[i].kind == 's' {
			out.list[i].text = strings.ToLower(out.list[i].text)
		}
	}
	params := func(i int) {
		if i < len(out.list) {
			out.list[i] = plainParams(out.list[i])
		}
	}
	disposition := func(i int) {
		if i < len(out.list) && len(out.list[i].list) == 2 {
			d := out.list[i].list
			out.list[i] = value{kind: 'l', list: []value{{kind: 's', text: strings.ToLower(d[0].text)}, plainParams(d[1])}}
		}
	}
	if n > 0 {
		lower(n)
		params(n + 1)
		disposition(n + 2)
		language(&out, n+3)
		return out
	}
	lower(0)
	lower(1)
	params(2)
	lower(5)
	next := 7
	switch {
	case out.list[0].text == "text":
		next = 8
	case out.list[0].text == "message" && len(out.list) > 8 && out.list[7].kind == 'l':
		out.list[7], out.list[8] = plainEnvelope(out.list[7]), plainStructure(out.list[8])
		next = 10
	}
	disposition(next + 1)
	language(&out, next+2)
	return out
}

// language makes a list of one language a string: the grammar has both.
func language(v *value, i int) {
	if i < len(v.list) && len(v.list[i].list) == 1 {
		v.list[i] = v.list[i].list[0]
	}
}

func plainParams(v value) value {
	out := value{kind: v.kind, text: v.text, list: append([]value(nil), v.list...)}
	for i := 0; i < len(out.list); i += 2 {
		out.list[i].text = strings.ToLower(out.list[i].text)
	}
	// Dovecot names the default charset, which need not be named (RFC 2045 §5.2).
	for i := 0; i+1 < len(out.list); i += 2 {
		if out.list[i].text == "charset" && strings.EqualFold(out.list[i+1].text, "us-ascii") {
			out.list = append(out.list[:i], out.list[i+2:]...)
		}
	}
	if len(out.list) == 0 {
		return value{kind: 'a', text: "NIL"}
	}
	return out
}

// TestFetchIsDovecots asks both for every item of odd messages.
func TestFetchIsDovecots(t *testing.T) {
	dovecot := startDovecot(t)
	own, _ := postrooms(t)
	ours, theirs := own.dial(t, 0), dovecot.dial(t, 0)
	texts := oddities
	t.Logf("seed %d", *seed)
	c := composer{rand.New(rand.NewPCG(*seed, 2))}
	for i := range 40 * *rounds {
		texts = append(texts, struct{ name, text string }{fmt.Sprintf("random %d", i), c.message()})
	}
	for _, w := range []*wire{ours, theirs} {
		w.must("CREATE odd")
		for _, m := range texts {
			w.put("odd", m.text)
		}
		w.must("SELECT odd")
	}
	for i, m := range texts {
		for _, item := range asked() {
			d := difference{ours: ours, theirs: theirs, message: m.name, uid: i + 1, item: item}
			if d.got, d.want = ours.fetchOne(i+1, item), theirs.fetchOne(i+1, item); d.got != d.want && d.reason() == "" {
				t.Errorf("%s, %s:\n  here    %s\n  Dovecot %s\n%s", m.name, item, d.got, d.want, m.text)
			}
		}
	}
}
