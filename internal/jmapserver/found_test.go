package jmapserver_test

import (
	"fmt"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// The results of a query that is asked again are those of the moment: what
// comes, changes or goes, and who may see it, is in them.
func TestQueriesAskedAgain(t *testing.T) {
	w, inbox := newInfoHouse(t)
	if err := w.Console.Directory().SetSeen(t.Context(), inbox, postroom.SeenPerUser); err != nil {
		t.Fatal(err)
	}
	ask := func(user, filter string) string {
		ids := w.part(user, `[["Email/query",{"accountId":"{info}","filter":`+filter+`,"sort":[{"property":"subject"}]},"0"]]`, `"ids":[`, "]")
		return strings.NewReplacer(fmt.Sprintf("E%d-", w.Info.ID), "", `"`, "").Replace(ids)
	}
	check := func(when, user, filter, want string) {
		t.Helper()
		for range 2 {
			if got := ask(user, filter); got != want {
				t.Errorf("%s, %s: %s, not %s", when, user, got, want)
			}
		}
	}
	all, unread := `{"inMailbox":"<info>-2"}`, `{"notKeyword":"$seen"}`
	w.Deliver("Subject: b\r\n\r\nx\r\n", w.Info)
	check("one", "anna", all, "1")
	w.Deliver("Subject: a\r\n\r\nx\r\n", w.Info)
	check("two", "anna", all, "2,1")
	check("two", "anna", unread, "2,1")
	check("two", "ben", unread, "2,1")
	w.call("anna", w.names(fmt.Sprintf(`[["Email/set",{"accountId":"{info}","update":{"E%d-1":{"keywords/$seen":true}}},"0"]]`, w.Info.ID)))
	check("read by anna", "anna", unread, "2")
	check("read by anna", "ben", unread, "2,1")
	w.Revoke(inbox, w.Ben)
	if b := string(w.call("ben", w.names(`[["Email/query",{"accountId":"{info}","filter":`+all+`},"0"]]`))); !strings.Contains(b, "accountNotFound") {
		t.Errorf("without a right: %s", b)
	}
	check("revoked of ben", "anna", all, "2,1")
}

// A text that is looked for again is found in what may be read now, whatever was
// found before, and for whom.
func TestTextsAskedAgain(t *testing.T) {
	w, inbox := newInfoHouse(t)
	found := func(user string) string {
		body := string(w.call(user, w.names(`[["Email/query",{"accountId":"{info}","filter":{"text":"invo"},"sort":[{"property":"subject"}]},"0"]]`)))
		_, ids, _ := strings.Cut(body, `"ids":[`)
		ids, _, _ = strings.Cut(ids, "]")
		return strings.NewReplacer(fmt.Sprintf("E%d-", w.Info.ID), "", `"`, "").Replace(ids)
	}
	check := func(when string, want map[string]string) {
		t.Helper()
		if err := store.IndexAll(t.Context(), w.Store); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			for user, want := range want {
				if got := found(user); got != want {
					t.Errorf("%s, %s: %q, not %q", when, user, got, want)
				}
			}
		}
	}
	w.Deliver("Subject: an invoice\r\n\r\nx\r\n", w.Info)
	w.Deliver("Subject: another matter\r\n\r\nx\r\n", w.Info)
	check("one", map[string]string{"anna": "1", "ben": "1"})
	w.Deliver("Subject: more\r\n\r\nthe invoices\r\n", w.Info)
	check("two", map[string]string{"anna": "1,3", "ben": "1,3"})
	w.Revoke(inbox, w.Ben)
	check("revoked of ben", map[string]string{"anna": "1,3", "ben": ""})
	w.Grant(inbox, w.Ben, rights.Viewer)
	check("given to ben", map[string]string{"anna": "1,3", "ben": "1,3"})
	w.Grant(inbox, w.Anna, postroom.AllRights)
	w.call("anna", w.names(fmt.Sprintf(`[["Email/set",{"accountId":"{info}","destroy":["E%d-1"]},"0"]]`, w.Info.ID)))
	check("one destroyed", map[string]string{"anna": "3", "ben": "3"})
}

// Where a conversation stands is asked anew when it has changed.
func TestQueriesOfWorkAskedAgain(t *testing.T) {
	w, inbox := newInfoHouse(t)
	w.Grant(inbox, w.Anna, postroom.AllRights)
	w.Deliver("Subject: a\r\n\r\nx\r\n", w.Info)
	ask := func() string {
		return w.part("anna", `[["Email/query",{"accountId":"{info}","filter":{"workStatus":"waiting"}},"0"]]`, `"ids":[`, "]")
	}
	if got := ask(); got != "" {
		t.Errorf("before: %s", got)
	}
	thread := w.part("anna", fmt.Sprintf(`[["Email/get",{"accountId":"{info}","ids":["E%d-1"],"properties":["threadId"]},"0"]]`, w.Info.ID), `"threadId":"`, `"`)
	for _, status := range []string{"waiting", "done"} {
		w.part("anna", `[["Work/set",{"accountId":"{info}","update":{"`+thread+`":{"status":"`+status+`"}}},"0"]]`, `"updated":{"`, `"`)
		if got := ask(); (got != "") != (status == "waiting") {
			t.Errorf("%s: %q", status, got)
		}
	}
}
