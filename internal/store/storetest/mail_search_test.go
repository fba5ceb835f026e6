package storetest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// written is a message with a subject and a text in UTF-8.
func written(subject, text string) string {
	return fmt.Sprintf("From: Cleo <cleo@example.test>\r\nTo: info@example.test\r\nSubject: %s\r\nX-Ticket: %d\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", subject, len(text), text)
}

func query(field store.TextField, text string, how store.Matching) store.TextQuery {
	return store.TextQuery{Field: field, Text: text, How: how}
}

func TestMailSearch(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := context.Background()
		h.Deliver(written("Invoice of May", "Grüße aus Wien,\r\nthe invoice is here"), h.Anna)
		h.Deliver(written("Holidays", "no invoice, but greetings from Wien: see\r\n  you"), h.Anna)
		h.Deliver(written("Secret", "Grusse, the invoices of the boss"), h.Anna)
		own := h.SignIn("anna")
		inbox := h.Open(own, h.Anna, "/Inbox")
		trash := storetest.In(h.Anna, postroom.TrashCollection)
		_, err := inbox.Move(ctx, []postroom.UID{3}, trash)
		must(t, err)
		h.Grant(storetest.In(h.Anna, postroom.InboxCollection), h.Ben, rights.Viewer)
		mine, err := own.Mail(ctx, h.Anna.ID)
		must(t, err)
		bens, err := h.SignIn("ben").Mail(ctx, h.Anna.ID)
		must(t, err)
		round := func() {
			t.Helper()
			for _, tt := range []struct {
				asked store.TextQuery
				want  []postroom.EmailID
			}{
				{query(store.Anywhere, "voice", store.Exact), []postroom.EmailID{1, 2, 3}},
				{query(store.Anywhere, "voice", store.Words), nil},
				{query(store.Anywhere, "wien inv", store.Words), []postroom.EmailID{1, 2}},
				{query(store.Body, `grusse`, store.Words), []postroom.EmailID{1, 3}},
				{query(store.Body, `"grüße"`, store.Words), []postroom.EmailID{1}},
				{query(store.Body, `"the invoice is" wien`, store.Words), []postroom.EmailID{1}},
				{query(store.Body, `"from wien" inv`, store.Words), []postroom.EmailID{2}},
				{query(store.Body, `"from wien`, store.Words), []postroom.EmailID{2}},
				{query(store.Subject, "invioce", store.Fuzzy), []postroom.EmailID{1}},
				{query(store.From, "cleo@example", store.Exact), []postroom.EmailID{1, 2, 3}},
				{query(store.Body, ":", store.Words), []postroom.EmailID{2}},
			} {
				hits, err := mine.SearchText(ctx, tt.asked)
				must(t, err)
				got := hits.Emails
				if !slices.Equal(got, tt.want) {
					t.Errorf("%+v: %v, want %v", tt.asked, got, tt.want)
				}
				// Ben may not read what is in the trash.
				want := slices.DeleteFunc(slices.Clone(tt.want), func(id postroom.EmailID) bool { return id == 3 })
				if hits, err = bens.SearchText(ctx, tt.asked); err != nil || !slices.Equal(hits.Emails, want) {
					t.Errorf("ben, %+v: %v %v, want %v", tt.asked, hits.Emails, err, want)
				}
			}
			got, err := bens.SearchHeader(ctx, "X-Ticket", "")
			if err != nil || !slices.Equal(got, []postroom.EmailID{1, 2}) {
				t.Error(got, err)
			}
			if got, err = mine.SearchHeader(ctx, "subject", "liday"); err != nil || !slices.Equal(got, []postroom.EmailID{2}) {
				t.Error(got, err)
			}
		}
		round()
		must(t, store.IndexAll(ctx, h.Store))
		round()
		if _, err := mine.SearchText(ctx, query(store.Body, strings.Repeat(`"a" `, 50), store.Words)); postroom.KindOf(err) != postroom.Limit {
			t.Error(err)
		}
		testSnippets(t, bens)
	})
}

func testSnippets(t *testing.T, m *store.Mail) {
	t.Helper()
	list, err := m.Snippets(t.Context(), []postroom.EmailID{2, 1, 3}, []store.TextQuery{
		query(store.Anywhere, `"see you" inv`, store.Words), query(store.Subject, "may", store.Words)})
	must(t, err)
	show := func(m message.Marked) string {
		var b strings.Builder
		at := 0
		for _, s := range m.Spans {
			b.WriteString(m.Text[at:s[0]] + "[" + m.Text[s[0]:s[1]] + "]")
			at = s[1]
		}
		return b.String() + m.Text[at:]
	}
	var got []string
	for _, s := range list {
		got = append(got, fmt.Sprintf("%d: %s | %s", s.Email, show(s.Subject), strings.TrimSpace(show(s.Preview))))
	}
	want := []string{"2:  | no [invoice], but greetings from Wien: [see you]", "1: [Invoice] of [May] | Grüße aus Wien, the [invoice] is here"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Exact searches of an account are those of its mailboxes together.
func TestMailSearchAgainstReading(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := context.Background()
		random := rand.New(rand.NewPCG(3, 5))
		var raws []string
		for i := range 60 {
			raws = append(raws, randomMessage(random, i))
			h.Deliver(raws[i], h.Anna)
		}
		m, err := h.SignIn("anna").Mail(ctx, h.Anna.ID)
		must(t, err)
		must(t, store.IndexAll(ctx, h.Store))
		for range 200 {
			q := store.TextQuery{Field: textFields[random.IntN(len(textFields))], Text: randomQuery(random, raws)}
			var want []postroom.EmailID
			for i, raw := range raws {
				if holdsText(raw, q.Field, q.Text) {
					want = append(want, postroom.EmailID(i+1))
				}
			}
			hits, err := m.SearchText(ctx, q)
			must(t, err)
			if !slices.Equal(hits.Emails, want) {
				t.Fatalf("%+v: %v, want %v", q, hits.Emails, want)
			}
		}
	})
}

// What the index tells of texts is of one moment, that of its mark; what had to
// be read is of none.
func TestTextHitsMark(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		m, err := h.SignIn("anna").Mail(ctx, h.Anna.ID)
		must(t, err)
		check := func(when string, q store.TextQuery, want store.IndexMark) {
			t.Helper()
			hits, err := m.SearchText(ctx, q)
			if err != nil || len(hits.Emails) != 1 || hits.Mark != want {
				t.Errorf("%s: %v %v, want the mark %v", when, hits, err, want)
			}
		}
		words, phrase := query(store.Anywhere, "invo", store.Words), query(store.Body, `"the invoice is"`, store.Words)
		h.Deliver(written("Invoice", "the invoice is here"), h.Anna)
		h.Deliver(written("Holidays", "the here is"), h.Anna)
		must(t, store.IndexAll(ctx, h.Store))
		before, _, err := m.IndexMark(ctx)
		must(t, err)
		check("indexed", words, before)
		check("to be opened", phrase, store.IndexMark{})
		h.Deliver(written("More", "of it"), h.Anna)
		must(t, store.IndexAll(ctx, h.Store))
		after, _, err := m.IndexMark(ctx)
		must(t, err)
		if after == before {
			t.Error("an email came, and the mark is the same")
		}
		check("later", words, after)
	})
}
