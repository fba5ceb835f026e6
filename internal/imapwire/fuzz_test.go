package imapwire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
)

// fuzzLimits are small, so that the fuzzer gets to every limit.
func fuzzLimits() Limits {
	return Limits{Line: 300, Literal: 60, NonSync: 40, Command: 500, Literals: 4, Message: 80, Skip: 200, Depth: 5}
}

// FuzzDecoder feeds a connection with anything. It must end, must not take
// memory beyond the limits and, as long as there are no literals, must answer
// each line once.
func FuzzDecoder(f *testing.F) {
	for _, s := range []string{
		"a LOGIN {3+}\r\nabc {2}\r\nxy\r\nb NOOP\r\n",
		"a APPEND x (\\Seen) {3+}\r\nabc {2}\r\nxy\r\nb NOOP\r\n",
		"a APPEND x UTF8 (~{3+}\r\nabc)\r\n",
		"a UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (A B)]<0.5>) (CHANGEDSINCE 5 VANISHED)\r\n",
		"a SEARCH RETURN (MIN PARTIAL -1:-5) CHARSET UTF-8 OR (NOT SEEN TEXT \"a\\\"b\") MODSEQ 5\r\n",
		"a SORT RETURN (UPDATE (UID BODY[TEXT]) CONTEXT) (REVERSE DATE) UTF-8 ALL\r\nb CANCELUPDATE \"a\" \"b\"\r\n",
		"a SELECT INBOX (QRESYNC (1 2 1:5 (1 2)) CONDSTORE)\r\n",
		"a LIST (SUBSCRIBED) \"\" (\"a\" %) RETURN (STATUS (MESSAGES) METADATA (\"/shared/x\"))\r\n",
		"a NOTIFY SET STATUS (selected (MessageNew (UID) MessageExpunge)) (subtree (a b) NONE)\r\n",
		"a SETMETADATA INBOX (/private/comment ~{2+}\r\n\x00a /b NIL)\r\n",
		"a REPLACE 4 Drafts (\\Seen) \"01-Jan-2020 00:00:00 +0000\" {3+}\r\nabc\r\nb UID REPLACE 5 x UTF8 (~{2+}\r\nab)\r\n",
		"a ESEARCH IN (mailboxes (a b) subtree \"c d\") RETURN (COUNT) TEXT x\r\n", "a CANCELUPDATE \"x\" \"y\"\r\n",
		"\n\x00\r\r\n{99999999999999999999+}\r\n", "a X {5+}\n12345\r\nb NOOP\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		lines := bytes.Count(input, []byte("\n"))
		d := NewDecoder(bufio.NewReaderSize(bytes.NewReader(input), 16), fuzzLimits())
		d.Continue = func() error { return nil }
		results := 0
		for {
			req, err := d.Next()
			var ce *CommandError
			if err != nil && !errors.As(err, &ce) {
				break
			}
			results++
			if results > lines+1 {
				t.Fatalf("%d results of %d lines", results, lines)
			}
			checkResult(t, req, ce)
			if ce != nil && ce.Fatal {
				return
			}
			if ended := readMessages(t, req.Command); ended {
				break
			}
		}
		if !bytes.Contains(input, []byte("{")) && results != lines {
			t.Fatalf("%d results of %d lines", results, lines)
		}
	})
}

// checkResult looks at one answer, and that it can be sent.
func checkResult(t *testing.T, req Request, ce *CommandError) {
	if (req.Command == nil) == (ce == nil) {
		t.Fatalf("%v and %v", req, ce)
	}
	if ce == nil {
		if req.Tag == "" || req.Command.Name() == "" {
			t.Fatalf("%#v", req)
		}
		return
	}
	if line := printed(func(e *Encoder) { e.Status(ce.Status()) }); bytes.Count([]byte(line), []byte("\n")) != 1 {
		t.Fatalf("%q", line)
	}
}

// readMessages reads what an APPEND has and tells whether the stream ended.
func readMessages(t *testing.T, cmd Command) (ended bool) {
	var next func() (*AppendMessage, error)
	switch c := cmd.(type) {
	case *Append:
		next = c.Next
	case *Replace:
		next = c.Next
	default:
		return false
	}
	for {
		m, err := next()
		var ce *CommandError
		if err == io.EOF || errors.As(err, &ce) && !ce.Fatal {
			return false
		}
		if err != nil {
			return true
		}
		if n, err := io.Copy(io.Discard, m); err == nil && n != m.Size {
			t.Fatalf("%d octets, %d were announced", n, m.Size)
		}
	}
}
