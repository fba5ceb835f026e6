package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cyrusJMAP is what Cyrus needs for JMAP: conversations, and Xapian for text.
const cyrusJMAP = `
httpmodules: jmap
conversations: yes
search_engine: xapian
search_index_headers: yes
search_batchsize: 8192
defaultsearchtier: t1
t1searchpartition-default: %[1]s/search
`

const cyrusHTTP = `
  http cmd="%[2]s/httpd -C %[1]s/imapd.conf -U 30" listen="127.0.0.1:%[5]d" prefork=2 maxchild=-1`

// compareJMAP fills the same mailboxes of Postroom and of Cyrus and asks both the
// same.
func compareJMAP(s settings, table *report) error {
	all, err := startJMAP(s)
	defer func() {
		for _, c := range all {
			c.stop()
		}
	}()
	if err != nil {
		return err
	}
	for _, c := range all {
		start := time.Now()
		if err := atOnce(kinds, func(kind string) error { return c.fillLarge(kind, s.mailbox) }); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		took := time.Since(start)
		if c.index != nil && s.textsToo() {
			if err := c.index(); err != nil {
				return err
			}
		}
		table.note("JMAP, %s: %d messages in each of two mailboxes, filled in %s, the rest of the index of texts in %s", c.name, s.mailbox,
			short(took), short(time.Since(start)-took))
	}
	if !s.textsToo() {
		table.note("JMAP: the rows that look for texts are left out above %d messages; Cyrus does not make its index of texts within minutes then, and none was made", mostTexts)
	}
	for _, c := range all { // nothing is warm but the cache of the system
		c.halt()
		c.environ = nil
		syscall.Sync()
		if err := c.start(); err != nil {
			return err
		}
		if err := waitListening(strings.TrimPrefix(c.http, "http://")); err != nil {
			return err
		}
	}
	for _, r := range jmapRows(s) {
		if !strings.Contains(r.name, s.row) {
			continue
		}
		if err := r.measure(s, all); err != nil {
			return err
		}
		r.report(table, all)
	}
	for _, c := range all {
		table.note("JMAP, %s, peak memory: %s", c.name, c.memory)
	}
	return nil
}

// atOnce does the same with several things and waits for all.
func atOnce(names []string, do func(string) error) error {
	results := make(chan error, len(names))
	for _, name := range names {
		go func() { results <- do(name) }()
	}
	var all error
	for range names {
		all = errors.Join(all, <-results)
	}
	return all
}

// startJMAP starts the servers; those that run are returned with an error, too.
// Cyrus does not wait for the disk until its mailboxes are full.
func startJMAP(s settings) (all []*contestant, err error) {
	ours := s
	ours.against = "" // no other servers
	if all, err = startContestants(ours); err != nil {
		return all, err
	}
	for _, c := range all {
		c.jmap = map[string]*rawJMAP{}
	}
	if !strings.Contains(s.against, "cyrus") {
		return all, nil
	}
	cyrus, err := newCyrus(cyrusJMAP, cyrusHTTP)
	if err != nil {
		return all, err
	}
	if cyrus.environ, err = unsynced(); err != nil {
		return all, err
	}
	if err := cyrus.start(); err != nil {
		return all, err
	}
	all = append(all, &contestant{peer: cyrus, times: map[string]*timing{}, jmap: map[string]*rawJMAP{}, index: func() error { return indexCyrus(cyrus) }})
	return all, cyrusAccounts(cyrus, []string{"u0", "u1"}, nil, true)
}

// threadLength is how many of the messages are one conversation.
const threadLength = 4

// jmapMessage is one of many small messages, every tenth with an attachment.
func jmapMessage(i, n int) string {
	first := i - i%threadLength
	subject, refers := fmt.Sprintf("Message number %06d", first*7919%n), ""
	if i != first {
		subject = "Re: " + subject
		refers = fmt.Sprintf("In-Reply-To: <%d@outside.test>\r\nReferences: <%d@outside.test>\r\n", first, first)
	}
	head := fmt.Sprintf("From: Sender %03d <s%03d@outside.test>\r\nTo: u0@example.test\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d@outside.test>\r\n%sMIME-Version: 1.0\r\n",
		i*7919%997, i*7919%997, subject, receivedAt(i).Format(time.RFC1123Z), i, refers)
	text := fmt.Sprintf("This one is called m%dm, and says that the delivery number %d is on its way.\r\n", i%1000, i)
	if i%10 != 0 {
		return head + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
	}
	return head + "Content-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\nContent-Type: text/plain\r\n\r\n" + text +
		"--edge\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--edge--\r\n"
}

// receivedAt is when a message came.
func receivedAt(i int) time.Time {
	return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 10 * time.Minute)
}

// fillLarge appends n messages, 250 with each command (RFC 3502).
func (c *contestant) fillLarge(kind string, n int) error {
	prefix, _ := c.prefix(kind)
	conn, err := c.dial()
	if err != nil {
		return err
	}
	defer conn.conn.Close()
	if err := conn.command(fmt.Sprintf("CREATE %q", prefix+large)); err != nil {
		return err
	}
	var command strings.Builder
	for i := range n {
		if command.Len() == 0 {
			fmt.Fprintf(&command, "APPEND %q", prefix+large)
		}
		text := jmapMessage(i, n)
		flags := "()"
		if i%10 == 0 {
			flags = "($HasAttachment)" // by which Cyrus knows it
		}
		fmt.Fprintf(&command, " %s %q {%d+}\r\n%s", flags, receivedAt(i).Format("_2-Jan-2006 15:04:05 -0700"), len(text), text)
		if i%250 == 249 || i == n-1 {
			if err := conn.command(command.String()); err != nil {
				return err
			}
			command.Reset()
		}
	}
	return nil
}

// indexCyrus makes its index of texts, which its daemon would keep.
func indexCyrus(p *peer) error {
	root, err := unpackCyrus()
	if err != nil {
		return err
	}
	return atOnce([]string{"user/u0", "user/u1"}, func(account string) error {
		cmd := exec.Command("setpriv", "--reuid=mail", "--regid=mail", "--clear-groups", filepath.Join(root, "usr/lib/cyrus/bin/squatter"),
			"-C", filepath.Join(p.dir, "imapd.conf"), "-r", account)
		cmd.Env = append(cyrusEnvironment(root), p.environ...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("squatter: %w: %s", err, out)
		}
		return nil
	})
}
