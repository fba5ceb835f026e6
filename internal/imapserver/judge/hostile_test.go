package judge_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// filled repeats a word until a command is as long as one may be.
func filled(before, word, after string) string {
	return before + strings.Repeat(word, (64<<10-len(before)-len(after)-20)/len(word)) + after
}

// TestHostileGrammar sends the longest commands that each grammar allows, to a
// mailbox with messages: each is answered, takes no memory that stays, and
// others are served after it. Times are logged, not asserted.
func TestHostileGrammar(t *testing.T) {
	own, _ := postrooms(t)
	w, other := own.dial(t, 0), own.dial(t, 1)
	text := multipart("mixed", "b", "", repeated("Content-Type: text/plain\r\n\r\nx\r\n", 200)...)
	for range 50 {
		w.put("INBOX", text)
	}
	w.must("SELECT INBOX")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for name, command := range map[string]string{
		"or":             filled("SEARCH ", "OR SUBJECT x ", "ALL"),
		"or of sets":     filled("SEARCH ", "OR 1:* ", "ALL"),
		"not":            filled("SEARCH ", "NOT ", "ALL"),
		"brackets":       filled("SEARCH ", "(", "ALL"),
		"headers":        filled("SEARCH ", "HEADER X y ", "ALL"),
		"texts":          filled("SEARCH ", "NOT TEXT x ", "ALL"),
		"sets":           filled("SEARCH ", "1:*,", "1"),
		"far sets":       filled("UID SEARCH UID ", "1:4294967295,", "1"),
		"options":        filled("SEARCH RETURN (", "MIN ", "ALL) ALL"),
		"partial":        "SEARCH RETURN (PARTIAL 1:4294967295) ALL",
		"sort":           filled("SORT (", "SUBJECT ", "DATE) UTF-8 ALL"),
		"thread":         filled("THREAD REFERENCES UTF-8 ", "NOT DELETED ", "ALL"),
		"fetch":          filled("FETCH 1:* (", "BODYSTRUCTURE ", "FLAGS)"),
		"fetch sections": filled("FETCH 1:2 (", "BODY.PEEK[1] ", "FLAGS)"),
		"fetch fields":   filled("FETCH 1:* (BODY.PEEK[HEADER.FIELDS (", "Subject ", "X)])"),
		"deep path":      filled("FETCH 1:* (BODY.PEEK[", "1.", "1])"),
		"multisearch":    filled("ESEARCH IN (mailboxes (", "INBOX ", "x)) ALL"),
		"subtrees":       filled("ESEARCH IN (subtree (", "INBOX ", "x)) ALL"),
		"notify":         filled("NOTIFY SET (mailboxes (", "INBOX ", "x) (MessageNew MessageExpunge))"),
		"notify groups":  filled("NOTIFY SET ", "(inboxes (MessageNew MessageExpunge)) ", "(selected NONE)"),
		"metadata":       filled("GETMETADATA INBOX (", "/shared/comment ", "/private/x)"),
		"list":           filled("LIST \"\" (", "%*%*", ")"),
		"list patterns":  filled("LIST \"\" (", "* ", "x) RETURN (STATUS (MESSAGES))"),
		"qresync":        filled("SELECT INBOX (QRESYNC (1 1 ", "1:4294967295,", "1))"),
		"flags":          filled("STORE 1:* +FLAGS (", "k ", "k)"),
		"many keywords":  manyKeywords(),
		"status":         filled("STATUS INBOX (", "MESSAGES ", "UIDNEXT)"),
	} {
		start := time.Now()
		all := w.do(command)
		last := all[len(all)-1]
		size := 0
		for _, r := range all {
			size += len(r.raw)
		}
		t.Logf("%-15s %8s %9d octets  %.60s", name, time.Since(start).Round(time.Millisecond), size, last.raw)
		other.must("NOOP")
		if last.name == "OK" && strings.HasPrefix(command, "SELECT") {
			continue
		}
		w.must("NOOP")
	}
	w.must("NOTIFY NONE")
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
		t.Errorf("%d octets stay in memory", grown)
	}
}

func manyKeywords() string {
	var list []string
	for i := range 5000 {
		list = append(list, fmt.Sprintf("keyword%d", i))
	}
	return "STORE 1:* FLAGS (" + strings.Join(list, " ") + ")"
}
