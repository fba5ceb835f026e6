package imapserver_test

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkExpunge removes letters for good, in one's own mailbox and in one that
// is shared through a group.
func BenchmarkExpunge(b *testing.B) {
	h := newHouse(b)
	for kind, box := range map[string]string{"own": "Letters", "shared": "Shared/info@example.test/Letters"} {
		b.Run(kind, func(b *testing.B) {
			c := h.as("anna")
			c.in = bufio.NewReaderSize(c.conn, 2<<20)
			c.conn.SetDeadline(farAway)
			c.do("CREATE " + box)
			c.drain("SELECT " + box)
			round := 0
			for b.Loop() {
				b.StopTimer()
				round++
				for i := 0; i < manyLetters; {
					var command strings.Builder
					command.WriteString("APPEND " + box)
					for range 250 {
						text := fmt.Sprintf("From: <a@outside.test>\r\nSubject: number %d\r\nMessage-ID: <%d.%d@outside.test>\r\n\r\n%s",
							i, round, i, strings.Repeat(fmt.Sprintf("A line of message %d that is repeated.\r\n", i), 250))
						fmt.Fprintf(&command, " (\\Deleted) {%d+}\r\n%s", len(text), text)
						i++
					}
					c.drain(command.String())
				}
				b.StartTimer()
				c.drain("EXPUNGE")
			}
			c.conn.Close()
		})
	}
}
