package jmapserver

import (
	"encoding/json"
	"html"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/message"
	"postroom/internal/store"
)

// snippetGetArgs are the arguments of SearchSnippet/get (RFC 8621 §5.1).
type snippetGetArgs struct {
	AccountID jmapwire.ID     `jmap:"accountId,required"`
	Filter    json.RawMessage `jmap:"filter"`
	EmailIDs  []jmapwire.ID   `jmap:"emailIds,required"`
}

const (
	// maxSnippets bounds the emails of one call: each is opened.
	maxSnippets = 200
	// maxSnippet bounds a preview with its marks, in bytes (§5), maxSubject a
	// subject.
	maxSnippet = 255
	maxSubject = 4096
)

// snippet is a SearchSnippet object.
type snippet struct {
	EmailID jmapwire.ID `json:"emailId"`
	Subject *string     `json:"subject"`
	Preview *string     `json:"preview"`
}

// snippetGet is SearchSnippet/get.
func (c *call) snippetGet(a snippetGetArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	_, conditions, _, err := readQuery(m.Account(), a.Filter, nil)
	if err != nil {
		return nil, err
	}
	if err := tooMany(len(a.EmailIDs), maxSnippets); err != nil {
		return nil, err
	}
	var queries []store.TextQuery
	for _, e := range conditions {
		queries = append(queries, e.texts()...)
	}
	ids := unique(a.EmailIDs)
	numbers := make([]postroom.EmailID, len(ids))
	for i, id := range ids {
		numbers[i], _ = jmapwire.ParseEmailID(m.Account(), id)
	}
	found, err := m.Snippets(c.ctx, numbers, queries)
	if err != nil {
		return nil, err
	}
	by := make(map[jmapwire.ID]store.Snippet, len(found))
	for _, s := range found {
		by[jmapwire.EmailID(m.Account(), s.Email)] = s
	}
	list, notFound := []snippet{}, []jmapwire.ID{}
	for _, id := range ids {
		if s, is := by[id]; is {
			list = append(list, snippet{id, marked(s.Subject, maxSubject), marked(s.Preview, maxSnippet)})
		} else {
			notFound = append(notFound, id)
		}
	}
	out := map[string]any{"accountId": a.AccountID, "list": list, "notFound": nil}
	if len(notFound) > 0 {
		out["notFound"] = notFound
	}
	return out, nil
}

// marked is a text as HTML with what was found in <mark>; null when nothing
// was. What is too long with its marks is cut to the places that were found.
func marked(m message.Marked, most int) *string {
	for limit := most; len(m.Spans) > 0 && limit > 0; limit /= 2 {
		if s := toHTML(m); len(s) <= most {
			return &s
		}
		m = m.Excerpt(limit / 2)
	}
	return nil
}

func toHTML(m message.Marked) string {
	var out strings.Builder
	at := 0
	for _, s := range m.Spans {
		out.WriteString(html.EscapeString(m.Text[at:s[0]]) + "<mark>" + html.EscapeString(m.Text[s[0]:s[1]]) + "</mark>")
		at = s[1]
	}
	out.WriteString(html.EscapeString(m.Text[at:]))
	return out.String()
}
