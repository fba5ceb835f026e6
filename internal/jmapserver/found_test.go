package jmapserver_test

import (
	"fmt"
	"strings"
	"testing"

	"postroom"
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

// Where a conversation stands is told by more than its emails: what was found by
// that is not kept.
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
