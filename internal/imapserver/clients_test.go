package imapserver_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"postroom/internal/store/storetest"
)

// program is a client of another author, with a directory of its own.
type program struct {
	*house
	path, dir, config string
}

// newProgram skips the test where the program is not installed. info@ has some
// letters. The configuration names the address of the house %[1]s and its port
// %[2]s, the password %[3]s and the directory %[4]s.
func newProgram(t *testing.T, name string, letters int, config string) *program {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	p := &program{house: newHouse(t), path: path, dir: t.TempDir()}
	for range letters {
		p.letter(p.Info)
	}
	host, port, err := net.SplitHostPort(p.addr)
	if err != nil {
		t.Fatal(err)
	}
	p.config = filepath.Join(p.dir, "config")
	if err := os.WriteFile(p.config, fmt.Appendf(nil, config, host, port, storetest.Password, p.dir), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// folder makes one in the directory of the program.
func (p *program) folder(name string) {
	p.T.Helper()
	if err := os.Mkdir(filepath.Join(p.dir, name), 0o700); err != nil {
		p.T.Fatal(err)
	}
}

// run has the program work once; its home is its directory.
func (p *program) run(args ...string) {
	p.T.Helper()
	cmd := exec.Command(p.path, args...)
	cmd.Env = append(os.Environ(), "HOME="+p.dir, "XDG_CONFIG_HOME="+p.dir, "XDG_DATA_HOME="+p.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.T.Fatalf("%s: %v\n%s", p.path, err, out)
	}
}

const mbsyncConfig = `IMAPStore far
Host %[1]s
Port %[2]s
User anna@example.test
Pass "%[3]s"
SSLType None
AuthMechs LOGIN
PathDelimiter /
SubscribedOnly yes

MaildirStore near
Path %[4]s/mail/
Inbox %[4]s/inbox
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns * "Shared/*"
Create Both
Expunge Both
SyncState *
`

// TestMbsync keeps info@ and a Maildir in step both ways with mbsync, where it
// is installed: a client that is exact about UIDs, flags and subscriptions.
func TestMbsync(t *testing.T) {
	p := newProgram(t, "mbsync", 3, mbsyncConfig)
	p.folder("mail")
	sync := func() {
		t.Helper()
		p.run("-c", p.config, "-a")
	}
	sync()
	inbox := filepath.Join(p.dir, "mail", "Shared", "info@example.test", "INBOX")
	files := maildir(t, inbox)
	if len(files) != 3 {
		t.Fatalf("%d messages came", len(files))
	}

	// One is read and flagged, one deleted, one written here.
	base, _, _ := strings.Cut(filepath.Base(files[0]), ":2,")
	move(t, files[0], filepath.Join(inbox, "cur", base+":2,FS"))
	base, _, _ = strings.Cut(filepath.Base(files[1]), ":2,")
	move(t, files[1], filepath.Join(inbox, "cur", base+":2,T"))
	if err := os.WriteFile(filepath.Join(inbox, "new", "1.mine"), []byte(letter), 0o600); err != nil {
		t.Fatal(err)
	}
	sync()
	ben := p.as("ben")
	ben.must("SELECT " + infoInbox)
	lines := ben.must("FETCH 1:* (FLAGS)")
	if len(lines) != 3 || !strings.Contains(lines[0]+lines[1], `\Flagged \Seen`) {
		t.Errorf("after the first changes: %q", lines)
	}
	ben.must(`STORE 3 +FLAGS (\Deleted)`)
	ben.must("EXPUNGE")
	sync()
	if files := maildir(t, inbox); len(files) != 2 {
		t.Errorf("%d messages are left, want 2", len(files))
	}
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// maildir lists the messages of a Maildir.
func maildir(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	for _, sub := range []string{"new", "cur"} {
		files, err := filepath.Glob(filepath.Join(dir, sub, "*"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	return all
}
