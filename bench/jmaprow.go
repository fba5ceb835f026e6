package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// jmapRow is one thing that both servers are asked.
type jmapRow struct {
	name string
	// before is done ahead of each time and not timed; nil does nothing.
	before func(c *rawJMAP, round int) error
	calls  func(c *rawJMAP, round int) string
	// holds counts something in the answer: want of it, or at least one of it
	// when that is zero.
	holds string
	want  int
	// also has to be in the answer.
	also string
}

// patience is how long one server may take for the rounds of one row; there are
// three at least, in a mailbox too large for rows of texts two.
const patience = 12 * time.Second

// mostTexts is the size of the mailbox up to which texts are looked for.
const mostTexts = 10_000

func (s settings) textsToo() bool { return s.mailbox <= mostTexts }

// bounds are the rounds that every row has, and the patience.
func (s settings) bounds() (fewest int, patient time.Duration) {
	if s.textsToo() {
		return 3, patience
	}
	return 2, patience / 4
}

func (r *jmapRow) measure(s settings, all []*contestant) error {
	spent := make([]time.Duration, len(all))
	fewest, patient := s.bounds()
	for n := range s.rounds + 1 {
		for _, kind := range kinds {
			for i, c := range all {
				if n > fewest && spent[i] > patient {
					continue
				}
				took, err := r.once(c, kind, n)
				if err != nil {
					return fmt.Errorf("%s, %s, %s: %w", c.name, r.name, kind, err)
				}
				spent[i] += took
				if t := c.timing(r.name, kind); n == 0 {
					t.first = took
				} else {
					t.rest = append(t.rest, took)
				}
			}
		}
	}
	return nil
}

// once asks on the one connection that a contestant keeps for a kind of mailbox.
func (r *jmapRow) once(c *contestant, kind string, round int) (time.Duration, error) {
	on, err := c.talk(kind)
	if err != nil {
		return 0, err
	}
	if r.before != nil {
		if err := r.before(on, round); err != nil {
			return 0, err
		}
	}
	body := on.request(r.calls(on, round))
	start := time.Now()
	answer, err := on.send("POST", on.api, body)
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	if n := bytes.Count(answer, []byte(r.holds)); n < 1 || r.want != 0 && n != r.want {
		return 0, fmt.Errorf("%d of %s, not %d, in %.600s", n, r.holds, r.want, answer)
	}
	if !bytes.Contains(answer, []byte(r.also)) {
		return 0, fmt.Errorf("%s is not in %.600s", r.also, answer)
	}
	return took, nil
}

// talk is the connection for a kind of mailbox.
func (c *contestant) talk(kind string) (*rawJMAP, error) {
	if c.jmap[kind] != nil {
		return c.jmap[kind], nil
	}
	on, err := dialJMAP(c.http, c.user(0), c.password, kind == "own", large)
	if err == nil {
		c.jmap[kind] = on
	}
	return on, err
}

// report adds the rows: own and shared mailbox against Cyrus, and the shared
// against the own.
func (r *jmapRow) report(table *report, all []*contestant) {
	(&imapRow{name: r.name}).report(table, all)
}

// The parts of the questions.
const (
	inLarge = `{"inMailbox":"$M"}`
	latest  = `{"property":"receivedAt","isAscending":false}`
	// shown are the properties of a list, with and without what stands in the
	// bodies.
	shown       = `"threadId","mailboxIds","keywords","size","receivedAt","subject","from","to","hasAttachment"`
	withPreview = shown + `,"preview"`
	pageSize    = 50
)

// list asks for a page and its emails.
func list(filter, sort, properties, more string) func(*rawJMAP, int) string {
	return func(*rawJMAP, int) string {
		return fmt.Sprintf(`["Email/query",{"accountId":"$A","filter":%s,"sort":[%s],"limit":%d,"calculateTotal":true%s},"0"],`+
			`["Email/get",{"accountId":"$A","#ids":{"resultOf":"0","name":"Email/query","path":"/ids"},"properties":[%s]},"1"]`, filter, sort, pageSize, more, properties)
	}
}

// page is a row of list; total is of what is found.
func page(name string, total int, calls func(*rawJMAP, int) string) *jmapRow {
	return &jmapRow{name: "JMAP " + name, calls: calls, holds: `"receivedAt":`, want: min(pageSize, total), also: fmt.Sprintf(`"total":%d`, total)}
}

func sorted(by string) string {
	return fmt.Sprintf(`{"property":%q,"isAscending":true},%s`, by, latest)
}

func both(filter string) string {
	return `{"operator":"AND","conditions":[` + inLarge + `,` + filter + `]}`
}

// jmapRows are the questions.
func jmapRows(s settings) []*jmapRow {
	n := s.mailbox
	threads := (n + threadLength - 1) / threadLength
	collapsed, middle := `,"collapseThreads":true`, fmt.Sprintf(`,"position":%d`, n/2)
	rows := []*jmapRow{
		page(fmt.Sprintf("Email/query + get of 50 of %d", n), n, list(inLarge, latest, withPreview, "")),
		page("the same, without previews", n, list(inLarge, latest, shown, "")),
		page("the same, from the middle", n, list(inLarge, latest, shown, middle)),
		page("conversations", threads, list(inLarge, latest, shown, collapsed)),
		page("conversations, from the middle", threads, list(inLarge, latest, shown, collapsed+fmt.Sprintf(`,"position":%d`, threads/2))),
		page("unread", n, list(both(`{"notKeyword":"$seen"}`), latest, shown, "")),
		page("with attachments", (n+9)/10, list(both(`{"hasAttachment":true}`), latest, shown, "")),
		page("sorted by sender", n, list(inLarge, sorted("from"), shown, "")),
		page("sorted by subject", n, list(inLarge, sorted("subject"), shown, "")),
	}
	for _, r := range rows[1:] {
		by := *r
		by.name += ", after a change"
		by.before = flagFirst(1)
		rows = append(rows, &by)
	}
	if s.textsToo() {
		rows = append(rows, textRows(n)...)
	}
	return append(append(rows, bodies(), boxes(n)), changes()...)
}

// textRows look for texts.
func textRows(n int) []*jmapRow {
	named := countMessages(n, func(i int) bool { return i%1000 == 777 })
	sender := countMessages(n, func(i int) bool { return i*7919%997 == 77 })
	subject := countMessages(n, func(i int) bool { return (i-i%threadLength)*7919%n == 4000%n })
	return []*jmapRow{
		page("text", named, list(`{"text":"m777m"}`, latest, shown, "")),
		page("text that all have", n, list(`{"text":"delivery"}`, latest, shown, "")),
		page("sender", sender, list(`{"from":"s077@outside.test"}`, latest, shown, "")),
		page("subject", subject, list(fmt.Sprintf(`{"subject":"number %06d"}`, 4000%n), latest, shown, "")),
	}
}

func countMessages(n int, is func(int) bool) (found int) {
	for i := range n {
		if is(i) {
			found++
		}
	}
	return found
}

// bodies asks for the texts of a page, each round for another.
func bodies() *jmapRow {
	return &jmapRow{name: "JMAP Email/get of 50 with their texts", holds: `"value":`, want: pageSize, calls: func(_ *rawJMAP, round int) string {
		return list(inLarge, latest, shown+`,"bodyValues","textBody","attachments"],"fetchTextBodyValues":true,"bodyProperties":["partId","type","size","name"`,
			fmt.Sprintf(`,"position":%d`, 1000+round*pageSize))(nil, round)
	}}
}

// boxes asks for the mailboxes with their counts, after a change.
func boxes(n int) *jmapRow {
	return &jmapRow{name: "JMAP Mailbox/get with counts, after a change", holds: fmt.Sprintf(`"totalEmails":%d`, n), want: 1, before: flagFirst(1),
		calls: func(*rawJMAP, int) string { return `["Mailbox/get",{"accountId":"$A","ids":null},"0"]` }}
}

// changes sets flags and asks what changed.
func changes() (rows []*jmapRow) {
	for _, n := range []int{1, 100} {
		rows = append(rows, &jmapRow{name: fmt.Sprintf("JMAP Email/set of the flags of %d", n), holds: `"updated":`, want: 1,
			before: func(c *rawJMAP, round int) (err error) {
				c.update, err = flags(c, round, n)
				return err
			},
			calls: func(c *rawJMAP, _ int) string {
				return fmt.Sprintf(`["Email/set",{"accountId":"$A","update":%s},"0"]`, c.update)
			}})
	}
	for _, n := range []int{1, 100, 1000} {
		rows = append(rows, &jmapRow{name: fmt.Sprintf("JMAP Email/changes, %d changed", n), holds: `"hasMoreChanges":false`, want: 1,
			before: func(c *rawJMAP, round int) error {
				var got struct{ State string }
				if err := c.call(&got, "Email/get", `"ids":[]`); err != nil {
					return err
				}
				c.state = got.State
				return flagFirst(n)(c, round)
			},
			calls: func(c *rawJMAP, _ int) string {
				return fmt.Sprintf(`["Email/changes",{"accountId":"$A","sinceState":%q},"0"]`, c.state)
			}})
	}
	query := fmt.Sprintf(`"accountId":"$A","filter":%s,"sort":[%s]`, inLarge, latest)
	return append(rows, &jmapRow{name: "JMAP Email/queryChanges, 100 changed", holds: `"newQueryState":`, want: 1,
		before: func(c *rawJMAP, round int) error {
			var got struct{ QueryState string }
			if err := c.call(&got, "Email/query", query[len(`"accountId":"$A",`):]+`,"limit":50`); err != nil {
				return err
			}
			c.state = got.QueryState
			return flagFirst(100)(c, round)
		},
		calls: func(c *rawJMAP, _ int) string {
			return fmt.Sprintf(`["Email/queryChanges",{%s,"sinceQueryState":%q},"0"]`, query, c.state)
		}})
}

// flags is an update that sets or takes away the flag of the n oldest messages.
func flags(c *rawJMAP, round, n int) ([]byte, error) {
	var found struct{ IDs []string }
	if err := c.call(&found, "Email/query", fmt.Sprintf(`"filter":{"inMailbox":"$M"},"sort":[{"property":"receivedAt","isAscending":true}],"limit":%d`, n)); err != nil {
		return nil, err
	}
	value := "true"
	if round%2 == 1 {
		value = "null"
	}
	update := map[string]json.RawMessage{}
	for _, id := range found.IDs {
		update[id] = json.RawMessage(`{"keywords/$flagged":` + value + `}`)
	}
	return json.Marshal(update)
}

// flagFirst makes that update, 500 messages with each call.
func flagFirst(n int) func(*rawJMAP, int) error {
	return func(c *rawJMAP, round int) error {
		all, err := flags(c, round, n)
		if err != nil {
			return err
		}
		var update map[string]json.RawMessage
		if err := json.Unmarshal(all, &update); err != nil {
			return err
		}
		changed := 0
		for len(update) > 0 {
			part := map[string]json.RawMessage{}
			for id, change := range update {
				if part[id] = change; len(part) == 500 {
					break
				}
			}
			for id := range part {
				delete(update, id)
			}
			b, err := json.Marshal(part)
			if err != nil {
				return err
			}
			var done struct{ Updated map[string]any }
			if err := c.call(&done, "Email/set", `"update":`+string(b)); err != nil {
				return err
			}
			changed += len(done.Updated)
		}
		if changed != n {
			return fmt.Errorf("%d of %d were changed", changed, n)
		}
		return nil
	}
}
