package jmapserver

import (
	"io"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/jmapserver/email"
	"postroom/internal/jmapwire"
	"postroom/internal/message"
	"postroom/internal/store"
)

// emailGetArgs are the arguments of Email/get (RFC 8621 §4.2).
type emailGetArgs struct {
	jmapwire.Get
	emailBodyArgs
}

// emailBodyArgs are those that Email/parse has, too.
type emailBodyArgs struct {
	BodyProperties      *[]string     `jmap:"bodyProperties"`
	FetchTextBodyValues bool          `jmap:"fetchTextBodyValues"`
	FetchHTMLBodyValues bool          `jmap:"fetchHTMLBodyValues"`
	FetchAllBodyValues  bool          `jmap:"fetchAllBodyValues"`
	MaxBodyValueBytes   jmapwire.UInt `jmap:"maxBodyValueBytes"`
}

var (
	// emailMetadata are the properties of an Email that are not in its bytes.
	emailMetadata = []string{"id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt"}
	// emailSummary are those kept of the message.
	emailSummary = []string{"messageId", "inReplyTo", "references", "from", "to", "cc", "bcc", "subject", "sentAt", "hasAttachment", "preview"}
	// emailRest are those for which the message is opened.
	emailRest = []string{"sender", "replyTo", "headers", "bodyStructure", "bodyValues", "textBody", "htmlBody", "attachments"}
	// emailDefaults are those given when none are named.
	emailDefaults = []string{"id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt", "messageId", "inReplyTo",
		"references", "sender", "from", "to", "cc", "bcc", "replyTo", "subject", "sentAt", "hasAttachment", "preview", "bodyValues",
		"textBody", "htmlBody", "attachments"}
	bodyDefaults = []string{"partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location"}
	bodyAll      = append(slices.Clone(bodyDefaults), "headers", "subParts")
)

// emailRequest is what is wanted of each email.
type emailRequest struct {
	properties []string
	headers    map[string]email.HeaderProperty
	body       []string
	wanted     email.Wanted
	// open: the bytes of the messages are needed.
	open bool
}

// newEmailRequest reads which properties are wanted.
func newEmailRequest(asked *[]string, defaults []string, b emailBodyArgs) (*emailRequest, error) {
	r := &emailRequest{properties: defaults, headers: make(map[string]email.HeaderProperty), body: bodyDefaults,
		wanted: email.Wanted{Text: b.FetchTextBodyValues, HTML: b.FetchHTMLBodyValues, All: b.FetchAllBodyValues, MaxBytes: int(b.MaxBodyValueBytes)}}
	if asked != nil {
		r.properties = []string{"id"}
		for _, name := range *asked {
			if !slices.Contains(r.properties, name) {
				r.properties = append(r.properties, name)
			}
		}
	}
	for _, name := range r.properties {
		h, is, bad := email.ParseHeaderProperty(name)
		switch {
		case bad != nil:
			return nil, bad
		case is:
			r.headers[name], r.open = h, true
		case slices.Contains(emailRest, name):
			r.open = true
		case !slices.Contains(emailMetadata, name) && !slices.Contains(emailSummary, name):
			return nil, noProperty(name)
		}
	}
	if b.BodyProperties == nil {
		return r, nil
	}
	r.body = nil
	for _, name := range *b.BodyProperties {
		_, is, bad := email.ParseHeaderProperty(name)
		if bad != nil || !is && !slices.Contains(bodyAll, name) {
			return nil, noProperty(name)
		}
		r.body = append(r.body, name)
	}
	return r, nil
}

// emailGet is Email/get (RFC 8621 §4.2).
func (c *call) emailGet(a emailGetArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	request, err := newEmailRequest(a.Properties, emailDefaults, a.emailBodyArgs)
	if err != nil {
		return nil, err
	}
	ids, err := c.emailIDs(m, a.IDs)
	if err != nil {
		return nil, err
	}
	numbers := make([]postroom.EmailID, 0, len(ids))
	for _, id := range ids {
		if n, ok := jmapwire.ParseEmailID(m.Account(), id); ok {
			numbers = append(numbers, n)
		}
	}
	emails, state, err := m.Emails(c.ctx, numbers)
	if err != nil {
		return nil, err
	}
	objects, err := c.emailObjects(m, emails, request)
	if err != nil {
		return nil, err
	}
	g := jmapwire.Got{AccountID: a.AccountID, State: state, List: []any{}, NotFound: []jmapwire.ID{}}
	for _, id := range ids {
		n, ok := jmapwire.ParseEmailID(m.Account(), id)
		if o := objects[n]; ok && o != nil {
			g.List = append(g.List, o)
		} else {
			g.NotFound = append(g.NotFound, id)
		}
	}
	return g, nil
}

// emailIDs are the ids asked for, of all emails when none are named.
func (c *call) emailIDs(m *store.Mail, asked *[]jmapwire.ID) ([]jmapwire.ID, error) {
	if asked != nil {
		return unique(*asked), tooMany(len(*asked), limits.ObjectsInGet)
	}
	x, err := m.Index(c.ctx)
	if err != nil {
		return nil, err
	}
	var ids []jmapwire.ID
	for _, row := range x.Rows {
		ids = append(ids, jmapwire.EmailID(m.Account(), row.Email))
	}
	ids = unique(ids)
	return ids, tooMany(len(ids), limits.ObjectsInGet)
}

// emailObjects makes the objects of emails, by their numbers. Those deleted
// while their bytes were to be read are left out.
func (c *call) emailObjects(m *store.Mail, emails []store.Email, r *emailRequest) (map[postroom.EmailID]map[string]any, error) {
	objects := make(map[postroom.EmailID]map[string]any, len(emails))
	ids := make([]postroom.EmailID, len(emails))
	for i, e := range emails {
		o, err := r.kept(m, &e)
		if err != nil {
			return nil, err
		}
		objects[e.ID], ids[i] = o, e.ID
	}
	if !r.open {
		return objects, nil
	}
	opened := make(map[postroom.EmailID]bool, len(ids))
	size := 0
	for e, err := range m.Contents(c.ctx, ids) {
		if err != nil {
			return nil, err
		}
		n, err := r.read(m, e, objects[e.ID])
		if err != nil {
			return nil, err
		}
		if size += n; size > maxResponse {
			return nil, jmapwire.Fail("requestTooLarge")
		}
		opened[e.ID] = true
	}
	for id := range objects {
		if !opened[id] {
			delete(objects, id)
		}
	}
	return objects, nil
}

// kept makes an object with the properties that need no message.
func (r *emailRequest) kept(m *store.Mail, e *store.Email) (map[string]any, error) {
	var s message.Summary
	if err := s.UnmarshalFields(e.Summary); err != nil {
		return nil, err
	}
	o := make(map[string]any, len(r.properties))
	for _, name := range r.properties {
		if slices.Contains(emailMetadata, name) {
			o[name] = emailMeta(m.Account(), e, name)
		} else if slices.Contains(emailSummary, name) {
			o[name] = summaryProperty(&s, name)
		}
	}
	return o, nil
}

func emailMeta(account postroom.AccountID, e *store.Email, name string) any {
	switch name {
	case "id":
		return jmapwire.EmailID(account, e.ID)
	case "blobId":
		return jmapwire.EmailBlobID(account, e.ID, "")
	case "threadId":
		return jmapwire.ThreadID(account, e.Thread)
	case "mailboxIds":
		ids := make(map[jmapwire.ID]bool, len(e.Mailboxes))
		for _, box := range e.Mailboxes {
			ids[jmapwire.MailboxID(postroom.CollectionRef{Account: account, Collection: box})] = true
		}
		return ids
	case "keywords":
		return keywords(e.Flags, e.Keywords)
	case "size":
		return e.Size
	}
	return jmapwire.UTCDate(e.Received.Truncate(time.Second)) // as INTERNALDATE
}

// systemKeywords are the keywords of JMAP for flags of IMAP (RFC 8621 §4.1.1).
var systemKeywords = []struct {
	flag postroom.Flags
	word string
}{
	{postroom.FlagSeen, "$seen"}, {postroom.FlagAnswered, "$answered"}, {postroom.FlagFlagged, "$flagged"}, {postroom.FlagDraft, "$draft"},
}

func keywords(flags postroom.Flags, words string) map[string]bool {
	all := make(map[string]bool)
	for _, k := range systemKeywords {
		if flags&k.flag != 0 {
			all[k.word] = true
		}
	}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}

func summaryProperty(s *message.Summary, name string) any {
	switch name {
	case "messageId":
		if s.MessageID == "" {
			return nil
		}
		return []string{s.MessageID}
	case "inReplyTo":
		return orNull(s.InReplyTo)
	case "references":
		return orNull(s.References)
	case "from":
		return addresses(s.Envelope.From)
	case "to":
		return addresses(s.Envelope.To)
	case "cc":
		return addresses(s.Envelope.Cc)
	case "bcc":
		return addresses(s.Envelope.Bcc)
	case "subject":
		if s.Envelope.Subject == "" {
			return nil
		}
		return email.Text(s.Envelope.Subject)
	case "sentAt":
		return email.SentAt(s.Sent)
	case "hasAttachment":
		return s.HasAttachment
	}
	return s.Preview
}

func orNull(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

func addresses(list []message.Address) any {
	if len(list) == 0 {
		return nil
	}
	return email.Addresses(list)
}

// read adds the properties for which the message is opened, and tells about how
// many bytes they are.
func (r *emailRequest) read(m *store.Mail, e store.OpenedEmail, o map[string]any) (int, error) {
	defer e.Content.Close()
	raw := make([]byte, e.Content.Size())
	if _, err := io.ReadFull(io.NewSectionReader(e.Content, 0, e.Content.Size()), raw); err != nil {
		return 0, err
	}
	msg := email.Read(raw, func(part string) jmapwire.ID { return jmapwire.EmailBlobID(m.Account(), e.ID, part) })
	return r.add(msg, o), nil
}

// add adds the properties that are in the bytes of a message.
func (r *emailRequest) add(msg *email.Message, o map[string]any) (size int) {
	var text, html, attachments []any
	for _, name := range r.properties {
		if h, is := r.headers[name]; is {
			o[name] = h.Of(msg.Header())
			continue
		}
		switch name {
		case "sender":
			o[name] = senderProperty.Of(msg.Header())
		case "replyTo":
			o[name] = replyToProperty.Of(msg.Header())
		case "headers":
			o[name] = email.Headers(msg.Header())
		case "bodyStructure":
			o[name] = msg.Structure(r.body)
		case "bodyValues":
			values := msg.Values(r.wanted)
			for _, v := range values {
				size += len(v.Value)
			}
			o[name] = values
		case "textBody", "htmlBody", "attachments":
			if text == nil {
				text, html, attachments = msg.Bodies(r.body)
			}
			o[name] = map[string][]any{"textBody": text, "htmlBody": html, "attachments": attachments}[name]
		}
	}
	return size
}

var (
	senderProperty  = email.HeaderProperty{Name: "Sender", Form: email.AsAddresses}
	replyToProperty = email.HeaderProperty{Name: "Reply-To", Form: email.AsAddresses}
)

// parse makes the object of bytes that are no email of the account.
func (r *emailRequest) parse(raw []byte, id jmapwire.ID) (map[string]any, int) {
	s := message.Summarize(raw)
	o := make(map[string]any, len(r.properties))
	for _, name := range r.properties {
		switch {
		case name == "blobId":
			o[name] = id
		case name == "size":
			o[name] = len(raw)
		case slices.Contains(emailMetadata, name):
			o[name] = nil
		case slices.Contains(emailSummary, name):
			o[name] = summaryProperty(s, name)
		}
	}
	return o, r.add(email.Read(raw, func(part string) jmapwire.ID { return jmapwire.PartOf(id, part) }), o)
}
