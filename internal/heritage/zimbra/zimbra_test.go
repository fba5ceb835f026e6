package zimbra_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom/internal/heritage"
	"postroom/internal/heritage/zimbra"
)

var update = flag.Bool("update", false, "write the golden files")

func read(t testing.TB, name string, text []byte) heritage.Estate {
	var r zimbra.Reader
	if err := r.Read(name, bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return r.Estate()
}

// Each testdata/NAME.txt reads as NAME.golden says.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no files")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := heritage.Text(read(t, filepath.Base(file), text))
		if err != nil {
			t.Fatal(err)
		}
		golden := strings.TrimSuffix(file, ".txt") + ".golden"
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

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var r zimbra.Reader
		if r.Read("f", bytes.NewReader(text)) != nil {
			return
		}
		e := r.Estate()
		if fault := e.Fault(bytes.Count(text, []byte("\n")) + 1); fault != "" {
			t.Error(fault)
		}
	})
}
