package storetest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// follower knows the mail of an account only by what it is told of changes.
type follower struct {
	t      *testing.T
	name   string
	mail   *store.Mail
	random *rand.Rand

	state, boxState string
	emails          map[int64]string
	boxes           map[int64]string
	threads         map[int64]string
	resets, synced  int
}

func (f *follower) read(ids []postroom.EmailID) map[int64]string {
	list, _, err := f.mail.Emails(f.t.Context(), ids)
	must(f.t, err)
	all := make(map[int64]string)
	for _, e := range list {
		all[int64(e.ID)] = fmt.Sprint(e.Mailboxes, e.Flags, e.Keywords, e.Thread)
	}
	return all
}

// truth is every email in sight.
func (f *follower) truth() (map[int64]string, map[int64]string) {
	x, err := f.mail.Index(f.t.Context())
	must(f.t, err)
	var ids []postroom.EmailID
	var threads []postroom.ThreadID
	for _, r := range x.Rows {
		ids, threads = append(ids, r.Email), append(threads, r.Thread)
	}
	return f.read(ids), f.readThreads(threads)
}

func (f *follower) readThreads(ids []postroom.ThreadID) map[int64]string {
	list, _, err := f.mail.Threads(f.t.Context(), ids)
	must(f.t, err)
	all := make(map[int64]string)
	for id, emails := range list {
		all[int64(id)] = fmt.Sprint(emails)
	}
	return all
}

func (f *follower) readBoxes() (map[int64]string, string) {
	list, state, err := f.mail.Mailboxes(f.t.Context())
	must(f.t, err)
	all := make(map[int64]string)
	for _, b := range list {
		all[int64(b.Ref.Collection)] = fmt.Sprint(b.Name, b.Parent, b.Rights, b.Order, b.Counts)
	}
	return all, state
}

// reset begins anew.
func (f *follower) reset() {
	f.resets++
	_, state, err := f.mail.Emails(f.t.Context(), nil)
	must(f.t, err)
	f.state = state
	f.emails, f.threads = f.truth()
	f.boxes, f.boxState = f.readBoxes()
}

// apply takes what it is told into one of its maps, and checks that it makes
// sense.
func (f *follower) apply(what string, known map[int64]string, c store.Changes, read func([]int64) map[int64]string) {
	f.t.Helper()
	for id, now := range read(slices.Concat(c.Created, c.Updated)) {
		known[id] = now
	}
	for _, id := range c.Destroyed {
		if _, is := known[id]; !is {
			f.t.Errorf("%s: %s %d is destroyed, and was not known", f.name, what, id)
		}
		delete(known, id)
	}
}

func (f *follower) compare(what string, known, truth map[int64]string) {
	f.t.Helper()
	for id, now := range truth {
		if known[id] != now {
			f.t.Errorf("%s: %s %d is %s, known as %q", f.name, what, id, now, known[id])
		}
	}
	for id := range known {
		if _, is := truth[id]; !is {
			f.t.Errorf("%s: %s %d is gone, and known", f.name, what, id)
		}
	}
}

// sync asks for changes, a few at a time, and compares with the truth.
func (f *follower) sync() {
	f.t.Helper()
	begin := f.state
	for _, kind := range []string{"thread", "email"} {
		state := begin
		for {
			ask := f.mail.Changes
			if kind == "thread" {
				ask = f.mail.ThreadChanges
			}
			c, err := ask(f.t.Context(), state, 1+f.random.IntN(4))
			if postroom.KindOf(err) == postroom.Stale {
				f.reset()
				return
			}
			must(f.t, err)
			if kind == "email" {
				for _, id := range c.Created {
					if _, is := f.emails[id]; is {
						f.t.Errorf("%s: email %d is created, and was known", f.name, id)
					}
				}
				f.apply(kind, f.emails, c, func(ids []int64) map[int64]string { return f.read(numbers[postroom.EmailID](ids)) })
			} else {
				f.apply(kind, f.threads, c, func(ids []int64) map[int64]string { return f.readThreads(numbers[postroom.ThreadID](ids)) })
			}
			f.synced++
			if state = c.State; !c.More {
				break
			}
		}
		f.state = state
	}
	for {
		c, err := f.mail.MailboxChanges(f.t.Context(), f.boxState, 1+f.random.IntN(4))
		if postroom.KindOf(err) == postroom.Stale {
			f.reset()
			return
		}
		must(f.t, err)
		f.apply("mailbox", f.boxes, c.Changes, func(ids []int64) map[int64]string {
			all, _ := f.readBoxes()
			for id := range all {
				if !slices.Contains(ids, id) {
					delete(all, id)
				}
			}
			return all
		})
		if f.boxState = c.State; !c.More {
			break
		}
	}
	emails, threads := f.truth()
	f.compare("email", f.emails, emails)
	f.compare("thread", f.threads, threads)
	boxes, _ := f.readBoxes()
	f.compare("mailbox", f.boxes, boxes)
}

func numbers[T ~int64](ids []int64) []T {
	list := make([]T, len(ids))
	for i, id := range ids {
		list[i] = T(id)
	}
	return list
}

// Whoever follows the changes of an account knows what one knows who reads all
// of it: with rights on all, on one mailbox, with read states of their own, and
// while mailboxes come, move and go.
func TestFollowersOfEmails(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) { followEmails(t, h, nil) })
}

// So does who follows a house of short memory, and begins anew more often.
func TestFollowersOfShortMemory(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		followEmails(t, h, &store.Memory{Age: time.Hour, Runs: 3, Collections: 1})
	})
}

func followEmails(t *testing.T, h *storetest.House, memory *store.Memory) {
	root := storetest.In(h.Info, postroom.RootCollection)
	h.Grant(root, h.Anna, manager)
	anna := h.SignIn("anna")
	clients, err := anna.CreateCollection(t.Context(), h.Info.Address, "/Clients", store.NewCollection{})
	must(t, err)
	h.Grant(clients, h.Ben, rights.Viewer|postroom.Seen)
	must(t, h.Console.Directory().SetSeen(t.Context(), root, postroom.SeenPerUser))
	random := rand.New(rand.NewPCG(1, 2))
	mail := func(s *store.Session) *store.Mail {
		m, err := s.Mail(t.Context(), h.Info.ID)
		must(t, err)
		return m
	}
	owner, reader := mail(anna), mail(h.SignIn("ben"))
	followers := []*follower{{t: t, name: "anna", mail: owner, random: random}, {t: t, name: "ben", mail: reader, random: random}}
	for _, f := range followers {
		f.reset()
	}
	seen := make(map[*follower]*store.MailIndex)
	for step := range 150 {
		shuffle(t, random, step, owner, reader, anna, h.Info)
		if memory != nil && random.IntN(3) == 0 {
			forget(t, h.Store, *memory, owner, reader)
		}
		for _, f := range followers {
			seen[f] = sameMark(t, f.mail, seen[f])
		}
		for _, f := range followers {
			if random.IntN(3) == 0 {
				f.sync()
			}
		}
		if t.Failed() {
			t.Fatalf("after step %d", step)
		}
	}
	for _, f := range followers {
		t.Logf("%s: %d answers, %d new beginnings", f.name, f.synced, f.resets)
		if f.synced < 20 || f.resets > 20 && memory == nil {
			t.Errorf("%s: too few changes could be told", f.name)
		}
	}
}

// sameMark checks that an index is what it was while its mark is.
func sameMark(t *testing.T, m *store.Mail, before *store.MailIndex) *store.MailIndex {
	mark, state, err := m.IndexMark(t.Context())
	must(t, err)
	x, err := m.Index(t.Context())
	must(t, err)
	if x.Mark != mark || x.State != state {
		t.Errorf("the mark is %q and %q, the state %q and %q", mark, x.Mark, state, x.State)
	}
	if before != nil && before.Mark.Rows == x.Mark.Rows && !slices.Equal(before.Rows, x.Rows) {
		t.Errorf("two indexes have the mark %q", mark)
	}
	bare := func(r store.MailRow) store.MailRow { r.Flags, r.Keywords = 0, ""; return r }
	if before != nil && before.Mark.Members == x.Mark.Members && !slices.EqualFunc(before.Rows, x.Rows, func(a, b store.MailRow) bool { return bare(a) == bare(b) }) {
		t.Errorf("two indexes have other members with the mark %q", mark)
	}
	return x
}

// shuffle does something at random; what is refused is refused.
func shuffle(t *testing.T, random *rand.Rand, step int, owner, reader *store.Mail, anna *store.Session, info postroom.Account) {
	boxes, _, err := owner.Mailboxes(t.Context())
	must(t, err)
	box := func() store.MailMailbox { return boxes[random.IntN(len(boxes))] }
	some := func(m *store.Mail) postroom.EmailID {
		x, err := m.Index(t.Context())
		must(t, err)
		if len(x.Rows) == 0 {
			return 0
		}
		return x.Rows[random.IntN(len(x.Rows))].Email
	}
	switch n := random.IntN(20); {
	case n < 6:
		raw := fmt.Sprintf("Subject: s%d\r\nMessage-ID: <%d@x>\r\nIn-Reply-To: <%d@x>\r\n\r\nx\r\n", step/10, step, step/10)
		_, err = owner.Insert(t.Context(), store.NewEmail{Raw: strings.NewReader(raw), Size: int64(len(raw)), Mailboxes: []postroom.CollectionID{box().Ref.Collection, box().Ref.Collection}})
	case n < 8:
		_, err = owner.Change(t.Context(), some(owner), store.EmailChange{Mailboxes: []postroom.CollectionID{box().Ref.Collection}})
	case n < 10:
		_, err = owner.Change(t.Context(), some(owner), store.EmailChange{Enter: []postroom.CollectionID{box().Ref.Collection}})
	case n < 12:
		_, err = owner.Change(t.Context(), some(owner), store.EmailChange{Add: store.Tags{Flags: postroom.FlagSeen | postroom.FlagFlagged}, Remove: store.Tags{Words: "a"}})
	case n < 13:
		_, err = owner.Change(t.Context(), some(owner), store.EmailChange{Tags: &store.Tags{Words: "a b"}})
	case n < 15:
		_, err = reader.Change(t.Context(), some(reader), store.EmailChange{Add: store.Tags{Flags: postroom.FlagSeen}})
	case n < 17:
		err = owner.Destroy(t.Context(), some(owner))
	case n == 17:
		_, err = anna.CreateCollection(t.Context(), info.Address, fmt.Sprintf("%s/n%d", box().Path, step), store.NewCollection{})
	case n == 18:
		if b := box(); b.Ref.Collection >= postroom.FirstUserCreated && b.Name != "Clients" {
			err = anna.RenameCollection(t.Context(), b.Ref, fmt.Sprintf("%s/r%d", box().Path, step))
		}
	default:
		if b := box(); b.Ref.Collection >= postroom.FirstUserCreated && b.Name != "Clients" {
			err = anna.DeleteCollection(t.Context(), b.Ref)
		}
	}
	switch postroom.KindOf(err) {
	case postroom.NotFound, postroom.Denied, postroom.NotEmpty, postroom.Exists, postroom.Invalid:
	default:
		must(t, err)
	}
}

// What others read moves the state of nobody else where each has their own.
func TestReadingOfOthersIsNotTold(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		root := storetest.In(h.Info, postroom.RootCollection)
		h.Grant(root, h.Anna, manager)
		h.Grant(root, h.Ben, manager)
		must(t, h.Console.Directory().SetSeen(t.Context(), root, postroom.SeenPerUser))
		h.Deliver(storetest.Message(1, "x"), h.Info)
		anna, err := h.SignIn("anna").Mail(t.Context(), h.Info.ID)
		must(t, err)
		ben, err := h.SignIn("ben").Mail(t.Context(), h.Info.ID)
		must(t, err)
		_, before, err := anna.Emails(t.Context(), nil)
		must(t, err)
		_, own, err := ben.Emails(t.Context(), nil)
		must(t, err)
		_, err = ben.Change(t.Context(), 1, store.EmailChange{Add: store.Tags{Flags: postroom.FlagSeen}})
		must(t, err)
		if _, after, err := anna.Emails(t.Context(), nil); err != nil || after != before {
			t.Errorf("anna's state went from %s to %s: %v", before, after, err)
		}
		if c, err := ben.Changes(t.Context(), own, 0); err != nil || len(c.Updated) != 1 {
			t.Errorf("ben was told %+v: %v", c, err)
		}
	})
}

// Of many who would act once on a message one does, and none who may not mark it.
func TestOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		root := storetest.In(h.Info, postroom.RootCollection)
		h.Grant(root, h.Anna, manager)
		h.Grant(root, h.Ben, rights.Viewer)
		h.Deliver(storetest.Message(1, "x"), h.Info)
		anna, err := h.SignIn("anna").Mail(t.Context(), h.Info.ID)
		must(t, err)
		ben, err := h.SignIn("ben").Mail(t.Context(), h.Info.ID)
		must(t, err)
		once := store.EmailChange{Once: "$mdnsent"}
		_, err = ben.Change(t.Context(), 1, once)
		isKind(t, err, postroom.Denied)
		const many = 8
		errs := make(chan error, many)
		for range many {
			go func() {
				_, err := anna.Change(t.Context(), 1, once)
				errs <- err
			}()
		}
		won := 0
		for range many {
			if err := <-errs; err == nil {
				won++
			} else {
				isKind(t, err, postroom.Exists)
			}
		}
		if won != 1 {
			t.Errorf("%d acted", won)
		}
		// It goes with all keywords being set, and is as little theirs to set again.
		all := store.EmailChange{Once: "$replied", Tags: &store.Tags{Words: "a"}}
		after, err := anna.Change(t.Context(), 1, all)
		must(t, err)
		if after.Keywords != "$replied a" {
			t.Errorf("all keywords and one more: %q", after.Keywords)
		}
		_, err = anna.Change(t.Context(), 1, all)
		isKind(t, err, postroom.Exists)
	})
}

// An account of which nothing may be looked up any more is one that never was.
func TestMailOfALostAccount(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		root := storetest.In(h.Info, postroom.RootCollection)
		h.Grant(root, h.Ben, rights.Viewer)
		s := h.SignIn("ben")
		m, err := s.Mail(t.Context(), h.Info.ID)
		must(t, err)
		_, state, err := m.Emails(t.Context(), nil)
		must(t, err)
		h.Revoke(root, h.Ben)
		_, err = m.Changes(t.Context(), state, 0)
		isKind(t, err, postroom.NotFound)
		_, never := s.Mail(t.Context(), 999_999)
		if err.Error() != never.Error() {
			t.Errorf("lost: %v, never there: %v", err, never)
		}
		h.Grant(root, h.Ben, rights.Viewer|postroom.Seen)
		if c, err := m.Changes(t.Context(), state, 0); err != nil || len(c.Created) > 0 {
			t.Errorf("with the same mail in sight again: %+v, %v", c, err)
		}
	})
}
