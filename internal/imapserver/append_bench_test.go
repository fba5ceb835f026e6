package imapserver_test

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// appends writes APPENDs of n letters of 10 KB, tagged t0, t1, …
func appends(box string, from, n int) []byte {
	var b bytes.Buffer
	for i := from; i < from+n; i++ {
		text := fmt.Sprintf("From: <a@outside.test>\r\nTo: <b@example.test>\r\nSubject: number %d\r\nMessage-ID: <%d.%s@outside.test>\r\n\r\n%s",
			i, i, strings.ReplaceAll(box, "@", "."), strings.Repeat(fmt.Sprintf("A line of message %d that is repeated.\r\n", i), 250))
		fmt.Fprintf(&b, "t%d APPEND %s {%d+}\r\n%s\r\n", i, box, len(text), text)
	}
	return b.Bytes()
}

// answered reads the answers of n commands, in their order.
func (c *client) answered(from, n int) {
	for i := from; i < from+n; {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			c.t.Error(err)
			return
		}
		if line[0] != 't' {
			continue
		}
		if want := fmt.Sprintf("t%d OK", i); !strings.HasPrefix(string(line), want) {
			c.t.Errorf("%q instead of %s", line, want)
			return
		}
		i++
	}
}

// BenchmarkAppend is a letter of 10 KB appended: one after another, many sent
// ahead, and by two sessions at once.
func BenchmarkAppend(b *testing.B) {
	for _, row := range []struct {
		name            string
		ahead, sessions int
	}{{"alone", 1, 1}, {"ahead", 100, 1}, {"two sessions", 1, 2}, {"two sessions ahead", 100, 2}} {
		for _, box := range []string{"Letters", "Shared/info@example.test/Letters"} {
			b.Run(row.name+" "+strings.ReplaceAll(box, "/", " "), func(b *testing.B) {
				h := newHouse(b)
				h.as("anna").must("CREATE " + box)
				b.ReportAllocs()
				b.ResetTimer()
				var all sync.WaitGroup
				for s := range row.sessions {
					c := h.as("anna")
					c.in = bufio.NewReaderSize(c.conn, 64<<10)
					c.conn.SetDeadline(farAway)
					all.Go(func() {
						for i := s; i < b.N; i += row.ahead * row.sessions {
							n := min(row.ahead, b.N-i)
							from := i + s*b.N
							text := appends(box, from, n)
							go c.conn.Write(text)
							c.answered(from, n)
						}
					})
				}
				all.Wait()
			})
		}
	}
}
