package jmapserver

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// candidate is an email with all its copies. Keywords are those of all.
type candidate struct {
	*store.MailRow
	more []postroom.CollectionID // the mailboxes of the other copies
}

func (m *candidate) in(is func(postroom.CollectionID) bool) bool {
	return is(m.Mailbox) || slices.ContainsFunc(m.more, is)
}

// has reports whether an email has a keyword.
func (m *candidate) has(word string) bool {
	word = strings.ToLower(word)
	for _, k := range systemKeywords {
		if k.word == word {
			return m.Flags&k.flag != 0
		}
	}
	return m.Keywords != "" && slices.Contains(strings.Fields(m.Keywords), word)
}

// survey is a query under way.
type survey struct {
	all     []candidate
	threads map[string]map[postroom.ThreadID]threadKeyword
	index   *store.MailIndex
	work    []store.ThreadWork // by thread; nil until asked for
}

// stands tells where the conversation of an email stands.
func (s *survey) stands(m *candidate) store.ThreadWork {
	if s.work == nil {
		s.work = s.index.Work()
	}
	return s.work[m.Thread]
}

// threadKeyword tells of a thread whether all, or some, of its emails have a
// keyword.
type threadKeyword struct{ all, some bool }

// thread reads of the thread of an email which of its emails have a keyword.
func (s *survey) thread(m *candidate, word string) threadKeyword {
	by := s.threads[word]
	if by == nil {
		by = make(map[postroom.ThreadID]threadKeyword)
		for i := range s.all {
			e := &s.all[i]
			t, known := by[e.Thread]
			has := e.has(word)
			by[e.Thread] = threadKeyword{all: (t.all || !known) && has, some: t.some || has}
		}
		if s.threads == nil {
			s.threads = make(map[string]map[postroom.ThreadID]threadKeyword)
		}
		s.threads[word] = by
	}
	return by[m.Thread]
}

// emailsFound are the results of a query, in order.
type emailsFound struct {
	emails []postroom.EmailID
	// state is that of the emails, mark that of the index.
	state string
	mark  store.IndexMark
	// mixed: not all of it is of the moment of mark.
	mixed bool
}

// sortOptions are the properties emails can be sorted by (RFC 8621 §4.4.2).
var sortOptions = []string{"receivedAt", "size", "from", "to", "subject", "sentAt", "hasKeyword", "allInThreadHaveKeyword", "someInThreadHaveKeyword"}

// readQuery reads filter and sort.
func readQuery(account postroom.AccountID, filter, sort json.RawMessage) (*jmapwire.Filter, map[*jmapwire.Filter]*emailCondition, []jmapwire.Comparator, error) {
	f, bad := jmapwire.ParseFilter(filter)
	if bad != nil {
		return nil, nil, nil, bad
	}
	order, bad := jmapwire.ParseSort(sort)
	if bad != nil {
		return nil, nil, nil, bad
	}
	for _, by := range order {
		if !slices.Contains(sortOptions, by.Property) {
			return nil, nil, nil, &jmapwire.Error{Type: "unsupportedSort", Description: by.Property}
		}
		if strings.HasSuffix(by.Property, "Keyword") != (by.Keyword != nil) {
			return nil, nil, nil, jmapwire.InvalidArguments("keyword belongs to the sorts by keyword")
		}
	}
	conditions := make(map[*jmapwire.Filter]*emailCondition)
	bad = f.Each(func(f *jmapwire.Filter) *jmapwire.Error {
		e := &emailCondition{}
		conditions[f] = e
		return e.read(account, f.Condition)
	})
	if bad != nil {
		return nil, nil, nil, bad
	}
	return f, conditions, order, nil
}

// findEmails runs a query.
func (c *call) findEmails(m *store.Mail, filter, sort json.RawMessage, collapse bool) (*emailsFound, error) {
	f, conditions, order, err := readQuery(m.Account(), filter, sort)
	if err != nil {
		return nil, err
	}
	q := queryKey{account: m.Account(), reader: c.session.Actor().Account, filter: string(filter), sort: string(sort), collapse: collapse}
	lasts, changing := lasting(conditions), byKeywords(conditions, order)
	if lasts {
		mark, state, err := m.IndexMark(c.ctx)
		if err != nil {
			return nil, err
		}
		q.mark = markFor(mark, changing)
		if emails, ok := c.server.found.get(q); ok {
			return &emailsFound{emails: emails, state: state, mark: mark}, nil
		}
	}
	found, err := c.search(m, f, conditions, order, collapse)
	if err == nil && lasts && !found.mixed {
		q.mark = markFor(found.mark, changing)
		c.server.found.put(q, found.emails)
	}
	return found, err
}

// search runs a query on what may be read now.
func (c *call) search(m *store.Mail, f *jmapwire.Filter, conditions map[*jmapwire.Filter]*emailCondition, order []jmapwire.Comparator, collapse bool) (*emailsFound, error) {
	x, err := m.Index(c.ctx, facetsOf(order)...)
	if err != nil {
		return nil, err
	}
	rows := x.Rows
	if box, only := onlyMailbox(f, conditions, order); only {
		first := slices.IndexFunc(rows, func(r store.MailRow) bool { return r.Mailbox == box })
		last := max(first, 0)
		for last < len(rows) && rows[last].Mailbox == box {
			last++
		}
		rows = rows[max(first, 0):last]
	}
	for _, e := range conditions {
		if err := e.look(c, m); err != nil {
			return nil, err
		}
	}
	s := &survey{all: candidates(rows), index: x}
	list := make([]*candidate, 0, len(s.all))
	var of *candidate
	matches := func(f *jmapwire.Filter) bool { return conditions[f].match(s, of) }
	if only := conditions[f]; only != nil { // one condition, which need not be looked up for each
		matches = func(*jmapwire.Filter) bool { return only.match(s, of) }
	}
	for i := range s.all {
		if of = &s.all[i]; f.Match(matches) {
			list = append(list, of)
		}
	}
	s.sort(list, order)
	found := collect(list, x, collapse)
	for _, e := range conditions {
		found.mixed = found.mixed || slices.ContainsFunc(e.told, func(mark store.IndexMark) bool { return mark != x.Mark })
	}
	return found, nil
}

// collect takes the numbers of a sorted list; with collapse the first of each
// thread only.
func collect(list []*candidate, x *store.MailIndex, collapse bool) *emailsFound {
	found := &emailsFound{state: x.State, mark: x.Mark, emails: make([]postroom.EmailID, 0, len(list))}
	last := postroom.ThreadID(0)
	for _, e := range list {
		last = max(last, e.Thread)
	}
	shown := make([]bool, last+1) // their numbers are those of the account, one after another
	for _, e := range list {
		if collapse && shown[e.Thread] {
			continue
		}
		shown[e.Thread] = true
		found.emails = append(found.emails, e.Email)
	}
	return found
}

// candidates puts the copies of an email together.
func candidates(rows []store.MailRow) []candidate {
	last := postroom.EmailID(0)
	for i := range rows {
		last = max(last, rows[i].Email)
	}
	at := make([]int32, last+1) // one more than the place in the list
	list := make([]candidate, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		if at[r.Email] == 0 {
			list = append(list, candidate{MailRow: r})
			at[r.Email] = int32(len(list))
			continue
		}
		e := &list[at[r.Email]-1]
		if len(e.more) == 0 { // the row of the first copy stays what it is
			first := *e.MailRow
			e.MailRow = &first
		}
		e.more = append(e.more, r.Mailbox)
		e.Flags = e.Flags&r.Flags&postroom.FlagSeen | (e.Flags|r.Flags)&^postroom.FlagSeen
		if r.Keywords != "" && r.Keywords != e.Keywords {
			e.Keywords += " " + r.Keywords
		}
	}
	return list
}

// texts are the properties that are texts.
var texts = map[string]store.SortText{"from": store.ByFrom, "to": store.ByTo, "subject": store.BySubject}

// facetsOf says what of the index a query needs.
func facetsOf(order []jmapwire.Comparator) []store.Facet {
	needed := slices.ContainsFunc(order, func(by jmapwire.Comparator) bool {
		_, is := texts[by.Property]
		return is
	})
	if needed {
		return []store.Facet{store.WithTexts}
	}
	return nil
}

// sort sorts; the latest first where the order leaves it open.
func (s *survey) sort(list []*candidate, order []jmapwire.Comparator) {
	slices.SortFunc(list, func(a, b *candidate) int {
		for _, by := range order {
			n := compareEmails(s, by, a, b)
			if !by.IsAscending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return cmp.Or(cmp.Compare(b.Received, a.Received), cmp.Compare(b.Email, a.Email))
	})
}

func compareEmails(s *survey, by jmapwire.Comparator, a, b *candidate) int {
	// Having the keyword is the greater of the two: the example of RFC 8621 §4.4.2
	// has what is flagged first by descending order.
	flag := func(has bool) int {
		if has {
			return 1
		}
		return 0
	}
	switch by.Property {
	case "receivedAt":
		return cmp.Compare(a.Received, b.Received)
	case "sentAt":
		return cmp.Compare(a.Sent, b.Sent)
	case "size":
		return cmp.Compare(a.Size, b.Size)
	case "hasKeyword":
		return cmp.Compare(flag(a.has(*by.Keyword)), flag(b.has(*by.Keyword)))
	case "allInThreadHaveKeyword":
		return cmp.Compare(flag(s.thread(a, *by.Keyword).all), flag(s.thread(b, *by.Keyword).all))
	case "someInThreadHaveKeyword":
		return cmp.Compare(flag(s.thread(a, *by.Keyword).some), flag(s.thread(b, *by.Keyword).some))
	}
	text := texts[by.Property]
	return cmp.Compare(s.index.Rank(a.MailRow, text), s.index.Rank(b.MailRow, text))
}
