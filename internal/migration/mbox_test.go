package migration

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func readMbox(t *testing.T, text string) (bodies []string, messages []*MboxMessage) {
	t.Helper()
	r := NewMboxReader(strings.NewReader(text), Mboxrd)
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, ErrNoMbox) {
			return bodies, messages
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(m.Body.Reader())
		if err != nil || int64(len(raw)) != m.Body.Size() {
			t.Fatal(len(raw), m.Body.Size(), err)
		}
		m.Body.Close()
		bodies, messages = append(bodies, string(raw)), append(messages, m)
	}
}

func TestMboxReader(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"two": {"From a Mon Jan  5 10:00:00 2026\nA: 1\n\nx\n\nFrom b Mon Jan  5 10:00:00 2026\nB: 2\n\ny\n\n",
			[]string{"A: 1\r\n\r\nx\r\n", "B: 2\r\n\r\ny\r\n"}},
		"crlf":        {"From a Mon Jan  5 10:00:00 2026\r\nA: 1\r\n\r\nx\r\n\r\n", []string{"A: 1\r\n\r\nx\r\n"}},
		"no end":      {"From a Mon Jan  5 10:00:00 2026\nA: 1\n\nx", []string{"A: 1\r\n\r\nx"}},
		"quoted":      {"From a Mon Jan  5 10:00:00 2026\n\n>From x\n>>From y\n>Fro\n", []string{"\r\nFrom x\r\n>From y\r\n>Fro\r\n"}},
		"unquoted":    {"From a Mon Jan  5 10:00:00 2026\n\nx\n\nFrom here on\nmore\n", []string{"\r\nx\r\n\r\nFrom here on\r\nmore\r\n"}},
		"within":      {"From a Mon Jan  5 10:00:00 2026\n\nx\nFrom b Mon Jan  5 10:00:00 2026\n", []string{"\r\nx\r\nFrom b Mon Jan  5 10:00:00 2026\r\n"}},
		"no date":     {"From a\nA: 1\n\nx\n\nFrom b@c\nB: 1\n\ny\n", []string{"A: 1\r\n\r\nx\r\n", "B: 1\r\n\r\ny\r\n"}},
		"zone":        {"From a Mon Jan 05 10:00:00 +0000 2026\nA: 1\n\n", []string{"A: 1\r\n"}},
		"blank first": {"\n\nFrom a Mon Jan  5 10:00:00 2026\nA: 1\n", []string{"A: 1\r\n"}},
		"no mbox":     {"A: 1\n\nx\n", nil},
		"empty":       {"", nil},
		"long line": {"From a Mon Jan  5 10:00:00 2026\n\n" + strings.Repeat("x", 3*lineBuffer) + "\n",
			[]string{"\r\n" + strings.Repeat("x", 3*lineBuffer) + "\r\n"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, _ := readMbox(t, test.text)
			if strings.Join(got, "\x00") != strings.Join(test.want, "\x00") || len(got) != len(test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestMboxDates(t *testing.T) {
	want := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	for _, line := range []string{"From a Mon Jan  5 10:00:00 2026", "From - Mon Jan 05 10:00:00 2026",
		"From a@b Mon Jan 5 12:00:00 +0200 2026", "From Mon Jan 5 10:00 2026"} {
		if got := fromLineDate([]byte(line)); !got.Equal(want) {
			t.Errorf("%s: %v", line, got)
		}
	}
}

// Large messages pass through a file, and come back whole.
func TestBodySpills(t *testing.T) {
	line := strings.Repeat("y", 70) + "\r\n"
	text := "A: 1\r\n\r\n" + strings.Repeat(line, 3*inMemory/len(line))
	var file bytes.Buffer
	w := NewMboxWriter(&file)
	if err := w.Write(Written{Body: strings.NewReader(text)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got, _ := readMbox(t, file.String())
	if len(got) != 1 || got[0] != text {
		t.Fatal("other bytes came back")
	}
}

// What was read, written and read again is the same.
func FuzzMbox(f *testing.F) {
	f.Add("From a Mon Jan  5 10:00:00 2026\nStatus: RO\nX-Status: AF\nX-Keywords: todo\nA: 1\n\nx\n>From y\n\nFrom b Mon Jan  5 10:00:00 2026\nB: 2\n")
	f.Add("From a\r\nX-Mozilla-Status: 0009\r\nA: 1\r\n\r\n>>From\r\n\r\n\r\n")
	f.Add("From a\n\n\r\n\rFrom b\n\n>")
	f.Fuzz(func(t *testing.T, text string) {
		first, messages := readMbox(t, text)
		var file bytes.Buffer
		w := NewMboxWriter(&file)
		for i, m := range messages {
			if err := w.Write(Written{Flags: m.Flags, Keywords: m.Keywords, Received: m.Date, Body: strings.NewReader(first[i])}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		second, again := readMbox(t, file.String())
		if len(second) != len(first) {
			t.Fatalf("%d messages became %d", len(first), len(second))
		}
		for i := range first {
			// A line end at the very end, or a CR alone there, may change; own fields move to the file.
			if !strings.HasSuffix(strings.TrimRight(second[i], "\r\n"), strings.TrimRight(first[i], "\r\n")) && len(first[i]) < headBytes {
				t.Errorf("%q became %q", first[i], second[i])
			}
			if again[i].Flags&messages[i].Flags != messages[i].Flags {
				t.Errorf("flags %v became %v", messages[i].Flags, again[i].Flags)
			}
		}
	})
}
