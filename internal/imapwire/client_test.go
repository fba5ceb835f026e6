package imapwire

import (
	"bufio"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// script answers the commands of an independent client, by name, until LOGOUT.
func script(conn net.Conn, answers map[string]func(*Encoder, Request)) error {
	enc := NewEncoder(bufio.NewWriter(conn))
	dec := NewDecoder(bufio.NewReader(conn), SessionLimits(1<<20))
	dec.Continue = func() error { enc.Continue("go on"); return enc.Flush() }
	enc.Status(Status{Kind: PREAUTH, Code: CodeCapability([]string{"IMAP4rev1", "ESEARCH", "NAMESPACE", "ID", "LIST-EXTENDED"}), Text: "ready"})
	for {
		if err := enc.Flush(); err != nil {
			return err
		}
		req, err := dec.Next()
		if err != nil {
			return err
		}
		if answer := answers[req.Command.Name()]; answer != nil {
			answer(enc, req)
		}
		enc.Status(Status{Tag: req.Tag, Kind: OK, Text: "done"})
		if _, ok := req.Command.(*Logout); ok {
			return enc.Flush()
		}
	}
}

// TestIndependentClient lets a client that was written by others read what
// the Encoder writes, and the Decoder what that client writes.
func TestIndependentClient(t *testing.T) {
	ours, theirs := net.Pipe()
	done := make(chan error, 1)
	var appended string
	go func() {
		done <- script(ours, map[string]func(*Encoder, Request){
			"LIST": func(e *Encoder, r Request) {
				e.List(&ListData{Attrs: []MailboxAttr{AttrSent}, Delim: '/', Name: "Entwürfe & \"x\""})
			},
			"NAMESPACE": func(e *Encoder, r Request) {
				e.Namespace([]NamespaceData{{"", '/'}}, []NamespaceData{{"Other Users/", '/'}}, nil)
			},
			"SELECT": func(e *Encoder, r Request) {
				e.Flags([]Flag{FlagSeen})
				e.Exists(7)
				e.Status(Status{Kind: OK, Code: CodePermanentFlags([]Flag{FlagSeen, FlagAny}), Text: "x"})
				e.Status(Status{Kind: OK, Code: CodeUIDValidity(5), Text: "x"})
			},
			"UID SEARCH": func(e *Encoder, r Request) {
				e.ESearch(&ESearchData{Tag: r.Tag, UID: true, Min: 2, All: set("2,4:6")})
			},
			"FETCH": answerFetch,
			"APPEND": func(e *Encoder, r Request) {
				_, texts, err := readAll(r.Command.(*Append).Next)
				if err == nil {
					appended = strings.Join(texts, "|")
				}
			},
		})
	}()
	c := imapclient.New(theirs, nil)
	list, err := c.List("", "*", nil).Collect()
	if err != nil || len(list) != 1 || list[0].Mailbox != "Entwürfe & \"x\"" || list[0].Delim != '/' {
		t.Error(list, err)
	}
	if ns, err := c.Namespace().Wait(); err != nil || ns.Other[0].Prefix != "Other Users/" || ns.Shared != nil {
		t.Error(ns, err)
	}
	if s, err := c.Select("INBOX", nil).Wait(); err != nil || s.NumMessages != 7 || s.UIDValidity != 5 || len(s.PermanentFlags) != 2 {
		t.Error(s, err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Body: []string{"a \"b\""}}, &imap.SearchOptions{ReturnAll: true, ReturnMin: true}).Wait()
	if err != nil || found.Min != 2 || found.All.String() != "2,4:6" {
		t.Error(found, err)
	}
	a := c.Append("INBOX", 5, nil)
	if _, err := a.Write([]byte("hello")); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if _, err := a.Wait(); err != nil || appended != "hello" {
		t.Error(appended, err)
	}
	checkFetched(t, c)
	if err := c.Logout().Wait(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func answerFetch(e *Encoder, r Request) {
	f := e.Fetch(1)
	f.UID(4)
	f.Flags([]Flag{FlagSeen, "$x"})
	f.Envelope(&Envelope{Subject: "Grüße\r\n", From: []Address{{"A \"B\"", "", "a", "example.test"}}})
	leaf := &BodyStructure{Type: "text", Subtype: "html", Size: 3, Lines: 1}
	f.BodyStructure(&BodyStructure{Type: "multipart", Subtype: "mixed", Params: []Param{{"boundary", "x"}}, Children: []*BodyStructure{
		leaf, {Type: "message", Subtype: "rfc822", Size: 9, Lines: 2, Envelope: &Envelope{}, Message: leaf}, {Type: "multipart", Subtype: "alternative"},
	}})
	for i, it := range r.Command.(*Fetch).Items {
		if it.Kind == FetchSection {
			f.Section(&r.Command.(*Fetch).Items[i], 4, strings.NewReader("a\r\nb"))
		}
	}
	f.End()
}

func checkFetched(t *testing.T, c *imapclient.Client) {
	section := &imap.FetchItemBodySection{Peek: true, Part: []int{1}, Partial: &imap.SectionPartial{Offset: 2, Size: 9}}
	msgs, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{UID: true, Flags: true, Envelope: true,
		BodyStructure: &imap.FetchItemBodyStructure{Extended: true}, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil || len(msgs) != 1 {
		t.Fatal(msgs, err)
	}
	m := msgs[0]
	if m.UID != 4 || len(m.Flags) != 2 || m.Envelope.From[0].Name != `A "B"` || m.Envelope.Sender[0].Mailbox != "a" {
		t.Errorf("%+v %+v", m, m.Envelope)
	}
	if b := m.FindBodySection(section); string(b) != "a\r\nb" {
		t.Errorf("%q", b)
	}
	multi, ok := m.BodyStructure.(*imap.BodyStructureMultiPart)
	if !ok || len(multi.Children) != 3 || multi.Extended.Params["boundary"] != "x" {
		t.Errorf("%+v", m.BodyStructure)
	}
}
