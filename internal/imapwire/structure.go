package imapwire

import "strings"

// Address is one address of an envelope (RFC 9051 §7.5.2). Empty fields are
// NIL. A group begins with an Address with only Mailbox, its name, and ends
// with an Address with nothing.
type Address struct {
	Name, Route, Mailbox, Host string
}

// Envelope is the ENVELOPE of a message (RFC 9051 §7.5.2). Fields are as in the
// header, encoded words left alone; empty is NIL, or "" when the field is there
// and in Blank. Empty Sender and ReplyTo are written as From, as the RFC demands.
type Envelope struct {
	Date, Subject         string
	From, Sender, ReplyTo []Address
	To, Cc, Bcc           []Address
	InReplyTo, MessageID  string
	Blank                 EnvelopeTexts
}

// EnvelopeTexts is a set of the fields of an [Envelope] that are texts.
type EnvelopeTexts uint8

const (
	DateText EnvelopeTexts = 1 << iota
	SubjectText
	InReplyToText
	MessageIDText
)

// Param is a parameter of a Content-Type or Content-Disposition.
type Param struct{ Name, Value string }

// BodyStructure is one part of a message (RFC 9051 §7.5.2). Empty strings are
// NIL where the grammar has nstring.
type BodyStructure struct {
	Type, Subtype string // "" is TEXT/PLAIN
	Params        []Param

	// The fields of a part that is not a multipart.
	ID, Description string
	Encoding        string // "" is 7BIT
	Size            uint64 // octets, encoded
	Lines           uint64 // of text/* and message/rfc822
	MD5             string
	// Envelope and Message are set for message/rfc822 and message/global,
	// which are otherwise written like any other part.
	Envelope *Envelope
	Message  *BodyStructure

	// Children are the parts of a multipart. A multipart without children is
	// written with one empty text part, as the grammar needs one.
	Children []*BodyStructure

	Disposition       string
	DispositionParams []Param
	Language          []string
	Location          string
}

func (e *Encoder) envelope(v *Envelope) {
	sender, replyTo := v.Sender, v.ReplyTo
	if len(sender) == 0 {
		sender = v.From
	}
	if len(replyTo) == 0 {
		replyTo = v.From
	}
	e.octet('(')
	e.envelopeText(v, v.Date, DateText)
	e.octet(' ')
	e.envelopeText(v, v.Subject, SubjectText)
	for _, list := range [...][]Address{v.From, sender, replyTo, v.To, v.Cc, v.Bcc} {
		e.octet(' ')
		e.addresses(list)
	}
	e.octet(' ')
	e.envelopeText(v, v.InReplyTo, InReplyToText)
	e.octet(' ')
	e.envelopeText(v, v.MessageID, MessageIDText)
	e.octet(')')
}

// envelopeText writes NIL for a field that is missing, "" for one that is blank.
func (e *Encoder) envelopeText(v *Envelope, s string, which EnvelopeTexts) {
	if s == "" && v.Blank&which != 0 {
		e.raw(`""`)
		return
	}
	e.nstring(s)
}

func (e *Encoder) addresses(list []Address) {
	if len(list) == 0 {
		e.raw("NIL")
		return
	}
	e.octet('(')
	for i := range list {
		a := &list[i]
		e.octet('(')
		e.nstring(a.Name)
		e.octet(' ')
		e.nstring(a.Route)
		e.octet(' ')
		e.nstring(a.Mailbox)
		e.octet(' ')
		e.nstring(a.Host)
		e.octet(')')
	}
	e.octet(')')
}

// bodyForm is BODY or BODYSTRUCTURE.
type bodyForm uint8

const (
	plainBody bodyForm = iota
	extendedBody
)

func (e *Encoder) body(b *BodyStructure, form bodyForm) {
	if strings.EqualFold(b.Type, "multipart") {
		e.multipart(b, form)
		return
	}
	kind, subtype := b.Type, b.Subtype
	if kind == "" {
		kind, subtype = "TEXT", "PLAIN"
	}
	message := b.Message != nil && b.Envelope != nil && strings.EqualFold(kind, "message") &&
		(strings.EqualFold(subtype, "rfc822") || strings.EqualFold(subtype, "global"))
	if !message && strings.EqualFold(kind, "message") && strings.EqualFold(subtype, "rfc822") {
		// Without its envelope a message/rfc822 cannot be written as one.
		kind, subtype = "APPLICATION", "OCTET-STREAM"
	}
	e.octet('(')
	e.String(kind)
	e.octet(' ')
	e.String(subtype)
	e.octet(' ')
	e.params(b.Params)
	e.octet(' ')
	e.nstring(b.ID)
	e.octet(' ')
	e.nstring(b.Description)
	e.octet(' ')
	if b.Encoding == "" {
		e.String("7BIT")
	} else {
		e.String(b.Encoding)
	}
	e.octet(' ')
	e.number(b.Size)
	if message {
		e.octet(' ')
		e.envelope(b.Envelope)
		e.octet(' ')
		e.body(b.Message, form)
	}
	if message || strings.EqualFold(kind, "text") {
		e.octet(' ')
		e.number(b.Lines)
	}
	if form == extendedBody {
		e.octet(' ')
		e.nstring(b.MD5)
		e.extension(b)
	}
	e.octet(')')
}

func (e *Encoder) multipart(b *BodyStructure, form bodyForm) {
	e.octet('(')
	for _, c := range b.Children {
		e.body(c, form)
	}
	if len(b.Children) == 0 {
		e.body(&BodyStructure{}, form)
	}
	e.octet(' ')
	if b.Subtype == "" {
		e.String("MIXED")
	} else {
		e.String(b.Subtype)
	}
	if form == extendedBody {
		e.octet(' ')
		e.params(b.Params)
		e.extension(b)
	}
	e.octet(')')
}

// extension writes disposition, language and location.
func (e *Encoder) extension(b *BodyStructure) {
	e.octet(' ')
	if b.Disposition == "" {
		e.raw("NIL")
	} else {
		e.octet('(')
		e.String(b.Disposition)
		e.octet(' ')
		e.params(b.DispositionParams)
		e.octet(')')
	}
	e.octet(' ')
	switch len(b.Language) {
	case 0:
		e.raw("NIL")
	case 1:
		e.String(b.Language[0])
	default:
		e.list(len(b.Language), func(i int) { e.String(b.Language[i]) })
	}
	e.octet(' ')
	e.nstring(b.Location)
}

func (e *Encoder) params(params []Param) {
	if len(params) == 0 {
		e.raw("NIL")
		return
	}
	e.octet('(')
	for i := range params {
		if i > 0 {
			e.octet(' ')
		}
		e.String(params[i].Name)
		e.octet(' ')
		e.String(params[i].Value)
	}
	e.octet(')')
}
