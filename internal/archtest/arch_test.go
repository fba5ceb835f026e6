// Package archtest holds the house to its plan: which floor may import which,
// who may open system sessions, that the lowest floor is pure, and how large a
// file, a function and a package may grow. See ARCHITECTURE.md.
package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const module = "postroom"

// floors gives each room (first path element under internal/) its floor. A
// room imports only lower floors.
var floors = map[string]int{
	"addr": 0, "autoconfig": 0, "rights": 0, "message": 0, "mailauth": 0, "imapwire": 0, "jmapwire": 0, "adminwire": 0, "heritage": 0, "filter": 0, "wording": 0, "shelf": 0,
	"dns": 1, "smtpclient": 1, "tlscert": 1, "ratelimit": 1, "clock": 1, "openid": 1, "egress": 1, "imageproxy": 1, "webpush": 1,
	"store":      2,
	"submission": 3, "delivery": 3, "queue": 3, "provision": 3, "migration": 3, "sharing": 3, "httpauth": 3,
	"smtpserver": 4, "imapserver": 4, "jmapserver": 4, "adminserver": 4, "webserver": 4,
	"adminclient": 4, "zimbra": 4,
	"config": 5, "app": 5,
}

// sameFloor are the written exceptions; a further one needs an ADR.
var sameFloor = map[string]string{
	"app":    "config",      // the wiring reads the configuration
	"zimbra": "adminclient", // the compatible commands speak the admin API (ADR 0007)
}

// systemImporters may open sessions of the server's own services.
var systemImporters = []string{"internal/app", "internal/store/", "internal/adminserver", "cmd/postroom", "e2e", "bench"}

// impure are imports that do not belong on floor 0.
var impure = []string{"context", "database/sql", "net", "net/http", "os", "os/exec", "log", "log/slog"}

// impureAllowed are the written exceptions of floor 0.
var impureAllowed = map[string][]string{
	// SPF, DKIM and DMARC are defined in terms of look-ups: the resolver is
	// passed in, with the caller's context, and addresses are net.IP.
	"mailauth": {"context", "net"},
}

type file struct {
	path string // slash-separated, from the module's root
	room string // "" outside internal/
	test bool
	ast  *ast.File
	fset *token.FileSet
	size int
}

func TestFloors(t *testing.T) {
	unused := maps.Clone(sameFloor)
	for _, f := range sources(t) {
		if f.room == "" || f.room == "archtest" || f.test {
			continue
		}
		own, known := floors[f.room]
		if !known {
			t.Errorf("%s: room %q has no floor; add it to archtest and ARCHITECTURE.md", f.path, f.room)
			continue
		}
		for _, imp := range f.imports() {
			other := roomOf(strings.TrimPrefix(imp, module+"/"))
			if !strings.HasPrefix(imp, module+"/internal/") || other == f.room {
				continue
			}
			if sameFloor[f.room] == other {
				delete(unused, f.room)
				continue
			}
			if floors[other] < own {
				continue
			}
			t.Errorf("%s (floor %d) imports %s (floor %d)", f.path, own, other, floors[other])
		}
	}
	for room, other := range unused {
		t.Errorf("the exception for %s to import %s is not used: strike it", room, other)
	}
}

// The table of floors in ARCHITECTURE.md says what floors says.
func TestFloorsAreWrittenDown(t *testing.T) {
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]int{}
	row := regexp.MustCompile(`(?m)^\| (\d) [^|]*\|([^|]*)\|`)
	room := regexp.MustCompile("`([a-z]+)[`/]")
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		for _, r := range room.FindAllStringSubmatch(m[2], -1) {
			written[r[1]], _ = strconv.Atoi(m[1])
		}
	}
	if !maps.Equal(written, floors) {
		t.Errorf("ARCHITECTURE.md has %v, archtest %v", written, floors)
	}
}

// A decision that is named can be read.
func TestDecisionsAreThere(t *testing.T) {
	named := regexp.MustCompile(`ADR (\d{4})`)
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../internal/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range named.FindAllStringSubmatch(string(text), -1) {
				if found, err := filepath.Glob("../../docs/adr/" + m[1] + "-*.md"); err != nil || len(found) != 1 {
					t.Errorf("%s names ADR %s: %v", name, m[1], found)
				}
			}
		}
	}
	decisions, err := filepath.Glob("../../docs/adr/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range decisions {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("# %d. ", i+1); !strings.HasPrefix(string(text), want) || !strings.HasPrefix(filepath.Base(name), fmt.Sprintf("%04d-", i+1)) {
			t.Errorf("%s should be decision %d", name, i+1)
		}
	}
}

func TestSystemSessionsHaveFewOpeners(t *testing.T) {
	for _, f := range sources(t) {
		for _, imp := range f.imports() {
			if imp != module+"/internal/store/system" || f.test || hasAnyPrefix(f.path, systemImporters) {
				continue
			}
			t.Errorf("%s opens system sessions; the list in archtest says who may", f.path)
		}
	}
}

func TestFloorZeroIsPure(t *testing.T) {
	for _, f := range sources(t) {
		if floor, known := floors[f.room]; !known || floor != 0 || f.test {
			continue
		}
		for _, imp := range f.imports() {
			if contains(impure, imp) && !contains(impureAllowed[f.room], imp) {
				t.Errorf("%s imports %s: floor 0 is pure", f.path, imp)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine: floor 0 is pure", f.at(n.Pos()))
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && n.Sel.Name == "Now" {
					t.Errorf("%s reads the clock: pass the time in", f.at(n.Pos()))
				}
			}
			return true
		})
	}
}

func TestNoInitAndNoSQLAboveTheDoor(t *testing.T) {
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init(): build by hand in internal/app", f.at(fn.Pos()))
			}
		}
		for _, imp := range f.imports() {
			if imp == "database/sql" && f.room != "store" {
				t.Errorf("%s imports database/sql outside the store", f.path)
			}
		}
	}
}

const (
	maxFileLines     = 500
	maxFunctionLines = 60
	maxPackageLines  = 5000
)

// larger are the functions and packages that may exceed the limits, and why.
var larger = map[string]string{
	// The door's handles share one unexported vocabulary (authority, change,
	// record). What needs no rights has moved out (db, blob, fts, login);
	// splitting mail from directory by package would export that vocabulary.
	"internal/store": "one door, ADR 0001",
	// A file a command, with nothing in common but how answers are printed.
	"cmd/postroom": "one command line",
	// A file a method, with nothing in common but the call; what can do without
	// it is in email/.
	"internal/jmapserver": "one table of methods",
}

func TestSizes(t *testing.T) {
	packages := map[string]int{}
	for _, f := range sources(t) {
		if f.test || f.generated() {
			continue
		}
		packages[filepath.Dir(f.path)] += f.size
		if f.size > maxFileLines && larger[f.path] == "" {
			t.Errorf("%s has %d lines, more than %d", f.path, f.size, maxFileLines)
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
			if lines > maxFunctionLines && larger[f.path+":"+fn.Name.Name] == "" {
				t.Errorf("%s: %s has %d lines, more than %d", f.at(fn.Pos()), fn.Name.Name, lines, maxFunctionLines)
			}
		}
	}
	for dir, lines := range packages {
		if lines > maxPackageLines && larger[dir] == "" {
			t.Errorf("package %s has %d lines, more than %d", dir, lines, maxPackageLines)
		}
	}
}

// sources parses every Go file of the module outside testdata.
func sources(t *testing.T) []file {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var files []file
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (name == "testdata" || name == "node_modules" || name == "bin" || strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parse(root, path)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Slice(files, func(i, j int) bool { return files[i].path < files[j].path })
	return files
}

func parse(root, path string) (file, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return file{}, err
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return file{}, err
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return file{}, err
	}
	rel = filepath.ToSlash(rel)
	test := strings.HasSuffix(rel, "_test.go") || strings.Contains(rel, "test/")
	return file{path: rel, room: roomOf(rel), test: test, ast: tree, fset: fset, size: strings.Count(string(text), "\n")}, nil
}

func roomOf(path string) string {
	rest, inside := strings.CutPrefix(path, "internal/")
	if !inside {
		return ""
	}
	room, _, _ := strings.Cut(rest, "/")
	return room
}

func (f file) imports() []string {
	var paths []string
	for _, spec := range f.ast.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

func (f file) at(p token.Pos) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(p).Line)
}

func (f file) generated() bool {
	return len(f.ast.Comments) > 0 && strings.Contains(f.ast.Comments[0].Text(), "Code generated")
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func hasAnyPrefix(path string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}
