package judge_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// manage are the commands on names.
func (p *player) manage(s *step) {
	b := p.m.boxes[s.name]
	switch s.verb {
	case "CREATE":
		p.create(s)
	case "DELETE":
		switch {
		case b == nil:
			p.command(s.conn, "NO", "DELETE %s", p.name(s.name))
		case len(p.m.children(s.name)) == 0 && !p.m.inUse(s.name):
			p.forget(s.name)
			p.command(s.conn, "OK", "DELETE %s", p.name(s.name))
		}
	case "RENAME":
		p.rename(s)
	case "SUBSCRIBE", "UNSUBSCRIBE":
		if b != nil {
			p.m.subscribed[p.of(s.conn, s.name)] = s.verb == "SUBSCRIBE"
			p.command(s.conn, "OK", "%s %s", s.verb, p.name(s.name))
		}
	case "STATUS":
		p.status(s)
	default:
		p.list(s)
	}
}

// forget is for a name that goes: what becomes of its subscription is free.
func (p *player) forget(name string) {
	delete(p.m.boxes, name)
	p.unsaid(name)
}

// of is a name as a person subscribes to it.
func (p *player) of(conn int, name string) string { return p.s.users[conn] + " " + name }

// unsaid forgets what anybody said of a name.
func (p *player) unsaid(name string) {
	for i := range connections {
		delete(p.m.subscribed, p.of(i, name))
	}
}

func (p *player) create(s *step) {
	above, _, nested := strings.Cut(s.name, "/")
	switch {
	case p.m.boxes[s.name] != nil:
		p.command(s.conn, "NO", "CREATE %s", p.name(s.name))
	case !nested || p.m.boxes[above] != nil:
		p.m.boxes[s.name] = &box{next: 1}
		p.command(s.conn, "OK", "CREATE %s", p.name(s.name))
	}
}

func (p *player) rename(s *step) {
	from, to := s.name, s.other
	above, _, nested := strings.Cut(to, "/")
	if from == to || strings.HasPrefix(to, from+"/") || strings.HasPrefix(from, to+"/") || nested && p.m.boxes[above] == nil ||
		p.m.inUse(from) || len(p.m.children(from)) > 0 && nested {
		return
	}
	want := "NO"
	if p.m.boxes[from] != nil && p.m.boxes[to] == nil {
		want = "OK"
		for _, name := range append(p.m.children(from), from) {
			p.unsaid(name)
			p.unsaid(to + name[len(from):])
		}
		p.m.rename(from, to)
	}
	p.command(s.conn, want, "RENAME %s %s", p.name(from), p.name(to))
}

func (p *player) status(s *step) {
	b := p.m.boxes[s.name]
	if b == nil {
		p.command(s.conn, "NO", "STATUS %s (MESSAGES)", p.name(s.name))
		return
	}
	if p.m.sessions[s.conn].box == b {
		p.settle(s.conn)
	}
	unseen := 0
	for _, msg := range b.messages {
		if !msg.flags[`\seen`] {
			unseen++
		}
	}
	want := []string{fmt.Sprintf("MESSAGES %d", len(b.messages)), fmt.Sprintf("UIDNEXT %d", b.next), fmt.Sprintf("UNSEEN %d", unseen)}
	var got []string
	for _, r := range p.command(s.conn, "OK", "STATUS %s (UNSEEN UIDNEXT MESSAGES)", p.name(s.name)) {
		if r.name == "STATUS" && len(r.values) == 2 {
			for list := r.values[1].list; len(list) > 1; list = list[2:] {
				got = append(got, list[0].text+" "+list[1].text)
			}
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		p.fail("STATUS %v, not %v", got, want)
	}
}

func (p *player) list(s *step) {
	selection, pattern := "", s.what
	if s.verb == "SUBSCRIBED" {
		selection, pattern = "(SUBSCRIBED) ", "*"
	}
	got := map[string]value{}
	for _, r := range p.command(s.conn, "OK", "LIST %s\"\" %q RETURN (CHILDREN)", selection, p.name(pattern)) {
		if r.name == "LIST" && len(r.values) >= 3 {
			got[strings.TrimPrefix(r.values[2].text, p.root+"/")] = r.values[0]
		}
	}
	for name := range p.m.boxes {
		subscribed, known := p.m.subscribed[p.of(s.conn, name)]
		if selection != "" && !known {
			continue
		}
		attributes, told := got[name]
		if want := matches(pattern, name) && (selection == "" || subscribed); told != want {
			p.fail("LIST tells %s: %v", name, told)
		}
		parent := strings.Contains(strings.ToLower(attributes.String()), `\haschildren`)
		if told && parent != (len(p.m.children(name)) > 0) {
			p.fail("LIST tells %s with %v", name, attributes)
		}
	}
	for name := range got {
		if p.m.boxes[name] == nil && selection == "" {
			p.fail("LIST tells %s, which is not there", name)
		}
	}
}

// comeAndGo leaves a mailbox with all that a client keeps of it, or comes back to
// the one that was left, by QRESYNC if that is on (RFC 7162 §3.2.5).
func (p *player) comeAndGo(conn int) {
	session := &p.m.sessions[conn]
	if session.box != nil {
		p.settle(conn)
		v := p.views[conn]
		p.left[conn] = &leaving{mark: p.mark(conn), name: p.names[conn], next: session.box.next, uids: slices.Clone(v.uids), flags: v.flags,
			validity: p.validity(conn)}
		p.deselect(conn)
		p.command(conn, "OK", "UNSELECT")
		return
	}
	l := p.left[conn]
	if l == nil || p.m.boxes[l.name] != l.box || !session.qresync {
		return
	}
	all := p.open(conn, "SELECT", l.name, l.box, fmt.Sprintf(" (QRESYNC (%s %s))", l.validity, l.real))
	var gone []int
	for _, r := range all {
		if r.name == "VANISHED" {
			gone = append(gone, each(readSet(r.values[len(r.values)-1].text))...)
		}
	}
	p.missing(session, gone, l.change, l.next)
	v := p.views[conn]
	for _, uid := range l.uids {
		msg := l.box.find(uid)
		if slices.Contains(gone, uid) != (msg == nil) {
			p.fail("coming back: UID %d, vanished are %v", uid, gone)
		}
		if msg == nil {
			continue
		}
		flags, told := v.flags[uid]
		if !told {
			flags = l.flags[uid]
		}
		if flags.String() != msg.flags.String() {
			p.fail("coming back: UID %d is known as (%v), it is (%v)", uid, flags, msg.flags)
		}
	}
	p.settle(conn)
}

func (p *player) validity(conn int) string {
	for _, r := range p.command(conn, "OK", "STATUS %s (UIDVALIDITY)", p.name(p.names[conn])) {
		if r.name == "STATUS" && len(r.values) == 2 && len(r.values[1].list) == 2 {
			return r.values[1].list[1].text
		}
	}
	return ""
}

// shortest leaves out of a script what is not needed for it to fail.
func shortest(t testing.TB, s *server, root string, script []step) []step {
	limit := time.Now().Add(time.Minute)
	tries := 0
	for size := len(script) / 2; size > 0 && time.Now().Before(limit); {
		shrunk := false
		for at := 0; at+size <= len(script) && time.Now().Before(limit); {
			tries++
			shorter := slices.Concat(script[:at], script[at+size:])
			if fault, _ := play(t, s, fmt.Sprintf("%s-%d", root, tries), shorter); fault != "" {
				script, shrunk = shorter, true
			} else {
				at += size
			}
		}
		if !shrunk {
			size /= 2
		}
	}
	return script
}

// judge plays random scripts on a server.
func judge(t *testing.T, s *server, scripts, length int) {
	for n := range scripts {
		c := composer{rand.New(rand.NewPCG(*seed, 100+uint64(n)))}
		script := c.script(length)
		root := fmt.Sprintf("judge%d", n)
		fault, _ := play(t, s, root, script)
		if fault == "" {
			continue
		}
		script = shortest(t, s, root+"s", script)
		again, log := play(t, s, root+"z", script)
		t.Fatalf("seed %d, script %d on %s: %s\nThe shortest script that fails: %s\n%s", *seed, n, s.name, fault, again, strings.Join(log, "\n"))
	}
}

// TestScripts holds own mailboxes, a shared one and Dovecot to the model: where
// the three agree on what the standard says, none of them is alone with it.
func TestScripts(t *testing.T) {
	own, shared := postrooms(t)
	t.Run("own", func(t *testing.T) { judge(t, own, 6**rounds, 200) })
	t.Run("shared", func(t *testing.T) { judge(t, shared, 6**rounds, 200) })
	t.Run("dovecot", func(t *testing.T) { judge(t, startDovecot(t), 6**rounds, 200) })
}
