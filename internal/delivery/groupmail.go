package delivery

import (
	"context"
	"strings"

	"postroom/internal/message"
	"postroom/internal/store"
)

// answerGroups does what is asked at the groups' own addresses (group+subscribe@
// and the like); what is refused there is refused like any recipient.
func (d *drop) answerGroups(ctx context.Context) {
	for i := range d.targets {
		t := &d.targets[i]
		if t.err != nil || t.route.Mail == nil {
			continue
		}
		if isAutomatic(d.raw) {
			// Taken and dropped: an answer could be answered for ever.
			d.agent.opts.Logger.Info("delivery: mail of a program to a group's own address is dropped", "recipient", t.name, "sender", d.sender)
			continue
		}
		t.err = d.agent.opts.Store.AnswerGroup(ctx, t.route.Mail, store.GroupMessage{From: d.author(), SignedIn: d.signedIn})
	}
}

// author is the one address in From, else the envelope sender.
func (d *drop) author() string {
	header := message.HeaderOf(d.raw)
	if header.Count("From") == 1 {
		if list := header.Addresses("From"); len(list) == 1 && list[0].Kind == message.Mailbox && list[0].Host != "" {
			return list[0].String()
		}
	}
	return d.sender
}

// isAutomatic reports whether a program wrote a message: as RFC 3834 §5 marks it, as
// lists and reports do, or as the many do that came before.
func isAutomatic(raw []byte) bool {
	header := message.HeaderOf(raw)
	keyword, _, _ := strings.Cut(header.Get("Auto-Submitted"), ";")
	if keyword = strings.TrimSpace(keyword); keyword != "" && !strings.EqualFold(keyword, "no") {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(header.Get("Precedence"))) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	report := strings.HasPrefix(strings.ToLower(strings.TrimSpace(header.Get("Content-Type"))), "multipart/report")
	return report || header.Count("List-Id") > 0 || header.Count("X-Autoreply") > 0 || header.Count("X-Autorespond") > 0
}
