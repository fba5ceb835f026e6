package smtpserver

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// readData runs DATA over input and returns the message, its fault and what was
// left for the next command.
func readData(t testing.TB, input string, buffer int) (body string, fault reply, rest string, err error) {
	t.Helper()
	r := bufio.NewReaderSize(strings.NewReader(input), buffer)
	d := newDataReader(r)
	var s scan
	var b bytes.Buffer
	for {
		piece, err := d.next()
		if errors.Is(err, errEndOfData) {
			break
		}
		if err != nil {
			return b.String(), s.fault(), "", err
		}
		s.Write(piece)
		b.Write(piece)
	}
	left, err := io.ReadAll(r)
	return b.String(), s.fault(), string(left), err
}

func TestDataEndsOnlyAtCRLFDotCRLF(t *testing.T) {
	const next = "MAIL FROM:<evil@example.test>\r\n"
	tests := []struct {
		name, input, body, rest string
		code                    int
	}{
		{"empty", ".\r\n" + next, "", next, 0},
		{"plain", "A: b\r\n\r\ntext\r\n.\r\n" + next, "A: b\r\n\r\ntext\r\n", next, 0},
		{"stuffed", "..\r\n...x\r\n.y\r\n.\r\n", ".\r\n..x\r\ny\r\n", "", 0},
		{"LF dot LF", "a\n.\n" + next + ".\r\n", "a\n.\n" + next, "", 550},
		{"LF dot CRLF", "a\n.\r\n" + next + ".\r\n", "a\n.\r\n" + next, "", 550},
		{"CRLF dot LF", "a\r\n.\n" + next + ".\r\n", "a\r\n\n" + next, "", 550},
		{"CR dot CR", "a\r.\r" + next + ".\r\n", "a\r.\r" + next, "", 550},
		{"CRLF dot CR", "a\r\n.\r" + next + ".\r\n", "a\r\n\r" + next, "", 550},
		{"CR dot CRLF", "a\r.\r\n" + next + ".\r\n", "a\r.\r\n" + next, "", 550},
		{"CR CRLF dot CRLF", "a\r\r\n.\r\n" + next, "a\r\r\n", next, 550},
		{"NUL", "a\x00b\r\n.\r\n", "a\x00b\r\n", "", 554},
		{"NUL dot", "a\r\n\x00.\r\n.\r\n", "a\r\n\x00.\r\n", "", 554},
		{"bare LF", "a\nb\r\n.\r\n", "a\nb\r\n", "", 550},
		{"LF CR", "a\n\rb\r\n.\r\n", "a\n\rb\r\n", "", 550},
	}
	for _, test := range tests {
		for _, buffer := range []int{16, 17, 64, 8192} {
			body, fault, rest, err := readData(t, test.input, buffer)
			if err != nil || body != test.body || rest != test.rest || fault.code != test.code {
				t.Errorf("%s (buffer %d): body %q, code %d, rest %q, %v", test.name, buffer, body, fault.code, rest, err)
			}
		}
	}
}

func TestHeaderIsBounded(t *testing.T) {
	small := strings.Repeat("X-A: b\r\n", 100_000) // 800 KB: odd, and legal
	huge := strings.Repeat("X-A: b\r\n", 1_000_000)
	if _, fault, _, _ := readData(t, small+"\r\nx\r\n.\r\n", 8192); fault.code != 0 {
		t.Errorf("a header of 800 kB: %v", fault)
	}
	if _, fault, _, _ := readData(t, huge+"\r\nx\r\n.\r\n", 8192); fault.code != 552 {
		t.Errorf("1,000,000 header lines: %v", fault)
	}
	long := "Subject: " + strings.Repeat("x", 2<<20) + "\r\n\r\nx\r\n.\r\n"
	if _, fault, _, _ := readData(t, long, 8192); fault.code != 552 {
		t.Errorf("a header line of 2 MB: %v", fault)
	}
	body := "A: b\r\n\r\n" + strings.Repeat("line\r\n", 1_000_000) + ".\r\n"
	if _, fault, _, _ := readData(t, body, 8192); fault.code != 0 {
		t.Errorf("a long body: %v", fault)
	}
}

func TestScanSeesTheSameInAnyPieces(t *testing.T) {
	const text = "A: b\r\nC: d\r\n\r\nbody\r\n\r\nmore\r\n"
	for size := 1; size <= len(text); size++ {
		var s scan
		for i := 0; i < len(text); i += size {
			s.Write([]byte(text[i:min(i+size, len(text))]))
		}
		if s.fault().code != 0 || s.header != 14 || !s.headerDone {
			t.Errorf("pieces of %d: %+v", size, s)
		}
	}
}

func FuzzData(f *testing.F) {
	f.Add([]byte("A: b\r\n\r\ntext\r\n.\r\nQUIT\r\n"), 16)
	f.Add([]byte("a\n.\r\nMAIL FROM:<>\r\n.\r\n"), 20)
	f.Add([]byte("..\r\n.\r\r\n.\r\n"), 16)
	f.Fuzz(func(t *testing.T, input []byte, buffer int) {
		body, fault, rest, err := readData(t, string(input), 16+buffer&63)
		if err != nil {
			return
		}
		// The end found is the first one by the letter of RFC 5321.
		text := "\r\n" + string(input)
		end := strings.Index(text, "\r\n.\r\n")
		if want := text[end+5:]; rest != want {
			t.Fatalf("rest %q, want %q", rest, want)
		}
		// What is accepted comes out of a client's dot-stuffing again.
		if fault.code != 0 {
			return
		}
		again := strings.ReplaceAll("\r\n"+body, "\r\n.", "\r\n..")[2:] + ".\r\n"
		if body2, _, rest2, err := readData(t, again, 4096); body2 != body || rest2 != "" || err != nil {
			t.Fatalf("%q became %q", body, body2)
		}
		if strings.Contains(strings.ReplaceAll(body, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(body, "\r\n", ""), "\r") {
			t.Fatalf("bare CR or LF accepted: %q", body)
		}
	})
}
