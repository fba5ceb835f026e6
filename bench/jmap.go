package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
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

// compareJMAP fills a mailbox of Postroom and of Cyrus and asks both the same.
func compareJMAP(s settings, table *report) error {
	p, err := startPostroom(s, 1)
	if p == nil {
		return err
	}
	all := []*contestant{{peer: &p.peer, times: map[string]*timing{}}}
	defer func() {
		for _, c := range all {
			c.stop()
		}
	}()
	if err != nil {
		return err
	}
	cyrus, err := startCyrusWith(cyrusJMAP, cyrusHTTP)
	if err != nil {
		return err
	}
	all = append(all, &contestant{peer: cyrus, times: map[string]*timing{}})
	if err := cyrusAccounts(cyrus, []string{"u0"}, nil, false); err != nil {
		return err
	}
	for _, c := range all {
		start := time.Now()
		if err := c.fillLarge(s.mailbox); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		table.note("%s: %d messages appended and indexed in %s", c.name, s.mailbox, time.Since(start).Round(time.Millisecond))
	}
	if err := indexCyrus(cyrus); err != nil {
		return err
	}
	for _, c := range all { // nothing is warm but the cache of the system
		c.halt()
		if err := c.start(); err != nil {
			return err
		}
		if err := waitListening(strings.TrimPrefix(c.http, "http://")); err != nil {
			return err
		}
	}
	for _, r := range jmapRows(s) {
		if err := r.measure(s, all); err != nil {
			return err
		}
		r.report(table, all)
	}
	for _, c := range all {
		table.note("%s, peak memory in the JMAP rows: %s", c.name, c.memory)
	}
	return nil
}

// jmapMessage is one of many small messages, every tenth with an attachment.
func jmapMessage(i, n int) string {
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 10 * time.Minute)
	head := fmt.Sprintf("From: Sender %d <s%d@outside.test>\r\nTo: u0@example.test\r\nSubject: Message number %d\r\nDate: %s\r\nMessage-ID: <%d@outside.test>\r\nMIME-Version: 1.0\r\n",
		i*7919%997, i*7919%997, i*7919%n, at.Format(time.RFC1123Z), i)
	text := fmt.Sprintf("This one is called m%dm, and says that the delivery number %d is on its way.\r\n", i%1000, i)
	if i%10 != 0 {
		return head + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
	}
	return head + "Content-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\nContent-Type: text/plain\r\n\r\n" + text +
		"--edge\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--edge--\r\n"
}

// fillLarge appends n messages, 250 with each command (RFC 3502).
func (c *contestant) fillLarge(n int) error {
	conn, err := c.dial()
	if err != nil {
		return err
	}
	defer conn.conn.Close()
	if err := conn.command(fmt.Sprintf("CREATE %q", large)); err != nil {
		return err
	}
	var command strings.Builder
	for i := range n {
		if command.Len() == 0 {
			fmt.Fprintf(&command, "APPEND %q", large)
		}
		text := jmapMessage(i, n)
		at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 10 * time.Minute)
		flags := "()"
		if i%10 == 0 {
			flags = "($HasAttachment)" // by which Cyrus knows it
		}
		fmt.Fprintf(&command, " %s %q {%d+}\r\n%s", flags, at.Format("_2-Jan-2006 15:04:05 -0700"), len(text), text)
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
	cmd := exec.Command("setpriv", "--reuid=mail", "--regid=mail", "--clear-groups", filepath.Join(root, "usr/lib/cyrus/bin/squatter"), "-C", filepath.Join(p.dir, "imapd.conf"))
	cmd.Env = cyrusEnvironment(root)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("squatter: %w: %s", err, out)
	}
	return nil
}

// jmapRow is one thing that both servers are asked.
type jmapRow struct {
	name string
	// before is done ahead of each time and not timed; nil does nothing.
	before func(c *rawJMAP, round int) error
	calls  func(c *rawJMAP) string
	// holds counts something in the answer: want of it, or at least one of it
	// when that is zero.
	holds  string
	want   int
	rounds int
}

func (r *jmapRow) measure(s settings, all []*contestant) error {
	rounds := max(s.rounds, r.rounds)
	for n := range rounds + 1 {
		for _, c := range all {
			took, err := r.once(c, n)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", c.name, r.name, err)
			}
			if t := c.timing(r.name, "own"); n == 0 {
				t.first = took
			} else {
				t.rest = append(t.rest, took)
			}
		}
	}
	return nil
}

// once asks on the one connection that a contestant keeps.
func (r *jmapRow) once(c *contestant, round int) (time.Duration, error) {
	if c.jmap == nil {
		var err error
		if c.jmap, err = dialJMAP(c.http, c.user(0), c.password, large); err != nil {
			return 0, err
		}
	}
	if r.before != nil {
		if err := r.before(c.jmap, round); err != nil {
			return 0, err
		}
	}
	body := c.jmap.request(r.calls(c.jmap))
	start := time.Now()
	answer, err := c.jmap.send("POST", c.jmap.api, body)
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	if n := bytes.Count(answer, []byte(r.holds)); n < 1 || r.want != 0 && n != r.want {
		return 0, fmt.Errorf("%d of %s, not %d, in %.400s", n, r.holds, r.want, answer)
	}
	return took, nil
}

func (r *jmapRow) report(table *report, all []*contestant) {
	ours, theirs := all[0].timing(r.name, "own"), all[1].timing(r.name, "own")
	a, b := median(ours.rest), median(theirs.rest)
	table.add(r.name, short(a), fmt.Sprintf("%s (%s)", short(b), all[1].name), float64(b)/float64(a), "≥ 1")
	table.note("%s, first time: Postroom %s, %s %s", r.name, short(ours.first), all[1].name, short(theirs.first))
}

// jmapRows are the questions.
func jmapRows(s settings) []*jmapRow {
	list := func(filter, sort, more string) func(*rawJMAP) string {
		return func(*rawJMAP) string {
			return fmt.Sprintf(`["Email/query",{"accountId":"$A","filter":%s,"sort":[%s],"limit":50,"calculateTotal":true%s},"0"],`+
				`["Email/get",{"accountId":"$A","#ids":{"resultOf":"0","name":"Email/query","path":"/ids"},`+
				`"properties":["threadId","mailboxIds","keywords","size","receivedAt","subject","from","to","preview","hasAttachment"]},"1"]`, filter, sort, more)
		}
	}
	in, latest := `{"inMailbox":"$M"}`, `{"property":"receivedAt","isAscending":false}`
	sorted := func(by string) string { return fmt.Sprintf(`{"property":%q,"isAscending":true},%s`, by, latest) }
	both := func(filter string) string { return `{"operator":"AND","conditions":[` + in + `,` + filter + `]}` }
	page := func(name string, calls func(*rawJMAP) string) *jmapRow {
		return &jmapRow{name: "JMAP " + name, calls: calls, holds: `"receivedAt":`, want: 50}
	}
	first := fmt.Sprintf("Email/query + get of 50 of %d", s.mailbox)
	changed := page(first+", after a change", list(in, latest, ""))
	changed.before = flagFirst(1)
	rows := []*jmapRow{page(first, list(in, latest, "")), changed,
		page("the same, from the middle", list(in, latest, fmt.Sprintf(`,"position":%d`, s.mailbox/2))),
		page("the same, conversations", list(in, latest, `,"collapseThreads":true`)),
		page("the same, unread", list(both(`{"notKeyword":"$seen"}`), latest, "")),
		page("the same, with attachments", list(both(`{"hasAttachment":true}`), latest, "")),
		page("the same, sorted by sender", list(in, sorted("from"), "")),
		page("the same, sorted by subject", list(in, sorted("subject"), "")),
		page("Email/query by text + get of 50", list(`{"text":"m777m"}`, latest, "")),
	}
	rows[8].want = min(50, (s.mailbox+222)/1000) // of numbers that end in 777
	for _, r := range rows[5:8] {
		by := *r
		by.name += ", after a change"
		by.before = flagFirst(1)
		rows = append(rows, &by)
	}
	var state string
	many := 100
	return append(rows, &jmapRow{name: fmt.Sprintf("JMAP Email/changes, %d changed", many), holds: `"updated":`, want: 1,
		before: func(c *rawJMAP, round int) error {
			var got struct{ State string }
			if err := c.call(&got, "Email/get", `"ids":[]`); err != nil {
				return err
			}
			state = got.State
			return flagFirst(many)(c, round)
		},
		calls: func(*rawJMAP) string {
			return fmt.Sprintf(`["Email/changes",{"accountId":"$A","sinceState":%q},"0"]`, state)
		}})
}

// flagFirst sets or takes away the flag of the n oldest messages.
func flagFirst(n int) func(*rawJMAP, int) error {
	return func(c *rawJMAP, round int) error {
		var found struct{ IDs []string }
		if err := c.call(&found, "Email/query", fmt.Sprintf(`"filter":{"inMailbox":"$M"},"sort":[{"property":"receivedAt","isAscending":true}],"limit":%d`, n)); err != nil {
			return err
		}
		value := "true"
		if round%2 == 1 {
			value = "null"
		}
		update := map[string]json.RawMessage{}
		for _, id := range found.IDs {
			update[id] = json.RawMessage(`{"keywords/$flagged":` + value + `}`)
		}
		b, err := json.Marshal(update)
		if err != nil {
			return err
		}
		var done struct {
			Updated map[string]any
		}
		if err := c.call(&done, "Email/set", `"update":`+string(b)); err != nil {
			return err
		}
		if len(done.Updated) != n {
			return fmt.Errorf("%d of %d were changed", len(done.Updated), n)
		}
		return nil
	}
}
