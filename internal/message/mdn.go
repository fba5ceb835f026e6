package message

import "bytes"

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
