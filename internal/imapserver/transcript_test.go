package imapserver_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

var update = flag.Bool("update", false, "write what the server says into the transcripts")

// TestTranscripts plays testdata/*.txt. A line of a transcript is one of
//
//	anna C: a1 SELECT INBOX      anna's connection sends it
//	anna S: * 3 EXISTS           the next line it gets; … stands for anything
//	anna closed                  the server ended it
//	! deliver info 2             something happens on the server
//	# and what it is about
//
// A backslash at the end of a C line is not sent: it says that no answer is due.
//
// A connection is opened when it is first named: anna, anna2 and the like are
// signed in by then, raw is not. $msg stands for a message and {$msg} for its
// announcement, $validity, $modseq and $mark for what the server told. With -update the S lines are written anew, to be read by you.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			p := &player{t: t, h: newHouse(t), clients: map[string]*client{}, name: name}
			p.play()
		})
	}
}

type player struct {
	t       *testing.T
	h       *house
	clients map[string]*client
	name    string
	number  int      // of the line
	out     []string // with -update
	spoke   string   // whose answers were just written
	// $validity and $modseq are the UIDVALIDITY and HIGHESTMODSEQ told last to
	// anybody; "! mark" keeps them as $mark.
	validity, modseq, mark string
}

var (
	spoken   = regexp.MustCompile(`^([a-z]+[0-9]*) ([CS]): ?(.*)$`)
	ended    = regexp.MustCompile(`^([a-z]+[0-9]*) closed$`)
	variable = []struct{ find, put string }{
		{`\[(UIDVALIDITY|HIGHESTMODSEQ) \d+`, `[$1 …`},
		{`\[(COPYUID|APPENDUID) \d+`, `[$1 …`},
		{`(MAILBOXID|MODSEQ|EMAILID|THREADID) \([^()]*\)`, `$1 (…)`},
		{`(UIDVALIDITY|HIGHESTMODSEQ) \d+`, `$1 …`},
		{`(INTERNALDATE|SAVEDATE) "[^"]*"`, `$1 "…"`},
		{`\[CAPABILITY [^\]]*\]`, `[CAPABILITY …]`},
	}
)

// settle replaces what differs from run to run.
func settle(line string) string {
	for _, v := range variable {
		line = regexp.MustCompile(v.find).ReplaceAllString(line, v.put)
	}
	return line
}

func (p *player) fail(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s:%d: %s", p.name, p.number, fmt.Sprintf(format, args...))
}

func (p *player) play() {
	text, err := os.ReadFile(p.name)
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		p.number++
		p.step(strings.TrimSuffix(line, "\n"))
	}
	if *update {
		if err := os.WriteFile(p.name, []byte(strings.Join(p.out, "\n")+"\n"), 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *player) step(line string) {
	p.t.Helper()
	m := spoken.FindStringSubmatch(line)
	if m != nil && m[2] == "S" {
		p.expect(p.client(m[1]), m[1], m[3], line)
		return
	}
	p.out, p.spoke = append(p.out, line), ""
	switch {
	case m != nil:
		p.say(p.client(m[1]), m[1], m[3])
	case ended.MatchString(line):
		who := ended.FindStringSubmatch(line)[1]
		if rest, err := p.client(who).read(); err == nil {
			p.fail("%s is not closed but got %q", who, rest)
		}
	case strings.HasPrefix(line, "! "):
		p.do(strings.Fields(line[2:]))
	case line != "" && !strings.HasPrefix(line, "#"):
		p.fail("cannot be understood: %s", line)
	}
}

func (p *player) client(name string) *client {
	p.t.Helper()
	if c := p.clients[name]; c != nil {
		return c
	}
	user := strings.TrimRight(name, "0123456789")
	var c *client
	if user == "raw" {
		c = p.h.dial()
	} else {
		c = p.h.as(user)
	}
	p.clients[name] = c
	return c
}

const letter = "From: anna@example.test\r\nTo: info@example.test\r\nSubject: A draft\r\nMessage-ID: <draft@example.test>\r\n\r\nTo be written.\r\n"

func (p *player) say(c *client, name, line string) {
	p.t.Helper()
	line = strings.NewReplacer("$validity", p.validity, "$modseq", p.modseq, "$mark", p.mark).Replace(line)
	line = strings.ReplaceAll(line, "{$msg}", fmt.Sprintf("{%d+}", len(letter)))
	line = strings.ReplaceAll(line, "$msg", letter)
	line = strings.ReplaceAll(line, "$password", `"`+storetest.Password+`"`)
	if tag, _, ok := strings.Cut(line, " "); ok && regexp.MustCompile(`^[a-z]\d+$`).MatchString(tag) {
		c.tag = tag
	}
	c.send(strings.TrimSuffix(line, `\`))
	if !*update || strings.HasSuffix(line, "+}") || line == "" || strings.HasSuffix(line, `\`) {
		return
	}
	p.spoke = name
	for {
		got, err := c.read()
		if err != nil {
			return // it says "closed" itself
		}
		p.learn(got)
		p.out = append(p.out, strings.TrimRight(name+" S: "+settle(got), " "))
		if strings.HasPrefix(got, "+") || strings.HasPrefix(got, c.tag+" ") || strings.HasPrefix(got, "* BYE") && c.tag == "" {
			return
		}
	}
}

// drain writes, with -update, what comes unasked until it is quiet.
func (p *player) drain(c *client, name string) {
	p.spoke = name
	for pause := patience; ; pause = 500 * time.Millisecond {
		c.conn.SetReadDeadline(time.Now().Add(pause))
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		p.learn(line)
		p.out = append(p.out, strings.TrimRight(name+" S: "+settle(strings.TrimSuffix(line, "\r\n")), " "))
	}
}

// expect compares the next line. With -update the answers to a command were
// written already, and what else comes is written now.
func (p *player) expect(c *client, name, want, line string) {
	p.t.Helper()
	if *update {
		if p.spoke != name {
			p.drain(c, name)
		}
		return
	}
	got, err := c.read()
	if err != nil {
		p.fail("%s got nothing, want %s (%v)", name, want, err)
	}
	p.learn(got)
	got = strings.TrimRight(settle(got), " ")
	if !matches(strings.TrimRight(want, " "), got) {
		p.fail("%s\n got %s\nwant %s", name, got, want)
	}
}

var numberTold = regexp.MustCompile(`\[(UIDVALIDITY|HIGHESTMODSEQ) (\d+)\]`)

// learn keeps the numbers of an answer that commands may refer to.
func (p *player) learn(line string) {
	m := numberTold.FindStringSubmatch(line)
	switch {
	case m == nil:
	case m[1] == "UIDVALIDITY":
		p.validity = m[2]
	default:
		p.modseq = m[2]
	}
}

// matches compares with … standing for anything.
func matches(want, got string) bool {
	if want == got {
		return true
	}
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*") + "$").MatchString(got)
}

// do makes something happen on the server.
func (p *player) do(words []string) {
	p.t.Helper()
	ctx, d := context.Background(), p.h.Console.Directory()
	var err error
	switch words[0] {
	case "mark":
		p.mark = p.modseq
	case "deliver": // to whom, how many
		n, _ := strconv.Atoi(words[2])
		for range n {
			p.h.letter(p.h.account(words[1]))
		}
	case "mail": // to whom, and the fields of the header, with _ for a space
		p.h.Deliver(strings.ReplaceAll(strings.Join(words[2:], "\r\n"), "_", " ")+"\r\n\r\nHello.\r\n", p.h.account(words[1]))
	case "grant": // whom, owner:/path, RFC 4314 letters or -
		owner, path, _ := strings.Cut(words[2], ":")
		r := postroom.NoRights
		if words[3] != "-" {
			if r, err = rights.ParseIMAP(words[3]); err != nil {
				p.fail("%v", err)
			}
		}
		p.h.give(words[1], p.h.account(owner), path, r)
	case "lend": // as grant, and for how long
		owner, path, _ := strings.Cut(words[2], ":")
		r, _ := rights.ParseIMAP(words[3])
		lasting, _ := time.ParseDuration(words[4])
		err = d.PutGrant(ctx, postroom.Grant{Target: p.h.collection(p.h.account(owner), path), Grantee: p.h.grantee(words[1]),
			Rights: r, Until: time.Now().Add(lasting)})
	case "leave": // whom, the team
		err = d.RemoveMembers(ctx, p.h.team.ID, []string{words[1] + "@example.test"})
	case "join":
		err = d.AddMembers(ctx, p.h.team.ID, []string{words[1] + "@example.test"})
	case "lock", "unlock", "readers":
		a := p.h.account(words[1])
		switch words[0] {
		case "lock":
			a.State = postroom.Locked
		case "unlock":
			a.State = postroom.Active
		default: // each reader has a read state of their own
			a.SeenPerUser = true
		}
		err = d.UpdateAccount(ctx, a)
	case "send": // who, as whom: the letter that $msg stands for
		identity, denied := p.h.SignIn(words[1]).Identity(ctx, words[2]+"@example.test")
		if denied != nil {
			p.fail("%v", denied)
		}
		_, err = identity.Submit(ctx, store.Outgoing{Raw: strings.NewReader(letter), Size: int64(len(letter)),
			MessageID: "draft@example.test", Recipients: []store.Recipient{{Address: "outside@example.org"}}})
	case "sender": // who, as whom
		p.h.GrantSend(p.h.account(words[2]), p.h.account(words[1]), postroom.SendAs)
	case "quota": // whom, bytes
		a := p.h.account(words[1])
		a.QuotaBytes, _ = strconv.ParseInt(words[2], 10, 64)
		err = d.UpdateAccount(ctx, a)
	default:
		p.fail("no such action: %s", words[0])
	}
	if err != nil {
		p.fail("%v", err)
	}
}
