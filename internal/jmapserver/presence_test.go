package jmapserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// What a page says its person is at ends with the page, though another page of
// the same person stays.
func TestPresenceEndsWithItsStream(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		root := storetest.In(o.Info, postroom.RootCollection)
		o.Grant(root, o.Anna, rights.Manager)
		o.Grant(root, o.Ben, rights.Viewer)
		o.Deliver(letter, o.Info)
		anna := o.SignIn("anna")
		ben := o.witness(t)
		say := func(stream postroom.StreamID, a postroom.Activity) {
			t.Helper()
			if err := anna.SetPresence(t.Context(), o.Info.ID, 1, stream, a); err != nil {
				t.Fatal(err)
			}
		}
		open := func(query string) *events {
			t.Helper()
			return o.events(t, "anna", "types=*&ping=0&"+query)
		}
		one, two, nameless := open("stream=one"), open("stream=two"), open("")
		again := open("stream=two&closeafter=state")
		say("one", postroom.Reading)
		say("two", postroom.Answering)
		again.hears(o.Info, "Presence")
		again.ends() // the page still has its other stream
		ben.sees(postroom.Answering)
		_ = two.res.Body.Close() // the page crashes
		ben.waits(postroom.Reading)
		_ = one.res.Body.Close()
		ben.waits()
		say("", postroom.Reading)
		ben.sees(postroom.Reading)
		_ = nameless.res.Body.Close() // the last of hers
		ben.waits()
	})
}

// witness is ben, who sees who is at the conversations of the shared mailbox.
type witness struct {
	t       *testing.T
	o       *office
	session *store.Session
	watch   *store.Watch
}

func (o *office) witness(t *testing.T) *witness {
	t.Helper()
	session := o.SignIn("ben")
	watch, err := session.Watch(t.Context(), o.Info.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(watch.Close)
	return &witness{t, o, session, watch}
}

// now is what is done at conversations at this moment.
func (w *witness) now() (all []postroom.Activity) {
	w.t.Helper()
	list, err := w.session.Presence(w.t.Context(), w.o.Info.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range list {
		if p.Streams != nil {
			w.t.Errorf("ben is told of the streams of others: %+v", p)
		}
		all = append(all, p.Activity)
	}
	return all
}

func (w *witness) sees(want ...postroom.Activity) {
	w.t.Helper()
	if got := w.now(); !slices.Equal(got, want) {
		w.t.Errorf("ben sees %v, want %v", got, want)
	}
}

// waits looks with each change until it is as it should be.
func (w *witness) waits(want ...postroom.Activity) {
	w.t.Helper()
	for !slices.Equal(w.now(), want) {
		select {
		case <-w.watch.C:
			w.watch.Hints()
		case <-time.After(time.Minute):
			w.t.Fatalf("ben sees %v, want %v", w.now(), want)
		}
	}
}

// What is said over a WebSocket ends with it.
func TestPresenceEndsWithItsSocket(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		root := storetest.In(o.Info, postroom.RootCollection)
		o.Grant(root, o.Anna, rights.Manager)
		o.Grant(root, o.Ben, rights.Viewer)
		o.Deliver(letter, o.Info)
		ben := o.witness(t)
		one, err := o.dial(t, "anna", o.http.URL)
		if err != nil {
			t.Fatal(err)
		}
		two, err := o.dial(t, "anna", o.http.URL)
		if err != nil {
			t.Fatal(err)
		}
		call := func(w *wire, method, args string, want ...string) string {
			t.Helper()
			w.says(fmt.Sprintf(`{"@type":"Request","id":"R","using":["urn:x-postroom:shared-mailbox"],"methodCalls":[[%q,{"accountId":"A%d"%s},"c"]]}`, method, o.Info.ID, args))
			return w.hears(want...)
		}
		thread := fmt.Sprintf(`,"threadId":"T%d-1"`, o.Info.ID)
		call(one, "Presence/tell", thread+`,"activity":"answering"`, `"forSeconds":40`)
		call(two, "Presence/tell", thread+`,"activity":"reading"`, `"forSeconds":40`)
		call(two, "Presence/tell", thread+`,"activity":"reading","streamId":"a b"`, `invalidArguments`)
		got := call(two, "Presence/list", "", `"answering"`, `"streamIds":["`, `"isMe":true`)
		if strings.Contains(got, `"reading"`) {
			t.Errorf("anna is there twice: %s", got)
		}
		ben.sees(postroom.Answering)
		_ = one.conn.CloseNow() // crashes
		ben.waits(postroom.Reading)
		_ = two.conn.CloseNow()
		ben.waits()
	})
}
