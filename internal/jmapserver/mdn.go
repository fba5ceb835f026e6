package jmapserver

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/jmapwire"
	"postroom/internal/message"
	"postroom/internal/message/mdn"
	"postroom/internal/store"
	"postroom/internal/submission"
)

// mdnCapability is of disposition notifications (RFC 9007).
const mdnCapability = "urn:ietf:params:jmap:mdn"

const (
	// mdnSent is the keyword of a message that was answered so (RFC 3503).
	mdnSent = "$mdnsent"
	// maxMDNText and maxMDNField bound what a client writes into one, in bytes.
	maxMDNText, maxMDNField = 64 << 10, 1000
	// maxMDNExtensions and maxMDNRecipients bound fields and who gets one.
	maxMDNExtensions, maxMDNRecipients = 20, 20
)

// mdnSendArgs are those of MDN/send (RFC 9007 §2.1).
type mdnSendArgs struct {
	AccountID  jmapwire.ID                      `jmap:"accountId,required"`
	IdentityID jmapwire.Ref                     `jmap:"identityId,required"`
	Send       map[jmapwire.ID]json.RawMessage  `jmap:"send,required"`
	OnSuccess  map[jmapwire.Ref]json.RawMessage `jmap:"onSuccessUpdateEmail"`
}

// newMDN is an MDN object to be sent. What the server alone sets may be null.
type newMDN struct {
	ForEmailID  jmapwire.Ref       `jmap:"forEmailId,required"`
	Subject     *string            `jmap:"subject"`
	TextBody    *string            `jmap:"textBody"`
	Include     bool               `jmap:"includeOriginalMessage"`
	ReportingUA *string            `jmap:"reportingUA"`
	Disposition json.RawMessage    `jmap:"disposition,required"`
	Gateway     *string            `jmap:"mdnGateway"`
	Original    *string            `jmap:"originalRecipient"`
	Final       *string            `jmap:"finalRecipient"`
	OriginalID  *string            `jmap:"originalMessageId"`
	Error       *[]string          `jmap:"error"`
	Extension   map[string]*string `jmap:"extensionFields"`
}

// disposition is a Disposition object.
type disposition struct {
	ActionMode  string `json:"actionMode" jmap:"actionMode,required"`
	SendingMode string `json:"sendingMode" jmap:"sendingMode,required"`
	Type        string `json:"type" jmap:"type,required"`
}

// mdnWasSent is the response of MDN/send.
type mdnWasSent struct {
	AccountID jmapwire.ID                     `json:"accountId"`
	Sent      map[jmapwire.ID]any             `json:"sent"`
	NotSent   map[jmapwire.ID]*jmapwire.Error `json:"notSent"`
}

// mdnSend is MDN/send: what a message asked for is sent, and the message marked.
func (c *call) mdnSend(a mdnSendArgs) (any, error) {
	if !slices.Contains(c.using, mailCapability) {
		return nil, jmapwire.Fail("unknownMethod") // RFC 9007 §2.1
	}
	m, err := c.mail(a.AccountID)
	if own := (*jmapwire.Error)(nil); postroom.KindOf(err) == postroom.NotFound || errors.As(err, &own) {
		return nil, jmapwire.InvalidArguments("no such account")
	}
	if err != nil {
		return nil, err
	}
	identity, err := c.identityToSend(m, a.IdentityID)
	if own := (*jmapwire.Error)(nil); errors.As(err, &own) {
		return nil, jmapwire.InvalidArguments("no such identity: you may not send as it, or not any more")
	}
	if err != nil {
		return nil, err
	}
	if err := tooMany(len(a.Send), limits.ObjectsInSet); err != nil {
		return nil, err
	}
	out := mdnWasSent{AccountID: a.AccountID}
	update := jmapwire.Set{AccountID: a.AccountID}
	for _, key := range slices.Sorted(maps.Keys(a.Send)) {
		if !key.Valid() {
			return nil, jmapwire.InvalidArguments("send has a key that is no id")
		}
		patch := a.OnSuccess[jmapwire.Ref("#"+key)]
		n := &outgoingMDN{call: c, mail: m, identity: identity}
		if err := n.send(a.Send[key], patch); err != nil {
			if c.ctx.Err() != nil {
				return nil, c.ctx.Err()
			}
			put(&out.NotSent, key, c.setError("MDN/send", err))
			continue
		}
		put(&out.Sent, key, any(n.told))
		if update.Update == nil {
			update.Update = make(map[jmapwire.Ref]json.RawMessage)
		}
		update.Update[jmapwire.Ref(jmapwire.EmailID(m.Account(), n.email.ID))] = patch
	}
	if update.Update == nil {
		return out, nil
	}
	return out, c.implied("Email/set", func() (any, error) { return c.emailSet(update) })
}

// outgoingMDN is a notification on its way.
type outgoingMDN struct {
	call     *call
	mail     *store.Mail
	identity postroom.Identity
	new      newMDN
	mode     disposition
	email    store.Email
	original []byte
	told     map[string]any // what the client did not set
}

func (n *outgoingMDN) send(raw, patch json.RawMessage) error {
	if err := n.parse(raw); err != nil {
		return err
	}
	if !marksSent(patch) {
		return jmapwire.InvalidProperties("onSuccessUpdateEmail must set "+mdnSent, "forEmailId")
	}
	c := n.call
	var err error
	if n.email, n.original, err = c.emailToSend(n.mail, n.new.ForEmailID); isOwn(err) {
		return jmapwire.Fail("notFound")
	}
	if err != nil {
		return err
	}
	to, err := n.recipients()
	if err != nil {
		return err
	}
	text, err := n.build(to)
	if errors.Is(err, message.ErrBadField) {
		return jmapwire.InvalidProperties("something in it cannot stand in a header")
	}
	if err != nil {
		return err
	}
	out := submission.Mail{NullSender: true, Raw: text, SMTPUTF8: true, With: "HTTP"}
	for _, address := range to {
		if err := c.session.MaySendTo(c.ctx, address); err != nil {
			return err
		}
		out.Recipients = append(out.Recipients, store.Recipient{Address: address, Notify: "NEVER"})
	}
	if err := n.claim(); err != nil {
		return err
	}
	if _, err = c.server.opts.Submission.Submit(c.ctx, c.session, out); err != nil {
		return errors.Join(submitError(err), n.release())
	}
	return nil
}

// parse reads the MDN object.
func (n *outgoingMDN) parse(raw json.RawMessage) error {
	var o, mode jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return jmapwire.InvalidProperties("not an object")
	}
	if bad := jmapwire.Decode(o, &n.new); bad != nil {
		return jmapwire.InvalidProperties(bad.Description, bad.Properties...)
	}
	if json.Unmarshal(n.new.Disposition, &mode) != nil || mode == nil || jmapwire.Decode(mode, &n.mode) != nil ||
		!mdn.IsDisposition(n.mode.ActionMode, n.mode.SendingMode, n.mode.Type) {
		return jmapwire.InvalidProperties("has an actionMode, a sendingMode and a type of RFC 9007", "disposition")
	}
	for name, set := range map[string]bool{"mdnGateway": n.new.Gateway != nil, "originalRecipient": n.new.Original != nil,
		"originalMessageId": n.new.OriginalID != nil, "error": n.new.Error != nil} {
		if set {
			return jmapwire.InvalidProperties("is set by the server", name)
		}
	}
	for name, text := range map[string]*string{"subject": n.new.Subject, "reportingUA": n.new.ReportingUA, "finalRecipient": n.new.Final} {
		if text != nil && (len(*text) > maxMDNField || strings.ContainsAny(*text, "\r\n\x00")) {
			return jmapwire.InvalidProperties("is one line of at most 1000 bytes", name)
		}
	}
	if n.new.TextBody != nil && len(*n.new.TextBody) > maxMDNText {
		return &jmapwire.Error{Type: "tooLarge", MaxSize: maxMDNText}
	}
	return checkExtensions(n.new.Extension)
}

// ownMDNFields are those of the report that are no extensions.
var ownMDNFields = []string{"reporting-ua", "mdn-gateway", "original-recipient", "final-recipient", "original-message-id", "disposition", "error",
	"failure", "warning"}

func checkExtensions(fields map[string]*string) error {
	wrong := jmapwire.InvalidProperties("are at most 20 fields of their own, of one line each", "extensionFields")
	if len(fields) > maxMDNExtensions {
		return wrong
	}
	for name, value := range fields {
		if value == nil || len(name)+len(*value) > maxMDNField || strings.ContainsAny(*value, "\r\n\x00") || slices.Contains(ownMDNFields, strings.ToLower(name)) {
			return wrong
		}
	}
	return nil
}

// marksSent reports whether a patch of an Email sets the keyword.
func marksSent(patch json.RawMessage) bool {
	patches, bad := jmapwire.ParsePatch(patch)
	if len(patch) == 0 || bad != nil {
		return false
	}
	for _, p := range patches {
		switch {
		case len(p.Path) == 2 && p.Path[0] == "keywords" && p.Path[1] == mdnSent:
			return string(p.Value) == "true"
		case len(p.Path) == 1 && p.Path[0] == "keywords":
			var words map[string]bool
			return json.Unmarshal(p.Value, &words) == nil && words[mdnSent]
		}
	}
	return false
}

// claim marks the message before anything is sent: of two who answer it at once
// one does.
func (n *outgoingMDN) claim() error {
	_, err := n.mail.Change(n.call.ctx, n.email.ID, store.EmailChange{Once: mdnSent})
	switch postroom.KindOf(err) {
	case postroom.Exists:
		return &jmapwire.Error{Type: "mdnAlreadySent", Description: mdnSent + " is set already"}
	case postroom.Denied:
		return &jmapwire.Error{Type: "forbidden", Description: "you may not mark this message, so that nobody answers it again"}
	}
	return err
}

// release takes the mark back when nothing was sent, though the client may be
// gone.
func (n *outgoingMDN) release() error {
	_, err := n.mail.Change(context.WithoutCancel(n.call.ctx), n.email.ID, store.EmailChange{Remove: store.Tags{Words: mdnSent}})
	return err
}

// recipients are who asked for the notification (RFC 8098 §2.1). One that is sent
// automatically goes to nobody but who the message came from.
func (n *outgoingMDN) recipients() (to []string, err error) {
	h := message.HeaderOf(n.original)
	list := mdn.Wanted(h)
	if len(list) == 0 || len(list) > maxMDNRecipients {
		return nil, &jmapwire.Error{Type: "notFound", Description: "the message asks for no notification"}
	}
	sender := ""
	if path := h.Addresses("Return-Path"); len(path) == 1 {
		sender = path[0].Mailbox + "@" + path[0].Host
	}
	for _, a := range list {
		address := a.Mailbox + "@" + a.Host
		if _, err := addr.Parse(address); err != nil {
			return nil, &jmapwire.Error{Type: "notFound", Description: "the message asks for a notification to what is no address"}
		}
		if n.mode.SendingMode == "mdn-sent-automatically" && !strings.EqualFold(address, sender) {
			return nil, &jmapwire.Error{Type: "forbidden", Description: "the notification would not go to who sent the message: somebody must agree to it"}
		}
		to = append(to, address)
	}
	return to, nil
}

// final is the Final-Recipient: the identity, or what the client wants and may say.
func (n *outgoingMDN) final() (string, error) {
	if n.new.Final == nil {
		return "rfc822; " + n.identity.Address, nil
	}
	kind, address, typed := strings.Cut(*n.new.Final, ";")
	if !typed {
		kind, address = "rfc822", *n.new.Final
	}
	address = strings.TrimSpace(address)
	if _, err := addr.Parse(address); err != nil || !strings.EqualFold(strings.TrimSpace(kind), "rfc822") {
		return "", jmapwire.InvalidProperties("is an address", "finalRecipient")
	}
	err := n.call.server.opts.Submission.MaySend(n.call.ctx, n.call.session, address)
	if postroom.KindOf(err) == postroom.Denied {
		return "", saying("forbiddenFrom", err)
	}
	return "rfc822; " + address, err
}

func (n *outgoingMDN) build(to []string) ([]byte, error) {
	h := message.HeaderOf(n.original)
	final, err := n.final()
	if err != nil {
		return nil, err
	}
	n.told = map[string]any{"finalRecipient": final, "originalRecipient": nil, "originalMessageId": nil, "mdnGateway": nil, "error": nil}
	subject := "Disposition notification: " + h.Decoded("Subject")
	if n.new.Subject != nil {
		subject = *n.new.Subject
	} else {
		n.told["subject"] = subject
	}
	text := "This tells what became of a message. It does not say that it was read, or understood."
	if n.new.TextBody != nil {
		text = *n.new.TextBody
	} else {
		n.told["textBody"] = text
	}
	now := n.call.server.now()
	m := message.MDN{Heading: message.Heading{FromName: n.identity.Display, From: n.identity.Address, To: to, Subject: subject, Date: now,
		MessageID: rand.Text() + "@" + domainOf(n.identity.Address)}, Text: text, Final: final, ActionMode: n.mode.ActionMode, SendingMode: n.mode.SendingMode, Type: n.mode.Type}
	if n.new.ReportingUA != nil {
		m.ReportingUA = *n.new.ReportingUA
	}
	if m.Original = strings.TrimSpace(h.Get("Original-Recipient")); m.Original != "" {
		n.told["originalRecipient"] = m.Original
	}
	if ids := h.MessageIDs("Message-ID"); len(ids) > 0 {
		m.OriginalMessageID = ids[0]
		n.told["originalMessageId"] = "<" + ids[0] + ">"
	}
	for _, name := range slices.Sorted(maps.Keys(n.new.Extension)) {
		m.Extension = append(m.Extension, [2]string{name, *n.new.Extension[name]})
	}
	if n.new.Include {
		m.Returned = n.original
	}
	return m.Build()
}

// mdnParseArgs are those of MDN/parse (RFC 9007 §2.2).
type mdnParseArgs struct {
	AccountID jmapwire.ID   `jmap:"accountId,required"`
	BlobIDs   []jmapwire.ID `jmap:"blobIds,required"`
}

// mdnParsed is its response.
type mdnParsed struct {
	AccountID   jmapwire.ID         `json:"accountId"`
	Parsed      map[jmapwire.ID]any `json:"parsed"`
	NotParsable []jmapwire.ID       `json:"notParsable"`
	NotFound    []jmapwire.ID       `json:"notFound"`
}

// mdnParse is MDN/parse: blobs that are notifications are read.
func (c *call) mdnParse(a mdnParseArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if own := (*jmapwire.Error)(nil); postroom.KindOf(err) == postroom.NotFound || errors.As(err, &own) {
		return nil, jmapwire.InvalidArguments("no such account")
	}
	if err != nil {
		return nil, err
	}
	if err := tooMany(len(a.BlobIDs), maxParsed); err != nil {
		return nil, err
	}
	out := mdnParsed{AccountID: a.AccountID}
	for _, id := range unique(a.BlobIDs) {
		raw, err := c.blob(m, id)
		if postroom.KindOf(err) == postroom.NotFound {
			out.NotFound = append(out.NotFound, id)
			continue
		}
		if err != nil {
			return nil, err
		}
		n, ok := mdn.Parse(raw)
		if !ok {
			out.NotParsable = append(out.NotParsable, id)
			continue
		}
		about, err := c.emailNamed(m, n.OriginalMessageID)
		if err != nil {
			return nil, err
		}
		put(&out.Parsed, id, any(mdnObject(n, about)))
	}
	return out, nil
}

// emailNamed finds the one email with a Message-ID; nil when there is none, or
// more than one.
func (c *call) emailNamed(m *store.Mail, id string) (*jmapwire.ID, error) {
	if id == "" {
		return nil, nil
	}
	found, err := m.SearchHeader(c.ctx, "Message-ID", "<"+id+">")
	if err != nil || len(found) != 1 {
		return nil, err
	}
	email := jmapwire.EmailID(m.Account(), found[0])
	return &email, nil
}

// mdnObject is an MDN object.
func mdnObject(n message.MDN, about *jmapwire.ID) map[string]any {
	o := map[string]any{"forEmailId": about, "subject": textOrNull(n.Subject), "textBody": textOrNull(n.Text), "includeOriginalMessage": n.Returned != nil,
		"reportingUA": textOrNull(n.ReportingUA), "disposition": disposition{n.ActionMode, n.SendingMode, n.Type}, "mdnGateway": textOrNull(n.Gateway),
		"originalRecipient": textOrNull(n.Original), "finalRecipient": textOrNull(n.Final), "originalMessageId": nil, "error": nil, "extensionFields": nil}
	if n.OriginalMessageID != "" {
		o["originalMessageId"] = "<" + n.OriginalMessageID + ">"
	}
	if n.Error != nil {
		o["error"] = n.Error
	}
	if n.Extension != nil {
		fields := make(map[string]string, len(n.Extension))
		for _, f := range n.Extension {
			fields[f[0]] = cmp.Or(fields[f[0]], f[1])
		}
		o["extensionFields"] = fields
	}
	return o
}
