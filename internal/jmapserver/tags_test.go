package jmapserver_test

import (
	"fmt"
	"strings"
	"testing"
)

// The keywords of many emails are changed at once; what is wrong with one is
// told of that one alone, and rights are asked for each.
func TestKeywordsOfMany(t *testing.T) {
	w, _ := newInfoHouse(t)
	for range 3 {
		w.Deliver("Subject: a\r\n\r\nx\r\n", w.Info)
	}
	id := func(n int) string { return fmt.Sprintf("E%d-%d", w.Info.ID, n) }
	set := func(user string, updates ...string) string {
		return string(w.call(user, w.names(`[["Email/set",{"accountId":"{info}","update":{`+strings.Join(updates, ",")+`}},"0"]]`)))
	}
	keywords := func(n int) string {
		return w.part("anna", fmt.Sprintf(`[["Email/get",{"accountId":"{info}","ids":[%q],"properties":["keywords"]},"0"]]`, id(n)), `"keywords":`, "}") + "}"
	}
	one := func(n int, change string) string { return fmt.Sprintf("%q:{%s}", id(n), change) }

	got := set("anna", one(1, `"keywords/$seen":true,"keywords/a":true`), one(2, `"keywords":{"b":true}`), one(99, `"keywords/a":true`),
		one(3, `"keywords/(":true`), `"#x":{"keywords/a":true}`)
	for _, want := range []string{`"updated":{"` + id(1) + `":null,"` + id(2) + `":null}`, `"` + id(99) + `":{"type":"notFound"`, `"` + id(3) + `":{"type":"invalidProperties"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	for n, want := range map[int]string{1: `{"$seen":true,"a":true}`, 2: `{"b":true}`, 3: `{}`} {
		if got := keywords(n); got != want {
			t.Errorf("email %d has %s, not %s", n, got, want)
		}
	}

	// Ben may mark as read, and nothing else.
	got = set("ben", one(1, `"keywords/$seen":null`), one(2, `"keywords/$seen":true,"keywords/b":null`), one(3, `"keywords/$seen":true`))
	if !strings.Contains(got, `"notUpdated":{"`+id(2)+`":{"type":"forbidden"`) || !strings.Contains(got, id(3)+`":null}`) {
		t.Errorf("ben: %s", got)
	}
	for n, want := range map[int]string{1: `{"a":true}`, 2: `{"b":true}`, 3: `{"$seen":true}`} {
		if got := keywords(n); got != want {
			t.Errorf("email %d has %s, not %s", n, got, want)
		}
	}
}
