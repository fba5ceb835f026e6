package imapserver_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// pairCell is one command with one set of rights: what was heard and done.
type pairCell struct {
	t             *testing.T
	row           *pairRow
	letters       string
	rights        postroom.Rights
	mailbox       string   // as this session spells %M
	heard         []string // all lines, tagged ones too
	answer        string   // the last tagged one
	before, after dump
	effect        []string // lines of the dump that went (-) and came (+)
}

func (c *pairCell) name() string { return fmt.Sprintf("%v with %q", c.row.lines, c.letters) }

// pairRights are the sets of rights tried: none, to look up, to read, and with
// each other letter; all, and all but each letter.
func pairRights() []string {
	const letters = "lrswikxtea"
	sets := []string{"", "l", "lr"}
	for _, x := range letters[2:] {
		sets = append(sets, "lr"+string(x))
	}
	sets = append(sets, "lrte", letters)
	for _, x := range letters {
		sets = append(sets, strings.ReplaceAll(letters, string(x), ""))
	}
	return sets
}

// TestRights tries every command with every set of rights on a mailbox of
// another, and holds three rules against each answer that need no golden: what
// may not be looked up is byte for byte what is not there; what is refused
// leaves nothing behind; what is allowed does. testdata/rights has the answers
// to be read.
func TestRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := pairRows()
	cells := map[*pairRow][]*pairCell{}
	for _, letters := range pairRights() {
		w.hold = func() { w.give("cleo", parseRights(t, letters)) }
		w.begin()
		for i := range rows {
			c := w.try(t, w.client(&rows[i]), &rows[i], letters, workName)
			c.judge(w)
			cells[&rows[i]] = append(cells[&rows[i]], c)
		}
	}
	compareGoldens(t, rows, cells)
}

func parseRights(t testing.TB, letters string) postroom.Rights {
	t.Helper()
	r, err := rights.ParseIMAP(letters)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// judge holds the rules against a cell.
func (c *pairCell) judge(w *world) {
	if !c.rights.Has(postroom.Lookup) {
		c.judgeHidden(w)
	}
	if !strings.HasPrefix(c.answer, "OK") && len(c.effect) > 0 {
		c.t.Errorf("%s: %s, and yet it left %q", c.name(), c.answer, c.effect)
	}
	if c.row.check != nil {
		c.row.check(c)
	}
	if c.row.part {
		return
	}
	want := c.wanted()
	begins := map[rights.Answer]string{rights.Done: "OK", rights.Denied: "NO [NOPERM]", rights.NotFound: c.row.hidden}[want]
	if want == rights.NotFound && c.row.opens != "" && strings.Contains(c.row.opens, "%M") {
		begins = "BAD no mailbox is selected"
	}
	if want == rights.Denied && !c.opened() && strings.Contains(c.row.opens, "%M") {
		begins = "BAD no mailbox is selected"
	}
	if !strings.HasPrefix(c.answer, begins) {
		c.t.Errorf("%s: %s, want %s", c.name(), c.answer, begins)
	}
	if done := want == rights.Done && c.row.changes; done != (len(c.effect) > 0) {
		c.t.Errorf("%s: %s left %q", c.name(), c.answer, c.effect)
	}
}

// wanted is what the pure decision says.
func (c *pairCell) wanted() rights.Answer {
	if !c.rights.Has(postroom.Lookup) {
		return rights.NotFound
	}
	needs := c.row.needs
	if strings.Contains(c.row.opens, "%M") {
		needs = append(ops(rights.Open), needs...)
	}
	for _, op := range needs {
		if answer := rights.Decide(c.rights, op); answer != rights.Done {
			return answer
		}
	}
	return rights.Done
}

// judgeHidden says the same of a name that is not there, and compares bytes.
func (c *pairCell) judgeHidden(w *world) {
	absent := strings.Replace(c.mailbox, "Work", "Wrok", 1)
	other := w.say(w.client(c.row), c.row, absent)
	for i := range other {
		other[i] = strings.ReplaceAll(other[i], "Wrok", "Work")
	}
	if !slices.Equal(c.heard, other) {
		c.t.Errorf("%s: hidden\n%s\nabsent\n%s", c.name(), strings.Join(c.heard, "\n"), strings.Join(other, "\n"))
	}
	if w.dirty() {
		w.reset()
	}
	if !strings.HasPrefix(c.answer, c.row.hidden) && !strings.Contains(c.row.opens, "%M") {
		c.t.Errorf("%s: %s, want %s", c.name(), c.answer, c.row.hidden)
	}
}

// TestRightsHoldHowever: the answers are the same however the rights are held:
// by a group, by the domain, by everybody less a negative entry, and by signing
// in as the other in any of the three spellings.
func TestRightsHoldHowever(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.h.group("others", "cleo")
	rows := pairRows()
	for _, letters := range []string{"l", "lrs", "lrwi", "lrkxte"} {
		r := parseRights(t, letters)
		ways := []struct {
			name string
			hold func()
		}{
			{"itself", func() { w.give("cleo", r) }},
			{"group", func() { w.give("others", r) }},
			{"domain", func() { w.put("domain:example.test", r, store.Positive) }},
			{"negative", func() {
				w.put("all", postroom.AllRights, store.Positive)
				w.put("cleo@example.test", postroom.AllRights&^r, store.Negative)
			}},
		}
		direct := map[*pairRow]*pairCell{}
		for _, way := range ways {
			w.hold = way.hold
			w.begin()
			for i := range rows {
				c := w.try(t, w.client(&rows[i]), &rows[i], letters, workName)
				if direct[&rows[i]] == nil {
					direct[&rows[i]] = c
				}
				c.mustEqual(way.name, direct[&rows[i]])
			}
		}
		w.asInfo(t, r, letters, rows, direct)
	}
}

// asInfo tries what concerns Work alone in sessions signed in as info@.
func (w *world) asInfo(t *testing.T, r postroom.Rights, letters string, rows []pairRow, direct map[*pairRow]*pairCell) {
	w.hold = func() { w.give("cleo", r) }
	w.begin()
	for i := range rows {
		row := &rows[i]
		said := row.opens + strings.Join(row.lines, " ")
		if strings.Contains(said, "%S") || strings.Contains(said, "%T") || strings.Contains(said, "Shared/") ||
			strings.Contains(said, "Mine") || row.file == "NOTIFY" || row.file == "LSUB" || row.file == "SUBSCRIBE" || strings.Contains(said, "SUBSCRIBED") {
			continue // what is subscribed to is another list there
		}
		n := i % len(w.delegated)
		c := w.try(t, w.delegated[n], row, letters, "Work")
		for i := range c.heard {
			c.heard[i] = strings.NewReplacer(" Work", " "+workName, `"Work"`, `"`+workName+`"`).Replace(c.heard[i])
		}
		c.mustEqual(fmt.Sprintf("as info@, spelling %d", n), direct[row])
	}
}

func (c *pairCell) mustEqual(how string, direct *pairCell) {
	c.t.Helper()
	if !slices.Equal(c.heard, direct.heard) {
		c.t.Errorf("%s held by %s:\n%s\nheld by itself:\n%s", c.name(), how, strings.Join(c.heard, "\n"), strings.Join(direct.heard, "\n"))
	}
	if !slices.Equal(c.effect, direct.effect) {
		c.t.Errorf("%s held by %s left %q, by itself %q", c.name(), how, c.effect, direct.effect)
	}
}

const goldenHead = "# %s, by the rights on Shared/info@example.test/Work: a block for each command, and\n" +
	"# in it one for each answer, after the sets of rights that get it (- is none).\n" +
	"# What was left behind follows: lines that went (-) and that came (+).\n"

// compareGoldens compares the answers with testdata/rights, or writes them.
func compareGoldens(t *testing.T, rows []pairRow, cells map[*pairRow][]*pairCell) {
	files := map[string]*strings.Builder{}
	for i := range rows {
		row := &rows[i]
		b := files[row.file]
		if b == nil {
			b = &strings.Builder{}
			fmt.Fprintf(b, goldenHead, row.file)
			files[row.file] = b
		}
		row.write(b, cells[row])
	}
	for name, b := range files {
		path := filepath.Join("testdata", "rights", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != b.String() {
			t.Errorf("%s:\n%s", path, firstDifference(string(want), b.String()))
		}
	}
}

// write writes a command and its answers, each with the rights that get it.
func (r *pairRow) write(b *strings.Builder, cells []*pairCell) {
	var order []string
	sets := map[string][]string{}
	for _, c := range cells {
		text := ""
		for _, line := range c.shown() {
			text += "S: " + line + "\n"
		}
		for _, line := range c.effect {
			text += "   " + line + "\n"
		}
		if sets[text] == nil {
			order = append(order, text)
		}
		letters := c.letters
		if letters == "" {
			letters = "-"
		}
		sets[text] = append(sets[text], letters)
	}
	b.WriteString("\n")
	for _, line := range append([]string{r.opens}, r.lines...) {
		if line != "" {
			fmt.Fprintf(b, "C: %s\n", strings.ReplaceAll(r.spell(line, workName), "\r\n", "\nC: "))
		}
	}
	for _, text := range order {
		fmt.Fprintf(b, "[%s]\n%s", strings.Join(sets[text], " "), text)
	}
}

// shown are the lines for the golden file: of a SELECT that only opens the
// mailbox for what follows it is enough whether it did.
func (c *pairCell) shown() []string {
	if c.row.opens == "" {
		return c.heard
	}
	i := slices.IndexFunc(c.heard, func(line string) bool { return strings.HasPrefix(line, "t ") })
	opening := strings.NewReplacer(" [READ-WRITE]", "", " [READ-ONLY]", "").Replace(c.heard[i])
	return append([]string{opening}, c.heard[i+1:]...)
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\nwant %s\n got %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(b), len(a))
}

// TestSpecialUseIsOnesOwn: what a mailbox is used for is told in the session's own
// account alone, which is info@ for who signs in as info@, in each spelling.
func TestSpecialUseIsOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	uses := func(c *client) (names []string) {
		for _, line := range c.must(`LIST "" "*" RETURN (SPECIAL-USE)`) {
			if strings.Contains(line, `\Trash`) || strings.Contains(line, `\Sent`) {
				names = append(names, line[strings.LastIndexByte(line, ' ')+1:])
			}
		}
		return names
	}
	if got := uses(w.cleo); !slices.Equal(got, []string{"Sent", "Trash"}) {
		t.Errorf("cleo has %q", got)
	}
	for n, c := range w.delegated {
		if got := uses(c); !slices.Equal(got, []string{"Trash"}) { // she may not look up Sent
			t.Errorf("as info@, spelling %d: %q", n, got)
		}
	}
}
