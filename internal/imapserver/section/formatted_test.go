package section

import (
	"bufio"
	"bytes"
	"testing"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/message"
)

// TestFormatsAreBounded: two generations and no more; what is asked for lives on.
func TestFormatsAreBounded(t *testing.T) {
	var k Formats
	text := bytes.Repeat([]byte("x"), 100<<10)
	asked := Format{Account: 1, Email: 1, Item: imapwire.FetchEnvelope}
	k.Keep(asked, []byte("asked"))
	for i := range 1000 {
		k.Keep(Format{Account: 3, Email: postroom.EmailID(i)}, text)
		if got := k.Known(asked); string(got) != "asked" {
			t.Fatalf("after %d it is %q", i, got)
		}
	}
	held := 0
	for _, generation := range []map[Format][]byte{k.young, k.old} {
		for _, text := range generation {
			held += len(text)
		}
	}
	if held > 2*(maxFormatBytes+len(text)) {
		t.Errorf("%d octets are held", held)
	}
	if k.Known(Format{Account: 1, Email: 1, Item: imapwire.FetchEnvelope, Names: imapwire.UTF8}) != nil {
		t.Error("another form of names has the same text")
	}
}

// TestFormattedIsTheSame: what was formatted before is written as it would be
// without, between other items.
func TestFormattedIsTheSame(t *testing.T) {
	s := &message.Summary{Envelope: &message.Envelope{Subject: "Grüße \"x\"\r\n", MessageID: "<1@example.test>",
		From: []message.Address{{Name: "Änne", Mailbox: "anna", Host: "example.test"}}},
		Structure: &message.BodyStructure{Type: "text", Subtype: "plain", Encoding: "8bit", Size: 5, Lines: 1}}
	for _, names := range []imapwire.NameForm{imapwire.ModifiedUTF7, imapwire.UTF8} {
		for _, kind := range []imapwire.FetchKind{imapwire.FetchEnvelope, imapwire.FetchBody, imapwire.FetchBodyStructure} {
			var got [2]string
			for i := range got {
				var out bytes.Buffer
				buf := bufio.NewWriter(&out)
				e := imapwire.NewEncoder(buf)
				e.SetNames(names)
				text := e.Format(func(w *imapwire.FetchWriter) { WriteSummary(w, kind, s) })
				w := e.Fetch(7)
				w.UID(9)
				if i == 0 {
					WriteSummary(w, kind, s)
				} else {
					w.Formatted(text)
				}
				w.Size(3)
				w.End()
				buf.Flush()
				got[i] = out.String()
			}
			if got[0] != got[1] || len(got[0]) < 30 {
				t.Errorf("got  %q\nwant %q", got[1], got[0])
			}
		}
	}
}
