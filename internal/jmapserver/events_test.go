package jmapserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/httpauth"
	"postroom/internal/jmapserver"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/submission"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// office is a house with its server.
type office struct {
	*storetest.House
	server *jmapserver.Server
	http   *httptest.Server
}

func newOffice(t *testing.T, s *store.Store) *office {
	t.Helper()
	o := &office{House: storetest.NewHouse(t, s)}
	gate := httpauth.New(httpauth.Options{Store: s, Exposure: httpauth.LoopbackToo})
	o.server = jmapserver.New(jmapserver.Options{Challenge: httpauth.Challenge, Logger: slog.New(slog.DiscardHandler),
		Submission: submission.New(submission.Options{Hostname: "mail.example.test", Logger: slog.New(slog.DiscardHandler)}),
		Session:    func(r *http.Request) (*store.Session, error) { return gate.Session(r, "jmap") }, Base: gate.Base})
	o.http = httptest.NewServer(o.server)
	t.Cleanup(func() {
		o.server.Close()
		o.http.Close()
	})
	return o
}

// events is a stream of changes that somebody reads.
type events struct {
	t     *testing.T
	lines *bufio.Scanner
	last  string // id
	res   *http.Response
}

func (o *office) events(t *testing.T, user, query string, header ...string) *events {
	t.Helper()
	res := o.get(t, user, "/jmap/events?"+query, header...)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s: %s %s", user, res.Status, res.Header.Get("Content-Type"))
	}
	return &events{t: t, lines: bufio.NewScanner(res.Body), res: res}
}

func (o *office) get(t *testing.T, user, path string, header ...string) *http.Response {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, "GET", o.http.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(user+"@example.test", storetest.Password)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// next reads an event; its name is empty at the end of the stream.
func (e *events) next() (name, data string) {
	for e.lines.Scan() {
		switch key, value, _ := strings.Cut(e.lines.Text(), ": "); {
		case key == "event":
			name = value
		case key == "data":
			data = value
		case key == "id":
			e.last = value
		case key == "" && name != "" && value == "":
			return name, data
		}
	}
	return "", ""
}

// heard is the types of a StateChange, by account.
func (e *events) heard() map[jmapwire.ID][]string {
	e.t.Helper()
	name, data := e.next()
	var change struct {
		Type    string                            `json:"@type"`
		Changed map[jmapwire.ID]map[string]string `json:"changed"`
	}
	if err := json.Unmarshal([]byte(data), &change); name != "state" || err != nil || change.Type != "StateChange" {
		e.t.Fatalf("not a change: %s %s", name, data)
	}
	types := make(map[jmapwire.ID][]string)
	for id, of := range change.Changed {
		for kind := range of {
			types[id] = append(types[id], kind)
		}
		slices.Sort(types[id])
	}
	return types
}

// hears reads changes until one is about a type of an account.
func (e *events) hears(a postroom.Account, kind string) {
	e.t.Helper()
	for !slices.Contains(e.heard()[jmapwire.AccountID(a.ID)], kind) {
	}
}

func (e *events) ends() {
	e.t.Helper()
	if name, data := e.next(); name != "" {
		e.t.Fatalf("the stream goes on: %s %s", name, data)
	}
	if e.res.Request.Context().Err() != nil {
		e.t.Fatal("the stream did not end")
	}
}

const letter = "From: outside@example.org\r\nSubject: Hello\r\n\r\nHello\r\n"

func TestChangesAreTold(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		e := o.events(t, "anna", "types=*&closeafter=no&ping=0")
		o.Deliver(letter, o.Anna)
		got := e.heard()[jmapwire.AccountID(o.Anna.ID)]
		if !slices.Contains(got, "Email") || !slices.Contains(got, "Mailbox") || !slices.Contains(got, "Thread") {
			t.Errorf("a letter changes %v", got)
		}
		only := o.events(t, "anna", "types=Mailbox,CalendarEvent&closeafter=no&ping=0")
		o.Deliver(letter, o.Anna)
		if got := only.heard(); len(got) != 1 || !slices.Equal(got[jmapwire.AccountID(o.Anna.ID)], []string{"Mailbox"}) {
			t.Errorf("asked for mailboxes, got %v", got)
		}
	})
}

func TestRevocationEndsSight(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		root := storetest.In(o.Info, postroom.RootCollection)
		e := o.events(t, "ben", "types=*&closeafter=no&ping=0")
		o.Deliver(letter, o.Info) // nobody may see it
		o.Grant(root, o.Ben, rights.Viewer)
		got := e.heard()
		for len(got[jmapwire.AccountID(o.Info.ID)]) == 0 {
			got = e.heard()
		}
		if here := got[jmapwire.AccountID(o.Info.ID)]; !slices.Contains(here, "Email") || !slices.Contains(here, "Mailbox") {
			t.Errorf("the account that came has %v", here)
		}
		o.Deliver(letter, o.Info)
		e.hears(o.Info, "Email")
		o.Revoke(root, o.Ben)
		for got = e.heard(); !slices.Contains(got[jmapwire.AccountID(o.Ben.ID)], "Session"); got = e.heard() {
		}
		o.Deliver(letter, o.Info)
		o.Deliver(letter, o.Ben)
		for got = e.heard(); ; got = e.heard() {
			if _, is := got[jmapwire.AccountID(o.Info.ID)]; is {
				t.Fatalf("told of what may not be seen any more: %v", got)
			}
			if slices.Contains(got[jmapwire.AccountID(o.Ben.ID)], "Email") {
				return
			}
		}
	})
}

// A person who may see one mailbox of an account hears nothing of the others.
func TestChangesOfOneMailbox(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		own := o.SignIn("anna")
		ref, err := own.CreateCollection(t.Context(), o.Anna.Address, "Team", store.NewCollection{Kind: postroom.MailCollection})
		if err != nil {
			t.Fatal(err)
		}
		o.Grant(ref, o.Ben, rights.Viewer)
		e := o.events(t, "ben", "types=Email,Mailbox&closeafter=no&ping=0")
		o.Deliver(letter, o.Anna) // into her inbox
		o.Deliver(letter, o.Ben)
		if got := e.heard(); len(got) != 1 || len(got[jmapwire.AccountID(o.Ben.ID)]) == 0 {
			t.Errorf("told of another mailbox: %v", got)
		}
		team := o.Open(own, o.Anna, "Team")
		if _, err := team.Append(t.Context(), []store.NewMessage{{Raw: strings.NewReader(letter)}}); err != nil {
			t.Fatal(err)
		}
		e.hears(o.Anna, "Email")
	})
}

func TestStreamEndsWithTheSession(t *testing.T) {
	for name, end := range map[string]func(*office) error{
		"password changed": func(o *office) error {
			return o.Console.Directory().SetPassword(o.T.Context(), o.Ben.ID, "another password 1")
		},
		"locked": func(o *office) error {
			a := o.Ben
			a.State = postroom.Locked
			return o.Console.Directory().UpdateAccount(o.T.Context(), a)
		},
		"deleted": func(o *office) error { return o.Console.Directory().DeleteAccount(o.T.Context(), o.Ben.ID) },
		"server ends": func(o *office) error {
			o.server.Close()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, s *store.Store) {
				o := newOffice(t, s)
				e := o.events(t, "ben", "types=*&closeafter=no&ping=0")
				if err := end(o); err != nil {
					t.Fatal(err)
				}
				e.ends()
			})
		})
	}
}

func TestStreamParameters(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		for _, query := range []string{"types=,&closeafter=no&ping=0", "types=*&closeafter=never&ping=0", "types=*&closeafter=no&ping=-1"} {
			if res := o.get(t, "anna", "/jmap/events?"+query); res.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %s", query, res.Status)
			}
		}
		once := o.events(t, "anna", "types=*&closeafter=state&ping=0")
		o.Deliver(letter, o.Anna)
		once.hears(o.Anna, "Email")
		once.ends()
		if once.last == "" {
			t.Fatal("no event id")
		}
		o.Deliver(letter, o.Anna) // while nobody listens
		again := o.events(t, "anna", "types=*&closeafter=state&ping=0", "Last-Event-ID", once.last)
		again.hears(o.Anna, "Email")
		again.ends()
		ping := o.events(t, "anna", "types=*&closeafter=no&ping=1", "Last-Event-ID", again.last)
		if name, data := ping.next(); name != "ping" || data != `{"interval":1}` {
			t.Errorf("%s %s", name, data)
		}
	})
}

func TestTooManyStreams(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		for range 32 {
			o.events(t, "anna", "types=*&closeafter=no&ping=0")
		}
		if res := o.get(t, "anna", "/jmap/events?types=*"); res.StatusCode != http.StatusTooManyRequests {
			t.Error(res.Status)
		}
		o.events(t, "ben", "types=*&closeafter=no&ping=0")
	})
}

func TestIdentitiesArePushed(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		o.Grant(storetest.In(o.Info, postroom.RootCollection), o.Ben, rights.Viewer)
		e := o.events(t, "ben", "types=Identity&closeafter=no&ping=0")
		other := o.events(t, "cleo", "types=Identity&closeafter=state&ping=0")
		o.GrantSend(o.Info, o.Ben, postroom.SendAs)
		e.hears(o.Info, "Identity")
		o.GrantSend(o.Ben, o.Cleo, postroom.SendAs) // the first that cleo is told
		if got := other.heard(); len(got) == 0 || len(got[jmapwire.AccountID(o.Info.ID)]) > 0 {
			t.Errorf("cleo is told %v", got)
		}
	})
}

// TestWorkIsTold: what colleagues do with a conversation is told to who may read
// it, and nothing of it to others.
func TestWorkIsTold(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		root := storetest.In(o.Info, postroom.RootCollection)
		o.Grant(root, o.Anna, rights.Manager)
		o.Grant(root, o.Ben, rights.Viewer)
		o.Deliver(letter, o.Info)
		anna := o.SignIn("anna")
		var thread postroom.ThreadID
		for it, err := range o.Open(anna, o.Info, "Inbox").Fetch(t.Context(), []postroom.UID{1}) {
			if err != nil {
				t.Fatal(err)
			}
			thread = it.Thread
		}
		e := o.events(t, "ben", "types=Work,Note,Presence&closeafter=no&ping=0")
		done := postroom.WorkDone
		for _, row := range []struct {
			act  func() error
			kind string
		}{
			{func() error {
				return anna.SetPresence(t.Context(), o.Info.ID, thread, "", postroom.Answering)
			}, "Presence"},
			{func() error {
				return anna.ChangeWork(t.Context(), o.Info.ID, thread, store.WorkChange{Status: &done})
			}, "Work"},
			{func() error {
				_, err := anna.AddNote(t.Context(), o.Info.ID, thread, store.NoteDraft{Text: "x"})
				return err
			}, "Note"},
		} {
			if err := row.act(); err != nil {
				t.Fatal(err)
			}
			if got := e.heard(); len(got) != 1 || !slices.Equal(got[jmapwire.AccountID(o.Info.ID)], []string{row.kind}) {
				t.Errorf("told of %v, want %s", got, row.kind)
			}
		}
		o.Revoke(root, o.Ben)
		if err := anna.SetPresence(t.Context(), o.Info.ID, thread, "", 0); err != nil {
			t.Fatal(err)
		}
		o.Grant(storetest.In(o.Anna, postroom.InboxCollection), o.Ben, rights.Viewer)
		for got := e.heard(); ; got = e.heard() {
			if _, is := got[jmapwire.AccountID(o.Info.ID)]; is {
				t.Fatalf("told of what may not be seen any more: %v", got)
			}
			if len(got[jmapwire.AccountID(o.Anna.ID)]) > 0 {
				return
			}
		}
	})
}

// What a person has declined is out of sight: its changes are not told.
func TestDeclinedIsNotTold(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		inbox := storetest.In(o.Info, postroom.InboxCollection)
		o.Grant(inbox, o.Ben, rights.Viewer)
		if err := o.SignIn("ben").Directory().DeclineShare(t.Context(), o.Ben.ID, inbox); err != nil {
			t.Fatal(err)
		}
		e := o.events(t, "ben", "types=*&closeafter=no&ping=0")
		for range 3 {
			o.Deliver(letter, o.Info)
			o.Deliver(letter, o.Ben)
			if got := e.heard(); got[jmapwire.AccountID(o.Info.ID)] != nil || !slices.Contains(got[jmapwire.AccountID(o.Ben.ID)], "Email") {
				t.Fatalf("told %v", got)
			}
		}
	})
}
