package judge_test

import (
	"slices"
	"strconv"
	"strings"
)

func (p *player) fetch(s *step) {
	session := &p.m.sessions[s.conn]
	if s.what == "CHANGED" {
		p.changed(s)
		return
	}
	uids, word, ok := p.target(s)
	if !ok {
		return
	}
	stale := session.stale
	item := map[string]string{"FLAGS": "FLAGS", "SIZE": "RFC822.SIZE", "BODY": "BODY[TEXT]"}[s.what]
	all := p.command(s.conn, map[bool]string{true: "OK NO", false: "OK"}[stale], "%sFETCH %s (UID %s)", word, spell(s.set), item)
	if s.what == "BODY" && !session.readOnly {
		p.m.store(session.box, uids, "+", flagsOf(`\Seen`), -1)
	}
	if stale {
		return
	}
	told := map[int]bool{}
	for _, r := range all {
		items := r.items()
		uid, _ := strconv.Atoi(items["UID"].text)
		if v, there := items[strings.ToUpper(item)]; there {
			told[uid] = true
			msg := session.box.find(uid)
			size := map[string]int{"SIZE": msg.size, "BODY": msg.size - len("Subject: x\r\n\r\n")}[s.what]
			if s.what == "SIZE" && v.text != strconv.Itoa(size) || s.what == "BODY" && len(v.text) != size {
				p.fail("UID %d has %s %.50s", uid, item, v)
			}
		}
	}
	if len(told) != len(uids) {
		p.fail("%d messages were told, not %v", len(told), uids)
	}
}

// changed asks for what is new since a mark.
func (p *player) changed(s *step) {
	session, m := &p.m.sessions[s.conn], p.marks[s.since]
	if m.box != session.box {
		return
	}
	vanished := map[bool]string{true: " VANISHED"}[session.qresync]
	var got, want, gone []int
	for _, r := range p.command(s.conn, "OK", "UID FETCH 1:* (FLAGS) (CHANGEDSINCE %s%s)", m.real, vanished) {
		if r.name == "FETCH" {
			uid, _ := strconv.Atoi(r.items()["UID"].text)
			got = append(got, uid)
		}
		if r.name == "VANISHED" {
			gone = append(gone, each(readSet(r.values[len(r.values)-1].text))...)
		}
	}
	for _, msg := range session.box.messages {
		if msg.change > m.change {
			want = append(want, msg.uid)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		p.fail("changed are UIDs %v, not %v", got, want)
	}
	p.missing(session, gone, m.change, m.box.next)
}

// missing wants all told that went since, of what a client could know.
func (p *player) missing(session *session, told []int, since, below int) {
	for _, g := range session.box.gone {
		if session.qresync && g.change > since && g.uid < below && !slices.Contains(told, g.uid) {
			p.fail("UID %d is gone and VANISHED does not say so: %v", g.uid, told)
		}
	}
}

func (p *player) search(s *step) {
	if p.s.name == "dovecot" && confused(s.key.String()) {
		return
	}
	b := p.m.sessions[s.conn].box
	for _, r := range s.key.numbers() {
		if r.first > len(b.messages) || r.last > len(b.messages) || len(b.messages) == 0 {
			return
		}
	}
	var want, got []int
	for i, msg := range b.messages {
		if s.key.holds(msg, i+1, b) {
			want = append(want, map[bool]int{true: msg.uid, false: i + 1}[s.uid])
		}
	}
	for _, r := range p.command(s.conn, "OK", "%sSEARCH %s", map[bool]string{true: "UID "}[s.uid], s.key) {
		if r.name != "SEARCH" {
			continue
		}
		for _, v := range r.values {
			if n, err := strconv.Atoi(v.text); err == nil && v.kind == 'a' {
				got = append(got, n)
			}
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		p.fail("found are %v, not %v", got, want)
	}
}
