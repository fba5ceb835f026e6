package exchange_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"postroom/internal/heritage"
	"postroom/internal/heritage/exchange"
)

var update = flag.Bool("update", false, "write the golden files")

func steps(r *exchange.Reader) map[string]func(string, io.Reader) error {
	return map[string]func(string, io.Reader) error{"recipients": r.Recipients, "mailbox": r.MailboxPermissions, "recipient": r.RecipientPermissions,
		"behalf": r.SendOnBehalf, "groups": r.Members}
}

var files = []string{"recipients", "mailbox", "recipient", "behalf", "groups"}

func read(t testing.TB, names ...string) heritage.Estate {
	r := &exchange.Reader{}
	for _, name := range names {
		text, err := os.ReadFile("testdata/" + name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		if err := steps(r)[name](name+".csv", bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return r.Estate()
}

// All files together, and the permissions without what the names stand for.
func TestGolden(t *testing.T) {
	for golden, names := range map[string][]string{"all": files, "nameless": {"mailbox", "recipient", "behalf"}} {
		got, err := heritage.Text(read(t, names...))
		if err != nil {
			t.Fatal(err)
		}
		golden = "testdata/" + golden + ".golden"
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

func TestFilesThatAreNone(t *testing.T) {
	for text, why := range map[string]string{"": "no CSV file", "A,B\n1,2\n": "no column", "User,Identity\n\"x,y\n": "line 2"} {
		var r exchange.Reader
		if err := r.MailboxPermissions("f", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range files {
		text, err := os.ReadFile("testdata/" + name + ".csv")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range files {
			var r exchange.Reader
			if steps(&r)[name]("f", bytes.NewReader(text)) != nil {
				continue
			}
			e := r.Estate()
			if fault := e.Fault(len(text) + 1); fault != "" {
				t.Error(name, fault)
			}
		}
	})
}
