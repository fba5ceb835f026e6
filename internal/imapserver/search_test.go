package imapserver_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestSearchKeys has what keys find that meet each other.
func TestSearchKeys(t *testing.T) {
	h := newHouse(t)
	c := h.as("anna")
	for i, text := range []string{"To: Team: ben@example.test;\r\nSubject: one\r\n", "To: ben@example.test\r\nSubject: two\r\n", "Subject: three\r\n"} {
		text += fmt.Sprintf("Message-ID: <%d@example.test>\r\n\r\nx\r\n", i)
		c.must(fmt.Sprintf("APPEND INBOX {%d+}\r\n%s", len(text), text))
	}
	c.must("SELECT INBOX")
	for key, want := range map[string]string{
		"TO team": "1", "TO ben": "1 2", "TO <": "1 2",
		// A set that names more than what the keys before it left.
		`SUBJECT one (NOT HEADER Bcc "" UID 1:*)`: "1", `SUBJECT two (HEADER To ben 1:*)`: "2",
	} {
		if got := strings.TrimPrefix(c.must("SEARCH " + key)[0], "* SEARCH "); got != want {
			t.Errorf("%s finds %s, want %s", key, got, want)
		}
	}
}
