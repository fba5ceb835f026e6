// Command bench compares Postroom with Debian's Dovecot and Cyrus on this machine, in
// one run: same messages, same durability (Dovecot's default fsync,
// Postroom's only mode), same client. It prints ratios and, beside them, the
// numbers they are made of and the peak memory of both.
//
// It installs nothing into the system's services: Dovecot runs with its own
// configuration in a temporary directory, on loopback ports above 20000.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

type settings struct {
	messages int // delivered in the LMTP rows
	mailbox  int // messages in the mailbox of the IMAP rows
	letters  int // of 10 KB, in the other IMAP rows
	accounts int // shared, in the row of LIST
	idle     int // connections in the row of memory
	members  int // of the nested group
	rounds   int // repetitions of a timed row; the median counts
	binary   string
	only     string
	row      string // part of the names of the IMAP and JMAP rows
	against  string // the peers of the IMAP rows, parted by commas
	before   string // another postroom binary that is a peer there; may be empty
	write    string // a file with marks for the table of a run
}

func main() {
	var s settings
	flag.IntVar(&s.messages, "messages", 10_000, "messages to deliver in each LMTP row")
	flag.IntVar(&s.mailbox, "mailbox", 100_000, "messages in the mailbox that is listed")
	flag.IntVar(&s.letters, "letters", 10_000, "messages of 10 KB in the IMAP rows")
	flag.IntVar(&s.accounts, "accounts", 500, "shared accounts in the row of LIST")
	flag.IntVar(&s.idle, "idle", 10_000, "idle connections in the row of memory")
	flag.IntVar(&s.members, "members", 10_000, "members of the nested group")
	flag.IntVar(&s.rounds, "rounds", 7, "repetitions of each timed IMAP row")
	flag.StringVar(&s.binary, "binary", "bin/postroom", "the postroom binary")
	flag.StringVar(&s.only, "only", "", "run only rows whose name contains this")
	flag.StringVar(&s.row, "row", "", "of the IMAP and JMAP rows, run only those whose name contains this")
	flag.StringVar(&s.against, "against", "maildir,sdbox,mdbox,cyrus", "the peers of the IMAP and JMAP rows")
	flag.StringVar(&s.before, "before", "", "another postroom binary as a peer of those rows")
	flag.StringVar(&s.write, "write", "", "put the table into this file, between its marks")
	scale := flag.String("scale", "full", "full, or small while developing")
	flag.Parse()
	if *scale == "small" {
		s.makeSmall()
	}
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// makeSmall takes what nobody asked for otherwise to a scale for development.
func (s *settings) makeSmall() {
	asked := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { asked[f.Name] = true })
	for name, small := range map[string]struct {
		of *int
		n  int
	}{"messages": {&s.messages, 1000}, "mailbox": {&s.mailbox, 20_000}, "letters": {&s.letters, 2000}, "members": {&s.members, 1000},
		"rounds": {&s.rounds, 3}, "accounts": {&s.accounts, 100}, "idle": {&s.idle, 1000}} {
		if !asked[name] {
			*small.of = small.n
		}
	}
}

func run(s settings) error {
	if err := installDovecot(); s.only != "jmap" && err != nil {
		return err
	}
	table := &report{}
	if s.wants("lmtp") {
		if err := compareDelivery(s, table); err != nil {
			return err
		}
	}
	for _, imap := range []struct {
		name    string
		compare func(settings, *report) error
	}{{"imap-rows", compareIMAP}, {"imap-list", compareListing}, {"imap-idle", compareIdling}, {"imap-memory", compareMemory}} {
		if !s.wants(imap.name) {
			continue
		}
		if err := imap.compare(s, table); err != nil {
			return err
		}
	}
	if s.wants("jmap") {
		if err := compareJMAP(s, table); err != nil {
			return err
		}
	}
	if s.wants("group") {
		if err := compareGroupOpening(s, table); err != nil {
			return err
		}
	}
	if s.wants("rights") {
		measureDecisions(table)
	}
	if s.wants("scale") {
		if err := measureScale(table); err != nil {
			return err
		}
	}
	if s.wants("openfga") {
		if err := compareOpenFGA(table); err != nil {
			return err
		}
	}
	table.print(os.Stdout)
	if s.write == "" {
		return nil
	}
	return table.write(s.write)
}

func (s settings) wants(row string) bool { return s.only == "" || strings.Contains(row, s.only) }

// installDovecot gets the peer when it is missing.
func installDovecot() error {
	if _, err := exec.LookPath("dovecot"); err == nil {
		return nil
	}
	if os.Getuid() != 0 {
		return fmt.Errorf("the peer is missing; as root: apt-get install dovecot-imapd dovecot-lmtpd")
	}
	cmd := exec.Command("sh", "-c", `apt-get update -q >/dev/null &&
apt-get install -q -y --no-install-recommends dovecot-imapd dovecot-lmtpd >/dev/null`)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}
