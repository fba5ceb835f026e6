package store_test

import (
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// mentioned delivers what is due to be told and lists the mentions among it:
// whom, and of how many notes.
func (d *desk) mentioned() map[string]int {
	d.t.Helper()
	found := make(map[string]int)
	notices := system.Notices(d.store)
	for {
		b, err := notices.Next(d.t.Context())
		d.must(err)
		if b == nil {
			return found
		}
		var letters []store.NoticeLetter
		for _, n := range b.Notices {
			if n.Kind == store.Mentioned {
				if n.Subject != "Number 1" || n.By.Address != "anna@example.test" || n.Shares[0].Address != "info@example.test" {
					d.t.Errorf("a notice tells %q, %q, %q", n.Subject, n.By.Address, n.Shares[0].Address)
				}
				found[n.To.Address] += n.Count
			}
			letters = append(letters, store.NoticeLetter{To: n.To.ID, Raw: []byte("Message-ID: <" + n.Key + "@example.test>\r\n\r\nx\r\n")})
		}
		d.must(notices.Deliver(d.t.Context(), b, letters))
	}
}

func (d *desk) note(mentions ...string) postroom.Note {
	d.t.Helper()
	n, err := d.anna.AddNote(d.t.Context(), d.info, d.thread, store.NoteDraft{Text: "look", Mentions: mentions})
	d.must(err)
	return n
}

const benAt = "ben@example.test"

// TestMentionMail: one mail for the mentions of a conversation that were not
// seen in time, and another only after a while.
func TestMentionMail(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		want := func(after time.Duration, ben int) {
			t.Helper()
			d.clock.Advance(after)
			if got := d.mentioned(); got[benAt] != ben || ben == 0 && len(got) > 0 {
				t.Fatalf("told of %v, want %d for ben", got, ben)
			}
		}
		d.note(benAt, "anna@example.test") // oneself is told nothing
		d.note(benAt)
		want(time.Minute, 0)
		want(time.Minute, 2)
		d.note(benAt)
		want(14*time.Minute, 0)
		want(time.Minute, 1)
		// What was seen is not told, nor what was removed.
		d.clock.Advance(time.Hour)
		seen, gone := d.note(benAt), d.note(benAt)
		d.must(d.ben.SeeMention(t.Context(), d.info, seen.ID))
		d.must(d.anna.RemoveNote(t.Context(), d.info, gone.ID))
		want(time.Hour, 0)
		// A mention that was taken out is none, one that was put in is.
		n := d.note()
		_, err := d.anna.ChangeNote(t.Context(), d.info, n.ID, store.NoteDraft{Text: "look", Mentions: []string{benAt}})
		d.must(err)
		want(time.Hour, 1)
		_, err = d.anna.ChangeNote(t.Context(), d.info, n.ID, store.NoteDraft{Text: "again", Mentions: []string{benAt}})
		d.must(err)
		want(time.Hour, 0)
		// Who may no longer read the conversation is not told of it.
		d.note(benAt)
		d.must(d.console.Directory().RemoveGrant(t.Context(), postroom.CollectionRef{Account: d.info, Collection: postroom.RootCollection}, d.grantee("info-team"), store.Positive))
		want(time.Hour, 0)
	})
}

// TestMentionsSeen: what one has seen is one's own.
func TestMentionsSeen(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		first, second := d.note(benAt), d.note(benAt)
		list, state, err := d.ben.Mentions(ctx, d.info)
		d.must(err)
		if len(list) != 2 || list[0].Note != second.ID || list[0].Seen || list[1].Seen || list[0].Thread != d.thread {
			t.Fatalf("ben is mentioned: %+v", list)
		}
		before := d.states(d.anna)
		d.must(d.ben.SeeMention(ctx, d.info, first.ID))
		d.must(d.ben.SeeMention(ctx, d.info, first.ID))
		list, after, err := d.ben.Mentions(ctx, d.info)
		d.must(err)
		if len(list) != 2 || list[0].Seen || !list[1].Seen || after == state || d.states(d.ben).Mention != after {
			t.Fatalf("after one was seen: %+v, %s then %s", list, state, after)
		}
		if now := d.states(d.anna); now != before {
			t.Fatalf("what ben has seen is told to anna: %+v then %+v", before, now)
		}
		for name, s := range map[string]*store.Session{"who is not mentioned": d.anna, "who may not read it": d.cleo} {
			if err := s.SeeMention(ctx, d.info, first.ID); postroom.KindOf(err) != postroom.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		d.must(d.anna.RemoveNote(ctx, d.info, second.ID))
		if list, _, err = d.ben.Mentions(ctx, d.info); err != nil || len(list) != 1 {
			t.Fatalf("after one was removed: %+v, %v", list, err)
		}
	})
}

func (d *desk) states(s *store.Session) store.MailStates {
	d.t.Helper()
	all, err := s.MailStates(d.t.Context())
	d.must(err)
	return all[d.info]
}
