package imapwire

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

// readAll reads the messages of an APPEND and returns what they hold.
func readAll(next func() (*AppendMessage, error)) (msgs []AppendMessage, texts []string, err error) {
	for {
		m, err := next()
		if err == io.EOF {
			return msgs, texts, nil
		}
		if err != nil {
			return msgs, texts, err
		}
		b, err := io.ReadAll(m)
		if err != nil {
			return msgs, texts, err
		}
		m.Reader = nil
		msgs, texts = append(msgs, *m), append(texts, string(b))
	}
}

func TestAppend(t *testing.T) {
	d, asked := newTestDecoder("A003 APPEND saved-messages (\\Seen) {9}\r\nSubject: \r\n"+
		"A004 APPEND {5}\r\ninbox (\\Seen $x) \" 7-Feb-1994 22:43:04 -0800\" {3+}\r\nabc ~{2}\r\n\x00b () UTF8 (~{2+}\r\nx\n)\r\n"+
		"A005 REPLACE 4 Drafts (\\Draft) {1}\r\nx\r\nA006 UID REPLACE * Drafts {0+}\r\n\r\nA007 NOOP\r\n", SessionLimits(100))
	req, err := d.Next()
	if err != nil {
		t.Fatal(err)
	}
	a := req.Command.(*Append)
	if a.Mailbox != "saved-messages" || *asked != 0 {
		t.Errorf("%q, asked %d", a.Mailbox, *asked)
	}
	msgs, texts, err := readAll(a.Next)
	if err != nil || *asked != 1 || !reflect.DeepEqual(texts, []string{"Subject: "}) || !reflect.DeepEqual(msgs[0].Flags, []Flag{FlagSeen}) {
		t.Error(msgs, texts, err)
	}

	if req, err = d.Next(); err != nil {
		t.Fatal(err)
	}
	msgs, texts, err = readAll(req.Command.(*Append).Next)
	if err != nil || !reflect.DeepEqual(texts, []string{"abc", "\x00b", "x\n"}) {
		t.Fatal(texts, err)
	}
	date := time.Date(1994, 2, 8, 6, 43, 4, 0, time.UTC)
	if m := msgs[0]; !m.Date.Equal(date) || m.Size != 3 || m.Binary || m.UTF8 || len(m.Flags) != 2 {
		t.Errorf("%+v", m)
	}
	if !msgs[1].Binary || !msgs[2].Binary || !msgs[2].UTF8 || *asked != 3 {
		t.Errorf("%+v, asked %d", msgs, *asked)
	}

	if req, err = d.Next(); err != nil {
		t.Fatal(err)
	}
	r := req.Command.(*Replace)
	if _, texts, err = readAll(r.Next); err != nil || r.Number != 4 || r.Mailbox != "Drafts" || texts[0] != "x" {
		t.Error(r, texts, err)
	}
	if req, err = d.Next(); err != nil {
		t.Fatal(err)
	}
	r = req.Command.(*Replace)
	if _, _, err = readAll(r.Next); err != nil || r.Name() != "UID REPLACE" {
		t.Error(r, err)
	}
	if req, err = d.Next(); err != nil || req.Tag != "A007" {
		t.Error(req, err)
	}
}

// TestAppendRefused answers without reading, or after a part.
func TestAppendRefused(t *testing.T) {
	input := "a APPEND x {10}\r\n" + // not asked for, so not sent
		"b APPEND x {10+}\r\n0123456789 {3+}\r\nabc\r\n" +
		"c APPEND x {10+}\r\n0123456789\r\n" +
		"c2 APPEND x {10}\r\n" + // looked at, but not asked for
		"d NOOP\r\n"
	d, asked := newTestDecoder(input, SessionLimits(100))
	for _, tag := range []string{"a", "b", "c", "c2", "d"} {
		req, err := d.Next()
		if err != nil || req.Tag != tag {
			t.Fatal(req, err)
		}
		if a, ok := req.Command.(*Append); ok && tag != "a" {
			m, err := a.Next()
			if err != nil || m.Size != 10 {
				t.Fatal(m, err)
			}
			if tag == "c" {
				io.CopyN(io.Discard, m, 4)
			}
		}
	}
	if *asked != 0 {
		t.Error("asked for a literal")
	}
}

// TestLateRead makes sure that a message that was skipped does not look like
// one that was read to its end.
func TestLateRead(t *testing.T) {
	d, _ := newTestDecoder("a APPEND x {3+}\r\nabc {3+}\r\ndef\r\nb NOOP\r\n", SessionLimits(100))
	req, err := d.Next()
	if err != nil {
		t.Fatal(err)
	}
	a := req.Command.(*Append)
	first, _ := a.Next()
	if _, err := a.Next(); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(first); err == nil {
		t.Errorf("%q", b)
	}
	if req, err := d.Next(); err != nil || req.Tag != "b" {
		t.Error(req, err)
	}
	if _, err := a.Next(); err == nil || err == io.EOF {
		t.Error(err)
	}
}

func TestAppendErrors(t *testing.T) {
	for _, c := range []struct {
		line  string
		code  Code
		after string
	}{
		{"a APPEND x {101}\r\n", CodeTooBig, "b"},
		{"a APPEND x {101+}\r\n" + strings.Repeat("y", 101) + "\r\n", CodeTooBig, "b"},
		{"a APPEND x {1+}\r\nyz\r\n", "", "b"},
		{"a APPEND x UTF8 (~{1+}\r\ny\r\n", "", "b"},
		{"a APPEND x UTF8 (~{1+}\r\ny {3+}\r\nc D\r\n", "", "b"},
		{"a APPEND x (\\Seen) hello\r\n", "", "b"},
		{"a APPEND x \"yesterday\" {1+}\r\nx\r\n", "", "b"},
		{"a REPLACE 1 x {1+}\r\nx {1+}\r\ny\r\n", "", "b"},
		{"a APPEND x\r\n", "", "b"},
	} {
		d, _ := newTestDecoder(c.line+"b NOOP\r\n", SessionLimits(100))
		req, err := d.Next()
		switch cmd := req.Command.(type) {
		case *Append:
			_, _, err = readAll(cmd.Next)
		case *Replace:
			_, _, err = readAll(cmd.Next)
		}
		var ce *CommandError
		if !errors.As(err, &ce) || ce.Tag != "a" || ce.Code != c.code || ce.Fatal {
			t.Errorf("%q: %+v", c.line, err)
		}
		if c.code == CodeTooBig && !errors.Is(err, ErrLiteralTooLarge) {
			t.Errorf("%q: %v", c.line, err)
		}
		if req, err := d.Next(); err != nil || req.Tag != c.after {
			t.Errorf("%q: out of step: %v %v", c.line, req, err)
		}
	}
}

func TestAppendCut(t *testing.T) {
	d, _ := newTestDecoder("a APPEND x {10}\r\n012", SessionLimits(100))
	req, err := d.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, texts, err := readAll(req.Command.(*Append).Next); err != io.ErrUnexpectedEOF {
		t.Error(texts, err)
	}
}
