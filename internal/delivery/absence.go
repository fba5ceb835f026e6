package delivery

import (
	"crypto/rand"
	"slices"

	"postroom/internal/addr"
	"postroom/internal/message"
	"postroom/internal/store"
)

// answer prepares the automatic reply of an account that is away, if the message
// is one that gets replies (RFC 3834). Whether its sender has been answered is
// decided where the reply is stored, with the message.
func (d *drop) answer(t target) {
	away := t.route.Absence
	if away == nil {
		return
	}
	log := d.agent.opts.Logger
	reason := message.Unanswerable(d.header, d.sender, ownAddress(away.Addresses))
	if reason == "" && d.forged {
		reason = "sender may be forged" // RFC 3834 §2: the reply would go to somebody else
	}
	if reason != "" {
		log.Debug("delivery: no automatic reply", "for", t.name, "reason", reason)
		return
	}
	reply, err := d.agent.reply(t.address, d.sender, d.header, away)
	if err != nil {
		log.Warn("delivery: automatic reply not made", "for", t.name, "error", err)
		return
	}
	d.replies = append(d.replies, reply)
}

// ownAddress tells whether an address, however spelled and with whatever detail, is
// one of some canonical ones.
func ownAddress(addresses []string) func(string) bool {
	return func(address string) bool {
		a, err := addr.Parse(address)
		if err != nil {
			return false
		}
		a = a.Canonical()
		return slices.Contains(addresses, a.String()) || slices.Contains(addresses, a.Base().String())
	}
}

// reply makes an automatic reply to sender from the address that was written to
// (RFC 3834 §3.1), signed for its domain.
func (a *Agent) reply(from addr.Address, sender string, h message.Header, away *store.Absence) (store.Reply, error) {
	to, err := addr.Parse(sender)
	if err != nil {
		return store.Reply{}, err
	}
	from, to = from.ASCII(), to.ASCII()
	n := message.Notice{Text: away.Text, Heading: message.Heading{
		FromName: away.Name, From: from.String(), To: []string{to.String()},
		Subject: message.ReplySubject(away.Subject, h.Decoded("Subject")), Date: a.opts.Now(),
		MessageID: rand.Text() + "@" + from.Domain, AutoSubmitted: "auto-replied",
		References: message.ReplyReferences(h),
		Extra:      [][]byte{[]byte("X-Auto-Response-Suppress: All\r\n")},
	}}
	if ids := h.MessageIDs("Message-ID"); len(ids) > 0 {
		n.InReplyTo = ids[0]
	}
	raw, err := n.Build()
	if err != nil {
		return store.Reply{}, err
	}
	if away.Domain.DKIMKey != "" {
		signature, err := a.keys.Sign(raw, away.Domain.Name, away.Domain.DKIMSelector, away.Domain.DKIMKey)
		if err != nil {
			a.opts.Logger.Error("delivery: automatic reply not signed", "domain", away.Domain.Name, "error", err)
		}
		raw = message.Prepend(raw, []byte(signature))
	}
	return store.Reply{Absence: away, To: to.String(), Raw: raw, SMTPUTF8: from.NeedsSMTPUTF8() || to.NeedsSMTPUTF8()}, nil
}
