package message

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// DSNAction is what a delivery status notification reports (RFC 3464 §2.3.3).
type DSNAction string

// The actions of RFC 3464.
const (
	DSNFailed    DSNAction = "failed"
	DSNDelayed   DSNAction = "delayed"
	DSNDelivered DSNAction = "delivered"
	DSNRelayed   DSNAction = "relayed"
	DSNExpanded  DSNAction = "expanded"
)

// DSNRecipient is the fate of one recipient.
type DSNRecipient struct {
	// Final is the address delivery was tried to. Original is the ORCPT value
	// with its type ("rfc822;a@example.test"), or "".
	Final, Original string
	Action          DSNAction
	// Status is the enhanced status code, such as "5.1.1".
	Status string
	// RemoteMTA is the host that answered and Diagnostic its answer; both may
	// be empty.
	RemoteMTA, Diagnostic string
	// LastAttempt and WillRetryUntil may be zero.
	LastAttempt, WillRetryUntil time.Time
}

// DSN is a delivery status notification (RFC 3464; RFC 6533 if UTF8 is set).
type DSN struct {
	Heading
	// Text is what people read; it should say what happened to whom and what
	// can be done.
	Text string
	// ReportingMTA is our host name, EnvelopeID the ENVID of the message (or "").
	ReportingMTA, EnvelopeID string
	Arrival                  time.Time
	Recipients               []DSNRecipient
	// Original is the message the notice is about. Return says how much of it
	// is sent back.
	Original []byte
	Return   DSNReturn
	// UTF8 says that the receiver takes RFC 6532 headers.
	UTF8 bool
}

// DSNReturn says how much of the original a notice carries (RET, RFC 3461 §4.3).
type DSNReturn uint8

const (
	// ReturnHeader sends the header of the original back.
	ReturnHeader DSNReturn = iota
	// ReturnFull sends all of it back.
	ReturnFull
)

// Build gives the message with CRLF line ends; its envelope sender must be empty.
// [ErrBadField] is the only error.
func (d DSN) Build() ([]byte, error) {
	if d.AutoSubmitted == "" {
		d.AutoSubmitted = "auto-replied"
	}
	var b bytes.Buffer
	if err := d.write(&b); err != nil {
		return nil, err
	}
	status, err := d.status()
	if err != nil {
		return nil, err
	}
	writeMultipart(&b, "multipart/report; report-type=delivery-status",
		textPart("text/plain", d.Text), status, d.original())
	return b.Bytes(), nil
}

// status gives the machine-readable part.
func (d DSN) status() ([]byte, error) {
	global := d.UTF8 && d.needsUTF8()
	var b statusWriter
	if global {
		b.WriteString("Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	} else {
		b.WriteString("Content-Type: message/delivery-status\r\n\r\n")
	}
	b.field("Reporting-MTA", prefixed("dns; ", d.ReportingMTA))
	b.field("Original-Envelope-Id", d.EnvelopeID)
	b.date("Arrival-Date", d.Arrival)
	for _, r := range d.Recipients {
		b.WriteString("\r\n")
		b.field("Original-Recipient", asciiTyped(r.Original, global))
		b.field("Final-Recipient", typedAddress(r.Final, global))
		b.field("Action", string(r.Action))
		b.field("Status", r.Status)
		b.field("Remote-MTA", prefixed("dns; ", r.RemoteMTA))
		diagnostic := oneLine(guessString(clip(r.Diagnostic, 2000)))
		if !global {
			diagnostic = strings.Map(asciiOnly, diagnostic)
		}
		b.field("Diagnostic-Code", prefixed("smtp; ", diagnostic))
		b.date("Last-Attempt-Date", r.LastAttempt)
		b.date("Will-Retry-Until", r.WillRetryUntil)
	}
	return b.Bytes(), b.err
}

func (d DSN) needsUTF8() bool {
	for _, r := range d.Recipients {
		if !isASCII(r.Final) || !isASCII(r.Original) {
			return true
		}
	}
	return !isASCII(string(HeaderOf(d.Original)))
}

// original gives the part that holds the message, or its header, sent back.
func (d DSN) original() []byte {
	header := HeaderOf(d.Original)
	content, kind := []byte(header), "text/rfc822-headers"
	if d.Return == ReturnFull {
		content, kind = d.Original, "message/rfc822"
	}
	content = bytes.ReplaceAll(NormalizeCRLF(content), []byte{0}, []byte("?"))
	encoding := ""
	if !isASCII(string(content)) {
		encoding = "Content-Transfer-Encoding: 8bit\r\n"
	}
	if d.UTF8 && !isASCII(string(header)) && utf8.Valid(header) {
		kind = "message/global-headers"
		if d.Return == ReturnFull {
			kind = "message/global"
		}
	}
	return append([]byte("Content-Type: "+kind+"\r\n"+encoding+"\r\n"), content...)
}

// statusWriter writes fields and keeps the first error.
type statusWriter struct {
	bytes.Buffer
	err error
}

func (w *statusWriter) field(name, value string) {
	if value == "" || w.err != nil {
		return
	}
	line, err := FormatField(name, value)
	if w.err = err; err == nil {
		w.Write(line)
	}
}

func (w *statusWriter) date(name string, t time.Time) {
	if !t.IsZero() {
		w.field(name, FormatDate(t))
	}
}

func prefixed(prefix, value string) string {
	if value == "" {
		return ""
	}
	return prefix + value
}

// typedAddress writes an address with its type; without 8-bit fields a UTF-8
// address takes the unitext form of RFC 6533 §3.
func typedAddress(address string, global bool) string {
	switch {
	case isASCII(address):
		return "rfc822; " + address
	case global:
		return "utf-8; " + address
	}
	return "utf-8; " + unitext(address)
}

func asciiTyped(typed string, global bool) string {
	if global || isASCII(typed) {
		return typed
	}
	return unitext(typed)
}

func unitext(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > ' ' && r < 0x7f && r != '+' && r != '=' && r != '\\' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\x{%X}`, r)
		}
	}
	return b.String()
}

func asciiOnly(r rune) rune {
	if r >= 0x80 {
		return '?'
	}
	return r
}
