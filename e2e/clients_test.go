package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// need skips the test on a machine without a client; `make test` installs them.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
}

// curl reads and answers info@ with anna's own password.
func TestCurl(t *testing.T) {
	need(t, "curl")
	s := startDemo(t)
	if err := s.deliver("smtp", info, letter(customer, info, "For curl", "", "Hello curl")); err != nil {
		t.Fatal(err)
	}
	user := anna + ":" + s.password(anna)
	out := run(t, "curl", "--silent", "--show-error", "--insecure", "--user", user,
		"imaps://"+s.Listen["imaps"]+"/Shared%2Finfo%40example.test%2FINBOX?SUBJECT%20%22For%20curl%22")
	number := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(out), "* SEARCH"))
	body := run(t, "curl", "--silent", "--show-error", "--insecure", "--user", user,
		"imaps://"+s.Listen["imaps"]+"/Shared%2Finfo%40example.test%2FINBOX;MAILINDEX="+number)
	if !strings.Contains(body, "Hello curl") {
		t.Errorf("curl read %q", body)
	}
	file := filepath.Join(t.TempDir(), "answer.eml")
	if err := os.WriteFile(file, []byte(letter("Info <"+info+">", customer, "From curl", "", "Hello")), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "curl", "--silent", "--show-error", "--insecure", "--user", user, "--mail-from", info, "--mail-rcpt", customer,
		"--upload-file", file, "smtps://"+s.Listen["submissions"])
	if from := s.outbox("From curl").Header.Get("From"); !strings.Contains(from, info) {
		t.Errorf("From: %s", from)
	}
	if got := s.as(ben).bySubject(infoSent, "From curl"); len(got) != 1 {
		t.Errorf("%d copies in Sent", len(got))
	}
}

// neomutt, with its own copy in Sent: still one copy.
func TestNeomutt(t *testing.T) {
	need(t, "neomutt")
	s := startDemo(t)
	home := t.TempDir()
	rc := filepath.Join(home, "rc")
	pass := s.password(anna)
	config := fmt.Sprintf(`set from="%[1]s"
set realname="Info"
set use_envelope_from=yes
set envelope_from_address="%[1]s"
set imap_user="%[2]s"
set imap_pass="%[3]s"
set smtp_url="smtp://%[5]s@%[4]s/"
set smtp_pass="%[3]s"
set ssl_starttls=no
set ssl_force_tls=no
set folder="imap://%[6]s/"
set record="imap://%[6]s/Shared/info@example.test/Sent"
set copy=yes
set header_cache=""
set sendmail=""
`, info, anna, pass, s.Listen["submission"], strings.ReplaceAll(anna, "@", "%40"), s.Listen["imap"])
	if err := os.WriteFile(rc, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("neomutt", "-n", "-F", rc, "-s", "From neomutt", "--", customer)
	cmd.Stdin = strings.NewReader("Written in neomutt.\n")
	cmd.Env = append(os.Environ(), "HOME="+home, "TERM=dumb")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("neomutt: %v\n%s", err, out)
	}
	if from := s.outbox("From neomutt").Header.Get("From"); !strings.Contains(from, info) {
		t.Errorf("From: %s", from)
	}
	if got := s.as(ben).bySubject(infoSent, "From neomutt"); len(got) != 1 {
		t.Errorf("%d copies in %s, want one", len(got), infoSent)
	}
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}
