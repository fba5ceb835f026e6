package cyrus_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"postroom/internal/heritage"
	"postroom/internal/heritage/cyrus"
	"postroom/internal/imapwire/utf7"
)

var update = flag.Bool("update", false, "write the golden files")

func reader() *cyrus.Reader {
	return &cyrus.Reader{Decode: utf7.Decode, Mailboxes: map[string]string{"shared/sales": "sales@example.test", "sales": "sales@example.test"},
		Names: heritage.Names{Domain: "example.test", Groups: map[string]string{"the others": "others@example.test"}}}
}

func TestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/lam.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := reader()
	if err := r.Read("lam.txt", bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	got, err := heritage.Text(r.Estate())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/lam.golden", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/lam.golden")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\n%s", err, got)
	}
}

// The old letters count only where none of the new ones is.
func TestOldLetters(t *testing.T) {
	for text, want := range map[string]string{"lrc": "lrk", "lrd": "lrte", "lrcd": "lrkxte", "lrkcd": "lrk", "lrtd": "lrt", "lrswipcda": "lrswikxtea",
		"lrswipkxtecdan": "lrswikxtea", "p": "", "0": ""} {
		r := reader()
		if err := r.Read("f", bytes.NewReader([]byte("user/anna:\n  ben "+text+"\n"))); err != nil {
			t.Fatal(err)
		}
		e, got := r.Estate(), ""
		for _, s := range e.Steps {
			got += s.Rights
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("testdata/lam.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("user.:\n a lr"))
	f.Add([]byte("a!user/@:\n - lr\n -group: lr"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := reader()
		if r.Read("f", bytes.NewReader(text)) != nil {
			return
		}
		e := r.Estate()
		if fault := e.Fault(bytes.Count(text, []byte("\n")) + 1); fault != "" {
			t.Error(fault)
		}
	})
}
