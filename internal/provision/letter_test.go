package provision

import (
	"bytes"
	"io"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"time"

	"postroom"
)

func TestDemoLetters(t *testing.T) {
	letters := demoLetters()
	if n := len(letters); n < 30 || n > 60 {
		t.Errorf("%d letters", n)
	}
	languages, files, html, answered := 0, 0, 0, 0
	for i := range letters {
		l := &letters[i]
		raw, err := l.compose(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), letters)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(raw), "\r\n") {
			if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("letter %d line %d: %q", i, n, line)
			}
			for _, c := range []byte(line) {
				if c >= 0x80 {
					t.Fatalf("letter %d line %d is not ASCII: %q", i, n, line)
				}
			}
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("letter %d: %v", i, err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != l.subject {
			t.Errorf("subject %q, want %q (%v)", subject, l.subject, err)
		}
		if _, err := m.Header.AddressList("To"); err != nil {
			t.Errorf("letter %d: To: %v", i, err)
		}
		body, _ := io.ReadAll(m.Body)
		if len(body) == 0 {
			t.Errorf("letter %d is empty", i)
		}
		if strings.ContainsFunc(l.subject, func(r rune) bool { return r > 0x7f }) {
			languages++
		}
		files += len(l.files)
		if l.html != "" {
			html++
		}
		if l.flags&postroom.FlagAnswered != 0 {
			answered++
		}
	}
	if languages < 8 || files < 8 || html < 3 || answered < 8 {
		t.Errorf("languages %d, files %d, html %d, answered %d", languages, files, html, answered)
	}
}
