package imapserver_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkIdle is how soon a connection in IDLE hears of a message that another
// one appends, in one's own mailbox and in one that is shared through a group, by
// turns: half of the times of each, in microseconds.
func BenchmarkIdle(b *testing.B) {
	h := newHouse(b)
	kinds := []string{"own", "shared"}
	box := map[string]string{"own": "Letters", "shared": "Shared/info@example.test/Letters"}
	idlers, times := map[string]*client{}, map[string][]time.Duration{}
	writer := h.as("anna")
	writer.conn.SetDeadline(farAway)
	for _, kind := range kinds {
		writer.must("CREATE " + box[kind])
		c := h.as("anna")
		c.conn.SetDeadline(farAway)
		c.drain("SELECT " + box[kind])
		c.send("i IDLE")
		idlers[kind] = c
		c.hear(b, "+ ")
	}
	letter := strings.Repeat("A line.\r\n", 100)
	n := 0
	for b.Loop() {
		for _, kind := range kinds {
			n++
			text := fmt.Sprintf("Subject: number %d\r\nMessage-ID: <%d@outside.test>\r\n\r\n%s", n, n, letter)
			start := time.Now()
			writer.send(fmt.Sprintf("t APPEND %s {%d+}\r\n%s", box[kind], len(text), text))
			idlers[kind].hear(b, "EXISTS")
			times[kind] = append(times[kind], time.Since(start))
			writer.hear(b, "t OK")
		}
	}
	for _, kind := range kinds {
		slices.Sort(times[kind])
		b.ReportMetric(float64(times[kind][len(times[kind])/2].Microseconds()), kind+"-µs")
	}
}

// hear reads until a line has some text in it.
func (c *client) hear(b *testing.B, text string) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			b.Fatal(err)
		}
		if bytes.Contains(line, []byte(text)) {
			return
		}
	}
}
