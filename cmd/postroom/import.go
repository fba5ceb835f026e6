package main

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
	"postroom/internal/migration"
)

type importCommands struct {
	Mbox     importMbox     `cmd:"" help:"Bring in the messages of an mbox file."`
	Maildir  importMaildir  `cmd:"" help:"Bring in a maildir with its folders."`
	IMAP     importIMAP     `cmd:"" name:"imap" help:"Copy the mailboxes of a person on another IMAP server. It can be repeated: nothing is stored twice."`
	Cyrus    importCyrus    `cmd:"" name:"cyrus-acl" help:"Bring in the access lists of mailboxes that cyradm prints."`
	Dovecot  importDovecot  `cmd:"" name:"dovecot-acl" help:"Bring in the access lists of mailboxes of Dovecot."`
	Exchange importExchange `cmd:"" help:"Bring in accounts, groups and rights from what Exchange's management shell exports as CSV."`
	Zimbra   importZimbra   `cmd:"" help:"Bring in accounts, lists, identities and rights from what zmprov, zmmailbox and carbonio prov print."`
}

type importMbox struct {
	File    string `arg:"" help:"The mbox file; - is standard input."`
	Target  string `arg:"" help:"ADDRESS, for its inbox, or ADDRESS:/folder."`
	Quoting string `enum:"mboxrd,mboxo" default:"mboxrd" help:"How lines that begin with From are quoted in the file: mboxrd or mboxo."`
}

func (i *importMbox) Run(c *command) error {
	in, modified := c.in, time.Now()
	if i.File != "-" {
		f, err := os.Open(i.File)
		if err != nil {
			return cannotRead(i.File, err)
		}
		defer func() { _ = f.Close() }()
		info, err := f.Stat()
		if err != nil || info.IsDir() {
			return postroom.Errorf(postroom.Invalid, "%s is no file", i.File)
		}
		in, modified = f, info.ModTime()
	}
	address, path := adminwire.SplitTarget(i.Target)
	to := migration.Folder{Path: path}
	if path == "/" {
		to = migration.Folder{Path: "/Inbox", Role: postroom.RoleInbox}
	}
	quoting := migration.Mboxrd
	if i.Quoting == "mboxo" {
		quoting = migration.Mboxo
	}
	return c.bringIn(address, "mbox "+i.File, func(into *migration.Import) error {
		return into.Mbox(c.ctx, in, quoting, i.File, modified.UTC().Truncate(time.Second), to)
	})
}

func cannotRead(name string, err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return postroom.Errorf(postroom.NotFound, "cannot read %s: %v", name, err)
}

type importMaildir struct {
	Dir    string `arg:"" help:"The maildir: a folder that holds cur and new."`
	Target string `arg:"" help:"ADDRESS, or ADDRESS:/folder to put all of it there."`
}

func (i *importMaildir) Run(c *command) error {
	address, path := adminwire.SplitTarget(i.Target)
	return c.bringIn(address, "maildir "+i.Dir, func(into *migration.Import) error {
		return into.Maildir(c.ctx, i.Dir, path)
	})
}

type importIMAP struct {
	Target        string `arg:"" help:"ADDRESS, or ADDRESS:/folder to put all of it there."`
	Host          string `required:"" help:"The other server."`
	Port          int    `help:"Its port; 993 with --tls, else 143."`
	TLS           bool   `name:"tls" xor:"how" help:"TLS from the beginning (this is how it is done if nothing is said)."`
	StartTLS      bool   `name:"starttls" xor:"how" help:"TLS after the greeting."`
	Plain         bool   `xor:"how" help:"No TLS: everybody on the way can read the password."`
	Fingerprint   string `help:"SHA-256 of the server's certificate, in hexadecimal: no other is accepted, and this one without further checks."`
	User          string `required:"" help:"Who signs in there."`
	PasswordStdin bool   `required:"" help:"Read the password from standard input."`
}

func (i *importIMAP) Run(c *command) error {
	src := migration.IMAPSource{Host: i.Host, Port: "993", User: i.User}
	switch {
	case i.StartTLS:
		src.Encryption, src.Port = migration.StartTLS, "143"
	case i.Plain:
		src.Encryption, src.Port = migration.Cleartext, "143"
	}
	if i.Port < 0 || i.Port > 65535 {
		return usagef("--port must be between 1 and 65535")
	}
	if i.Port != 0 {
		src.Port = strconv.Itoa(i.Port)
	}
	if i.Fingerprint != "" {
		cfg, err := pinned(i.Fingerprint)
		if err != nil {
			return err
		}
		src.TLSConfig = cfg
	}
	line, err := bufio.NewReader(io.LimitReader(c.in, 4096)).ReadString('\n')
	if src.Password = strings.TrimRight(line, "\r\n"); src.Password == "" {
		return usagef("no password on standard input")
	}
	if err != nil && err != io.EOF {
		return err
	}
	address, path := adminwire.SplitTarget(i.Target)
	return c.bringIn(address, "imap "+i.User+" at "+i.Host, func(into *migration.Import) error {
		return into.IMAP(c.ctx, src, path)
	})
}

// pinned accepts one certificate.
func pinned(fingerprint string) (*tls.Config, error) {
	want, err := hex.DecodeString(strings.ReplaceAll(fingerprint, ":", ""))
	if err != nil || len(want) != sha256.Size {
		return nil, usagef("--fingerprint must be 64 hexadecimal digits")
	}
	return &tls.Config{
		InsecureSkipVerify: true, // the next line is the check
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if sum := sha256.Sum256(raw[0]); string(sum[:]) != string(want) {
				return fmt.Errorf("the certificate has another fingerprint: %x", sum)
			}
			return nil
		},
	}, nil
}

// importAnswer is what an import tells.
type importAnswer struct {
	migration.Summary
	Faults []migration.Fault `json:"faults"`
}

// maxFaultsKept bounds the faults in a JSON answer; all are told on the way
// where it is for people.
const maxFaultsKept = 100_000

// bringIn runs an import into an account and tells how it went.
func (c *command) bringIn(address, from string, run func(*migration.Import) error) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	wire, err := client.Import(c.ctx, address, from)
	if err != nil {
		return err
	}
	answer := importAnswer{Faults: []migration.Fault{}}
	told := ticker{every: 5 * time.Second, last: time.Now()}
	into := &migration.Import{Destination: &destination{wire}, Tell: func(f migration.Fault) {
		if c.flags.JSON && len(answer.Faults) < maxFaultsKept {
			answer.Faults = append(answer.Faults, f)
			return
		}
		c.tellFault(f)
	}, Progress: func(folder string, so migration.Summary) {
		if told.due() {
			_, _ = fmt.Fprintf(c.err, "%s: %d stored, %d already there, %s so far\n", folder, so.Stored, so.Known, size(so.Bytes))
		}
	}}
	err = run(into)
	if broken := (*adminclient.Broken)(nil); errors.As(err, &broken) || c.ctx.Err() != nil {
		wire.Abort()
	} else {
		err = errors.Join(err, wire.Close())
	}
	answer.Summary = into.Summary()
	return errors.Join(c.answer(answer, func() { c.importSummary(answer.Summary) }), c.importEnd(err, answer.Summary))
}

func (c *command) importSummary(s migration.Summary) {
	c.printf("%d messages stored (%s), %d already there, %d not taken, %d left out, %d folders\n",
		s.Stored, size(s.Bytes), s.Known, s.Faults, s.Skipped, s.Folders)
}

// importEnd is the error of an import that did not take everything.
func (c *command) importEnd(err error, s migration.Summary) error {
	switch {
	case c.ctx.Err() != nil:
		return postroom.Errorf(postroom.Unavailable, "interrupted: what was stored stays, run it again for the rest")
	case err != nil:
		return err
	case s.Faults > 0:
		return postroom.Errorf(postroom.Invalid, "not everything could be taken: %d are listed", s.Faults)
	}
	return nil
}

func (c *command) tellFault(f migration.Fault) {
	word := "not taken"
	if f.Skipped {
		word = "left out"
	}
	_, _ = fmt.Fprintf(c.err, "%s: %s: %s\n", word, oneLine(f.What), oneLine(f.Why))
}

// ticker says when it is time to tell something again.
type ticker struct {
	every time.Duration
	last  time.Time
}

func (t *ticker) due() bool {
	if time.Since(t.last) < t.every {
		return false
	}
	t.last = time.Now()
	return true
}

// destination is an account of the running server.
type destination struct{ wire *adminclient.MailImport }

// Open names the mailbox for what follows.
func (d *destination) Open(f migration.Folder) error {
	_, err := d.wire.Mailbox(adminwire.MailboxWish{Path: f.Path, Role: string(f.Role)})
	return err
}

// Known asks which messages are there.
func (d *destination) Known(marks []migration.Mark) ([]bool, error) {
	asked := make([]adminwire.MessageMark, len(marks))
	for i, m := range marks {
		asked[i] = adminwire.MessageMark{MessageID: m.MessageID, Size: m.Size, Received: m.Received}
	}
	return d.wire.Known(asked)
}

// Append brings messages.
func (d *destination) Append(messages []migration.Message) ([]migration.Outcome, error) {
	heads := make([]adminwire.MessageHead, len(messages))
	bodies := make([]io.Reader, len(messages))
	for i, m := range messages {
		heads[i] = adminwire.MessageHead{Flags: adminwire.Flags(m.Flags), Keywords: m.Keywords, Received: m.Received, Size: m.Body.Size()}
		bodies[i] = m.Body.Reader()
	}
	told, err := d.wire.Append(heads, bodies)
	if err != nil {
		return nil, err
	}
	outcomes := make([]migration.Outcome, len(told))
	for i, o := range told {
		outcomes[i].Known = o.Known
		if o.Problem != nil {
			outcomes[i].Err = &postroom.Error{Kind: postroom.ParseErrorKind(o.Problem.Kind), Text: o.Problem.Detail}
		}
	}
	return outcomes, nil
}
