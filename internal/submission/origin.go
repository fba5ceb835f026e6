package submission

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/message"
	"postroom/internal/store"
)

// maxOrigins is how many different addresses a message may claim to be from: each
// costs a decision.
const maxOrigins = 20

// traceFields are fields in which programs write who or what really sent.
var traceFields = []string{
	"Received", "X-Received", "X-Sender", "X-X-Sender", "X-Original-Sender", "X-Env-Sender", "X-Envelope-From",
	"X-Originating-IP", "X-Originating-Email", "X-Originating-Client", "X-Originating-User", "X-Originating-Host",
	"X-Authenticated-Sender", "X-Authenticated-User", "X-Authenticated-By", "X-AuthUser", "X-Auth-User",
	"X-Authentication-Warning", "X-Original-From", "X-Real-From", "X-Real-Sender", "X-Client-IP", "X-Client-Addr",
	"X-Source-IP", "X-Get-Message-Sender-Via", "X-Google-Original-From", "X-Identity-Key", "X-Account-Key",
	"Originator", "Original-Sender", "X-Mozilla-Draft-Info", "Fcc",
}

// origin is what has been found and permitted about who a message is from.
type origin struct {
	// from is the identity of the one From address.
	from *store.Identity
	// resent is the identity of the topmost Resent-From, nil without.
	resent *store.Identity
	// actor is the address of who signed in, with name.
	actor, actorName string
	// own: From is an address of the actor's own.
	own bool
}

// checkOrigin decides who the message is from. Every address of From, Sender,
// Resent-From and Resent-Sender needs a right of its own.
func checkOrigin(ctx context.Context, s *store.Session, m Mail) (*origin, error) {
	header := message.HeaderOf(m.Raw)
	if !m.SMTPUTF8 && hasNonASCII(header) {
		return nil, postroom.Errorf(postroom.Invalid, "the header has 8-bit characters: use encoded words, or SMTPUTF8")
	}
	found, err := message.OriginAddresses(m.Raw)
	if err != nil {
		return nil, invalidOrigin(err)
	}
	if err := checkCounts(found, header); err != nil {
		return nil, err
	}
	o := &origin{actor: s.Actor().Address}
	known := map[string]*store.Identity{}
	for _, claim := range found.Addresses {
		id, err := identify(ctx, s, claim, known)
		if err != nil {
			return nil, err
		}
		switch claim.Field {
		case message.OriginFrom:
			o.from = id
		case message.OriginResentFrom:
			if o.resent == nil {
				o.resent = id
			}
		}
	}
	o.own = o.from.Right == 0
	o.actorName = o.from.SenderName
	return o, nil
}

// identify turns one claim into the proof that it may be made.
func identify(ctx context.Context, s *store.Session, claim message.OriginAddress, known map[string]*store.Identity) (*store.Identity, error) {
	parsed, err := addr.Parse(addr.Address{Local: claim.Local, Domain: claim.Domain}.String())
	if err != nil {
		return nil, postroom.Errorf(postroom.Invalid, "%s: %s", claim.Field, postroom.TextOf(err))
	}
	key := parsed.Canonical().String()
	if id := known[key]; id != nil {
		return id, nil
	}
	if len(known) == maxOrigins {
		return nil, postroom.Errorf(postroom.Invalid, "the message names too many senders")
	}
	id, err := s.Identity(ctx, key)
	if err != nil {
		return nil, err
	}
	known[key] = id
	return id, nil
}

// checkCounts wants one author and at most one Sender (RFC 5322 §3.6.2 permits
// several authors; no right to send could be decided for them).
func checkCounts(found *message.Origins, header message.Header) error {
	switch {
	case found.From == 0:
		return postroom.Errorf(postroom.Invalid, "the message has no From field")
	case found.From > 1:
		return postroom.Errorf(postroom.Denied, "the message has %d From fields; one is allowed", found.From)
	case found.Sender > 1:
		return postroom.Errorf(postroom.Denied, "the message has %d Sender fields; one is allowed", found.Sender)
	}
	authors := 0
	for _, a := range found.Addresses {
		if a.Field == message.OriginFrom {
			authors++
		}
	}
	if authors != 1 {
		return postroom.Errorf(postroom.Denied, "From names %d addresses; one is allowed", authors)
	}
	for _, name := range []string{"From", "Resent-From"} {
		for _, a := range header.Addresses(name) {
			if a.Kind != message.Mailbox {
				return postroom.Errorf(postroom.Denied, "%s uses group syntax; a single address is allowed", name)
			}
		}
	}
	return nil
}

func invalidOrigin(err error) error {
	var bad *message.OriginError
	if errors.As(err, &bad) {
		if bad.Field == "" {
			return postroom.Errorf(postroom.Invalid, "header: %s", bad.Reason).By(err)
		}
		return postroom.Errorf(postroom.Invalid, "%s: %s", bad.Field, bad.Reason).By(err)
	}
	return fmt.Errorf("origin: %w", err)
}

// display applies the displayed-sender rule: semantics.md §3, RFC 5322 §3.6.2.
func (o *origin) display(raw []byte, wish Display) ([]byte, error) {
	sender, name := o.from.Sender, o.from.SenderName
	if sender == "" && wish == ShowActor && !o.own {
		sender = o.actor
	}
	if strings.EqualFold(sender, o.from.Address) {
		sender = "" // RFC 5322 §3.6.2: not when it says the same as From
	}
	if !o.own || o.sameSender(raw) {
		raw = message.RemoveFields(raw, "Sender")
	}
	if o.hidden() && sender == "" {
		raw = message.RemoveFields(raw, traceFields...)
	}
	var fields [][]byte
	if sender != "" {
		field, err := message.FormatField("Sender", message.FormatAddress(name, sender))
		if err != nil {
			return nil, err
		}
		fields = append(fields, field)
	}
	raw, err := o.displayResent(raw)
	if err != nil {
		return nil, err
	}
	return message.Prepend(raw, fields...), nil
}

// hidden reports whether the person stands behind another address, unseen.
func (o *origin) hidden() bool {
	return !o.own && o.from.Sender == "" || o.resent != nil && o.resent.Right != 0 && o.resent.Sender == ""
}

// sameSender reports whether a Sender field says the same as From.
func (o *origin) sameSender(raw []byte) bool {
	for _, a := range message.HeaderOf(raw).Addresses("Sender") {
		if (addr.Address{Local: a.Mailbox, Domain: a.Host}).Canonical().String() == o.from.Address {
			return true
		}
	}
	return false
}

// displayResent is the same rule for a message sent on (RFC 5322 §3.6.6).
func (o *origin) displayResent(raw []byte) ([]byte, error) {
	if o.resent == nil {
		return raw, nil
	}
	raw = message.RemoveFields(raw, "Resent-Sender")
	if o.resent.Sender == "" {
		return raw, nil
	}
	field, err := message.FormatField("Resent-Sender", message.FormatAddress(o.resent.SenderName, o.resent.Sender))
	if err != nil {
		return nil, err
	}
	return message.Prepend(raw, field), nil
}

func hasNonASCII(h message.Header) bool {
	for _, c := range h {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// isForward reads a Subject as people and programs write it.
func isForward(subject string) bool {
	prefix, _, ok := strings.Cut(subject, ":")
	if !ok {
		return false
	}
	switch strings.ToLower(strings.TrimSpace(prefix)) {
	case "fwd", "fw", "wg", "tr", "rv", "i", "enc", "vs", "pd":
		return true
	}
	return false
}
