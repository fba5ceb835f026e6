package dovecot_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom/internal/heritage"
	"postroom/internal/heritage/dovecot"
	"postroom/internal/imapwire/utf7"
)

var update = flag.Bool("update", false, "write the golden files")

func reader() *dovecot.Reader {
	return &dovecot.Reader{Decode: utf7.Decode,
		Names: heritage.Names{Domain: "example.test", Groups: map[string]string{"the crew": "crew@example.test"}}}
}

// files reads what stands for a Maildir: "account A", "folders DIR…", "file DIR"
// and its lines.
func files(t testing.TB, text string) heritage.Estate {
	r := reader()
	head, rest, _ := strings.Cut(text, "\nfile ")
	lines := strings.Split(head, "\n")
	account := strings.TrimPrefix(lines[0], "account ")
	var folders []string
	for _, dir := range strings.Fields(strings.TrimPrefix(lines[1], "folders ")) {
		folders = append(folders, r.Folder(strings.TrimSuffix(dir, ".")))
	}
	for _, f := range strings.Split(rest, "\nfile ") {
		dir, body, _ := strings.Cut(f, "\n")
		if err := r.File(dir, strings.NewReader(body), account, r.Folder(strings.TrimSuffix(dir, "."))); err != nil {
			t.Fatal(err)
		}
	}
	r.Folders("maildir", account, folders)
	return r.Estate()
}

// Each testdata/NAME.txt reads as NAME.golden says.
func TestGolden(t *testing.T) {
	for _, name := range []string{"files", "output"} {
		text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		var e heritage.Estate
		if name == "files" {
			e = files(t, string(text))
		} else {
			r := reader()
			if err := r.Output(name+".txt", bytes.NewReader(text), "", ""); err != nil {
				t.Fatal(err)
			}
			e = r.Estate()
		}
		got, err := heritage.Text(e)
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\n%s", golden, err, got)
		}
	}
}

// Whatever combination of entries there is, nobody gets more here than the
// rules there give.
func TestNobodyGetsMore(t *testing.T) {
	lines := []string{"anyone lr", "authenticated lrs", "group=g1 lri", "group=g2 lrw", "group=g1", "user=ben l", "user=ben", "user=ben lrt",
		"group-override=g1 r", "-anyone r", "-group=g2 l", "-user=ben w", "group-override=g2 lre"}
	for set := range 1 << len(lines) {
		var text []string
		for i, l := range lines {
			if set&(1<<i) != 0 {
				text = append(text, l)
			}
		}
		r := reader()
		if err := r.File("f", strings.NewReader(strings.Join(text, "\n")), "anna", ""); err != nil {
			t.Fatal(err)
		}
		e := r.Estate()
		for _, who := range [][]string{{}, {"g1"}, {"g2"}, {"g1", "g2"}} {
			for _, name := range []string{"ben", "cleo"} {
				there, here := thereHas(text, name, who), hereHas(&e, name, who)
				if more := strings.Trim(here, there); more != "" {
					t.Fatalf("%s in %v has %q here and %q there:\n%s", name, who, here, there, strings.Join(text, "\n"))
				}
				denials := strings.Contains(strings.Join(text, " "), "-anyone") && strings.Contains(strings.Join(text, " "), "-user")
				if len(who) == 0 && !denials && len(here) != len(there) {
					t.Fatalf("%s has %q here and only %q there, though no group is in the way:\n%s", name, here, there, strings.Join(text, "\n"))
				}
			}
		}
	}
}

// thereHas works the rules out as the product does: each class replaces the one
// before, groups of a class add up, a class of which nothing is told leaves all
// as it is.
func thereHas(lines []string, name string, groups []string) string {
	have, denied := "", ""
	for _, class := range []string{"anyone", "authenticated", "group=", "user=", "group-override="} {
		var given, taken *string
		for _, line := range lines {
			id, letters, _ := strings.Cut(line, " ")
			id, negative := strings.CutPrefix(id, "-")
			if !matches(id, class, name, groups) {
				continue
			}
			to := &given
			if negative {
				to = &taken
			}
			if *to != nil {
				letters += **to
			}
			*to = &letters
		}
		if given != nil {
			have = *given
		}
		if taken != nil {
			denied = *taken
		}
	}
	return letters(have, denied)
}

func matches(id, class, name string, groups []string) bool {
	if !strings.HasSuffix(class, "=") {
		return id == class
	}
	of, found := strings.CutPrefix(id, class)
	if class == "user=" {
		return found && of == name
	}
	return found && strings.Contains(strings.Join(groups, ","), of)
}

// hereHas adds up, as internal/rights does.
func hereHas(e *heritage.Estate, name string, groups []string) string {
	have, denied := "", ""
	for _, s := range e.Steps {
		local, _, _ := strings.Cut(s.Grantee, "@")
		if s.Act != heritage.PutGrant || local != "org" && local != name && !strings.Contains(strings.Join(groups, ","), local) {
			continue
		}
		switch {
		case s.Negative:
			denied += s.Rights
		case s.Rights == "":
			return ""
		default:
			have += s.Rights
		}
	}
	return letters(have, denied)
}

func letters(have, denied string) string {
	return strings.Map(func(c rune) rune {
		if !strings.ContainsRune(have, c) || strings.ContainsRune(denied, c) {
			return -1
		}
		return c
	}, "lrwstiekxa")
}

func FuzzOutput(f *testing.F) {
	for _, name := range []string{"files", "output"} {
		text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := bytes.Count(text, []byte("\n")) + 1
		r := reader()
		if r.Output("f", bytes.NewReader(text), "anna@example.test", "INBOX") == nil {
			e := r.Estate()
			if fault := e.Fault(lines); fault != "" {
				t.Error(fault)
			}
		}
		r = reader()
		if r.File("f", bytes.NewReader(text), "anna", r.Folder(".A.B")) == nil {
			e := r.Estate()
			if fault := e.Fault(lines); fault != "" {
				t.Error(fault)
			}
		}
	})
}
