package smtpserver

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
)

// BenchmarkLMTP delivers 10 KB messages durably on 20 connections.
func BenchmarkLMTP(b *testing.B) {
	w := newTown(b)
	text := "LHLO x\r\n"
	body := "From: someone@example.net\r\nSubject: bench\r\nMessage-ID: <%d@example.net>\r\n\r\n" +
		strings.Repeat(strings.Repeat("x", 76)+"\r\n", 128) + ".\r\n"
	var n atomic.Int64
	b.SetBytes(10 << 10)
	b.SetParallelism(10) // times GOMAXPROCS 2
	b.RunParallel(func(pb *testing.PB) {
		c := w.dial("lmtp")
		r := bufio.NewReader(c)
		say := func(text, want string) {
			io.WriteString(c, text)
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					b.Error(err)
					return
				}
				if strings.HasPrefix(line, want+" ") {
					return
				}
				if !strings.HasPrefix(line, "250") {
					b.Error(line)
					return
				}
			}
		}
		say("", "220")
		say(text, "250")
		for pb.Next() {
			say("MAIL FROM:<someone@example.net>\r\nRCPT TO:<anna@example.test>\r\nDATA\r\n", "354")
			say(fmt.Sprintf(body, n.Add(1)), "250 2.0.0")
		}
	})
}
