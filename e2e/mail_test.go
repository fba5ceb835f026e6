package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	info      = "info@example.test"
	anna      = "anna@example.test"
	ben       = "ben@example.test"
	cleo      = "cleo@example.test"
	customer  = "customer@outside.test"
	infoInbox = "Shared/info@example.test/INBOX"
	infoSent  = "Shared/info@example.test/Sent"
)

// client is an IMAP session with the number of messages it was told of.
type client struct {
	*imapclient.Client
	t      *testing.T
	exists chan uint32
}

func (s *server) imap(user, password string) *client {
	s.t.Helper()
	c, err := s.tryIMAP(user, password)
	if err != nil {
		s.t.Fatalf("sign in as %s: %v", user, err)
	}
	return c
}

func (s *server) tryIMAP(user, password string) (*client, error) {
	c := &client{t: s.t, exists: make(chan uint32, 1000)}
	conn, err := imapclient.DialInsecure(s.Listen["imap"], &imapclient.Options{
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(data *imapclient.UnilateralDataMailbox) {
				if data.NumMessages != nil {
					c.exists <- *data.NumMessages
				}
			},
		},
	})
	if err != nil {
		return nil, err
	}
	c.Client = conn
	s.t.Cleanup(func() { conn.Close() })
	return c, conn.Login(user, password).Wait()
}

func (s *server) as(address string) *client { return s.imap(address, s.password(address)) }

// open selects a mailbox and returns how many messages it has.
func (c *client) open(mailbox string) uint32 {
	c.t.Helper()
	data, err := c.Select(mailbox, nil).Wait()
	if err != nil {
		c.t.Fatalf("SELECT %s: %v", mailbox, err)
	}
	return data.NumMessages
}

// waitExists waits until the session was told of n messages.
func (c *client) waitExists(n uint32) {
	c.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case got := <-c.exists:
			if got >= n {
				return
			}
		case <-limit:
			c.t.Fatalf("was not told of message %d", n)
		}
	}
}

var headerSection = &imap.FetchItemBodySection{Peek: true}

// bySubject returns the messages of a mailbox with a subject, whole.
func (c *client) bySubject(mailbox, subject string) []*imapclient.FetchMessageBuffer {
	c.t.Helper()
	if c.open(mailbox) == 0 {
		return nil
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{
		Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: subject}},
	}, nil).Wait()
	if err != nil {
		c.t.Fatalf("SEARCH in %s: %v", mailbox, err)
	}
	uids := found.AllUIDs()
	if len(uids) == 0 {
		return nil
	}
	msgs, err := c.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{
		UID: true, Flags: true, Envelope: true, BodySection: []*imap.FetchItemBodySection{headerSection},
	}).Collect()
	if err != nil {
		c.t.Fatalf("FETCH in %s: %v", mailbox, err)
	}
	// SEARCH finds parts of subjects too.
	return slices.DeleteFunc(msgs, func(m *imapclient.FetchMessageBuffer) bool { return m.Envelope.Subject != subject })
}

func hasFlag(m *imapclient.FetchMessageBuffer, want imap.Flag) bool {
	for _, f := range m.Flags {
		if strings.EqualFold(string(f), string(want)) {
			return true
		}
	}
	return false
}

// submit sends through the submission port with a person's own password.
func (s *server) submit(user, envelopeFrom string, to []string, text string) error {
	s.t.Helper()
	c, err := smtp.DialStartTLS(s.Listen["submission"], &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if err := c.Auth(sasl.NewPlainClient("", user, s.password(user))); err != nil {
		s.t.Fatalf("AUTH %s: %v", user, err)
	}
	return c.SendMail(envelopeFrom, to, strings.NewReader(text))
}

// deliver brings a message from outside over SMTP or LMTP.
func (s *server) deliver(protocol, to, text string) error {
	s.t.Helper()
	c, err := smtp.Dial(s.Listen["smtp"])
	if protocol == "lmtp" {
		c, err = dialLMTP(s.Listen["lmtp"])
	}
	if err != nil {
		return err
	}
	defer c.Close()
	return c.SendMail(customer, []string{to}, strings.NewReader(text))
}

func letter(from, to, subject, extra, body string) string {
	return strings.ReplaceAll(fmt.Sprintf("From: %s\nTo: %s\nSubject: %s\nDate: %s\n%s\n%s\n",
		from, to, subject, time.Now().Format(time.RFC1123Z), extra, body), "\n", "\r\n")
}

// outbox waits for the mail to the outside world with a subject.
func (s *server) outbox(subject string) *mail.Message {
	s.t.Helper()
	limit := time.Now().Add(patience)
	for time.Now().Before(limit) {
		if m := s.findOutbox(subject); m != nil {
			return m
		}
		time.Sleep(20 * time.Millisecond) // files have no event we could wait for portably
	}
	s.t.Fatalf("nothing about %q in the outbox", subject)
	return nil
}

func (s *server) findOutbox(subject string) *mail.Message {
	files, _ := filepath.Glob(filepath.Join(s.Dir, "outbox", "*.eml"))
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err == nil && m.Header.Get("Subject") == subject {
			body, _ := io.ReadAll(m.Body)
			m.Body = bytes.NewReader(body)
			return m
		}
	}
	return nil
}
