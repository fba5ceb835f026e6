package jmapserver_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// A jury holds queries to a model of a few lists: it changes info's mail at
// random, and takes away and gives back the folders that anna may read.
type jury struct {
	*mailHouse
	random  *rand.Rand
	folders []postroom.CollectionRef
	lent    map[int]bool // the folders that anna may read
	sent    int          // messages
	asked   map[string]int
}

// shown is an email as somebody sees it.
type shown struct {
	ID            string
	ThreadID      string
	MailboxIDs    map[string]bool
	Keywords      map[string]bool
	Size          int64
	ReceivedAt    time.Time
	SentAt        *time.Time
	From, To      []struct{ Name, Email string }
	Subject       string
	HasAttachment bool
}

// number is what orders emails of which nothing else does.
func (e *shown) number() int {
	_, n, _ := strings.Cut(e.ID, "-")
	i, _ := strconv.Atoi(n)
	return i
}

// held is a query whose results anna knows by what she is told of changes.
type held struct {
	filter, sort string
	collapse     bool
	matches      func(*shown) bool
	compare      func(a, b *shown) int
	ids          []string
	state        string
}

var (
	juryWords    = []string{"apple", "pear", "plum", "quince"}
	juryKeywords = []string{"$seen", "$flagged", "$answered", "later"}
)

func newJury(t *testing.T, seed uint64) *jury {
	j := &jury{mailHouse: newMailHouse(t), random: rand.New(rand.NewPCG(seed, 0)), lent: make(map[int]bool), asked: make(map[string]int)}
	j.Grant(storetest.In(j.Info, postroom.RootCollection), j.Ben, rights.Manager)
	for _, name := range []string{"A", "B", "C"} {
		id := j.part("ben", `[["Mailbox/set",{"accountId":"{info}","create":{"x":{"name":"`+name+`"}}},"0"]]`, `"id":"`, `"`)
		n, _ := jmapwire.ParseMailboxID(j.Info.ID, jmapwire.ID(id))
		j.folders = append(j.folders, storetest.In(j.Info, n))
	}
	j.folders = append(j.folders, storetest.In(j.Info, postroom.InboxCollection))
	for i := range j.folders {
		j.lend(i)
	}
	for range 30 {
		j.deliver()
	}
	return j
}

func (j *jury) pick(list ...string) string { return list[j.random.IntN(len(list))] }

func (j *jury) mailbox() string {
	return string(jmapwire.MailboxID(j.folders[j.random.IntN(len(j.folders))]))
}

func (j *jury) lend(i int) {
	j.Grant(j.folders[i], j.Anna, rights.Viewer)
	j.lent[i] = true
}

// deliver brings a message, an answer to an earlier one or not, to the inbox.
func (j *jury) deliver() {
	j.sent++
	subject, refers := j.pick(juryWords...), ""
	if j.sent > 1 && j.random.IntN(2) == 0 {
		refers = fmt.Sprintf("In-Reply-To: <%d@x.test>\r\n", 1+j.random.IntN(j.sent-1))
	}
	kind := "Content-Type: text/plain\r\n\r\n" + strings.Repeat("word ", j.random.IntN(200)) + "\r\n"
	if j.random.IntN(3) == 0 {
		kind = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--\r\n"
	}
	j.Deliver(fmt.Sprintf("From: %s <%s@x.test>\r\nTo: %s@y.test\r\nSubject: %s%s\r\nDate: %s\r\nMessage-ID: <%d@x.test>\r\n%sMIME-Version: 1.0\r\n%s", j.pick("", "Ada", "bob"),
		j.pick("c", "d"), j.pick("e", "f"), j.pick("", "Re: "), subject, time.Date(2026, 1, 1+j.random.IntN(300), 0, 0, 0, 0, time.UTC).Format(time.RFC1123Z),
		j.sent, refers, kind), j.Info)
}

// act changes something.
func (j *jury) act() {
	switch j.random.IntN(8) {
	case 0:
		j.deliver()
	case 1:
		i := j.random.IntN(len(j.folders))
		if j.lent[i] {
			j.Revoke(j.folders[i], j.Anna)
			j.lent[i] = false
			return
		}
		j.lend(i)
	case 2:
		j.set(`"destroy":[%q]`, j.email())
	case 3, 4:
		boxes := map[string]bool{j.mailbox(): true}
		if j.random.IntN(3) == 0 {
			boxes[j.mailbox()] = true
		}
		text, _ := json.Marshal(boxes)
		j.set(`"update":{%q:{"mailboxIds":%s}}`, j.email(), text)
	case 5:
		thread := string(jmapwire.ThreadID(j.Info.ID, postroom.ThreadID(1+j.random.IntN(j.sent))))
		j.call("ben", j.names(fmt.Sprintf(`[["Work/set",{"accountId":"{info}","update":{%q:{"status":%q}}},"0"]]`, thread, j.pick("open", "waiting", "done"))))
	default:
		j.set(`"update":{%q:{"keywords/%s":%s}}`, j.email(), j.pick(juryKeywords...), j.pick("true", "null"))
	}
}

func (j *jury) set(format string, args ...any) {
	j.call("ben", j.names(`[["Email/set",{"accountId":"{info}",`+fmt.Sprintf(format, args...)+`},"0"]]`))
}

// email is one of info's, gone or not.
func (j *jury) email() string {
	return string(jmapwire.EmailID(j.Info.ID, postroom.EmailID(1+j.random.IntN(j.sent))))
}

// answer makes a call of anna's and reads its arguments; the type of the error
// when there is one.
func (j *jury) answer(method, args string, into any) string {
	j.t.Helper()
	var all [][]json.RawMessage
	b := j.call("anna", j.names(fmt.Sprintf(`[[%q,{"accountId":"{info}",%s},"0"]]`, method, args)))
	if err := json.Unmarshal(b, &all); err != nil || len(all) != 1 {
		j.t.Fatalf("%s: %s", method, b)
	}
	if string(all[0][0]) == `"error"` {
		var e struct{ Type string }
		_ = json.Unmarshal(all[0][1], &e)
		return e.Type
	}
	if err := json.Unmarshal(all[0][1], into); err != nil {
		j.t.Fatalf("%s: %v: %s", method, err, b)
	}
	return ""
}

// sight is all that anna sees.
func (j *jury) sight() (all []*shown, refused string) {
	var got struct{ List []*shown }
	refused = j.answer("Email/get", `"ids":null,"properties":["threadId","mailboxIds","keywords","size","receivedAt","sentAt","from","to","subject","hasAttachment"]`, &got)
	return got.List, refused
}

// hold makes a query at random. all is what anna sees when it is judged.
func (j *jury) hold(all *[]*shown) *held {
	h := &held{collapse: j.random.IntN(3) == 0}
	h.filter, h.matches = j.filter(all, 0)
	h.sort, h.compare = j.order(all)
	return h
}

// filter is one at random, as JSON and as the model has it.
func (j *jury) filter(all *[]*shown, depth int) (string, func(*shown) bool) {
	if depth < 2 && j.random.IntN(3) == 0 {
		var texts []string
		var each []func(*shown) bool
		for range 1 + j.random.IntN(3) {
			text, matches := j.filter(all, depth+1)
			texts, each = append(texts, text), append(each, matches)
		}
		some := func(want bool) func(*shown) bool {
			return func(e *shown) bool {
				return slices.ContainsFunc(each, func(matches func(*shown) bool) bool { return matches(e) == want })
			}
		}
		operator := j.pick("AND", "OR", "NOT")
		is := map[string]func(*shown) bool{"AND": func(e *shown) bool { return !some(false)(e) }, "OR": some(true), "NOT": func(e *shown) bool { return !some(true)(e) }}
		return fmt.Sprintf(`{"operator":%q,"conditions":[%s]}`, operator, strings.Join(texts, ",")), is[operator]
	}
	word, box, size := j.pick(juryKeywords...), j.mailbox(), int64(200+j.random.IntN(900))
	inThread := func(e *shown, want bool) bool {
		return slices.ContainsFunc(*all, func(o *shown) bool { return o.ThreadID == e.ThreadID && o.Keywords[word] == want })
	}
	conditions := []struct {
		text    string
		matches func(*shown) bool
	}{
		{fmt.Sprintf(`"inMailbox":%q`, box), func(e *shown) bool { return e.MailboxIDs[box] }},
		{fmt.Sprintf(`"inMailboxOtherThan":[%q]`, box), func(e *shown) bool { return len(e.MailboxIDs) > 1 || !e.MailboxIDs[box] }},
		{fmt.Sprintf(`"minSize":%d`, size), func(e *shown) bool { return e.Size >= size }},
		{fmt.Sprintf(`"maxSize":%d`, size), func(e *shown) bool { return e.Size < size }},
		{fmt.Sprintf(`"hasKeyword":%q`, word), func(e *shown) bool { return e.Keywords[word] }},
		{fmt.Sprintf(`"notKeyword":%q`, word), func(e *shown) bool { return !e.Keywords[word] }},
		{fmt.Sprintf(`"allInThreadHaveKeyword":%q`, word), func(e *shown) bool { return !inThread(e, false) }},
		{fmt.Sprintf(`"someInThreadHaveKeyword":%q`, word), func(e *shown) bool { return inThread(e, true) }},
		{fmt.Sprintf(`"noneInThreadHaveKeyword":%q`, word), func(e *shown) bool { return !inThread(e, true) }},
		{`"hasAttachment":true`, func(e *shown) bool { return e.HasAttachment }},
		{`"subject":"plum"`, func(e *shown) bool { return strings.Contains(e.Subject, "plum") }},
	}
	c := conditions[j.random.IntN(len(conditions))]
	return "{" + c.text + "}", c.matches
}

// order is one at random; the latest comes first where it leaves it open.
func (j *jury) order(all *[]*shown) (string, func(a, b *shown) int) {
	word := j.pick(juryKeywords...)
	in := func(e *shown, want bool) bool {
		return slices.ContainsFunc(*all, func(o *shown) bool { return o.ThreadID == e.ThreadID && o.Keywords[word] == want })
	}
	bit := map[bool]int{true: 1} // what is so comes after what is not, ascending (RFC 8621 §4.4.2)
	name := func(list []struct{ Name, Email string }) string {
		return strings.ToUpper(cmp.Or(list[0].Name, list[0].Email))
	}
	keyword := fmt.Sprintf(`,"keyword":%q`, word)
	orders := []struct {
		property, more string
		compare        func(a, b *shown) int
	}{
		{"receivedAt", "", func(a, b *shown) int { return a.ReceivedAt.Compare(b.ReceivedAt) }},
		{"sentAt", "", func(a, b *shown) int { return a.SentAt.Compare(*b.SentAt) }},
		{"size", "", func(a, b *shown) int { return cmp.Compare(a.Size, b.Size) }},
		{"from", "", func(a, b *shown) int { return cmp.Compare(name(a.From), name(b.From)) }},
		{"to", "", func(a, b *shown) int { return cmp.Compare(name(a.To), name(b.To)) }},
		{"subject", "", func(a, b *shown) int {
			return cmp.Compare(strings.TrimPrefix(a.Subject, "Re: "), strings.TrimPrefix(b.Subject, "Re: "))
		}},
		{"hasKeyword", keyword, func(a, b *shown) int { return bit[a.Keywords[word]] - bit[b.Keywords[word]] }},
		{"allInThreadHaveKeyword", keyword, func(a, b *shown) int { return bit[!in(a, false)] - bit[!in(b, false)] }},
		{"someInThreadHaveKeyword", keyword, func(a, b *shown) int { return bit[in(a, true)] - bit[in(b, true)] }},
	}
	o, ascending := orders[j.random.IntN(len(orders))], j.random.IntN(2) == 0
	return fmt.Sprintf(`[{"property":%q,"isAscending":%t%s}]`, o.property, ascending, o.more), func(a, b *shown) int {
		n := o.compare(a, b)
		if !ascending {
			n = -n
		}
		return cmp.Or(n, b.ReceivedAt.Compare(a.ReceivedAt), cmp.Compare(b.number(), a.number()))
	}
}

func (h *held) args() string {
	return fmt.Sprintf(`"filter":%s,"sort":%s,"collapseThreads":%t`, h.filter, h.sort, h.collapse)
}

// want is what the model says.
func (h *held) want(all []*shown) []string {
	list := slices.DeleteFunc(slices.Clone(all), func(e *shown) bool { return !h.matches(e) })
	slices.SortFunc(list, h.compare)
	ids, threads := []string{}, make(map[string]bool)
	for _, e := range list {
		if !h.collapse || !threads[e.ThreadID] {
			ids = append(ids, e.ID)
		}
		threads[e.ThreadID] = true
	}
	return ids
}

// follow brings the results up to date as RFC 8620 §5.6 says, and reports what
// refused to.
func (h *held) follow(j *jury) string {
	var told struct {
		Removed       []string
		NewQueryState string
		Added         []struct {
			ID    string
			Index int
		}
	}
	if refused := j.answer("Email/queryChanges", h.args()+fmt.Sprintf(`,"sinceQueryState":%q`, h.state), &told); refused != "" {
		return refused
	}
	h.ids = slices.DeleteFunc(h.ids, func(id string) bool { return slices.Contains(told.Removed, id) })
	for _, a := range told.Added {
		if a.Index > len(h.ids) {
			j.t.Fatalf("%s: %s is added at %d of %d", h.args(), a.ID, a.Index, len(h.ids))
		}
		h.ids = slices.Insert(h.ids, a.Index, a.ID)
	}
	h.state = told.NewQueryState
	return ""
}

// judge asks a query, as a whole and by what changed, and compares with the model.
func (h *held) judge(j *jury, all []*shown) {
	how := "none"
	if h.state != "" {
		if how = h.follow(j); how == "" {
			how = "followed"
			if want := h.want(all); !slices.Equal(h.ids, want) {
				j.t.Errorf("%s\nby its changes %v\nwant           %v", h.args(), h.ids, want)
			}
		}
	}
	j.asked[how]++
	var got struct {
		IDs        []string
		QueryState string
	}
	if refused := j.answer("Email/query", h.args(), &got); refused != "" {
		j.t.Fatalf("%s: %s", h.args(), refused)
	}
	if want := h.want(all); !slices.Equal(got.IDs, want) {
		j.t.Errorf("%s\nis   %v\nwant %v", h.args(), got.IDs, want)
	}
	h.ids, h.state = got.IDs, got.QueryState
}

// Whatever is changed, given and taken away: a query answers what a model of a
// few lists says of what may be seen, and so do its changes.
func TestQueriesByChance(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			j := newJury(t, seed)
			var all []*shown
			var queries []*held
			for range 12 {
				queries = append(queries, j.hold(&all))
			}
			for range 40 {
				for range j.random.IntN(4) {
					j.act()
				}
				if seed%2 == 1 && j.random.IntN(2) == 0 { // a house of short memory
					if err := store.ForgetDepartures(t.Context(), j.Store, store.Memory{Age: time.Hour, Runs: 4}); err != nil {
						t.Fatal(err)
					}
				}
				var refused string
				if all, refused = j.sight(); refused != "" {
					j.asked[refused]++
					continue // nothing at all may be seen
				}
				for _, h := range queries {
					h.judge(j, all)
				}
				if t.Failed() {
					return
				}
				queries[j.random.IntN(len(queries))] = j.hold(&all)
			}
			t.Log(j.asked)
			if j.asked["followed"] < 100 {
				t.Error("too little was followed")
			}
		})
	}
}
