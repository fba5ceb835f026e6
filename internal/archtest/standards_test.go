package archtest

import (
	"flag"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

var update = flag.Bool("update", false, "write docs/rfc.md from docs/rfc/*.toml")

// standards is a file of docs/rfc: a section of docs/rfc.md.
type standards struct {
	Title       string
	Transcripts string // the directory of NAME.txt, from the root
	Intro       string // above the table, Markdown
	After       string // below it
	Row         []standard
}

// standard is a row of the table.
type standard struct {
	Standard string
	What     string
	State    string // done, partly or no
	Note     string // behind the state, with its own punctuation
	// Capabilities are the names by which a server tells of it; the tests of
	// the server compare them.
	Capabilities []string
	// Shown names what shows it, each with a remark after ": " or without:
	// TestName or FuzzName, dir/of/package.TestName where other packages have
	// the same, "script NAME" of the command line, "*" for all transcripts, or
	// NAME of a transcript.
	Shown []string
}

const standardsHead = `<!-- Written by "make rfc" from docs/rfc/*.toml: change those. -->
# Standards

What is implemented of each standard, and the tests that show it. ` + "`done`" + ` means every demand of the standard that concerns a
server; ` + "`partly`" + ` says what is missing; ` + "`no`" + ` is not offered, and refused with a clear answer.
`

// TestStandards writes docs/rfc.md and compares; every test, fuzz target,
// transcript and script that a row names must exist.
func TestStandards(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(root + "/docs/rfc/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no docs/rfc/*.toml", err)
	}
	known := testsOf(t)
	var b strings.Builder
	b.WriteString(standardsHead)
	for _, name := range files {
		var s standards
		meta, err := toml.DecodeFile(name, &s)
		if err != nil {
			t.Fatal(err)
		}
		if extra := meta.Undecoded(); len(extra) > 0 {
			t.Errorf("%s: unknown keys %v", filepath.Base(name), extra)
		}
		for _, r := range s.Row {
			for _, fault := range r.faults(root, &s, known) {
				t.Errorf("%s: %s: %s", filepath.Base(name), r.Standard, fault)
			}
		}
		b.WriteString(s.markdown())
	}
	if *update {
		if err := os.WriteFile(root+"/docs/rfc.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(root + "/docs/rfc.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Error("docs/rfc.md is not what docs/rfc/*.toml says: change those, then run make rfc")
	}
}

// TestNamedStandardsHaveRows: what code goes by is told, and how far.
func TestNamedStandardsHaveRows(t *testing.T) {
	files, err := filepath.Glob("../../docs/rfc/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no docs/rfc/*.toml", err)
	}
	told := map[string]bool{}
	for _, name := range files {
		var s standards
		if _, err := toml.DecodeFile(name, &s); err != nil {
			t.Fatal(err)
		}
		for _, r := range s.Row {
			for _, number := range numbersIn(r.Standard) {
				told[number] = true
			}
		}
	}
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		text, err := os.ReadFile(filepath.Join("../..", f.path))
		if err != nil {
			t.Fatal(err)
		}
		for _, number := range numbersIn(string(text)) {
			if !told[number] {
				t.Errorf("%s names RFC %s, which has no row in docs/rfc/*.toml", f.path, number)
				told[number] = true
			}
		}
	}
}

var (
	rfcs      = regexp.MustCompile(`RFC \d{3,5}(?:\s§[\d.–-]+)?(?:(?:,|,? and|–)\s?(?:§[\d.–-]+|\d{3,5}\b))*`)
	rfcNumber = regexp.MustCompile(`§[\d.–-]+|\d{3,5}`)
)

// numbersIn lists the RFCs that a text names: "RFC 1, 2 and 3", "RFC 4 §5.1",
// "RFC 6–7" for the two.
func numbersIn(text string) (list []string) {
	for _, named := range rfcs.FindAllString(text, -1) {
		for _, number := range rfcNumber.FindAllString(named, -1) {
			if !strings.HasPrefix(number, "§") {
				list = append(list, number)
			}
		}
	}
	return list
}

func TestNumbersIn(t *testing.T) {
	for text, want := range map[string]string{
		"RFC 5322, MIME RFC 2045–2049": "5322 2045 2049", "RFC 4731, 5182, 5267 §3": "4731 5182 5267", "RFC 8620 §2, §3": "8620",
		"(RFC 2369, 2919)": "2369 2919", "RFC 3834 §2, RFC 5230 §4.5 and §4.6": "3834 5230", "RFC 6186 §3, 8314 §5.1": "6186 8314",
		"RFC822.SIZE": "", "time.RFC3339": "", "RFC 6265bis": "6265", "RFC 8621 §2–§5": "8621", "RFC 7677 §4 wants 4096 at least": "7677",
	} {
		if got := strings.Join(numbersIn(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// testsOf lists the tests and fuzz targets of the module, by name and by
// package.name.
func testsOf(t *testing.T) map[string]bool {
	known := map[string]bool{}
	for _, f := range sources(t) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test && fn.Recv == nil && isTest(fn.Name.Name) {
				known[fn.Name.Name] = true
				known[filepath.Dir(f.path)+"."+fn.Name.Name] = true
			}
		}
	}
	return known
}

func isTest(name string) bool {
	return strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz")
}

// faults are what is wrong with a row.
func (r *standard) faults(root string, s *standards, known map[string]bool) (list []string) {
	if !slices.Contains([]string{"done", "partly", "no"}, r.State) {
		list = append(list, "state is done, partly or no")
	}
	if r.State == "done" && len(r.Shown) == 0 {
		list = append(list, "done, but nothing shows it")
	}
	for _, shown := range r.Shown {
		name, _, _ := strings.Cut(shown, ": ")
		script, isScript := strings.CutPrefix(name, "script ")
		path := ""
		switch {
		case isTest(name[strings.LastIndexByte(name, '.')+1:]):
			if !known[name] {
				list = append(list, "no test "+name)
			}
			continue
		case isScript:
			path = "cmd/postroom/testdata/script/" + script + ".txtar"
		case name == "*":
			path = s.Transcripts
		default:
			path = filepath.Join(s.Transcripts, name+".txt")
		}
		if _, err := os.Stat(filepath.Join(root, path)); err != nil || s.Transcripts == "" && !isScript {
			list = append(list, "no "+name)
		}
	}
	return list
}

func (s *standards) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s\n\n", s.Title)
	if s.Intro != "" {
		fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(s.Intro))
	}
	b.WriteString("| standard | what | state | shown by |\n|---|---|---|---|\n")
	for _, r := range s.Row {
		fmt.Fprintf(&b, "| %s | %s | %s%s | %s |\n", r.Standard, r.What, r.State, r.Note, r.shownBy())
	}
	if s.After != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(s.After))
	}
	return b.String()
}

func (r *standard) shownBy() string {
	words := make([]string, len(r.Shown))
	for i, shown := range r.Shown {
		name, remark, _ := strings.Cut(shown, ": ")
		if isTest(name[strings.LastIndexByte(name, '.')+1:]) {
			name = "`" + name + "`"
		}
		if name == "*" {
			name = "all transcripts"
		}
		if words[i] = name; remark != "" {
			words[i] += " (" + remark + ")"
		}
	}
	return strings.Join(words, ", ")
}
