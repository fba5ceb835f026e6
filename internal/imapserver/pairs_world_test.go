package imapserver_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

const workName = "Shared/info@example.test/Work"

// world is what TestRights tries commands on. anna has everything of info@ and
// puts it back in order; cleo has what hold gives her on /Work, may always read
// /Open and look up /Trash, so that info@ is in her reach.
type world struct {
	h         *house
	annas     *store.Session
	cleos     *store.Session
	cleo      *client
	notified  *client   // of cleo too, for NOTIFY, which lasts
	delegated []*client // cleo as info@, in the three spellings
	hold      func()
	clean     dump
}

func newWorld(t *testing.T) *world {
	h := newHouse(t)
	h.give("anna", h.Info, "/", postroom.AllRights)
	w := &world{h: h, annas: h.SignIn("anna"), cleos: h.SignIn("cleo"), cleo: h.as("cleo"), notified: h.as("cleo")}
	w.make(w.annas, "info@example.test", "/Open")
	h.give("cleo", h.Info, "/", parseRights(t, "lr"))
	w.delegated = []*client{h.as("info@example.test*cleo@example.test"), h.as(`cleo@example.test\info@example.test`), h.dial()}
	w.delegated[2].line()
	// info@ NUL cleo@ NUL the password
	w.delegated[2].must("AUTHENTICATE PLAIN " + plain("info@example.test", "cleo@example.test"))
	w.h.give("cleo", h.Info, "/", postroom.NoRights)
	h.give("cleo", h.Info, "/Open", parseRights(t, "lr"))
	h.give("cleo", h.Info, "/Trash", parseRights(t, "l"))
	return w
}

// make makes a mailbox with messages of these flags.
func (w *world) make(s *store.Session, owner, path string, messages ...store.NewMessage) {
	w.h.T.Helper()
	ctx := context.Background()
	ref, err := s.CreateCollection(ctx, owner, path, store.NewCollection{Kind: postroom.MailCollection})
	if err != nil {
		w.h.T.Fatal(err)
	}
	if len(messages) > 0 {
		w.append(s, ref, messages...)
	}
}

func (w *world) append(s *store.Session, ref postroom.CollectionRef, messages ...store.NewMessage) {
	w.h.T.Helper()
	m, err := s.Mailbox(context.Background(), ref, store.ReadWrite)
	if err == nil {
		_, err = m.Append(context.Background(), messages)
	}
	if err != nil {
		w.h.T.Fatal(err)
	}
}

// pairMessage is a message that differs from others by its number.
func pairMessage(number int, f postroom.Flags, keywords string) store.NewMessage {
	raw := storetest.Message(number, "What is the price?")
	return store.NewMessage{Raw: strings.NewReader(raw), Size: int64(len(raw)), Flags: f, Keywords: keywords}
}

const allFlags = postroom.FlagSeen | postroom.FlagAnswered | postroom.FlagFlagged | postroom.FlagDeleted | postroom.FlagDraft

// begin makes the world new with the rights that hold gives.
func (w *world) begin() {
	w.h.T.Helper()
	w.clean = nil
	w.reset()
}

// reset puts back what differs from the clean state.
func (w *world) reset() {
	w.h.T.Helper()
	lines := changesOf(w.clean, w.dump())
	differs := func(path string) bool {
		return w.clean == nil || slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l[2:], path) })
	}
	if differs("/Work") && !w.reflag(lines) {
		w.remake()
	}
	if differs("/Trash") {
		w.empty(w.h.Info, "/Trash")
	}
	if differs("cleo:/Stock") {
		w.drop(w.cleos, "", "/Stock")
		w.make(w.cleos, "", "/Stock", pairMessage(4, allFlags, "$forwarded"))
	}
	if differs("cleo:/Target") {
		w.drop(w.cleos, "", "/Target")
		w.make(w.cleos, "", "/Target")
	}
	if differs("cleo subscribed") {
		for _, name := range []string{workName, "Shared/info@example.test/Wrok"} {
			if err := w.cleos.SetSubscribed(context.Background(), name, store.Subscribed); err != nil {
				w.h.T.Fatal(err)
			}
		}
	}
	w.clean = w.dump()
}

// workMessages are the messages of a new Work.
func workMessages() []store.NewMessage {
	return []store.NewMessage{pairMessage(1, 0, ""),
		pairMessage(2, postroom.FlagSeen|postroom.FlagFlagged|postroom.FlagAnswered, "$forwarded"), pairMessage(3, postroom.FlagDeleted, "")}
}

// remake makes Work anew, so that its UIDs begin at one.
func (w *world) remake() {
	w.h.T.Helper()
	w.drop(w.annas, "info@example.test", "/Work")
	w.make(w.annas, "info@example.test", "/Work/Child")
	ref := w.h.collection(w.h.Info, "/Work")
	w.append(w.annas, ref, workMessages()...)
	w.put("ben@example.test", parseRights(w.h.T, "lrs"), store.Positive)
	if err := w.annas.Annotate(context.Background(), ref, []store.Annotation{{Entry: "/shared/comment", Value: []byte("kept")}}); err != nil {
		w.h.T.Fatal(err)
	}
	w.hold()
}

// reflag puts back flags, where nothing but flags of messages differs.
func (w *world) reflag(lines []string) bool {
	w.h.T.Helper()
	came := 0
	for _, l := range lines {
		uid := 0
		if n, _ := fmt.Sscanf(l[2:], "/Work %d:", &uid); n != 1 || uid > 3 {
			return false
		}
		if came++; l[0] == '-' {
			came -= 2
		}
	}
	if w.clean == nil || came != 0 {
		return false
	}
	m := w.h.Open(w.annas, w.h.Info, "/Work")
	for i, msg := range workMessages() {
		_, err := m.ChangeFlags(context.Background(), []postroom.UID{postroom.UID(i + 1)},
			store.FlagChange{Op: store.SetFlags, Flags: msg.Flags, Keywords: msg.Keywords, UnchangedSince: -1})
		if err != nil {
			w.h.T.Fatal(err)
		}
	}
	return true
}

// drop deletes a mailbox and what is below it, if it is there.
func (w *world) drop(s *store.Session, owner, path string) {
	w.h.T.Helper()
	all, err := s.Collections(context.Background(), postroom.MailCollection)
	if err != nil {
		w.h.T.Fatal(err)
	}
	slices.Reverse(all) // children first
	for _, c := range all {
		mine := owner == "" && c.Owner.ID == s.Home() || c.Owner.Address == owner
		if mine && (c.Path == path || strings.HasPrefix(c.Path, path+"/")) {
			if err := s.DeleteCollection(context.Background(), c.Ref); err != nil {
				w.h.T.Fatal(err)
			}
		}
	}
}

func (w *world) empty(a postroom.Account, path string) {
	w.h.T.Helper()
	m := w.h.Open(w.annas, a, path)
	_, err := m.ChangeFlags(context.Background(), uidsIn(w.h.View(m)), store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagDeleted, UnchangedSince: -1})
	if err == nil {
		_, err = m.Expunge(context.Background(), nil)
	}
	if err != nil {
		w.h.T.Fatal(err)
	}
}

func uidsIn(v *store.View) (uids []postroom.UID) {
	for _, m := range v.Items {
		uids = append(uids, m.UID)
	}
	return uids
}

// give grants rights on /Work, which is new, if there are any to give.
func (w *world) give(name string, r postroom.Rights) {
	w.h.T.Helper()
	if r != postroom.NoRights {
		w.put(name+"@example.test", r, store.Positive)
	}
}

// put grants rights on /Work.
func (w *world) put(grantee string, r postroom.Rights, sign store.Sign) {
	w.h.T.Helper()
	d := w.h.Console.Directory()
	g, err := d.FindGrantee(context.Background(), w.h.Info.ID, grantee)
	if err == nil {
		err = d.PutGrant(context.Background(), postroom.Grant{Target: w.h.collection(w.h.Info, "/Work"), Grantee: g, Rights: r, Negative: sign == store.Negative})
	}
	if err != nil {
		w.h.T.Fatal(err)
	}
}

// dump is everything a command can change, a line for each thing.
type dump []string

// message finds the line of a message.
func (d dump) message(path, uid string) string {
	for _, line := range d {
		if strings.HasPrefix(line, path+" "+uid+":") {
			return line
		}
	}
	return ""
}

func (w *world) dump() (d dump) {
	w.h.T.Helper()
	ctx := context.Background()
	d = append(d, w.boxes(w.annas, "", w.h.Info.ID)...)
	d = append(d, w.boxes(w.cleos, "cleo:", w.h.Cleo.ID)...)
	names, err := w.cleos.Subscriptions(ctx)
	if err != nil {
		w.h.T.Fatal(err)
	}
	for _, name := range names {
		d = append(d, "cleo subscribed "+name)
	}
	slices.Sort(d)
	return d
}

// boxes are the mailboxes of an account, with messages, grants and annotations.
func (w *world) boxes(s *store.Session, prefix string, owner postroom.AccountID) (d dump) {
	ctx := context.Background()
	all, err := s.Collections(ctx, postroom.MailCollection)
	if err != nil {
		w.h.T.Fatal(err)
	}
	for _, c := range all {
		if c.Owner.ID != owner {
			continue
		}
		at := prefix + c.Path
		d = append(d, at+" is there", fmt.Sprintf("%s has %d, %d unread", at, c.Total, c.Unseen))
		if c.Total > 0 {
			for _, it := range w.h.View(w.h.Open(s, c.Owner, c.Path)).Items {
				d = append(d, lineOf(at, it))
			}
		}
		if strings.HasPrefix(at, "/Work") {
			d = append(d, w.notes(s, at, c.Ref)...)
		}
	}
	return d
}

// lineOf is a message with its flags. In Trash, which stays, UIDs go on and say
// nothing.
func lineOf(at string, it postroom.ItemMeta) string {
	flags := strings.TrimPrefix(store.FlagChange{Flags: it.Flags}.String(), "=") + " " + it.Keywords
	uid := fmt.Sprint(it.UID)
	if at == "/Trash" {
		uid = "n"
	}
	return fmt.Sprintf("%s %s: %s", at, uid, strings.TrimSpace(flags))
}

// notes are the grants and annotations of a mailbox.
func (w *world) notes(s *store.Session, at string, ref postroom.CollectionRef) (d dump) {
	list, err := s.ACL(context.Background(), ref)
	if err != nil {
		w.h.T.Fatal(err)
	}
	for _, e := range list {
		d = append(d, fmt.Sprintf("%s grants %s %s negative=%v", at, e.Name, rights.IMAP(e.Rights), e.Negative))
	}
	for _, who := range []*store.Session{s, w.cleos} {
		notes, _ := who.Annotations(context.Background(), ref) // cleo may have no right to
		for _, a := range notes {
			if who == s || strings.HasPrefix(a.Entry, "/private") {
				d = append(d, fmt.Sprintf("%s note %s %s", at, a.Entry, a.Value))
			}
		}
	}
	return d
}

// changesOf are the lines that went and that came; counts of mailboxes aside,
// which the messages tell.
func changesOf(before, after dump) (list []string) {
	for _, line := range before {
		if !slices.Contains(after, line) && !strings.HasSuffix(line, "unread") {
			list = append(list, "- "+line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) && !strings.HasSuffix(line, "unread") {
			list = append(list, "+ "+line)
		}
	}
	return list
}

func (w *world) dirty() bool { return !slices.Equal(w.clean, w.dump()) }

// try says a row's lines in a session and sees what comes of it.
func (w *world) try(t *testing.T, c *client, row *pairRow, letters, mailbox string) *pairCell {
	t.Helper()
	cell := &pairCell{t: t, row: row, letters: letters, rights: parseRights(t, letters), mailbox: mailbox, before: w.clean}
	cell.heard = w.say(c, row, mailbox)
	cell.answer = strings.TrimPrefix(cell.heard[len(cell.heard)-1], "t ")
	cell.after = w.dump()
	cell.effect = changesOf(w.clean, cell.after)
	if !slices.Equal(w.clean, cell.after) {
		w.reset()
	}
	return cell
}

// client is the session of cleo's that a row is said in.
func (w *world) client(row *pairRow) *client {
	if row.file == "NOTIFY" {
		return w.notified
	}
	return w.cleo
}

func (r *pairRow) spell(line, mailbox string) string {
	return strings.NewReplacer("%M", mailbox, "%S", "Stock", "%T", "Target").Replace(line)
}

// say says a row's lines and returns all that is answered.
func (w *world) say(c *client, row *pairRow, mailbox string) (heard []string) {
	lines := row.lines
	if row.opens != "" {
		lines = append([]string{row.opens}, lines...)
	}
	for _, line := range lines {
		if line == "! deliver" {
			w.append(w.annas, w.h.collection(w.h.Info, "/Work"), pairMessage(9, 0, ""))
			continue
		}
		heard = append(heard, c.dialogue(row.spell(line, mailbox))...)
	}
	if row.opens != "" || strings.HasPrefix(row.lines[0], "SELECT") || strings.HasPrefix(row.lines[0], "EXAMINE") {
		c.dialogue("UNSELECT")
	}
	if row.file == "NOTIFY" {
		c.dialogue("NOTIFY NONE")
		// What is told may come before IDLE is heard, or after.
		heard = slices.DeleteFunc(heard, func(line string) bool { return strings.HasPrefix(line, "+") })
	}
	return heard
}

// dialogue sends a command and what it is asked for, and returns every line.
func (c *client) dialogue(command string) (heard []string) {
	c.t.Helper()
	c.send("t " + command)
	for {
		line := settle(c.line())
		heard = append(heard, line)
		switch {
		case strings.HasPrefix(line, "t "):
			return heard
		case strings.HasPrefix(line, "+ idling"):
			c.send("DONE")
		case strings.HasPrefix(line, "+"):
			io.WriteString(c.conn, "a: b\r\n\r\n")
		}
	}
}
