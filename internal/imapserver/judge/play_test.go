package judge_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// player plays a script on a server and on the model, and compares.
type player struct {
	s     *server
	root  string // above the mailboxes of this play
	m     *model
	wires [connections]*wire
	views [connections]*view
	names [connections]string // of what is selected
	marks [marks]mark
	left  [connections]*leaving
	log   []string
}

// mark is a mod-sequence: that of the model and that of the server.
type mark struct {
	box    *box
	change int
	real   string
}

// leaving is what a client keeps of a mailbox until it comes back.
type leaving struct {
	mark
	name     string
	validity string
	next     int
	uids     []int
	flags    map[int]flagSet
}

// play returns what went wrong, or "", and all that was said.
func play(t testing.TB, s *server, root string, script []step) (fault string, log []string) {
	p := &player{s: s, root: s.prefix + root, m: newModel()}
	defer func() {
		for _, w := range p.wires {
			if w != nil {
				w.conn.Close()
			}
		}
		log = p.log
		if f, ok := recover().(failure); ok {
			fault = f.text
		}
	}()
	for i := range p.wires {
		w := s.dial(t, i)
		w.spoke = func(direction, line string) {
			p.log = append(p.log, fmt.Sprintf("%c %s: %s", 'a'+i, direction, line))
		}
		p.wires[i] = w
	}
	p.wires[0].must("CREATE " + p.root)
	for i := range script {
		p.do(&script[i])
	}
	p.end()
	return "", nil
}

func (p *player) fail(format string, args ...any) { panic(failure{fmt.Sprintf(format, args...)}) }

func (p *player) name(logical string) string { return p.root + "/" + logical }

// command runs a command, lets the view hear the answers and wants a result.
func (p *player) command(conn int, want, format string, args ...any) []response {
	text := fmt.Sprintf(format, args...)
	all := p.wires[conn].do(text)
	for _, r := range all {
		if v := p.views[conn]; v != nil {
			if err := v.hear(text, r); err != nil {
				p.fail("%v", err)
			}
		}
	}
	if got := all[len(all)-1].name; !strings.Contains(want, got) {
		p.fail("the result is %s, not %s", got, want)
	}
	return all
}

// code is the response code of a name, without the name.
func code(all []response, name string) string {
	for _, r := range all {
		if rest, ok := strings.CutPrefix(r.code, name+" "); ok {
			return rest
		}
	}
	return ""
}

// settle has the client told all, and compares what it knows then with what is.
func (p *player) settle(conn int) {
	if p.views[conn] == nil {
		return
	}
	p.command(conn, "OK", "NOOP")
	p.compare(conn)
	v := p.views[conn]
	if slices.Contains(v.uids, 0) || len(v.flags) < len(v.uids) {
		p.command(conn, "OK", "UID FETCH 1:* (UID FLAGS)")
		if p.compare(conn); slices.Contains(v.uids, 0) {
			p.fail("UID FETCH 1:* did not tell all")
		}
	}
	p.m.sessions[conn].stale = false
}

// compare holds what a client knows against the model.
func (p *player) compare(conn int) {
	v, b := p.views[conn], p.m.sessions[conn].box
	there := b.uids()
	same := len(v.uids) == len(there)
	for i := 0; same && i < len(there); i++ {
		same = v.uids[i] == 0 || v.uids[i] == there[i]
	}
	if !same {
		p.fail("%c knows UIDs %v, there are %v", 'a'+conn, v.uids, there)
	}
	for uid, flags := range v.flags {
		if msg := b.find(uid); msg == nil || msg.flags.String() != flags.String() {
			p.fail("%c knows UID %d as (%v), it is %+v", 'a'+conn, uid, flags, msg)
		}
	}
}

// end looks at every mailbox with fresh eyes.
func (p *player) end() {
	for i := range p.wires {
		p.settle(i)
	}
	for name, b := range p.m.boxes {
		p.open(0, "EXAMINE", name, b, "")
		p.settle(0)
	}
}

// open selects a mailbox that is there.
func (p *player) open(conn int, verb, name string, b *box, parameters string) []response {
	s := &p.m.sessions[conn]
	s.box, s.readOnly, s.stale = b, verb == "EXAMINE", false
	p.names[conn] = name
	p.views[conn] = newView()
	p.views[conn].qresync = s.qresync
	all := p.command(conn, "OK", "%s %s%s", verb, p.name(name), parameters)
	if n := len(p.views[conn].uids); n != len(b.messages) {
		p.fail("EXISTS %d, there are %d", n, len(b.messages))
	}
	if next := code(all, "UIDNEXT"); next != strconv.Itoa(b.next) {
		p.fail("UIDNEXT %s, not %d", next, b.next)
	}
	if last := all[len(all)-1].code; (last == "READ-ONLY") != s.readOnly {
		p.fail("%s answers [%s]", verb, last)
	}
	return all
}

func (p *player) deselect(conn int) {
	p.m.sessions[conn].box, p.views[conn], p.names[conn] = nil, nil, ""
}

func (p *player) do(s *step) {
	switch s.verb {
	case "SELECT", "EXAMINE":
		if b := p.m.boxes[s.name]; b != nil {
			p.open(s.conn, s.verb, s.name, b, "")
			p.settle(s.conn)
		} else {
			p.deselect(s.conn)
			p.command(s.conn, "NO", "%s %s", s.verb, p.name(s.name))
		}
	case "APPEND":
		p.append(s.conn, s.name, s)
	case "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "STATUS", "LIST", "SUBSCRIBED":
		p.manage(s)
	case "ENABLE":
		if p.m.sessions[s.conn].qresync = true; p.views[s.conn] != nil {
			p.views[s.conn].qresync = true
		}
		p.command(s.conn, "OK", "ENABLE QRESYNC")
	case "RETURN":
		p.comeAndGo(s.conn)
	default:
		if p.m.sessions[s.conn].box != nil {
			p.selected(s)
		}
	}
}

func (p *player) append(conn int, name string, s *step) {
	body := "Subject: x\r\n\r\n"
	body += strings.Repeat("y", s.size-len(body))
	b := p.m.boxes[name]
	text := fmt.Sprintf("APPEND %s (%s) {%d+}\r\n%s", p.name(name), strings.Join(s.flags, " "), len(body), body)
	if b == nil {
		if all := p.command(conn, "NO", "%s", text); all[len(all)-1].code != "TRYCREATE" {
			p.fail("no TRYCREATE")
		}
		return
	}
	uid := p.m.add(b, s.size, flagsOf(s.flags...))
	if told := code(p.command(conn, "OK", "%s", text), "APPENDUID"); !strings.HasSuffix(told, " "+strconv.Itoa(uid)) {
		p.fail("APPENDUID %s, not %d", told, uid)
	}
}

// selected are the commands on the selected mailbox.
func (p *player) selected(s *step) {
	session := &p.m.sessions[s.conn]
	// Numbers of messages that are not known, and what was expunged meanwhile,
	// leave servers a choice: of those commands the client is told all before.
	free := s.verb == "STORE" && s.since < 0 || s.verb == "FETCH" && s.what == "FLAGS"
	if v := p.views[s.conn]; session.stale && (!free || s.size%2 == 0) || slices.Contains(v.uids, 0) {
		p.settle(s.conn)
	}
	switch s.verb {
	case "NOOP":
		p.settle(s.conn)
	case "MARK":
		p.marks[s.since] = p.mark(s.conn)
	case "CLOSE":
		if !session.readOnly {
			p.m.expunge(session.box, nil)
		}
		p.deselect(s.conn)
		p.command(s.conn, "OK", "CLOSE")
	case "UNSELECT":
		p.deselect(s.conn)
		p.command(s.conn, "OK", "UNSELECT")
	case "STORE":
		p.store(s)
	case "FETCH":
		p.fetch(s)
	case "SEARCH":
		p.search(s)
	case "COPY", "MOVE":
		p.transfer(s)
	case "EXPUNGE":
		p.expunge(s)
	case "IDLE":
		p.idle(s)
	}
}

// mark asks for the mod-sequence of the selected mailbox.
func (p *player) mark(conn int) mark {
	b := p.m.sessions[conn].box
	for _, r := range p.command(conn, "OK", "STATUS %s (HIGHESTMODSEQ)", p.name(p.names[conn])) {
		if r.name == "STATUS" && len(r.values) == 2 && len(r.values[1].list) == 2 {
			return mark{b, b.changes, r.values[1].list[1].text}
		}
	}
	p.fail("no HIGHESTMODSEQ")
	return mark{}
}

// uidWord and target are how a command names messages; ok is false where the
// standard does not say what it means.
func (p *player) target(s *step) (uids []int, word string, ok bool) {
	v := p.views[s.conn]
	if s.uid {
		word = "UID "
	} else if len(v.uids) == 0 || beyond(s.set, len(v.uids)) {
		return nil, "", false
	}
	uids, known := v.named(s.set, s.uid)
	if !known {
		p.command(s.conn, "BAD", "%s %s", s.verb, spell(s.set)+map[string]string{"STORE": " FLAGS ()", "FETCH": " FLAGS", "COPY": " INBOX", "MOVE": " INBOX"}[s.verb])
		return nil, "", false
	}
	return uids, word, true
}

// beyond tells of a set with a "*" that names numbers that are not there as
// well: Dovecot forgives those.
func beyond(set []span, n int) bool {
	return slices.ContainsFunc(set, func(r span) bool { return r.last == 0 }) &&
		slices.ContainsFunc(set, func(r span) bool { return max(r.first, r.last) > n })
}

func (p *player) store(s *step) {
	session, v := &p.m.sessions[s.conn], p.views[s.conn]
	uids, word, ok := p.target(s)
	if !ok || session.readOnly {
		return
	}
	condition, since := "", -1
	if s.since >= 0 && p.marks[s.since].box == session.box {
		since = p.marks[s.since].change
		condition = " (UNCHANGEDSINCE " + p.marks[s.since].real + ")"
	}
	silent := map[bool]string{true: ".SILENT"}[s.silent]
	before := slices.Clone(v.uids)
	stale := session.stale
	modified := p.m.store(session.box, uids, s.mode, flagsOf(s.flags...), since)
	want := "OK"
	if stale || len(modified) > 0 {
		want = "OK NO"
	}
	all := p.command(s.conn, want, "%sSTORE %s%s %sFLAGS%s (%s)", word, spell(s.set), condition, s.mode, silent, strings.Join(s.flags, " "))
	if since >= 0 {
		p.modified(s, code(all, "MODIFIED"), modified, before)
	}
	if s.silent { // the client counts for itself
		for _, uid := range uids {
			if flags := v.flags[uid]; flags != nil && !slices.Contains(modified, uid) {
				v.flags[uid] = flags.stored(s.mode, flagsOf(s.flags...))
			}
		}
	}
}

// modified compares the messages that had changed.
func (p *player) modified(s *step, told string, want, before []int) {
	var got []int
	if told != "" {
		got = each(readSet(told))
	}
	if !s.uid {
		for i, n := range got {
			got[i] = before[n-1]
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		p.fail("MODIFIED has UIDs %v, not %v", got, want)
	}
}

func (p *player) transfer(s *step) {
	session, to := &p.m.sessions[s.conn], p.m.boxes[s.other]
	if s.verb == "MOVE" && session.readOnly {
		return
	}
	uids, word, ok := p.target(s)
	if !ok || len(uids) == 0 {
		return
	}
	text := fmt.Sprintf("%s%s %s %s", word, s.verb, spell(s.set), p.name(s.other))
	if to == nil {
		if all := p.command(s.conn, "NO", "%s", text); all[len(all)-1].code != "TRYCREATE" {
			p.fail("no TRYCREATE")
		}
		return
	}
	source, target := p.m.transfer(session.box, to, uids, s.verb == "MOVE")
	words := strings.Fields(code(p.command(s.conn, "OK", "%s", text), "COPYUID"))
	if len(words) != 3 || !slices.Equal(each(readSet(words[1])), source) || !slices.Equal(each(readSet(words[2])), target) {
		p.fail("COPYUID %v, not %v %v", words, source, target)
	}
}

func (p *player) expunge(s *step) {
	session, v := &p.m.sessions[s.conn], p.views[s.conn]
	if session.readOnly {
		return
	}
	if s.uid {
		uids, _ := v.named(s.set, true)
		p.m.expunge(session.box, append([]int{}, uids...))
		p.command(s.conn, "OK", "UID EXPUNGE %s", spell(s.set))
	} else {
		p.m.expunge(session.box, nil)
		p.command(s.conn, "OK", "EXPUNGE")
	}
	p.compare(s.conn)
}

// idle waits for a message that another connection brings.
func (p *player) idle(s *step) {
	w, other := p.wires[s.conn], (s.conn+1)%connections
	n := len(p.views[s.conn].uids)
	w.tags++
	tag := "c" + strconv.Itoa(w.tags)
	w.write(tag + " IDLE")
	for w.read().tag != "+" {
	}
	p.append(other, p.names[s.conn], s)
	for {
		r := w.read()
		if err := p.views[s.conn].hear("IDLE", r); err != nil {
			p.fail("%v", err)
		}
		if r.name == "EXISTS" && r.number == n+1 {
			break
		}
	}
	w.write("DONE")
	for _, r := range w.until(tag) {
		if err := p.views[s.conn].hear("IDLE", r); err != nil {
			p.fail("%v", err)
		}
	}
}
