package section

import (
	"postroom/internal/imapwire"
	"postroom/internal/message"
)

// Envelope hands the words of package message to imapwire.
func Envelope(e *message.Envelope) *imapwire.Envelope {
	if e == nil {
		e = &message.Envelope{}
	}
	return &imapwire.Envelope{
		Date: e.Date, Subject: e.Subject, InReplyTo: e.InReplyTo, MessageID: e.MessageID, Blank: texts(e.Blank),
		From: addresses(e.From), Sender: addresses(e.Sender), ReplyTo: addresses(e.ReplyTo),
		To: addresses(e.To), Cc: addresses(e.Cc), Bcc: addresses(e.Bcc),
	}
}

func texts(of message.EnvelopeTexts) (out imapwire.EnvelopeTexts) {
	for _, pair := range [...]struct {
		of  message.EnvelopeTexts
		out imapwire.EnvelopeTexts
	}{{message.DateText, imapwire.DateText}, {message.SubjectText, imapwire.SubjectText},
		{message.InReplyToText, imapwire.InReplyToText}, {message.MessageIDText, imapwire.MessageIDText}} {
		if of&pair.of != 0 {
			out |= pair.out
		}
	}
	return out
}

// missingHost and missingMailbox stand for the half of an address that is not
// there: NIL would begin or end a group (RFC 9051 §7.5.2).
const (
	missingHost    = ".MISSING-HOST-NAME."
	missingMailbox = ".MISSING-MAILBOX."
)

func addresses(list []message.Address) []imapwire.Address {
	out := make([]imapwire.Address, len(list))
	for i, a := range list {
		out[i] = imapwire.Address{Name: a.Name, Route: a.Route, Mailbox: a.Mailbox, Host: a.Host}
		if a.Kind == message.Mailbox && a.Host == "" {
			out[i].Host = missingHost
		}
		if a.Kind == message.Mailbox && a.Mailbox == "" {
			out[i].Mailbox = missingMailbox
		}
	}
	return out
}

// Structure hands the words of package message to imapwire.
func Structure(b *message.BodyStructure) *imapwire.BodyStructure {
	if b == nil {
		return nil
	}
	out := &imapwire.BodyStructure{
		Type: b.Type, Subtype: b.Subtype, Params: params(b.Params), ID: b.ID, Description: b.Description,
		Encoding: b.Encoding, Size: uint64(b.Size), Lines: uint64(b.Lines), MD5: b.MD5,
		Disposition: b.Disposition, DispositionParams: params(b.DispositionParams), Language: b.Language, Location: b.Location,
	}
	if b.Message != nil {
		out.Envelope, out.Message = Envelope(b.Envelope), Structure(b.Message)
	}
	for _, child := range b.Children {
		out.Children = append(out.Children, Structure(child))
	}
	return out
}

func params(list []message.Param) []imapwire.Param {
	out := make([]imapwire.Param, len(list))
	for i, p := range list {
		out[i] = imapwire.Param{Name: p.Name, Value: p.Value}
	}
	return out
}
