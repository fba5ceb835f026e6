package jmapserver_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

var mails = flag.Int("mails", 2000, "messages in the mailbox of BenchmarkLarge")

// fill puts messages into a mailbox of anna's.
func (w *mailHouse) fill(t testing.TB, n int) postroom.CollectionRef {
	session, err := system.Import(t.Context(), system.Console(w.Store), w.Anna.ID, "bench")
	if err != nil {
		t.Fatal(err)
	}
	box, err := session.Mailbox(t.Context(), "/Archive", postroom.RoleArchive)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	batch := make([]store.NewMessage, 0, 500)
	for i := range n {
		at := began.Add(time.Duration(i) * 10 * time.Minute)
		raw := fmt.Sprintf("From: Sender %d <s%d@elsewhere.test>\r\nTo: anna@example.test\r\nSubject: Message number %d of m%dm\r\nDate: %s\r\nMessage-ID: <%d@elsewhere.test>\r\n\r\nThis is message number %d.\r\n",
			i*7919%997, i*7919%997, i*7919%n, i%1000, at.Format(time.RFC1123Z), i, i)
		if i%10 == 0 {
			raw = strings.Replace(raw, "\r\n\r\n", "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n", 1) +
				"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--\r\n"
		}
		if batch = append(batch, store.NewMessage{Raw: strings.NewReader(raw), Size: int64(len(raw)), Received: at}); len(batch) == cap(batch) || i == n-1 {
			if _, err := session.Append(t.Context(), box.Ref, batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	return box.Ref
}

// measure tells how long an answer to anna takes, and how long it took the first
// time, which is the one that is returned.
func (w *mailHouse) measure(b *testing.B, name, calls string) string {
	began := time.Now()
	got := string(w.call("anna", calls))
	first := time.Since(began)
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.call("anna", calls)
		}
		b.ReportMetric(float64(first.Milliseconds()), "first-ms")
	})
	return got
}

// BenchmarkLarge measures what a client asks of a large mailbox:
// go test -run - -bench Large -mails 100000 ./internal/jmapserver
func BenchmarkLarge(b *testing.B) {
	w := newMailHouse(b)
	box := w.fill(b, *mails)
	list := func(filter, sort string, position int) string {
		return fmt.Sprintf(`[["Email/query",{"accountId":"{anna}","filter":%s,"sort":[%s],"position":%d,"limit":50,"calculateTotal":true},"0"],`+
			`["Email/get",{"accountId":"{anna}","#ids":{"resultOf":"0","name":"Email/query","path":"/ids"},"properties":["threadId","mailboxIds","keywords","size","receivedAt","subject","from","to","preview","hasAttachment"]},"1"]]`, filter, sort, position)
	}
	in := fmt.Sprintf(`{"inMailbox":"%s"}`, box)
	received := `{"property":"receivedAt","isAscending":false}`
	asks := []struct{ name, calls string }{
		{"first page", list(in, received, 0)},
		{"last page", list(in, received, *mails-50)},
		{"collapsed", strings.Replace(list(in, received, 0), `"limit"`, `"collapseThreads":true,"limit"`, 1)},
		{"by from", list(in, `{"property":"from"}`, 0)},
		{"by subject", list(in, `{"property":"subject"}`, 100)},
		{"attachments", list(`{"operator":"AND","conditions":[`+in+`,{"hasAttachment":true}]}`, received, 0)},
		{"unread", list(`{"operator":"AND","conditions":[`+in+`,{"notKeyword":"$seen"}]}`, received, 0)},
		{"work", list(`{"operator":"AND","conditions":[`+in+`,{"workStatus":"open"}]}`, received, 0)},
		{"text", list(`{"text":"m777m"}`, received, 0)},
	}
	i := 0
	for _, ask := range asks {
		calls := w.names(ask.calls)
		if got := w.measure(b, ask.name, calls); !strings.Contains(got, `"subject"`) {
			b.Fatalf("%s: %.300s", ask.name, got)
		}
		b.Run(ask.name+" after a change", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				i++
				w.call("anna", w.names(fmt.Sprintf(`[["Email/set",{"accountId":"{anna}","update":{"%s":{"keywords/$flagged":%t}}},"0"]]`,
					jmapwire.EmailID(w.Anna.ID, postroom.EmailID(1+i%100)), i/100%2 == 0)))
				b.StartTimer()
				w.call("anna", calls)
			}
		})
	}
}
