package imapserver_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
)

// An attempt is one operation of the table of semantics.md tried over IMAP, by
// somebody on the mailbox %M. What anna does before makes it possible.
type attempt struct {
	operation rights.Operation
	opens     bool   // needs the mailbox selected
	before    string // by anna, who may do everything
	command   string
}

// Work is what the rights are given on; cleo's own Stock has messages.
var attempts = []attempt{
	{operation: rights.List, command: `LIST "" %M`},
	{operation: rights.Open, command: `SELECT %M`},
	{operation: rights.Open, command: `EXAMINE %M`},
	{operation: rights.Open, command: `STATUS %M (MESSAGES)`},
	{operation: rights.Search, opens: true, command: `SEARCH ALL`},
	{operation: rights.Fetch, opens: true, command: `FETCH 1 (FLAGS)`},
	{operation: rights.Fetch, opens: true, command: `FETCH 1 (BODY[])`},
	{operation: rights.MarkSeen, opens: true, command: `STORE 1 +FLAGS (\Seen)`},
	{operation: rights.MarkSeen, opens: true, command: `UID STORE 1:* -FLAGS.SILENT (\Seen)`},
	{operation: rights.SetFlags, opens: true, command: `STORE 1 +FLAGS (\Flagged)`},
	{operation: rights.SetFlags, opens: true, command: `STORE 1 +FLAGS (work)`},
	{operation: rights.SetDeleted, opens: true, command: `STORE 1 +FLAGS (\Deleted)`},
	{operation: rights.Append, command: "APPEND %M {6+}\r\na: b\r\n"},
	{operation: rights.CopyTarget, before: "own", command: `COPY 1 %M`},
	{operation: rights.MoveTarget, before: "own", command: `MOVE 1 %M`},
	{operation: rights.CopySource, opens: true, command: `COPY 1 INBOX`},
	{operation: rights.MoveSource, opens: true, command: `MOVE 1 INBOX`},
	{operation: rights.ExpungeItems, opens: true, command: `EXPUNGE`},
	{operation: rights.ExpungeItems, opens: true, command: `UID EXPUNGE 1:*`},
	{operation: rights.CreateCollection, command: `CREATE %M/New%N`},
	{operation: rights.RemoveCollection, before: "CREATE %M/Old%N", command: `DELETE %M/Old%N`},
	{operation: rights.RenameSource, before: "CREATE %M/From%N", command: `RENAME %M/From%N %M/To%N`},
	{operation: rights.ShowMyRights, command: `MYRIGHTS %M`},
	{operation: rights.GetGrants, command: `GETACL %M`},
	{operation: rights.GetGrants, command: `LISTRIGHTS %M ben@example.test`},
	{operation: rights.SetGrants, command: `SETACL %M ben@example.test lrs`},
	{operation: rights.SetGrants, command: `DELETEACL %M ben@example.test`},
}

const work = "Shared/info@example.test/Work"

// matrixRights are the sets tried: each letter alone, with l, with lr, and all
// but it.
func matrixRights() []string {
	const letters = "lrswikxtea"
	sets := []string{"", letters}
	for _, l := range strings.Split(letters, "") {
		sets = append(sets, l, "l"+strings.ReplaceAll(l, "l", ""), "lr"+strings.Trim(l, "lr"), strings.ReplaceAll(letters, l, ""))
	}
	seen := map[string]bool{}
	out := sets[:0]
	for _, s := range sets {
		if !seen[s] {
			out = append(out, s)
		}
		seen[s] = true
	}
	return out
}

func answerOf(untagged []string, result string) rights.Answer {
	switch {
	case strings.HasPrefix(result, "OK LIST") && len(untagged) == 0:
		return rights.NotFound
	case strings.HasPrefix(result, "OK"):
		return rights.Done
	case strings.HasPrefix(result, "NO [NOPERM]"):
		return rights.Denied
	case strings.HasPrefix(result, "NO [NONEXISTENT] no such mailbox"), strings.HasPrefix(result, "NO [TRYCREATE] no such mailbox"):
		return rights.NotFound
	}
	return 99
}

// wanted is what the pure decision says of an attempt. Over IMAP a mailbox is
// reached by its name, and to find a name takes the right to look it up.
func (a *attempt) wanted(r postroom.Rights) rights.Answer {
	if !r.Has(postroom.Lookup) {
		return rights.NotFound
	}
	if a.opens {
		if open := rights.Decide(r, rights.Open); open != rights.Done {
			return open
		}
	}
	answer := rights.Decide(r, a.operation)
	if a.operation == rights.RenameSource && answer == rights.Done {
		answer = rights.Decide(r, rights.RenameParent)
	}
	return answer
}

// TestMatrix tries every operation with every set of rights, over IMAP, for
// actors that hold the rights in different ways; the pure engine of package
// rights says what has to come of it.
func TestMatrix(t *testing.T) {
	h := newHouse(t)
	h.give("anna", h.Info, "/", postroom.AllRights)
	anna := h.as("anna")
	anna.must("CREATE " + work)
	anna.must("SETACL " + work + " ben@example.test lrs")
	number := 0
	for _, actor := range []struct{ name, grantee string }{{"account", "cleo"}, {"group", "others"}, {"anyone", "anyone"}} {
		t.Run(actor.name, func(t *testing.T) {
			if actor.grantee == "others" {
				h.group("others", "cleo")
			}
			sets := matrixRights()
			if actor.grantee != "cleo" {
				sets = []string{"", "lr", "lrs", "lrik", "lrte", "li", "lrswikxte", "lrswikxtea"}
			}
			p := &matrix{t: t, h: h, anna: anna, cleo: h.as("cleo"), number: &number, mailbox: work}
			for _, letters := range sets {
				p.tryAll(actor.grantee, letters)
			}
		})
	}
}

// TestMatrixDelegated tries what concerns one mailbox in a session signed in as
// info@ itself, which has the rights that cleo has there.
func TestMatrixDelegated(t *testing.T) {
	h := newHouse(t)
	h.give("anna", h.Info, "/", postroom.AllRights)
	number := 0
	p := &matrix{t: t, h: h, anna: h.as("anna"), number: &number, mailbox: "Work"}
	p.anna.must("CREATE " + work)
	for _, letters := range []string{"lr", "lrs", "lrw", "lrik", "lrt", "lre", "lrx", "lra", "lrswikxte", "lrswikxtea"} {
		r, err := rights.ParseIMAP(letters)
		if err != nil {
			t.Fatal(err)
		}
		h.give("cleo", h.Info, "/", r)
		p.cleo = h.as("info@example.test*cleo@example.test")
		for i := range attempts {
			a := &attempts[i]
			if a.before != "own" && a.operation != rights.CopySource && a.operation != rights.MoveSource {
				p.try(a, r, "cleo as info@ with "+letters)
			}
		}
	}
}

type matrix struct {
	t          *testing.T
	h          *house
	anna, cleo *client
	mailbox    string // as cleo's session calls it
	number     *int
}

// tryAll grants the letters and tries everything with them.
func (p *matrix) tryAll(grantee, letters string) {
	r, err := rights.ParseIMAP(letters)
	if err != nil {
		p.t.Fatal(err)
	}
	if r != postroom.NoRights {
		p.h.give(grantee, p.h.Info, "/Work", r)
		defer p.h.give(grantee, p.h.Info, "/Work", postroom.NoRights)
	}
	for i := range attempts {
		p.try(&attempts[i], r, fmt.Sprintf("%s with %q", grantee, letters))
	}
}

func (p *matrix) try(a *attempt, r postroom.Rights, who string) {
	*p.number++
	spell := func(name, text string) string {
		return strings.NewReplacer("%M", name, "%N", fmt.Sprint(*p.number)).Replace(text)
	}
	p.anna.must("APPEND " + work + " (\\Deleted) {6+}\r\na: b\r\n")
	switch a.before {
	case "":
	case "own":
		p.cleo.must("APPEND INBOX {6+}\r\na: b\r\n")
		p.cleo.must("SELECT INBOX")
	default:
		p.anna.must(spell(work, a.before))
	}
	if a.operation == rights.SetGrants { // so that there is something to change
		p.anna.must("SETACL " + work + " ben@example.test lr")
	}
	untagged, result := []string(nil), "OK"
	if a.opens {
		untagged, result = p.cleo.do("SELECT " + p.mailbox)
	}
	if strings.HasPrefix(result, "OK") {
		untagged, result = p.cleo.do(spell(p.mailbox, a.command))
	}
	if got, want := answerOf(untagged, result), a.wanted(r); got != want {
		p.t.Errorf("%s: %s (%v): %s: got %v, want %v", who, a.command, a.operation, result, got, want)
	}
	p.cleo.do("UNSELECT")
}

// storeRows are the rows of the store's own matrix that attempts correspond to.
var storeRows = map[rights.Operation]string{
	rights.Open: "Mailbox.View", rights.Search: "Mailbox.SearchText", rights.Fetch: "Mailbox.Contents",
	rights.MarkSeen: "Mailbox.ChangeFlags seen", rights.SetFlags: "Mailbox.ChangeFlags flagged",
	rights.SetDeleted: "Mailbox.ChangeFlags deleted", rights.Append: "Mailbox.Append", rights.CopyTarget: "Mailbox.Copy to it",
	rights.CopySource: "Mailbox.Copy from it", rights.MoveSource: "Mailbox.Move from it", rights.ExpungeItems: "Mailbox.Expunge",
	rights.CreateCollection: "Session.CreateCollection", rights.RemoveCollection: "Session.DeleteCollection",
	rights.ShowMyRights: "Session.MyRights", rights.GetGrants: "Session.ACL", rights.SetGrants: "Directory.PutGrant",
}

// TestMatrixIsTheStores: what IMAP answers (TestMatrix) is what the store's
// golden matrix has for the same rights, wherever the mailbox can be found by
// its name.
func TestMatrixIsTheStores(t *testing.T) {
	golden, err := os.ReadFile("../store/testdata/matrix.golden")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for line := range strings.Lines(string(golden)) {
		words := strings.Fields(line)
		at := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "account=") })
		if at < 2 || !strings.HasPrefix(words[at-1], "l") {
			continue
		}
		r, err := rights.ParseIMAP(words[at-1])
		if err != nil {
			t.Fatal(err)
		}
		for i := range attempts {
			a := &attempts[i]
			if storeRows[a.operation] != strings.Join(words[:at-1], " ") {
				continue
			}
			compared++
			if got := "account=" + a.wanted(r).String(); got != words[at] {
				t.Errorf("%s with %s: IMAP says %s, the store %s", a.command, words[at-1], got, words[at])
			}
		}
	}
	if compared < 200 {
		t.Errorf("only %d cells were compared", compared)
	}
}
