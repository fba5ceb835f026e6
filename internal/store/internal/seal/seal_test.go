package seal

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func load(t *testing.T, path string) *Box {
	t.Helper()
	b, _, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSeal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	b, made, err := Load(path)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	text, err := b.Seal("code", []byte("JBSWY3DP"))
	if err != nil || strings.Contains(text, "JBSWY3DP") || !b.Current(text) || !Sealed(text) {
		t.Fatal(text, err)
	}
	again, made, err := Load(path)
	if err != nil || made {
		t.Fatal(made, err)
	}
	if got, err := again.Open("code", text); err != nil || string(got) != "JBSWY3DP" {
		t.Errorf("%q %v", got, err)
	}
	other := load(t, filepath.Join(t.TempDir(), "secret.key"))
	for name, try := range map[string]func() ([]byte, error){
		"purpose": func() ([]byte, error) { return b.Open("cookie", text) },
		"key":     func() ([]byte, error) { return other.Open("code", text) },
		"clear":   func() ([]byte, error) { return b.Open("code", "JBSWY3DP") },
		"empty":   func() ([]byte, error) { return b.Open("code", "") },
		"cut":     func() ([]byte, error) { return b.Open("code", text[:len(text)-4]) },
		"short":   func() ([]byte, error) { return b.Open("code", text[:strings.LastIndex(text, ".")+1]) },
		"changed": func() ([]byte, error) {
			flip := "A"
			if strings.HasSuffix(text[:len(text)-2], "A") {
				flip = "B"
			}
			return b.Open("code", text[:len(text)-3]+flip+text[len(text)-2:])
		},
	} {
		if got, err := try(); err != ErrOpen {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

// A new first line is a new key; what the old one sealed still opens.
func TestNewKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	old := load(t, path)
	text, err := old.Seal("code", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "secret.key")
	load(t, fresh)
	first, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(first, before...), 0o600); err != nil {
		t.Fatal(err)
	}
	b := load(t, path)
	if got, err := b.Open("code", text); err != nil || string(got) != "x" || b.Current(text) {
		t.Errorf("%q %v", got, err)
	}
}

// Nodes that begin at once have one key.
func TestNodesTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	var wait sync.WaitGroup
	boxes := make([]*Box, 8)
	for i := range boxes {
		wait.Go(func() { boxes[i], _, _ = Load(path) })
	}
	wait.Wait()
	for _, b := range boxes {
		if b == nil || b.keys[0].id != boxes[0].keys[0].id {
			t.Fatal("keys differ")
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, text := range []string{"", "# only words\n", "c2hvcnQ=\n", "not base64\n"} {
		path := filepath.Join(t.TempDir(), "secret.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
