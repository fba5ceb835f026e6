package imapwire

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

// BenchmarkFetchItems and BenchmarkFetchLine write the answer to
// FETCH 1:100000 (UID FLAGS MODSEQ).
func BenchmarkFetchItems(b *testing.B) {
	e := NewEncoder(bufio.NewWriterSize(io.Discard, 64<<10))
	flags := []Flag{FlagSeen, FlagAnswered, FlagForwarded}
	b.ReportAllocs()
	for b.Loop() {
		for n := uint32(1); n <= 100000; n++ {
			f := e.Fetch(n)
			f.UID(n + 5)
			f.Flags(flags)
			f.ModSeq(uint64(n) + 1e9)
			f.End()
		}
	}
}

func BenchmarkFetchLine(b *testing.B) {
	e := NewEncoder(bufio.NewWriterSize(io.Discard, 64<<10))
	flags := AppendFlags(nil, []Flag{FlagSeen, FlagAnswered, FlagForwarded})
	b.ReportAllocs()
	for b.Loop() {
		for n := uint32(1); n <= 100000; n++ {
			e.FetchLine(n, n+5, flags, uint64(n)+1e9)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	const line = "A0001 UID FETCH 1:500,700 (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT)])\r\n"
	text := strings.Repeat(line, 1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	r := bufio.NewReader(nil)
	for b.Loop() {
		r.Reset(strings.NewReader(text))
		d := NewDecoder(r, SessionLimits(0))
		for {
			if _, err := d.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
