// Package mdn reads message disposition notifications (RFC 8098), and what asks for
// them. [message.MDN] writes them.
package mdn

import (
	"bytes"
	"strings"

	"postroom/internal/message"
)

const (
	// maxFields bounds the fields that are read of a report, and maxText the bytes
	// of each part.
	maxFields, maxText = 100, 64 << 10
)

// Parse reads a message that is a disposition notification; false when it is
// none.
func Parse(raw []byte) (m message.MDN, ok bool) {
	root := message.Index(raw)
	var report, text *message.Part
	root.Walk(func(p *message.Part) bool {
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
	m.Subject = message.HeaderOf(raw).Decoded("Subject")
	if text != nil {
		if b, err := text.DecodePrefix(raw, maxText); err == nil {
			m.Text = message.DecodeCharset(b, text.Param("charset"))
		}
	}
	body, err := report.DecodePrefix(raw, maxText)
	if err != nil {
		return m, false
	}
	// The fields are a header of their own, before any second block.
	readFields(&m, message.Header(append(bytes.TrimLeft(message.NormalizeCRLF(body), "\r\n"), "\r\n"...)))
	for _, p := range root.Children {
		if p.Is("message", "rfc822") {
			m.Returned = p.Body(raw)
		}
	}
	return m, m.Final != "" && m.ActionMode != "" && m.SendingMode != "" && m.Type != ""
}

// readFields takes the fields of a report.
func readFields(m *message.MDN, h message.Header) {
	n := 0
	for f := range h.Fields() {
		if n++; n > maxFields {
			return
		}
		value := strings.TrimSpace(message.DecodeWords(f.Text()))
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
			readDisposition(m, value)
		case "error", "failure", "warning":
			m.Error = append(m.Error, value)
		default:
			m.Extension = append(m.Extension, [2]string{name, value})
		}
	}
}

// readDisposition reads "manual-action/MDN-sent-manually; displayed" with what may
// follow (RFC 8098 §3.2.6).
func readDisposition(m *message.MDN, value string) {
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

// Wanted lists who asks for a disposition notification (RFC 8098 §2.1), nobody
// for a message to which none is made: one that is a report itself, or wants what
// nobody here knows (§2.2).
func Wanted(h message.Header) []message.Address {
	report := strings.HasPrefix(strings.ToLower(strings.TrimSpace(h.Get("Content-Type"))), "multipart/report")
	if report || h.Count("Disposition-Notification-To") != 1 {
		return nil
	}
	options := strings.ToLower(h.Get("Disposition-Notification-Options"))
	for _, option := range strings.Split(options, ";") {
		if _, value, _ := strings.Cut(option, "="); strings.HasPrefix(strings.TrimSpace(value), "required") {
			return nil
		}
	}
	var list []message.Address
	for _, a := range h.Addresses("Disposition-Notification-To") {
		if a.Kind == message.Mailbox && a.Host != "" {
			list = append(list, a)
		}
	}
	return list
}
