package archtest

import (
	"flag"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
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
