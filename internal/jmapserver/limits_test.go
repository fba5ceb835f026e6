package jmapserver_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// Every method that takes ids takes as many as the session resource says, and one
// more is too many.
func TestObjectsInACall(t *testing.T) {
	s := storetest.Open(t, func(*store.Options) {})
	k := newTalk(t, s)
	anna := k.account(k.o.Anna)
	k.o.Grant(storetest.In(k.o.Info, postroom.RootCollection), k.o.Anna, rights.Viewer)
	list := func(n int, each string) string {
		words := make([]string, n)
		for i := range words {
			words[i] = strings.ReplaceAll(each, "N", fmt.Sprint(i))
		}
		return strings.Join(words, ",")
	}
	about := fmt.Sprintf(`{"accountId":%q,`, anna)
	type method struct{ name, before, each, after string }
	fewer := map[string]int{"SearchSnippet/get": 200, "Email/parse": 100, "MDN/parse": 100} // they read messages
	ids := func(name string) method { return method{name, about + `"ids":[`, `"xN"`, `]}`} }
	destroy := func(name string) method { return method{name, about + `"destroy":[`, `"xN"`, `]}`} }
	for _, m := range []method{
		ids("Mailbox/get"), ids("Email/get"), ids("Thread/get"), ids("Identity/get"), ids("EmailSubmission/get"), ids("VacationResponse/get"),
		ids("Principal/get"), ids("Quota/get"), ids("Share/get"), ids("Grant/get"), ids("ShareNotification/get"), ids("Blob/get"),
		{"PushSubscription/get", `{"ids":[`, `"xN"`, `]}`},
		{"SearchSnippet/get", about + `"filter":{"text":"x"},"emailIds":[`, `"xN"`, `]}`},
		{"Email/parse", about + `"blobIds":[`, `"xN"`, `]}`}, {"MDN/parse", about + `"blobIds":[`, `"xN"`, `]}`},
		{"Blob/lookup", about + `"typeNames":["Email"],"ids":[`, `"xN"`, `]}`},
		{"Blob/copy", `{"fromAccountId":"A1010",` + about[1:] + `"blobIds":[`, `"xN"`, `]}`},
		destroy("Mailbox/set"), destroy("Email/set"), destroy("EmailSubmission/set"), destroy("Identity/set"), destroy("VacationResponse/set"),
		destroy("Share/set"), destroy("Grant/set"), destroy("ShareNotification/set"), destroy("Principal/set"),
		{"PushSubscription/set", `{"destroy":[`, `"xN"`, `]}`},
		{"Email/set", about + `"create":{`, `"xN":{}`, `}}`}, {"Email/set", about + `"update":{`, `"xN":{}`, `}}`},
		{"Email/import", about + `"emails":{`, `"xN":{}`, `}}`},
		{"Email/copy", `{"fromAccountId":"A1010",` + about[1:] + `"create":{`, `"xN":{}`, `}}`},
	} {
		call := func(n int) string {
			return k.says("anna", `["`+m.name+`",`+m.before+list(n, m.each)+m.after+`,"0"]`)
		}
		most := cmp.Or(fewer[m.name], 1000)
		if got := call(most + 1); !strings.Contains(got, `"type":"requestTooLarge"`) {
			t.Errorf("%s of %d: %.300s", m.name, most+1, got)
		}
		if got := call(most); strings.Contains(got, "requestTooLarge") || strings.Contains(got, "serverFail") || strings.Contains(got, `["error"`) {
			t.Errorf("%s of %d: %.300s", m.name, most, got)
		}
	}
}

// blocked is a body of a request that does not come.
type blocked struct{ begun, end chan struct{} }

func (b blocked) Read([]byte) (int, error) {
	b.begun <- struct{}{}
	<-b.end
	return 0, io.EOF
}

// Requests and uploads at a time are as many as the session resource says.
func TestRequestsAtATime(t *testing.T) {
	s := storetest.Open(t, func(*store.Options) {})
	o := newOffice(t, s)
	// A body is asked for by the server, when the request is counted.
	transport := &http.Transport{ExpectContinueTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	for _, c := range []struct {
		path, limit string
		most        int
	}{{"/jmap/api", "maxConcurrentRequests", 8}, {fmt.Sprintf("/jmap/upload/A%d/", o.Anna.ID), "maxConcurrentUpload", 4}} {
		b := blocked{make(chan struct{}), make(chan struct{})}
		ask := func(body io.Reader) (string, int) {
			r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+o.http.Listener.Addr().String()+c.path, body)
			if err != nil {
				t.Error(err)
				return "", 0
			}
			r.SetBasicAuth("anna@example.test", storetest.Password)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Expect", "100-continue")
			res, err := transport.RoundTrip(r)
			if err != nil {
				t.Error(err)
				return "", 0
			}
			defer func() { _ = res.Body.Close() }()
			got, _ := io.ReadAll(res.Body)
			return string(got), res.StatusCode
		}
		done := make(chan int, c.most)
		for range c.most {
			go func() {
				_, status := ask(b)
				done <- status
			}()
			<-b.begun
		}
		got, status := ask(strings.NewReader(`{"using":[],"methodCalls":[]}`))
		if status != http.StatusTooManyRequests || !strings.Contains(got, c.limit) {
			t.Errorf("%s: %d %s", c.path, status, got)
		}
		close(b.end)
		for range c.most {
			if status := <-done; status == http.StatusTooManyRequests {
				t.Errorf("%s: one of %d is refused", c.path, c.most)
			}
		}
	}
}

// PatchObjects are taken by the letter of RFC 8620 §5.3.
func TestPatchObjects(t *testing.T) {
	s := storetest.Open(t, func(*store.Options) {})
	k := newTalk(t, s)
	k.o.Deliver(letter, k.o.Anna)
	anna := k.account(k.o.Anna)
	for _, c := range []struct{ method, id, patch, want string }{
		{"Email/set", "E1004-1", `{"keywords/$flagged":true,"keywords/work":true}`, "updated"},
		{"Email/set", "E1004-1", `{"keywords/$flagged":null,"keywords/never":null}`, "updated"},
		{"Email/set", "E1004-1", `{"keywords":{"a":true}}`, "updated"},
		{"Email/set", "E1004-1", `{"keywords":{"a":true},"keywords/b":true}`, "invalidPatch"},
		{"Email/set", "E1004-1", `{"keywords/a/b":true}`, "invalidPatch"},
		{"Email/set", "E1004-1", `{"keywords/a":true,"keywords/a/b":true}`, "invalidPatch"},
		{"Email/set", "E1004-1", `{"/keywords/a":true}`, "invalid"},
		{"Email/set", "E1004-1", `{"keywords/a~2":true}`, "invalidPatch"},
		{"Email/set", "E1004-1", `{"keywords/a":false}`, "invalidProperties"},
		{"Email/set", "E1004-1", `{"keywords/a":"true"}`, "invalidProperties"},
		{"Email/set", "E1004-1", `{"keywords":["a"]}`, "invalidProperties"},
		{"Email/set", "E1004-1", `{"keywords/":true}`, "invalid"},
		{"Email/set", "E1004-1", `{"mailboxIds/1004-9999":true}`, "invalidProperties"},
		{"Email/set", "E1004-1", `{"mailboxIds/1004-2":null}`, "invalidProperties"},
		{"Email/set", "E1004-1", `{"mailboxIds":{}}`, "invalidProperties"},
		{"Email/set", "E1004-1", `{"mailboxIds":null}`, "invalidProperties"},
		{"Email/set", "E1004-1", `{"subject":"x"}`, "invalidProperties"},
		{"Email/set", "E1004-1", `{"to/0/email":"x@y.test"}`, "invalid"},
		{"Email/set", "E1004-1", `{"nothing/there":1}`, "invalid"},
		{"Email/set", "E1004-1", `[]`, "invalidPatch"},
		{"Email/set", "E1004-1", `null`, "invalidPatch"},
		{"Email/set", "E1004-1", `"x"`, "invalidPatch"},
		{"Email/set", "E1004-1", `{}`, "updated"},
		{"Mailbox/set", "1004-4", `{"name":7}`, "invalidProperties"},
		{"Mailbox/set", "1004-4", `{"myRights/mayDelete":false}`, "invalid"},
		{"Mailbox/set", "1004-4", `{"totalEmails":3}`, "invalidProperties"},
		{"Mailbox/set", "1004-4", `{"id":"1004-5"}`, "invalidProperties"},
		{"Mailbox/set", "1004-4", `{"shareWith/P1006/mayReadItems":true}`, "invalidPatch"},
		{"Mailbox/set", "1004-4", `{"shareWith":{},"shareWith/P1006":null}`, "invalidPatch"},
		{"VacationResponse/set", "singleton", `{"isEnabled":"yes"}`, "invalidProperties"},
		{"VacationResponse/set", "singleton", `{"subject/x":"yes"}`, "invalid"},
		{"VacationResponse/set", "singleton", `{"id":"other"}`, "invalidProperties"},
		{"VacationResponse/set", "singleton", `{"isEnabled":null}`, "invalidProperties"},
	} {
		got := k.says("anna", fmt.Sprintf(`[%q,{"accountId":%q,"update":{%q:%s}},"0"]`, c.method, anna, c.id, c.patch))
		want := `"type":"` + c.want
		if c.want == "updated" {
			want = fmt.Sprintf(`"updated":{%q:`, c.id)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s %s:\nwant %s\n%s", c.method, c.patch, c.want, got)
		}
	}
}

// States of which nothing is known any more are answered the same by every method.
func TestStaleStates(t *testing.T) {
	s := storetest.Open(t, func(*store.Options) {})
	k := newTalk(t, s)
	anna := k.account(k.o.Anna)
	for _, state := range []string{"", "x", "0", "999999999-0", "999999999-ffffffffffffffff", "N999999", "-1", "1.5-0"} {
		for _, name := range []string{"Mailbox", "Email", "Thread", "Identity", "EmailSubmission", "Principal", "Quota", "ShareNotification"} {
			got := k.says("anna", fmt.Sprintf(`["%s/changes",{"accountId":%q,"sinceState":%q},"0"]`, name, anna, state))
			if name == "EmailSubmission" && strings.HasPrefix(state, "999999999") {
				continue // of a day that is to come
			}
			if !strings.Contains(got, `"cannotCalculateChanges"`) {
				t.Errorf("%s since %q: %s", name, state, got)
			}
		}
		for _, name := range []string{"Mailbox", "Email", "ShareNotification", "Quota", "Principal"} {
			got := k.says("anna", fmt.Sprintf(`["%s/queryChanges",{"accountId":%q,"sinceQueryState":%q},"0"]`, name, anna, state))
			if !strings.Contains(got, `"cannotCalculateChanges"`) {
				t.Errorf("queries of %s since %q: %s", name, state, got)
			}
		}
	}
}
