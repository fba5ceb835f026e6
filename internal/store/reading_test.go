package store_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// moments is a clock by which something happens in the midst of an act: when the
// act asks what time it is within a function.
type moments struct {
	mu     sync.Mutex
	within string
	do     func()
}

// during has something happen once, when time is asked for within a function.
func (m *moments) during(within string, do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.within, m.do = within, do
}

// Now is the time.
func (m *moments) Now() time.Time {
	m.mu.Lock()
	do := m.do
	if do != nil && onStack(m.within) {
		m.do = nil
	} else {
		do = nil
	}
	m.mu.Unlock()
	if do != nil {
		do()
	}
	return time.Now()
}

func (m *moments) happened() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.do == nil
}

func onStack(function string) bool {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.Contains(f.Function, function) {
			return true
		}
		if !more {
			return false
		}
	}
}

// reading is ben before info@, of which he may read the inbox; messages 1 and 2 lie
// there, 3 in Sent.
type reading struct {
	*town
	*moments
	ben, owner *store.Session
	mail       *store.Mail
}

func newReading(t *testing.T, s *store.Store, at *moments) *reading {
	w := &reading{town: newTown(t, s, storetest.NewClock(time.Now())), moments: at}
	w.grant("info", postroom.RootCollection, "anna", rights.Admin)
	w.grant("info", postroom.InboxCollection, "ben", rights.Viewer)
	for n := range 2 {
		w.arrive(n)
	}
	w.deliver(w.ids["info"], postroom.SentCollection, 0)
	w.owner, w.ben = w.signIn("anna"), w.signIn("ben")
	var err error
	w.mail, err = w.ben.Mail(t.Context(), w.ids["info"])
	w.must(err)
	return w
}

func (w *reading) in(id postroom.CollectionID) postroom.CollectionRef {
	return postroom.CollectionRef{Account: w.ids["info"], Collection: id}
}

// moveFirst moves the first message of the inbox into Sent.
func (w *reading) moveFirst() {
	inbox, err := w.owner.Mailbox(w.t.Context(), w.in(postroom.InboxCollection), store.ReadWrite)
	w.must(err)
	_, err = inbox.Move(w.t.Context(), []postroom.UID{1}, w.in(postroom.SentCollection))
	w.must(err)
}

// read reads all three and returns which were given, and what was recorded of it.
func (w *reading) read(stop func(postroom.EmailID)) (given, recorded string) {
	var ids []string
	for e, err := range w.mail.Contents(w.t.Context(), []postroom.EmailID{1, 2, 3}) {
		if err != nil {
			w.must(err)
		}
		e.Content.Close()
		ids = append(ids, fmt.Sprint(e.ID))
		if stop != nil {
			stop(e.ID)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " "), w.recorded()
}

func (w *reading) recorded() string {
	list, err := w.dir.AuditRecords(w.t.Context(), store.AuditFilter{Action: "message.read"})
	w.must(err)
	all := make(map[string]bool)
	for _, r := range list {
		all[r.Collection+" "+r.Details["uids"]] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(all)), ", ")
}

// Between noting what a delegate is about to read and giving it out rights and
// places change: nothing is given that is not on record, or no longer theirs.
func TestReadingWhileThingsChange(t *testing.T) {
	const noting, opening, asking = "store.(*Mail).noteReading", "store.(*Mail).openFirst", "store.(*Store).asking"
	for _, c := range []struct {
		name, within    string
		do              func(*reading)
		given, recorded string
	}{
		{"nothing", "", func(*reading) {}, "1 2", "/Inbox 1:2"},
		{"a grant after it was noted", opening, func(w *reading) { w.grant("info", postroom.SentCollection, "ben", rights.Viewer) },
			"1 2", "/Inbox 1:2"},
		{"a grant before it is opened", asking, func(w *reading) { w.grant("info", postroom.SentCollection, "ben", rights.Viewer) },
			"1 2", "/Inbox 1:2"},
		{"no right any more while it is opened", opening, func(w *reading) {
			for w.recorded() == "" { // or it is the record that is refused
				runtime.Gosched()
			}
			w.must(w.dir.RemoveGrant(w.t.Context(), w.in(postroom.InboxCollection), w.grantee("ben"), store.Positive))
			w.grant("info", postroom.SentCollection, "ben", rights.Viewer) // what else is there to be asked about
		}, "", "/Inbox 1:2"},
		{"it leaves for where it cannot be read", noting, (*reading).moveFirst, "2", "/Inbox 2"},
		{"it leaves for where it can be read", noting, func(w *reading) {
			w.grant("info", postroom.SentCollection, "ben", rights.Viewer)
			w.moveFirst()
		}, "1 2", "/Inbox 2, /Sent 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := &moments{}
			storetest.RunWith(t, func(o *store.Options) { o.Now = at.Now }, func(t *testing.T, s *store.Store) {
				w := newReading(t, s, at)
				at.during(c.within, func() { c.do(w) })
				given, recorded := w.read(nil)
				if given != c.given || recorded != c.recorded {
					t.Errorf("given %q, recorded %q; want %q and %q", given, recorded, c.given, c.recorded)
				}
				if !at.happened() {
					t.Error("it did not happen")
				}
			})
		})
	}
}

// Who reads slowly is asked again: what is no longer theirs is not given, though it
// was opened with what was.
func TestReadingSlowly(t *testing.T) {
	at := &moments{}
	storetest.RunWith(t, func(o *store.Options) { o.Now = at.Now }, func(t *testing.T, s *store.Store) {
		w := newReading(t, s, at)
		w.grant("info", postroom.SentCollection, "ben", rights.Viewer)
		given, _ := w.read(func(id postroom.EmailID) {
			if id == 1 {
				w.must(w.dir.RemoveGrant(t.Context(), w.in(postroom.SentCollection), w.grantee("ben"), store.Positive))
			}
		})
		if given != "1 2" {
			t.Errorf("given %q", given)
		}
	})
}

// A message that leaves its mailbox while it is read there is given only if it is on
// record: the record may be written after it has left.
func TestReadingWhatLeaves(t *testing.T) {
	at := &moments{}
	storetest.RunWith(t, func(o *store.Options) { o.Now = at.Now }, func(t *testing.T, s *store.Store) {
		w := newReading(t, s, at)
		inbox, err := w.ben.Mailbox(t.Context(), w.in(postroom.InboxCollection), store.ReadWrite)
		w.must(err)
		_, err = inbox.View(t.Context()) // its opening is on record, and does not wait
		w.must(err)
		leaving, leave, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
		at.during("store.(*Mailbox).transfer", func() { close(leaving); <-leave })
		go func() { defer close(left); w.moveFirst() }()
		<-leaving
		at.during("store.(*Mailbox).open", func() { time.AfterFunc(10*time.Millisecond, func() { close(leave) }) })
		given := make(map[postroom.UID]bool)
		for e, err := range inbox.Contents(t.Context(), []postroom.UID{1, 2}) {
			w.must(err)
			e.Content.Close()
			given[e.UID] = true
		}
		<-left
		if recorded := w.recorded(); given[1] != (recorded == "/Inbox 1:2") || !given[2] {
			t.Errorf("given %v, recorded %q", given, recorded)
		}
	})
}
