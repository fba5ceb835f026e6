package imapserver_test

import (
	"strings"
	"testing"
)

// interimap keeps info@'s INBOX, opened by anna with the name of both, and
// cleo's own in step. It knows no other way than QRESYNC, and asks for COMPRESS.
const interimapConfig = `database = state.db
list-mailbox = INBOX
[local]
type = imap
host = %[1]s
port = %[2]s
STARTTLS = NO
username = info@example.test*anna@example.test
password = %[3]s
[remote]
type = imap
host = %[1]s
port = %[2]s
STARTTLS = NO
compress = YES
username = cleo@example.test
password = %[3]s
`

// TestInterimap holds QRESYNC to a client of another author, which compares
// what it was told of UIDs, flags and HIGHESTMODSEQ each time it comes back.
func TestInterimap(t *testing.T) {
	p := newProgram(t, "interimap", 4, interimapConfig)
	p.folder("interimap")
	ben, cleo := p.as("ben"), p.as("cleo")
	same := func(what string, messages int) {
		t.Helper()
		p.run("--config=" + p.config)
		ben.must("SELECT " + infoInbox)
		cleo.must("SELECT INBOX")
		shared, own := flagsOf(ben), flagsOf(cleo)
		if len(shared) != messages || strings.Join(shared, "\n") != strings.Join(own, "\n") {
			t.Errorf("%s: in info@ %q, in cleo's %q, want %d", what, shared, own, messages)
		}
	}

	same("copied", 4)
	ben.must(`STORE 1:2 +FLAGS (\Flagged $Urgent)`)
	cleo.must(`STORE 2 +FLAGS (\Answered)`)
	cleo.must(`STORE 3 +FLAGS (\Deleted)`)
	cleo.must("EXPUNGE")
	p.letter(p.Info)
	same("changed on both sides", 4)
	ben.must(`STORE 1 -FLAGS (\Flagged)`)
	ben.must("MOVE 4 Shared/info@example.test/Trash")
	same("moved away", 3)
	same("nothing changed", 3)
}

// flagsOf lists the flags of all messages of the mailbox that is open, without \Seen, which is each person's own.
func flagsOf(c *client) []string {
	c.t.Helper()
	var all []string
	for _, line := range c.must("FETCH 1:* (FLAGS)") {
		if _, flags, found := strings.Cut(line, "FLAGS ("); found {
			names := strings.Fields(strings.TrimRight(flags, ")"))
			kept := names[:0]
			for _, name := range names {
				if name != `\Seen` {
					kept = append(kept, name)
				}
			}
			all = append(all, strings.Join(kept, " "))
		}
	}
	return all
}
