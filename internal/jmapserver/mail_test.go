package jmapserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/jmapserver"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// mailHouse is a server with a house behind it.
type mailHouse struct {
	*storetest.House
	t        testing.TB
	server   *jmapserver.Server
	album    *album
	sessions map[string]*store.Session
}

func newMailHouse(t testing.TB) *mailHouse {
	clock := storetest.NewClock(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	w := &mailHouse{t: t, album: &album{}, sessions: make(map[string]*store.Session)}
	w.House = storetest.NewHouse(t, storetest.Open(t, func(o *store.Options) { o.Now = clock.Now }))
	w.server = jmapserver.New(jmapserver.Options{Logger: slog.New(slog.DiscardHandler), Challenge: func(http.ResponseWriter, *http.Request) {}, Images: w.album,
		Base: func(r *http.Request) string { return "http://" + r.Host },
		Session: func(r *http.Request) (*store.Session, error) {
			user, _, ok := r.BasicAuth()
			if !ok {
				return nil, postroom.Errorf(postroom.SignInFailed, "sign in")
			}
			if w.sessions[user] == nil {
				w.sessions[user] = w.SignIn(user)
			}
			return w.sessions[user], nil
		}})
	return w
}

// newInfoHouse is a mailHouse in which anna may change the keywords in info's
// inbox, and ben the read state alone.
func newInfoHouse(t testing.TB) (*mailHouse, postroom.CollectionRef) {
	w := newMailHouse(t)
	inbox := storetest.In(w.Info, postroom.InboxCollection)
	w.Grant(inbox, w.Anna, rights.Viewer|postroom.Seen|postroom.Write)
	w.Grant(inbox, w.Ben, rights.Viewer|postroom.Seen)
	return w, inbox
}

// ask sends a body to a path and gives the status and the answer.
func (w *mailHouse) ask(user, method, path, body string) (int, []byte) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(user, "x")
	out := httptest.NewRecorder()
	w.server.ServeHTTP(out, r)
	return out.Code, out.Body.Bytes()
}

// call sends method calls and gives the responses.
func (w *mailHouse) call(user, calls string) []byte {
	w.t.Helper()
	status, b := w.ask(user, "POST", "/jmap/api", `{"using":["urn:ietf:params:jmap:core","urn:ietf:params:jmap:mail","urn:ietf:params:jmap:principals","urn:x-postroom:shared-mailbox"],"methodCalls":`+calls+`}`)
	var r struct {
		MethodResponses json.RawMessage `json:"methodResponses"`
	}
	if err := json.Unmarshal(b, &r); err != nil || status != 200 {
		w.t.Fatalf("%s: %d %s", calls, status, b)
	}
	return r.MethodResponses
}

// part is what stands in an answer between two texts.
func (w *mailHouse) part(user, calls, from, to string) string {
	w.t.Helper()
	got := string(w.call(user, w.names(calls)))
	_, rest, begins := strings.Cut(got, from)
	one, _, ends := strings.Cut(rest, to)
	if !begins || !ends {
		w.t.Fatalf("no %s … %s in %s", from, to, got)
	}
	return one
}

func (w *mailHouse) names(s string) string {
	return strings.NewReplacer("{anna}", string(jmapwire.AccountID(w.Anna.ID)), "{info}", string(jmapwire.AccountID(w.Info.ID)),
		"{ben}", string(jmapwire.AccountID(w.Ben.ID)), "<anna>", fmt.Sprint(w.Anna.ID), "<info>", fmt.Sprint(w.Info.ID)).Replace(s)
}

func mailGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; it is now\n%s", path, got)
	}
}

// rightsMatrix are the calls tried under each set of rights on a mailbox with
// one email: {box}, {email}, {thread}.
var rightsMatrix = []struct{ name, calls string }{
	{"Mailbox/get", `[["Mailbox/get",{"accountId":"{info}","ids":["{box}"],"properties":["name"]},"0"]]`},
	{"Mailbox/set update", `[["Mailbox/set",{"accountId":"{info}","update":{"{box}":{"name":"renamed{n}"}}},"0"]]`},
	{"Mailbox/set create below", `[["Mailbox/set",{"accountId":"{info}","create":{"c":{"name":"child","parentId":"{box}"}}},"0"]]`},
	{"Mailbox/set destroy", `[["Mailbox/set",{"accountId":"{info}","destroy":["{box}"],"onDestroyRemoveEmails":true},"0"]]`},
	{"Email/get", `[["Email/get",{"accountId":"{info}","ids":["{email}"],"properties":["subject"]},"0"]]`},
	{"Email/query", `[["Email/query",{"accountId":"{info}","filter":{"inMailbox":"{box}"}},"0"]]`},
	{"Thread/get", `[["Thread/get",{"accountId":"{info}","ids":["{thread}"]},"0"]]`},
	{"Email/set $seen", `[["Email/set",{"accountId":"{info}","update":{"{email}":{"keywords/$seen":true}}},"0"]]`},
	{"Email/set $flagged", `[["Email/set",{"accountId":"{info}","update":{"{email}":{"keywords/$flagged":true}}},"0"]]`},
	{"Email/set to Trash", `[["Email/set",{"accountId":"{info}","update":{"{email}":{"mailboxIds":{"<info>-3":true}}}},"0"]]`},
	{"Email/set create", `[["Email/set",{"accountId":"{info}","create":{"d":{"mailboxIds":{"{box}":true},"subject":"x"}}},"0"]]`},
	{"Email/set destroy", `[["Email/set",{"accountId":"{info}","destroy":["{email}"]},"0"]]`},
	{"Email/copy", `[["Email/copy",{"fromAccountId":"{info}","accountId":"{anna}","create":{"k":{"id":"{email}","mailboxIds":{"<anna>-2":true}}}},"0"]]`},
	{"SearchSnippet/get", `[["SearchSnippet/get",{"accountId":"{info}","filter":{"text":"words"},"emailIds":["{email}"]},"0"]]`},
	{"Email/import", `[["Email/import",{"accountId":"{info}","emails":{"i":{"blobId":"{blob}","mailboxIds":{"{box}":true}}}},"0"]]`},
	{"Email/parse", `[["Email/parse",{"accountId":"{info}","blobIds":["{blob}"],"properties":["subject"]},"0"]]`},
}

// mailOutcome is what became of a call, in a word or two.
func mailOutcome(b []byte) string {
	for _, word := range []string{"forbidden", "accountNotFound", "fromAccountNotFound", "blobNotFound", "invalidProperties", "serverFail", "invalidArguments", "accountReadOnly"} {
		if bytes.Contains(b, []byte(`"`+word+`"`)) {
			return word
		}
	}
	if bytes.Contains(b, []byte(`"type":"notFound"`)) || bytes.Contains(b, []byte(`"notFound":["`)) || bytes.Contains(b, []byte(`"ids":[]`)) {
		return "notFound"
	}
	return "done"
}

// Every method under every right: what is allowed is done, what is not is
// forbidden, and what may not be looked up is as if it were not there, byte for
// byte.
func TestMailRights(t *testing.T) {
	w := newMailHouse(t)
	// The account stays in sight whatever the rights on the mailbox are.
	w.Grant(storetest.In(w.Info, postroom.JunkCollection), w.Anna, rights.Viewer)
	w.Grant(storetest.In(w.Info, postroom.RootCollection), w.Cleo, rights.Admin)
	cleo := w.SignIn("cleo")
	var out strings.Builder
	n := 0
	for _, m := range rightsMatrix {
		for _, letters := range []string{"", "l", "lr", "lrs", "lrw", "lri", "lrte", "lrk", "lrx", "lrswikxtea"} {
			n++
			ref, err := cleo.CreateCollection(t.Context(), w.Info.Address, fmt.Sprintf("/m%d", n), store.NewCollection{})
			if err != nil {
				t.Fatal(err)
			}
			mail, err := cleo.Mail(t.Context(), w.Info.ID)
			if err != nil {
				t.Fatal(err)
			}
			raw := "Subject: s\r\n\r\nwords\r\n"
			e, err := mail.Insert(t.Context(), store.NewEmail{Raw: strings.NewReader(raw), Size: int64(len(raw)), Mailboxes: []postroom.CollectionID{ref.Collection}})
			if err != nil {
				t.Fatal(err)
			}
			if letters != "" {
				r, err := rights.ParseIMAP(letters)
				if err != nil {
					t.Fatal(err)
				}
				w.Grant(ref, w.Anna, r)
			}
			calls := func(box, email, thread, blob string) string {
				return w.names(strings.NewReplacer("{box}", box, "{email}", email, "{thread}", thread, "{blob}", blob, "{n}", fmt.Sprint(n)).Replace(m.calls))
			}
			here := [4]string{ref.String(), string(jmapwire.EmailID(w.Info.ID, e.ID)), string(jmapwire.ThreadID(w.Info.ID, e.Thread)), string(jmapwire.EmailBlobID(w.Info.ID, e.ID, ""))}
			b := w.call("anna", calls(here[0], here[1], here[2], here[3]))
			fmt.Fprintf(&out, "%-26s %-10s %s\n", m.name, strings.TrimSpace(letters+" "), mailOutcome(b))
			if letters != "" {
				continue
			}
			// Numbers as long as these, of nothing that ever was.
			box := fmt.Sprintf("%d-9%s", w.Info.ID, strings.Repeat("9", len(fmt.Sprint(ref.Collection))))
			never := [4]string{box, fmt.Sprintf("E%d-99999", w.Info.ID), fmt.Sprintf("T%d-99999", w.Info.ID), fmt.Sprintf("B%d-99999", w.Info.ID)}
			absent := string(w.call("anna", calls(never[0], never[1], never[2], never[3])))
			hidden := string(b)
			for i := range here {
				hidden = strings.ReplaceAll(hidden, `"`+here[i]+`"`, `"`+never[i]+`"`)
			}
			if hidden != absent {
				t.Errorf("%s: hidden\n%s\nnot there\n%s", m.name, hidden, absent)
			}
		}
	}
	mailGolden(t, "rights.golden", []byte(out.String()))
}

// What is too much, or too deep, costs a refusal.
func TestHostileRequests(t *testing.T) {
	w := newMailHouse(t)
	using := `{"using":["urn:ietf:params:jmap:core"],"methodCalls":[`
	call := `["Core/echo",{},"0"],`
	for name, c := range map[string]struct {
		body, want string
	}{
		"many calls": {using + strings.TrimSuffix(strings.Repeat(call, 65), ",") + "]}", "maxCallsInRequest"},
		"large":      {using + strings.Repeat(" ", 11<<20) + "]}", "maxSizeRequest"},
		"deep":       {using + `["Core/echo",{"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `},"0"]]}`, "notJSON"},
		"unknown":    {`{"using":["urn:x"],"methodCalls":[]}`, "unknownCapability"},
	} {
		if status, b := w.ask("anna", "POST", "/jmap/api", c.body); status/100 != 4 || !bytes.Contains(b, []byte(c.want)) {
			t.Errorf("%s: %d %s", name, status, b)
		}
	}
	// Each echo holds the one before it twice.
	calls := []string{`["Core/echo",{"a":"` + strings.Repeat("x", 1000) + `"},"0"]`}
	for i := 1; i < 60; i++ {
		ref := fmt.Sprintf(`{"resultOf":"%d","name":"Core/echo","path":""}`, i-1)
		calls = append(calls, fmt.Sprintf(`["Core/echo",{"#a":%s,"#b":%s},"%d"]`, ref, ref, i))
	}
	if b := w.call("anna", "["+strings.Join(calls, ",")+"]"); len(b) > 80<<20 || !bytes.Contains(b, []byte("error")) {
		t.Errorf("%d bytes", len(b))
	}
}
