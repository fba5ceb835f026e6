package storetest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// counter asks for the counts of an account's mailboxes on one node.
type counter struct {
	name  string
	store *store.Store
	mail  *store.Mail
}

// count is what the reader is told; nothing when nothing may be seen.
func (c counter) count(t *testing.T) map[postroom.CollectionID]string {
	t.Helper()
	all := make(map[postroom.CollectionID]string)
	list, _, err := c.mail.Mailboxes(t.Context())
	if postroom.KindOf(err) == postroom.NotFound {
		return all
	}
	must(t, err)
	for _, b := range list {
		all[b.Ref.Collection] = fmt.Sprintf("%+v, %d not seen", b.Counts, b.Unseen)
	}
	return all
}

// countTown is a shared account that several read and change at random.
type countTown struct {
	*storetest.House
	t        *testing.T
	dice     *rand.Rand
	counters []counter
	owner    *store.Mail
	boxes    []*store.Mailbox // anna's and ben's, of the same two folders; the last is of cleo's account
	granted  bool
	letters  int
}

// newCountTown has anna and ben sign in on each of the nodes.
func newCountTown(t *testing.T, nodes ...*store.Store) *countTown {
	h := storetest.NewHouse(t, nodes[0])
	w := &countTown{House: h, t: t, dice: rand.New(rand.NewPCG(3, 4)), granted: true}
	h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, postroom.AllRights)
	h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Ben, rights.Editor)
	h.Grant(storetest.In(h.Cleo, postroom.RootCollection), h.Anna, postroom.AllRights)
	for i, node := range nodes {
		at := *h
		at.Store = node
		for _, name := range []string{"anna", "ben"} {
			s := at.SignIn(name)
			m, err := s.Mail(t.Context(), h.Info.ID)
			must(t, err)
			w.counters = append(w.counters, counter{fmt.Sprintf("%s on node %d", name, i), node, m})
			w.boxes = append(w.boxes, at.Open(s, h.Info, "/Inbox"), at.Open(s, h.Info, "/Sent"))
			if name == "anna" {
				w.owner = m
				w.boxes = append(w.boxes, at.Open(s, h.Cleo, "/Inbox"))
			}
		}
	}
	return w
}

// insert puts a message, of a thread that may be there, into mailboxes.
func (w *countTown) insert(ids ...postroom.CollectionID) error {
	w.letters++
	raw := fmt.Sprintf("Subject: s\r\nMessage-ID: <%d@x>\r\nIn-Reply-To: <%d@x>\r\n\r\nx\r\n", w.letters, w.dice.IntN(w.letters))
	_, err := w.owner.Insert(w.t.Context(), store.NewEmail{Raw: strings.NewReader(raw), Size: int64(len(raw)), Mailboxes: ids,
		Tags: store.Tags{Flags: postroom.Flags(w.dice.IntN(32))}})
	return err
}

// some are UIDs of a mailbox, some of which may be gone.
func (w *countTown) some(m *store.Mailbox, most int) (uids []postroom.UID) {
	v, err := m.View(w.t.Context())
	if err != nil || len(v.Items) == 0 {
		return nil
	}
	first := w.dice.IntN(len(v.Items))
	for _, it := range v.Items[first:min(len(v.Items), first+1+w.dice.IntN(most))] {
		uids = append(uids, it.UID)
	}
	return uids
}

// act does something at random; what is refused changes nothing.
func (w *countTown) act() (what string, err error) {
	ctx, m, other := w.t.Context(), w.boxes[w.dice.IntN(len(w.boxes))], w.boxes[w.dice.IntN(len(w.boxes))]
	uids := w.some(m, 20)
	if w.dice.IntN(10) == 0 {
		uids = w.some(m, 1000) // too much to be counted one by one
	}
	flags := store.FlagChange{Op: store.FlagOp(w.dice.IntN(3)), Flags: postroom.Flags(w.dice.IntN(32)), UnchangedSince: -1}
	switch w.dice.IntN(16) {
	case 0:
		w.letters++
		w.Deliver(fmt.Sprintf("Subject: d\r\nMessage-ID: <%d@x>\r\nReferences: <%d@x>\r\n\r\nx\r\n", w.letters, w.dice.IntN(w.letters)), w.Info)
		return "delivery", nil
	case 1:
		return "insertion", w.insert(postroom.InboxCollection, postroom.SentCollection)
	case 2:
		return "insertion that is taken back", w.insert(postroom.InboxCollection, 9999)
	case 3, 4:
		_, err = m.Copy(ctx, uids[:min(len(uids), 30)], other.Ref())
		return "copy", err
	case 5, 6:
		_, err = m.Move(ctx, uids, other.Ref())
		return "move", err
	case 7:
		flags.Op, flags.Flags = store.AddFlags, postroom.FlagDeleted
		if _, err = m.ChangeFlags(ctx, uids, flags); err == nil {
			_, err = m.Expunge(ctx, nil)
		}
		return "expunge", err
	case 8:
		d, root := w.Console.Directory(), storetest.In(w.Info, postroom.RootCollection)
		return "whose read state", d.SetSeen(ctx, root, []postroom.SeenMode{postroom.SeenShared, postroom.SeenPerUser}[w.dice.IntN(2)])
	case 9:
		if w.granted = !w.granted; w.granted {
			w.Grant(storetest.In(w.Info, postroom.RootCollection), w.Ben, rights.Editor)
		} else {
			w.Revoke(storetest.In(w.Info, postroom.RootCollection), w.Ben)
		}
		return "grant", nil
	case 10, 11, 12: // which moves nothing but the reader's own state, where each has one
		flags.Flags = postroom.FlagSeen
		_, err = m.ChangeFlags(ctx, uids, flags)
		return "reading", err
	}
	_, err = m.ChangeFlags(ctx, uids, flags)
	return "flags", err
}

// check compares what each is told, as often as not after some changes only, with
// what there is when all is counted anew.
func (w *countTown) check(what string) {
	w.t.Helper()
	for _, c := range w.counters {
		if w.dice.IntN(3) > 0 {
			continue
		}
		told := c.count(w.t)
		if w.dice.IntN(20) == 0 {
			storetest.CheckConsistency(w.t, c.store)
		}
		if w.dice.IntN(3) > 0 {
			continue // keep on following: forgetting is for everybody of the node
		}
		store.Forget(c.store)
		if anew := c.count(w.t); !maps.Equal(told, anew) {
			w.t.Errorf("%s: %s was told\n%v\nand there is\n%v", what, c.name, told, anew)
		}
	}
}

// The counts of mailboxes are carried along as they change; they are what there is
// to count, for whoever asks on whichever node, whatever happened between.
func TestCountsFollow(t *testing.T) {
	nodes := map[string]func(*testing.T) []*store.Store{
		"sqlite": func(t *testing.T) []*store.Store {
			return []*store.Store{storetest.Open(t, func(*store.Options) {})}
		},
		"postgres, two nodes": func(t *testing.T) []*store.Store {
			url := storetest.Database(t)
			set := func(o *store.Options) { o.DatabaseURL = url }
			return []*store.Store{storetest.Open(t, set), storetest.Open(t, set)}
		},
	}
	for name, open := range nodes {
		t.Run(name, func(t *testing.T) {
			w := newCountTown(t, open(t)...)
			for range 40 {
				must(t, w.insert(postroom.InboxCollection))
			}
			done := make(map[string]int)
			for range 150 {
				what, err := w.act()
				switch postroom.KindOf(err) {
				case postroom.NotFound, postroom.Denied, postroom.Invalid:
				default:
					must(t, err)
					done[what]++
				}
				if w.check(what); t.Failed() {
					t.Fatalf("after %s and %v", what, done)
				}
			}
			t.Log(done)
			if len(done) < 8 || done["insertion that is taken back"] > 0 {
				t.Errorf("too little was done: %v", done)
			}
		})
	}
}

// Who asks while things change is told the counts of one moment: here each email is
// in one mailbox once, so that there are as many emails as messages.
func TestCountsOfOneMoment(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		w := newCountTown(t, s)
		done := make(chan struct{})
		var readers sync.WaitGroup
		for _, c := range slices.Repeat(w.counters, 2) {
			readers.Go(func() {
				for {
					list, _, err := c.mail.Mailboxes(t.Context())
					for _, b := range list {
						if b.Counts.Emails != b.Total {
							t.Errorf("%s: %d emails, %d messages", b.Path, b.Counts.Emails, b.Total)
						}
					}
					if err != nil {
						t.Error(err)
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		inbox, sent := w.boxes[0], w.boxes[1]
		for i := range 100 {
			must(t, w.insert(postroom.InboxCollection))
			from, to := inbox, sent
			if i%2 == 1 {
				from, to = sent, inbox
			}
			_, err := from.Move(t.Context(), w.some(from, 5), to.Ref())
			must(t, err)
		}
		close(done)
		readers.Wait()
	})
}
