package delivery

import (
	"bytes"
	"context"
	"strings"

	"postroom/internal/addr"
	"postroom/internal/mailauth"
	"postroom/internal/message"
)

// prepare makes the trace fields of a message that came from a peer, and takes out
// of the message what only this server may say.
func (a *Agent) prepare(ctx context.Context, m Mail) *drop {
	d := &drop{agent: a, sender: m.Sender, utf8: m.SMTPUTF8, addresses: addressesOf(m.Recipients)}
	d.raw = withoutReturnPath(m.Raw)
	d.trace = a.received(m)
	if m.Peer.Trust == Relay {
		return d
	}
	d.raw = mailauth.StripResults(d.raw, a.opts.Hostname)
	if a.opts.Resolver == nil {
		return d
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	sender := mailauth.Sender{IP: m.Peer.IP, Helo: m.Peer.Helo, From: m.Sender}
	verdict, err := mailauth.Check(ctx, a.opts.Resolver, sender, bytes.NewReader(m.Raw))
	if err != nil {
		a.opts.Logger.Warn("delivery: sender checks", "id", m.Peer.ID, "error", err)
	}
	// Above Received: RFC 8601 §4 wants it where trace fields go.
	d.trace = append([]byte(verdict.Header(a.opts.Hostname)), d.trace...)
	d.forged = verdict.SPF.Value == mailauth.Fail || verdict.DMARC.Value == mailauth.Fail && verdict.DMARC.Policy != "none"
	return d
}

// received is the Received field (RFC 5321 §4.4). It names the recipient only when
// there is one: nobody learns of the others.
func (a *Agent) received(m Mail) []byte {
	var b bytes.Buffer
	b.WriteString("Received: ")
	if m.Peer.Helo != "" {
		b.WriteString("from " + m.Peer.Helo)
		if ip := m.Peer.IP; ip.IsValid() {
			literal := ip.String()
			if ip.Is6() {
				literal = "IPv6:" + literal
			}
			b.WriteString(" ([" + literal + "])")
		}
		b.WriteString("\r\n\t")
	}
	b.WriteString("by " + a.opts.Hostname)
	if m.Peer.With != "" {
		b.WriteString(" with " + m.Peer.With)
	}
	if m.Peer.TLS != "" {
		b.WriteString(" (" + m.Peer.TLS + ")")
	}
	if m.Peer.ID != "" {
		b.WriteString(" id " + m.Peer.ID)
	}
	if len(m.Recipients) == 1 {
		b.WriteString("\r\n\tfor <" + m.Recipients[0].Address + ">")
	}
	b.WriteString(";\r\n\t" + message.FormatDate(a.opts.Now()) + "\r\n")
	return b.Bytes()
}

// withoutReturnPath drops Return-Path fields: final delivery writes the only one
// (RFC 5321 §4.4).
func withoutReturnPath(raw []byte) []byte { return message.RemoveFields(raw, "Return-Path") }

// hasDeliveredTo reports whether a message has passed this address before.
func hasDeliveredTo(header message.Header, address string) bool {
	for f := range header.Fields() {
		if !f.Is("Delivered-To") {
			continue
		}
		if seen, err := addr.Parse(strings.Trim(f.Text(), "<> ")); err == nil && seen.Canonical().String() == address {
			return true
		}
	}
	return false
}

// listID is the List-Id field (RFC 2919) of a group, nil when its address has no
// such form.
func listID(address string) []byte {
	group, err := addr.Parse(address)
	if err != nil || address != group.Local+"@"+group.Domain || group.HasNonASCII() {
		return nil
	}
	return []byte("List-Id: <" + group.Local + "." + group.Domain + ">\r\n")
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
