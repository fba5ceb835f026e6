package imapserver_test

import (
	"context"
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

// namedCommands are all commands that take a name of a mailbox, %N, or the root
// of a quota, %R. cleo's inbox, with one message, is selected.
var namedCommands = []string{
	`LIST "" %N`, `LIST "" (%N %N/*)`, `LIST %N ""`, `LIST (SUBSCRIBED) "" %N`, `LIST "" %N RETURN (MYRIGHTS STATUS (MESSAGES) METADATA (/shared/comment))`,
	`LSUB "" %N`, `STATUS %N (MESSAGES UIDVALIDITY)`, `CREATE %N`, `CREATE %N/New`, `CREATE %N (USE (\Archive))`, `DELETE %N`, `RENAME %N Mine`,
	`RENAME Folder %N`, `RENAME Folder %N/New`, `RENAME Shared/info@example.test/Own %N`, `RENAME Shared/info@example.test/Own %N/New`, `SUBSCRIBE %N`, `LIST (SUBSCRIBED RECURSIVEMATCH) "" %N`, `UNSUBSCRIBE %N`, `LSUB "" %N`,
	`MYRIGHTS %N`, `GETACL %N`, `LISTRIGHTS %N cleo@example.test`, `LISTRIGHTS %N nobody@example.test`, `SETACL %N cleo@example.test lr`,
	`SETACL %N nobody@example.test lr`, `SETACL %N cleo@example.test lrz`, `DELETEACL %N anna@example.test`,
	`GETQUOTAROOT %N`, `GETQUOTA %R`, `SETQUOTA %R (STORAGE 1)`, `GETMETADATA %N /shared/comment`, `GETMETADATA %N /shared/vendor/postroom/owner`,
	`SETMETADATA %N (/private/comment "x")`, `SETMETADATA %N (/shared/comment NIL)`, `SETMETADATA %N (/shared/vendor/postroom/owner "x")`,
	`APPEND %N {6}`, `APPEND %N (\Seen) {6}`, `COPY 1 %N`, `UID COPY 9 %N`, `MOVE 1 %N`, `UID MOVE 9 %N`, `REPLACE 1 %N {6}`,
	`ESEARCH IN (mailboxes %N) ALL`, `ESEARCH IN (subtree %N) RETURN (COUNT) ALL`, `NOTIFY SET STATUS (mailboxes %N (MessageNew MessageExpunge FlagChange MailboxName))`,
	`NOTIFY SET (subtree-one %N (MessageNew MessageExpunge MailboxMetadataChange))`, `NOTIFY NONE`, `EXAMINE %N`, `SELECT %N`, `SELECT %N (CONDSTORE)`, `NOOP`,
}

// A disguise is a spelling of a hidden name and the same of one that is not
// there: they differ in letters of equal number.
type disguise struct{ hidden, absent string }

func (h *house) disguises() []disguise {
	both := func(pattern, hidden, absent string) disguise {
		return disguise{strings.ReplaceAll(pattern, "%", hidden), strings.ReplaceAll(pattern, "%", absent)}
	}
	list := []disguise{
		// An account of which nothing may be looked up, and its addresses.
		both(`Shared/%@example.test/INBOX`, "desk", "disk"), both(`Shared/%@example.test`, "desk", "disk"), both(`Shared/%@example.test/`, "desk", "disk"),
		both(`Shared/%@example.test/Sent`, "sale", "sole"), both(`"Other Users/%@example.test/INBOX"`, "anna", "anno"),
		both(`"Other Users/%@example.test/inbox/"`, "anna", "anno"), both(`"Other Users/%@example.test"`, "desk", "disk"),
		both(`"Shared/%@example.test/INBOX"`, "anna", "anno"), both(`sHaReD/%@EXAMPLE.TEST/iNbOx`, "DESK", "DISK"),
		both(`Shared/%@example.test/INBOX/Deep/Deeper`, "desk", "disk"), both(`Shared/%@example.test//INBOX`, "desk", "disk"),
		both(`Shared/%+x@example.test/INBOX`, "desk", "disk"), both(`Shared/%@elsewhere.test/INBOX`, "desk", "disk"),
	}
	for _, at := range []string{"Shared/info@example.test/", "shared/INFO@example.test/", "Shared/info@example.test/Open/"} {
		for _, tail := range []string{"", "/", "/Deep", "/Deep/", "//", "/Deep/Deeper"} {
			list = append(list, both(at+"%"+tail, "Secret", "Absent"))
		}
	}
	// In modified UTF-7, as text and as a literal; another normal form is the same
	// name.
	return append(list, both(`"Shared/info@example.test/Geh&%-lter"`, "AOQ", "APY"), both(`"Shared/info@example.test/Geh&%-lter/Deep"`, "AOQ", "APY"),
		both(`"Shared/info@example.test/Geh%&AwgAbA-ter"`, "a", "o"), both("{31+}\r\nShared/info@example.test/%", "Secret", "Absent"))
}

// oracleHouse hides things from cleo: all of desk@ and anna@, and of info@, of
// which she may read Open and look up Only, everything else.
func oracleHouse(t *testing.T) *house {
	h := newHouse(t)
	ctx, console := context.Background(), h.Console.Directory()
	desk, err := console.CreateAccount(ctx, store.NewAccount{Address: "desk@example.test", Name: "Desk", Kind: postroom.Shared})
	h.must(err)
	h.must(console.AddAlias(ctx, postroom.Alias{Address: "sale@example.test", Target: postroom.SendTarget{Account: desk.ID}}))
	for _, path := range []string{"/Open/Secret/Deep", "/Secret/Deep", "/Gehälter/Deep", "/Only", "/Own"} {
		_, err := console.CreateCollection(ctx, h.Info.ID, path)
		h.must(err)
	}
	for n := range 50 { // what takes its time to list
		_, err := console.CreateCollection(ctx, desk.ID, fmt.Sprintf("/Folder %d", n))
		h.must(err)
	}
	h.give("cleo", h.Info, "/Open", rights.Viewer)
	h.give("cleo", h.Info, "/Only", postroom.Lookup)
	h.give("cleo", h.Info, "/Own", rights.Manager)
	dora := h.Person("dora") // may read what is not blocked
	h.Grant(storetest.In(h.Info, postroom.RootCollection), dora, rights.Viewer)
	for _, path := range []string{"/Secret", "/Open/Secret"} {
		h.Grant(h.collection(h.Info, path), dora, postroom.NoRights)
	}
	h.must(console.PutGrant(ctx, postroom.Grant{Target: h.collection(h.Info, "/Open/Secret"), Grantee: h.grantee("cleo"), Rights: postroom.NoRights}))
	for _, a := range []postroom.Account{h.Info, desk, h.Anna, h.Cleo} {
		h.letter(a)
	}
	cleo := h.SignIn("cleo")
	for _, path := range []string{"/Folder", "/Open"} {
		_, err := cleo.CreateCollection(ctx, "", path, store.NewCollection{Kind: postroom.MailCollection})
		h.must(err)
	}
	return h
}

// TestNamesTellNothing: of what cleo may not look up every command says, byte for
// byte, what it says of a name that is not there, however it is spelt.
func TestNamesTellNothing(t *testing.T) {
	t.Parallel()
	h := oracleHouse(t)
	plainly, utf8 := h.as("cleo"), h.as("cleo")
	utf8.must("ENABLE UTF8=ACCEPT CONDSTORE")
	before := h.everything()
	for _, d := range h.disguises() {
		plainly.compareNames(d)
	}
	for _, d := range []disguise{{`"Shared/info@example.test/Gehälter"`, `"Shared/info@example.test/Gehölter"`},
		{"\"Shared/info@example.test/Geha\u0308lter\"", "\"Shared/info@example.test/Geho\u0308lter\""},
		{`"Shared/info@example.test/Gehälter/Deep/"`, `"Shared/info@example.test/Gehölter/Deep/"`},
		{`Shared/info@example.test/Open/Secret`, `Shared/info@example.test/Open/Absent`}} {
		utf8.compareNames(d)
	}
	as := h.as("info@example.test*dora@example.test")
	for _, d := range []disguise{{"Secret", "Absent"}, {"Secret/", "Absent/"}, {"Secret/Deep", "Absent/Deep"}, {"Open/Secret", "Open/Absent"},
		{"Open/Secret/Deep", "Open/Absent/Deep"}, {"Shared/info@example.test/Secret", "Shared/info@example.test/Absent"}} {
		as.compareNames(d)
	}
	if after := h.everything(); !slices.Equal(before, after) {
		t.Errorf("something was changed: %q, before %q", after, before)
	}
}

// compareNames says every command of both names.
func (c *client) compareNames(d disguise) {
	c.t.Helper()
	for _, command := range namedCommands {
		c.must("SELECT INBOX")
		hidden := c.named(command, d.hidden)
		c.must("SELECT INBOX")
		absent := c.named(command, d.absent)
		neutral := strings.NewReplacer("desk", "disk", "DESK", "DISK", "sale", "sole", "anna", "anno", "Secret", "Absent", "AOQ", "APY", "ä", "ö",
			"a\u0308", "o\u0308", "Geha&Awg", "Geho&Awg")
		for i := range hidden {
			hidden[i] = neutral.Replace(hidden[i])
		}
		for i := range absent {
			absent[i] = neutral.Replace(absent[i])
		}
		if !slices.Equal(hidden, absent) {
			c.t.Errorf("%s\n%s: %q\n%s: %q", command, d.hidden, hidden, d.absent, absent)
		}
	}
}

// named says a command of a name.
func (c *client) named(command, name string) []string {
	spelt := func(tail string) string {
		if _, text, literal := strings.Cut(name, "\n"); literal {
			return fmt.Sprintf("{%d+}\r\n%s", len(text+tail), text+tail)
		}
		return `"` + strings.Trim(name, `"`) + tail + `"`
	}
	root := "none"
	if parts := strings.Split(strings.Trim(name, `"`), "/"); len(parts) > 1 {
		root = parts[1]
	}
	return c.dialogue(strings.NewReplacer("%N/New", spelt("/New"), "%N/*", spelt("/*"), "%N", spelt(""), "%R", root).Replace(command))
}

// everything is what there is of the accounts concerned, as the console knows it.
func (h *house) everything() (list []string) {
	h.T.Helper()
	for _, name := range []string{"info", "desk", "anna", "cleo"} {
		all, err := h.Console.Directory().CollectionTree(context.Background(), h.account(name).ID)
		h.must(err)
		for _, c := range all {
			entries, err := h.Console.Directory().Grants(context.Background(), c.Ref)
			h.must(err)
			list = append(list, fmt.Sprint(name, c.Path, c.ModSeq, len(entries)))
		}
	}
	return list
}

// TestTimeTellsNothing: the answer for a hidden name takes no longer than that
// for one that is not there, beyond what a look into the database takes.
func TestTimeTellsNothing(t *testing.T) {
	h := oracleHouse(t)
	c := h.as("cleo")
	for _, command := range []string{"STATUS %s (MESSAGES)", "SELECT %s", "MYRIGHTS %s"} {
		var times [2][]time.Duration
		for range 200 {
			for i, name := range []string{"Shared/desk@example.test/INBOX", "Shared/disk@example.test/INBOX"} {
				began := time.Now()
				c.do(fmt.Sprintf(command, name))
				times[i] = append(times[i], time.Since(began))
			}
		}
		slices.Sort(times[0])
		slices.Sort(times[1])
		hidden, absent := times[0][100], times[1][100]
		t.Logf("%s: hidden %v, absent %v", command, hidden, absent)
		if hidden > 3*absent+time.Millisecond {
			t.Errorf("%s: %v for a hidden name, %v for one that is not there", command, hidden, absent)
		}
	}
}
