package message

// Envelope holds the fields of IMAP's ENVELOPE (RFC 9051 §7.5.2): unfolded, not
// decoded, empty when the field is missing.
type Envelope struct {
	Date, Subject                      string
	From, Sender, ReplyTo, To, Cc, Bcc []Address
	InReplyTo, MessageID               string
	// Blank are the texts whose field is there and empty: IMAP tells that
	// from a missing field.
	Blank EnvelopeTexts
}

// EnvelopeTexts is a set of the fields of an [Envelope] that are texts.
type EnvelopeTexts uint8

const (
	DateText EnvelopeTexts = 1 << iota
	SubjectText
	InReplyToText
	MessageIDText
)

// EnvelopeOf reads the envelope out of a header. Of several fields of one name
// the first counts; address fields are put together. Sender and ReplyTo are From
// when the message has none, as the RFC demands.
func EnvelopeOf(h Header) *Envelope {
	e := &Envelope{}
	type text struct {
		value *string
		which EnvelopeTexts
	}
	texts := map[string]text{
		"date": {&e.Date, DateText}, "subject": {&e.Subject, SubjectText},
		"in-reply-to": {&e.InReplyTo, InReplyToText}, "message-id": {&e.MessageID, MessageIDText},
	}
	lists := map[string]*[]Address{
		"from": &e.From, "sender": &e.Sender, "reply-to": &e.ReplyTo, "to": &e.To, "cc": &e.Cc, "bcc": &e.Bcc,
	}
	var buf [16]byte
	for f := range h.Fields() {
		if len(f.Name) < 2 || len(f.Name) > len("in-reply-to") {
			continue
		}
		name := buf[:len(f.Name)]
		for i, c := range f.Name {
			name[i] = lower(c)
		}
		if list, ok := lists[string(name)]; ok {
			if len(*list) < MaxAddresses {
				*list = appendAddresses(*list, f.Value)
			}
		} else if text, ok := texts[string(name)]; ok {
			if *text.value == "" {
				*text.value = f.Text()
				e.Blank |= text.which
			}
			if *text.value != "" {
				e.Blank &^= text.which
			}
		}
	}
	if len(e.Sender) == 0 {
		e.Sender = e.From
	}
	if len(e.ReplyTo) == 0 {
		e.ReplyTo = e.From
	}
	return e
}
