package storetest_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime"
	"mime/quotedprintable"
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// textFields are all fields, with their names in failures.
var textFields = []store.TextField{store.Body, store.Anywhere, store.Subject, store.From, store.To, store.Cc, store.Bcc}

// vocabulary is what random messages and queries are made of.
var vocabulary = strings.Fields(`invoice Invoices Rechnung Grüße grusse GRÜSSE Straße strasse café cafe CAFÉ naïve Łódź
	东京 日本語 日本 本 テスト ﾃｽﾄ ガス 한글 สวัสดี don't C++ a.b@example.test 3.14 €100 x-y_z [list] Re: 😀 ЁЛКА ёлка елка שָׁלוֹם
	information inform form or o ` + strings.Repeat("Longword", 9) + ` postroom-1234567890`)

// randomText puts words together, with breaks of many kinds.
func randomText(random *rand.Rand, words int) string {
	var b strings.Builder
	for range words {
		b.WriteString(vocabulary[random.IntN(len(vocabulary))])
		b.WriteString([]string{" ", "  ", "\r\n", ", ", "", " - ", "\t"}[random.IntN(7)])
	}
	return b.String()
}

// randomMessage is a message in one of the ways mail is encoded.
func randomMessage(random *rand.Rand, n int) string {
	line := func(words int) string { return strings.Join(strings.Fields(randomText(random, words)), " ") }
	subject := line(4)
	if random.IntN(4) > 0 {
		subject = mime.BEncoding.Encode("utf-8", subject)
	}
	head := fmt.Sprintf("From: %s <anna%d@example.test>\r\nTo: %s <info@example.test>, cleo@example.test\r\nCc: ben@example.test\r\nSubject: %s\r\n"+
		"Message-ID: <s%d@example.test>\r\nX-Note: %s\r\nMIME-Version: 1.0\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\n",
		mime.QEncoding.Encode("utf-8", line(2)), n%7, mime.QEncoding.Encode("utf-8", line(1)), subject, n, mime.QEncoding.Encode("utf-8", line(3)))
	text := randomText(random, 12)
	switch random.IntN(4) {
	case 0:
		return head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(text))
	case 1:
		var b strings.Builder
		w := quotedprintable.NewWriter(&b)
		w.Write([]byte(text))
		w.Close()
		return head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + b.String()
	case 2:
		return head + "Content-Type: text/html; charset=utf-8\r\n\r\n<p>" + strings.ReplaceAll(text, ", ", "</p><p>") + "<b>bold</b>face &euro;</p>"
	}
	return head + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
}

// holdsText is the judge: it reads the whole message and looks.
func holdsText(raw string, field store.TextField, query string) bool {
	p := message.Index([]byte(raw))
	t, e := p.Text([]byte(raw), 1<<20), message.EnvelopeOf(p.Header([]byte(raw)))
	var in []string
	addresses := func(list []message.Address) {
		for _, a := range list {
			switch a.Kind {
			case message.Mailbox:
				in = append(in, a.DisplayName()+" <"+a.String()+">")
			case message.GroupStart:
				in = append(in, message.DecodeWords(a.Mailbox))
			}
		}
	}
	switch field {
	case store.Body:
		in = []string{t.Body}
	case store.Anywhere:
		in = []string{t.Header, t.Body}
	case store.Subject:
		in = []string{message.DecodeWords(e.Subject)}
	case store.From:
		addresses(e.From)
	case store.To:
		addresses(e.To)
	case store.Cc:
		addresses(e.Cc)
	case store.Bcc:
		addresses(e.Bcc)
	}
	return slices.ContainsFunc(in, func(text string) bool { return strings.Contains(message.SearchKey(text), message.SearchKey(query)) })
}

// randomQuery is a part of a text, or a word of the vocabulary.
func randomQuery(random *rand.Rand, raws []string) string {
	text := []rune(vocabulary[random.IntN(len(vocabulary))])
	if random.IntN(2) == 0 {
		raw := []byte(raws[random.IntN(len(raws))])
		t := message.Text(raw, 1<<20)
		if text = []rune([]string{t.Body, t.Header, t.Subject, t.From, t.To}[random.IntN(5)]); len(text) == 0 {
			return "x"
		}
	}
	from := random.IntN(len(text))
	return string(text[from:min(len(text), from+1+random.IntN(14))])
}

// What the index answers is what reading every message answers, whether
// messages are indexed or not, merged or deleted.
func TestSearchTextAgainstReading(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := context.Background()
		random := rand.New(rand.NewPCG(7, 11))
		m := h.Open(h.SignIn("anna"), h.Anna, "/Inbox")
		var raws []string
		gone := map[postroom.UID]bool{}
		ask := func(times int) {
			t.Helper()
			all := make([]postroom.UID, len(raws))
			for i := range raws {
				all[i] = postroom.UID(i + 1)
			}
			for range times {
				field, query := textFields[random.IntN(len(textFields))], randomQuery(random, raws)
				var want []postroom.UID
				for i, raw := range raws {
					if uid := postroom.UID(i + 1); !gone[uid] && holdsText(raw, field, query) {
						want = append(want, uid)
					}
				}
				got, err := m.SearchText(ctx, field, query, all)
				must(t, err)
				if !slices.Equal(got, want) {
					t.Fatalf("field %d, %q: %v, want %v", field, query, got, want)
				}
			}
		}
		for round := range 10 {
			for range 12 {
				raw := randomMessage(random, len(raws))
				raws = append(raws, raw)
				h.Deliver(raw, h.Anna)
			}
			ask(20) // by reading, or while the indexer works
			must(t, store.IndexAll(ctx, h.Store))
			ask(60)
			uid := postroom.UID(1 + random.IntN(len(raws)))
			if _, err := m.ChangeFlags(ctx, []postroom.UID{uid}, store.FlagChange{Flags: postroom.FlagDeleted, UnchangedSince: -1}); err != nil {
				t.Fatal(err)
			}
			_, err := m.Expunge(ctx, nil)
			must(t, err)
			gone[uid] = true
			if round%4 == 3 {
				must(t, h.Store.KeepHouse(ctx))
			}
			ask(20)
		}
	})
}

func TestSearchText(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := context.Background()
		bodies := []string{"Grüße aus Köln, the\r\n invoice is attached", "nothing here", "INVOICES 東京都 grusse", strings.Repeat("0123456789", 40)}
		var all []postroom.UID
		for i, b := range bodies {
			raw := strings.Replace(storetest.Message(i, b), "Date:", "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nDate:", 1)
			h.Deliver(raw, h.Anna)
			all = append(all, postroom.UID(i+1))
		}
		m := h.Open(h.SignIn("anna"), h.Anna, "/Inbox")
		search := func(field store.TextField, query string, want ...postroom.UID) {
			t.Helper()
			got, err := m.SearchText(ctx, field, query, all)
			must(t, err)
			if !slices.Equal(got, want) {
				t.Errorf("%q: %v, want %v", query, got, want)
			}
		}
		round := func() {
			t.Helper()
			search(store.Body, "voice", 1, 3)
			search(store.Body, "the invoice is", 1) // over the end of a line
			search(store.Body, "he inv", 1)
			search(store.Body, "invoice the")
			search(store.Body, "GRÜSSE") // ß has no capital in RFC 5051
			search(store.Body, "GRÜße", 1)
			search(store.Body, "grusse", 3)
			search(store.Body, "京都", 3)
			search(store.Body, "東京都 g", 3)
			search(store.Body, strings.Repeat("9012345678", 12), 4)
			search(store.Body, "Number")
			search(store.Subject, "umber", 1, 2, 3, 4)
			search(store.Anywhere, "number", 1, 2, 3, 4)
			search(store.Anywhere, "it's ' \" \\ AND*")
			search(store.Body, ",", 1)
			search(store.Body, "", 1, 2, 3, 4)
		}
		round()
		must(t, store.IndexAll(ctx, h.Store))
		round()
	})
}

// scored makes a list of UIDs and scores.
func scored(pairs ...int) (list []store.Scored) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, store.Scored{UID: postroom.UID(pairs[i]), Score: pairs[i+1]})
	}
	return list
}

func TestSearchFuzzy(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		var all []postroom.UID
		for i, b := range []string{"Grüße aus Köln, the invoice", "information", "INVOICES 東京都 grusse", "infromation, but no voice"} {
			raw := strings.Replace(storetest.Message(i, b), "Date:", "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nDate:", 1)
			h.Deliver(raw, h.Anna)
			all = append(all, postroom.UID(i+1))
		}
		m := h.Open(h.SignIn("anna"), h.Anna, "/Inbox")
		round := func() {
			t.Helper()
			for _, tt := range []struct {
				field store.TextField
				query string
				want  []store.Scored
			}{
				{store.Body, "grusse", scored(1, 100, 3, 100)},
				{store.Body, "GRÜSSE invoice", scored(1, 100, 3, 93)},
				{store.Body, "information", scored(2, 100, 4, 55)},
				{store.Anywhere, "information", scored(2, 90, 4, 49)},
				{store.Anywhere, "number information", scored(2, 95, 4, 74)},
				{store.Body, "京都", scored(3, 100)},
				{store.Body, "voice", scored(4, 100)},
				{store.Subject, "voice", nil},
				{store.Body, ",", scored(1, 100, 4, 100)},
			} {
				got, err := m.SearchFuzzy(t.Context(), tt.field, tt.query, all)
				must(t, err)
				if !slices.Equal(got, tt.want) {
					t.Errorf("%q: %v, want %v", tt.query, got, tt.want)
				}
			}
		}
		round()
		must(t, store.IndexAll(t.Context(), h.Store))
		round()
	})
}
