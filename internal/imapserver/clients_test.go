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

// TestMbsync keeps info@ and a Maildir in step both ways with mbsync, where it
// is installed: a client that is exact about UIDs, flags and subscriptions.
func TestMbsync(t *testing.T) {
	program, err := exec.LookPath("mbsync")
	if err != nil {
		t.Skip("mbsync is not installed")
	}
	h := newHouse(t)
	for range 3 {
		h.letter(h.Info)
	}
	host, port, _ := net.SplitHostPort(h.addr)
	dir := t.TempDir()
	config := filepath.Join(dir, "mbsyncrc")
	text := fmt.Sprintf(`IMAPStore far
Host %s
Port %s
User anna@example.test
Pass "%s"
SSLType None
AuthMechs LOGIN
PathDelimiter /
SubscribedOnly yes

MaildirStore near
Path %s/mail/
Inbox %s/inbox
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns * "Shared/*"
Create Both
Expunge Both
SyncState *
`, host, port, storetest.Password, dir, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "mail"), 0o700); err != nil {
		t.Fatal(err)
	}
	sync := func() {
		t.Helper()
		cmd := exec.Command(program, "-c", config, "-a")
		cmd.Env = append(os.Environ(), "HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("mbsync: %v\n%s", err, out)
		}
	}
	sync()
	inbox := filepath.Join(dir, "mail", "Shared", "info@example.test", "INBOX")
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
	ben := h.as("ben")
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
