package jmapserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"postroom"
	"postroom/internal/imageproxy"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store/storetest"
)

// album has a picture at every address but one, and remembers what it was asked.
type album struct {
	mu    sync.Mutex
	asked []string
	wait  chan struct{} // when there, answers come when it is closed
}

func (a *album) Get(ctx context.Context, address string) (imageproxy.Picture, error) {
	a.mu.Lock()
	a.asked = append(a.asked, address)
	wait := a.wait
	a.mu.Unlock()
	if wait != nil {
		<-wait
	}
	if strings.HasSuffix(address, "/gone") {
		return imageproxy.Picture{}, postroom.Errorf(postroom.Unavailable, "the picture cannot be had now")
	}
	return imageproxy.Picture{Type: "image/png", Data: []byte("pixels of " + address)}, nil
}

func (a *album) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked)
}

const pictured = "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
	`<img src="https://a.test/1?x=1&amp;y=2"><td background="//a.test/2"><img src="http://a.test/gone"><a href="http://a.test/link">` + "\r\n"

func (w *mailHouse) image(user string, box postroom.Account, email postroom.EmailID, address, tag string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/jmap/image/"+string(jmapwire.AccountID(box.ID))+"/"+string(jmapwire.EmailID(box.ID, email))+"?url="+url.QueryEscape(address), nil)
	if user != "" {
		r.SetBasicAuth(user, "x")
	}
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	out := httptest.NewRecorder()
	w.server.ServeHTTP(out, r)
	return out
}

// Who may read a message at that moment gets the pictures its HTML names; all
// else is as if it were not there, and nothing is fetched for it.
func TestImagesOfMessages(t *testing.T) {
	w := newMailHouse(t)
	w.Deliver(pictured, w.Info, w.Cleo)
	inbox := storetest.In(w.Info, postroom.InboxCollection)
	w.Grant(inbox, w.Anna, rights.Viewer)
	lookup, _ := rights.ParseIMAP("l")
	w.Grant(inbox, w.Cleo, lookup)
	first := "https://a.test/1?x=1&y=2"
	tests := []struct {
		name, user, address string
		account             postroom.Account
		email               postroom.EmailID
		status              int
	}{
		{"an image", "anna", first, w.Info, 1, 200},
		{"a background", "anna", "https://a.test/2", w.Info, 1, 200},
		{"as it is written", "anna", "//a.test/2", w.Info, 1, 200},
		{"a link", "anna", "http://a.test/link", w.Info, 1, 404},
		{"what nobody names", "anna", "http://a.test/other", w.Info, 1, 404},
		{"another query", "anna", first + "&z=3", w.Info, 1, 404},
		{"a file", "anna", "file:///etc/passwd", w.Info, 1, 404},
		{"nothing", "anna", "", w.Info, 1, 404},
		{"no such message", "anna", first, w.Info, 99, 404},
		{"a mailbox that is not there for one", "ben", first, w.Info, 1, 404},
		{"a mailbox one may look up only", "cleo", first, w.Info, 1, 404},
		{"nobody", "", first, w.Info, 1, 401},
		{"what cannot be had", "anna", "http://a.test/gone", w.Info, 1, 503},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := w.album.count()
			out := w.image(test.user, test.account, test.email, test.address, "")
			if out.Code != test.status || (w.album.count() > before) != (test.status == 200 || test.status == 503) {
				t.Errorf("%d, %d fetched: %s", out.Code, w.album.count()-before, out.Body)
			}
		})
	}
	out := w.image("anna", w.Info, 1, first, "")
	for name, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-cache", "Cross-Origin-Resource-Policy": "same-origin"} {
		if out.Header().Get(name) != want {
			t.Errorf("%s: %q", name, out.Header().Get(name))
		}
	}
	// What a browser has it asks for again, which its sender does not hear of;
	// whose right has gone does not get that far.
	tag, before := out.Header().Get("ETag"), w.album.count()
	if again := w.image("anna", w.Info, 1, first, tag); again.Code != http.StatusNotModified {
		t.Error(again.Code)
	}
	w.Revoke(inbox, w.Anna)
	if after := w.image("anna", w.Info, 1, first, tag); after.Code != http.StatusNotFound || w.album.count() != before {
		t.Error(after.Code)
	}
}

func TestImagesAtOnce(t *testing.T) {
	w := newMailHouse(t)
	w.Deliver(pictured, w.Anna, w.Ben)
	w.album.wait = make(chan struct{})
	get := func(user string, box postroom.Account) int { return w.image(user, box, 1, "https://a.test/2", "").Code }
	codes := make(chan int)
	w.ask("anna", "GET", "/jmap/session", "") // the sessions of the house are not made by several at once
	for range 20 {
		go func() { codes <- get("anna", w.Anna) }()
	}
	for range 14 {
		if code := <-codes; code != http.StatusTooManyRequests {
			t.Error("beyond the limit:", code)
		}
	}
	close(w.album.wait)
	for range 6 {
		if code := <-codes; code != http.StatusOK {
			t.Error(code)
		}
	}
}

func TestImagesAreOffered(t *testing.T) {
	w := newMailHouse(t)
	_, b := w.ask("anna", "GET", "/jmap/session", "")
	var session struct {
		Capabilities map[string]struct{ URL string }
	}
	if err := json.Unmarshal(b, &session); err != nil || !strings.HasSuffix(session.Capabilities["urn:x-postroom:remote-images"].URL, "/jmap/image/{accountId}/{emailId}?url={url}") {
		t.Errorf("%v %s", err, b)
	}
}

// The list of senders is each person's own, and bounded.
func TestImageSenders(t *testing.T) {
	w := newMailHouse(t)
	ask := func(user, method, account, args string) string {
		_, b := w.ask(user, "POST", "/jmap/api", w.names(`{"using":["urn:x-postroom:remote-images"],"methodCalls":[["RemoteImages/`+method+`",{"accountId":"`+account+`"`+args+`},"0"]]}`))
		var r struct{ MethodResponses [][]json.RawMessage }
		if err := json.Unmarshal(b, &r); err != nil || len(r.MethodResponses) != 1 {
			t.Fatalf("%v %s", err, b)
		}
		var got struct {
			Type    string
			Senders []string
		}
		if err := json.Unmarshal(r.MethodResponses[0][1], &got); err != nil {
			t.Fatal(err)
		}
		return got.Type + strings.Join(got.Senders, " ")
	}
	long := make([]string, 400)
	for i := range long {
		long[i] = fmt.Sprintf(`"%s%d@a.test"`, strings.Repeat("x", 50), i)
	}
	tests := []struct{ user, method, account, args, want string }{
		{"anna", "get", "{anna}", "", ""},
		{"anna", "set", "{anna}", `,"add":["News@A.test","b@a.test"]`, "news@a.test b@a.test"},
		{"anna", "set", "{anna}", `,"add":["news@a.test"],"remove":["B@a.test"]`, "news@a.test"},
		{"anna", "set", "{anna}", `,"add":["no address"]`, "invalidArguments"},
		{"anna", "set", "{anna}", `,"add":["x\ny@a.test"]`, "invalidArguments"},
		{"anna", "get", "{anna}", "", "news@a.test"},
		{"ben", "get", "{ben}", "", ""},
		{"ben", "get", "{anna}", "", "accountNotFound"},
		{"ben", "set", "{anna}", `,"add":["b@a.test"]`, "accountNotFound"},
		{"anna", "set", "{anna}", `,"remove":["news@a.test"]`, ""},
	}
	for _, test := range tests {
		if got := ask(test.user, test.method, test.account, test.args); got != test.want {
			t.Errorf("%s %s%s: %q", test.user, test.method, test.args, got)
		}
	}
	if got := strings.Fields(ask("anna", "set", "{anna}", `,"add":[`+strings.Join(long, ",")+`]`)); len(got) < 200 || len(got) == 400 || !strings.HasSuffix(got[len(got)-1], "x399@a.test") {
		t.Error("the longest list has", len(got))
	}
}
