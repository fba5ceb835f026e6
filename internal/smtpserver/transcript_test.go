package smtpserver

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"postroom/internal/message"
)

// TestTranscripts plays the files of testdata/transcripts against a server. Lines:
//
//	listen mx|lmtp|submission|submissions
//	C: text         the client sends text and CRLF
//	C| "text"       the client sends a quoted Go string, nothing added
//	big N TEXT      the client sends TEXT and CRLF N times
//	S: text         the server sends a line; * at its end stands for anything
//	tls             the client does the TLS handshake
//	auth NAME       AUTH PLAIN of NAME@example.test
//	closed          the server closes the connection
//	inbox ADDR N    so many messages are in the inbox of ADDR
//	sent ADDR N     … in its Sent
//	drain           the queue works off what is due
//	outbox N        so many messages have left for the outside
//	has TEXT        the last message of the last inbox, sent or outbox has TEXT
//	hasnot TEXT     … has it nowhere, in whatever letter case
//	nofield NAME    … has no header field of that name
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := &player{t: t, town: newTown(t)}
			for n, line := range strings.Split(string(text), "\n") {
				if line = strings.TrimRight(line, "\r"); line == "" || line[0] == '#' {
					continue
				}
				p.where = fmt.Sprintf("%s:%d", filepath.Base(file), n+1)
				p.play(line)
			}
		})
	}
}

type player struct {
	t     *testing.T
	town  *town
	where string
	raw   net.Conn
	conn  net.Conn
	r     *bufio.Reader
	last  string // message looked at last
}

func (p *player) fail(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s: %s", p.where, fmt.Sprintf(format, args...))
}

func (p *player) play(line string) {
	p.t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "listen":
		p.dial(rest)
	case "C:":
		p.send(rest + "\r\n")
	case "C|":
		text, err := strconv.Unquote(rest)
		if err != nil {
			p.fail("%v", err)
		}
		p.send(text)
	case "big":
		count, text, _ := strings.Cut(rest, " ")
		n, _ := strconv.Atoi(count)
		p.send(strings.Repeat(text+"\r\n", n))
	case "S:":
		p.expect(rest)
	case "tls":
		p.conn = tls.Client(p.raw, &tls.Config{InsecureSkipVerify: true})
		p.r = bufio.NewReader(p.conn)
	case "auth":
		secret := "\x00" + rest + "@example.test\x00" + password
		p.send("AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte(secret)) + "\r\n")
		p.expect("235 2.7.0 *")
	case "closed":
		if text, err := p.r.ReadString('\n'); err == nil {
			p.fail("the connection is open: %q", text)
		}
	default:
		p.check(word, rest)
	}
}

// check plays the lines that look into the store.
func (p *player) check(word, rest string) {
	p.t.Helper()
	switch word {
	case "inbox", "sent":
		address, count, _ := strings.Cut(rest, " ")
		path := map[string]string{"inbox": "/Inbox", "sent": "/Sent"}[word]
		list := p.town.messages(address, path)
		if strconv.Itoa(len(list)) != count {
			p.fail("%d messages in %s of %s", len(list), path, address)
		}
		if len(list) > 0 {
			p.last = list[len(list)-1]
		}
	case "drain":
		p.town.drain()
	case "outbox":
		list := p.town.outbox()
		if strconv.Itoa(len(list)) != rest {
			p.fail("%d messages in the outbox", len(list))
		}
		if len(list) > 0 {
			p.last = list[len(list)-1]
		}
	case "has":
		if !strings.Contains(p.last, rest) {
			p.fail("%q is not in:\n%s", rest, p.last)
		}
	case "hasnot":
		if strings.Contains(strings.ToLower(p.last), strings.ToLower(rest)) {
			p.fail("%q is in:\n%s", rest, p.last)
		}
	case "nofield":
		if message.HeaderOf([]byte(p.last)).Count(rest) > 0 {
			p.fail("there is a field %s in:\n%s", rest, p.last)
		}
	default:
		p.fail("unknown line %q", word)
	}
}

func (p *player) dial(role string) {
	if p.raw != nil {
		p.raw.Close()
	}
	p.raw = p.town.dial(role)
	p.conn, p.r = p.raw, bufio.NewReader(p.raw)
	if role == "submissions" {
		p.conn = tls.Client(p.raw, &tls.Config{InsecureSkipVerify: true})
		p.r = bufio.NewReader(p.conn)
	}
}

func (p *player) send(text string) {
	p.t.Helper()
	p.conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(p.conn, text); err != nil {
		p.fail("send: %v", err)
	}
}

func (p *player) expect(want string) {
	p.t.Helper()
	p.conn.SetDeadline(time.Now().Add(patience))
	line, err := p.r.ReadString('\n')
	if err != nil {
		p.fail("want %q, got %q, %v", want, line, err)
	}
	got, ok := strings.CutSuffix(line, "\r\n")
	prefix, open := strings.CutSuffix(want, "*")
	if !ok || got != want && !(open && strings.HasPrefix(got, prefix)) {
		p.fail("want %q, got %q", want, line)
	}
}
