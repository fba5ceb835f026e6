package message

import (
	"bytes"
	"strings"
)

// MDN is a message disposition notification (RFC 8098): what somebody, or their
// program, did with a message.
type MDN struct {
	Heading
	// Text is what people read.
	Text string
	// ReportingUA and Gateway may be empty. Gateway, Recipient fields and Error are
	// as they stand in the report: Original and Final with their types.
	ReportingUA, Gateway string
	Original, Final      string
	// OriginalMessageID is without brackets; empty for none.
	OriginalMessageID string
	// ActionMode, SendingMode and Type are in lower case: "manual-action",
	// "mdn-sent-manually", "displayed".
	ActionMode, SendingMode, Type string
	Error                         []string
	// Extension fields, in order.
	Extension [][2]string
	// Returned is the message the notification is about, nil when it does not go
	// back.
	Returned []byte
}

// maxMDNFields bounds the fields that are read of a report.
const maxMDNFields = 100

// Build gives the message with CRLF line ends; its envelope sender must be empty
// (RFC 8098 §3). [ErrBadField] is the only error.
func (m MDN) Build() ([]byte, error) {
	if m.AutoSubmitted == "" {
		m.AutoSubmitted = "auto-replied"
		if m.SendingMode == "mdn-sent-manually" {
			m.AutoSubmitted = "no" // RFC 3834 §5: a person saw to it
		}
	}
	var b bytes.Buffer
	if err := m.write(&b); err != nil {
		return nil, err
	}
	report, err := m.report()
	if err != nil {
		return nil, err
	}
	parts := [][]byte{textPart("text/plain", m.Text), report}
	if m.Returned != nil {
		parts = append(parts, DSN{Original: m.Returned, Return: ReturnFull}.original())
	}
	writeMultipart(&b, "multipart/report; report-type=disposition-notification", parts...)
	return b.Bytes(), nil
}

// report gives the machine-readable part (RFC 8098 §3.1).
func (m MDN) report() ([]byte, error) {
	var b statusWriter
	b.WriteString("Content-Type: message/disposition-notification\r\n\r\n")
	b.field("Reporting-UA", m.ReportingUA)
	b.field("MDN-Gateway", m.Gateway)
	b.field("Original-Recipient", asciiTyped(m.Original, false))
	b.field("Final-Recipient", asciiTyped(m.Final, false))
	if m.OriginalMessageID != "" {
		b.field("Original-Message-ID", "<"+m.OriginalMessageID+">")
	}
	b.field("Disposition", m.ActionMode+"/"+m.SendingMode+"; "+m.Type)
	for _, text := range m.Error {
		b.field("Error", text)
	}
	for _, f := range m.Extension {
		b.field(f[0], f[1])
	}
	return b.Bytes(), b.err
}

// ParseMDN reads a message that is a disposition notification; false when it is
// none.
func ParseMDN(raw []byte) (m MDN, ok bool) {
	root := Index(raw)
	var report, text *Part
	root.Walk(func(p *Part) bool {
		switch {
		case report == nil && (p.Is("message", "disposition-notification") || p.Is("message", "global-disposition-notification")):
			report = p
		case text == nil && p.Is("text", "plain") && report == nil:
			text = p
		}
		return !p.Is("message", "rfc822") // what is sent back is no notification of its own
	})
	if report == nil || !root.Is("multipart", "report") {
		return m, false
	}
	m.Subject = HeaderOf(raw).Decoded("Subject")
	if text != nil {
		if b, err := text.DecodePrefix(raw, maxText); err == nil {
			m.Text = DecodeCharset(b, text.Param("charset"))
		}
	}
	body, err := report.DecodePrefix(raw, maxText)
	if err != nil {
		return m, false
	}
	// The fields are a header of their own, before any second block.
	m.read(Header(append(bytes.TrimLeft(NormalizeCRLF(body), "\r\n"), "\r\n"...)))
	for _, p := range root.Children {
		if p.Is("message", "rfc822") {
			m.Returned = p.Body(raw)
		}
	}
	return m, m.Final != "" && m.ActionMode != "" && m.SendingMode != "" && m.Type != ""
}

// read takes the fields of a report.
func (m *MDN) read(h Header) {
	n := 0
	for f := range h.Fields() {
		if n++; n > maxMDNFields {
			return
		}
		value := strings.TrimSpace(DecodeWords(f.Text()))
		switch name := string(f.Name); strings.ToLower(name) {
		case "reporting-ua":
			m.ReportingUA = value
		case "mdn-gateway":
			m.Gateway = value
		case "original-recipient":
			m.Original = value
		case "final-recipient":
			m.Final = value
		case "original-message-id":
			m.OriginalMessageID = strings.Trim(value, "<> \t")
		case "disposition":
			m.readDisposition(value)
		case "error", "failure", "warning":
			m.Error = append(m.Error, value)
		default:
			m.Extension = append(m.Extension, [2]string{name, value})
		}
	}
}

// readDisposition reads "manual-action/MDN-sent-manually; displayed" with what may
// follow (RFC 8098 §3.2.6).
func (m *MDN) readDisposition(value string) {
	modes, kind, _ := strings.Cut(strings.ToLower(value), ";")
	action, sending, _ := strings.Cut(modes, "/")
	kind, _, _ = strings.Cut(kind, "/")
	action, sending, kind = strings.TrimSpace(action), strings.TrimSpace(sending), strings.TrimSpace(kind)
	if IsDisposition(action, sending, kind) {
		m.ActionMode, m.SendingMode, m.Type = action, sending, kind
	}
}

// IsDisposition reports whether these are modes and a type of RFC 8098 §3.2.6.
func IsDisposition(actionMode, sendingMode, kind string) bool {
	switch kind {
	case "deleted", "dispatched", "displayed", "processed":
		return (actionMode == "manual-action" || actionMode == "automatic-action") &&
			(sendingMode == "mdn-sent-manually" || sendingMode == "mdn-sent-automatically")
	}
	return false
}

// ReceiptTo lists who asks for a disposition notification (RFC 8098 §2.1), nobody
// for a message to which none is made: one that is a report itself, or wants what
// nobody here knows (§2.2).
func ReceiptTo(h Header) []Address {
	if f, is := h.Lookup("Content-Type"); is {
		if kind, _, _ := parseContentType(f.Value); kind == "multipart" {
			if _, sub, _ := parseContentType(f.Value); sub == "report" {
				return nil
			}
		}
	}
	if h.Count("Disposition-Notification-To") != 1 {
		return nil
	}
	options := strings.ToLower(h.Get("Disposition-Notification-Options"))
	for _, option := range strings.Split(options, ";") {
		if _, value, _ := strings.Cut(option, "="); strings.HasPrefix(strings.TrimSpace(value), "required") {
			return nil
		}
	}
	var list []Address
	for _, a := range h.Addresses("Disposition-Notification-To") {
		if a.Kind == Mailbox && a.Host != "" {
			list = append(list, a)
		}
	}
	return list
}
