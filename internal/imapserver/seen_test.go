package imapserver_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"postroom"
)

// A reader is somebody's view of a mailbox through every command that tells of
// read states and mod-sequences.
type reader struct {
	open    *client // has it selected with CONDSTORE
	watcher *client // has asked NOTIFY
	resync  *client // comes back with QRESYNC

	status, modseq, validity string // as told last
}

var (
	itemModSeq = regexp.MustCompile(`FETCH \(MODSEQ \((\d+)\)\)`)
	highestOf  = regexp.MustCompile(`HIGHESTMODSEQ (\d+)`)
)

func newReader(h *house, name string) *reader {
	r := &reader{open: h.as(name), watcher: h.as(name), resync: h.as(name)}
	r.open.must("SELECT " + infoInbox + " (CONDSTORE)")
	r.watcher.must("ENABLE CONDSTORE")
	r.watcher.must("NOTIFY SET (mailboxes " + infoInbox + " (MessageNew MessageExpunge FlagChange))")
	r.resync.must("ENABLE QRESYNC")
	r.look()
	return r
}

// look notes the state of things, and is told what there is to tell.
func (r *reader) look() {
	r.open.must("NOOP")
	r.watcher.dialogue("IDLE")
	r.status = strings.Join(r.open.must("STATUS "+infoInbox+" (UNSEEN HIGHESTMODSEQ UIDVALIDITY)"), "\n")
	r.validity = regexp.MustCompile(`UIDVALIDITY (\d+)`).FindStringSubmatch(r.status)[1]
	r.modseq = highestOf.FindStringSubmatch(r.status)[1]
}

// changes lists the commands that tell of a change of message 1 since look.
func (r *reader) changes() (told []string) {
	note := func(what string, yes bool) {
		if yes {
			told = append(told, what)
		}
	}
	item := func(lines []string) bool {
		return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "* 1 FETCH") || strings.HasPrefix(l, "* SEARCH 1") })
	}
	var last int
	fmt.Sscan(r.modseq, &last)
	note("NOOP", item(r.open.must("NOOP")))
	note("CHANGEDSINCE", item(r.open.must("FETCH 1:* (FLAGS) (CHANGEDSINCE "+r.modseq+")")))
	note("SEARCH MODSEQ", item(r.open.must(fmt.Sprintf("SEARCH MODSEQ %d", last+1))))
	now := 0
	fmt.Sscan(itemModSeq.FindStringSubmatch(strings.Join(r.open.must("FETCH 1 (MODSEQ)"), "\n"))[1], &now)
	note("MODSEQ", now > last)
	note("STATUS", r.status != strings.Join(r.open.must("STATUS "+infoInbox+" (UNSEEN HIGHESTMODSEQ UIDVALIDITY)"), "\n"))
	selected := r.resync.must("SELECT " + infoInbox + " (QRESYNC (" + r.validity + " " + r.modseq + "))")
	note("QRESYNC", item(selected))
	note("HIGHESTMODSEQ", highestOf.FindStringSubmatch(strings.Join(selected, "\n"))[1] != r.modseq)
	note("NOTIFY", slices.ContainsFunc(r.watcher.dialogue("IDLE"), func(l string) bool { return strings.HasPrefix(l, "* STATUS") }))
	return told
}

// TestReadersApart: with one read state for all, what one reads every reader is
// told of by every command; where each has their own, only the sessions of the one
// who read are. Other flags are everybody's either way.
func TestReadersApart(t *testing.T) {
	t.Parallel()
	everywhere := []string{"NOOP", "CHANGEDSINCE", "SEARCH MODSEQ", "MODSEQ", "STATUS", "QRESYNC", "HIGHESTMODSEQ", "NOTIFY"}
	for _, perUser := range []bool{false, true} {
		t.Run(fmt.Sprintf("perUser=%v", perUser), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.letter(h.Info)
			h.letter(h.Info)
			a := h.account("info")
			a.SeenPerUser = perUser
			h.must(h.Console.Directory().UpdateAccount(context.Background(), a))
			anna, mine, ben := h.as("anna"), newReader(h, "anna"), newReader(h, "ben")
			anna.must("SELECT " + infoInbox)
			for _, act := range []struct {
				command string
				private bool
			}{
				{`FETCH 1 (BODY[])`, true}, {`STORE 1 -FLAGS (\Seen)`, true}, {`STORE 1 +FLAGS (\Flagged)`, false},
				{`UID STORE 1 +FLAGS.SILENT (\Seen)`, true}, {`STORE 1 FLAGS (\Seen work)`, false}, {`STORE 1 FLAGS (work)`, true},
				{`STORE 1 -FLAGS (\Seen)`, true}, // it has none: nothing changes
			} {
				nothing := act.command == `STORE 1 -FLAGS (\Seen)` && strings.Contains(strings.Join(anna.must("FETCH 1 (FLAGS)"), ""), "work")
				mine.look()
				ben.look()
				anna.must(act.command)
				want, others := everywhere, everywhere
				if nothing {
					want, others = nil, nil
				} else if perUser && act.private {
					others = nil
				}
				if got := mine.changes(); !slices.Equal(got, want) {
					t.Errorf("%s: the reader is told by %q, want %q", act.command, got, want)
				}
				if got := ben.changes(); !slices.Equal(got, others) {
					t.Errorf("%s: the other reader is told by %q, want %q", act.command, got, others)
				}
			}
			ben.unchangedSince(t, anna, perUser)
		})
	}
}

// unchangedSince: a change on condition that nothing has changed fails for who
// sees that something has (RFC 7162 §3.1.3).
func (r *reader) unchangedSince(t *testing.T, other *client, perUser bool) {
	t.Helper()
	r.look()
	other.must(`STORE 2 +FLAGS (\Seen)`)
	r.open.must("NOOP")
	_, answer := r.open.do(`STORE 2 (UNCHANGEDSINCE ` + r.modseq + `) +FLAGS (\Draft)`)
	if modified := strings.HasPrefix(answer, "OK [MODIFIED"); modified == perUser {
		t.Errorf("UNCHANGEDSINCE: %s", answer)
	}
}

// TestReadStateNeedsNoRightOfOthers: of a mailbox with a read state for each, the
// number of unread messages is the reader's own in every list of mailboxes, and
// without s it stays what it was at the beginning.
func TestReadStateNeedsNoRightOfOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.letter(h.Info)
	h.letter(h.Info)
	a := h.account("info")
	a.SeenPerUser = true
	h.must(h.Console.Directory().UpdateAccount(context.Background(), a))
	h.give("cleo", h.Info, "/Inbox", postroom.Lookup|postroom.Read)
	anna, ben, cleo := h.as("anna"), h.as("ben"), h.as("cleo")
	for _, c := range []*client{anna, ben, cleo} {
		c.must("SELECT " + infoInbox)
	}
	anna.must("FETCH 1:2 (BODY[TEXT])")
	ben.must("FETCH 1 (BODY[TEXT])")
	cleo.must("FETCH 1:2 (BODY[TEXT])") // has no s
	for c, want := range map[*client]int{anna: 0, ben: 1, cleo: 2} {
		for _, command := range []string{"STATUS " + infoInbox + " (UNSEEN)", `LIST "" ` + infoInbox + " RETURN (STATUS (UNSEEN))"} {
			if got := strings.Join(c.must(command), " "); !strings.Contains(got, fmt.Sprintf("(UNSEEN %d)", want)) {
				t.Errorf("%s: %s, want %d", command, got, want)
			}
		}
		if got := len(strings.Fields(c.must("SEARCH UNSEEN")[0])) - 2; got != want {
			t.Errorf("SEARCH UNSEEN finds %d, want %d", got, want)
		}
	}
}
