package jmapserver

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"postroom"
	"postroom/internal/jmapserver/email"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// maxParsed bounds the blobs that one call reads as messages.
const maxParsed = 100

// emailImportArgs are the arguments of Email/import (RFC 8621 §4.8).
type emailImportArgs struct {
	AccountID jmapwire.ID                     `jmap:"accountId,required"`
	IfInState *string                         `jmap:"ifInState"`
	Emails    map[jmapwire.ID]json.RawMessage `jmap:"emails,required"`
}

// emailImport is Email/import: bytes that were uploaded, or are in an email,
// become emails.
func (c *call) emailImport(a emailImportArgs) (any, error) {
	m, err := c.changeable(a.AccountID)
	if err != nil {
		return nil, err
	}
	set := jmapwire.Set{AccountID: a.AccountID, IfInState: a.IfInState, Create: a.Emails}
	out, err := c.set("Email/import", set, setter{
		state:  func() (string, error) { return c.emailState(m) },
		create: func(raw json.RawMessage) (jmapwire.ID, any, error) { return c.importOne(m, raw) },
	})
	if err != nil {
		return nil, err
	}
	return createdOnly(out), nil
}

// created are the parts of a /set that Email/import and Email/copy have.
type created struct {
	AccountID  jmapwire.ID                     `json:"accountId"`
	OldState   string                          `json:"oldState"`
	NewState   string                          `json:"newState"`
	Created    map[jmapwire.ID]any             `json:"created"`
	NotCreated map[jmapwire.ID]*jmapwire.Error `json:"notCreated"`
}

func createdOnly(out jmapwire.WasSet) created {
	return created{out.AccountID, out.OldState, out.NewState, out.Created, out.NotCreated}
}

// imported is an EmailImport object.
type imported struct {
	BlobID     jmapwire.ID     `jmap:"blobId,required"`
	MailboxIDs json.RawMessage `jmap:"mailboxIds,required"`
	Keywords   json.RawMessage `jmap:"keywords"`
	ReceivedAt json.RawMessage `jmap:"receivedAt"`
}

func (c *call) importOne(m *store.Mail, raw json.RawMessage) (jmapwire.ID, any, error) {
	var o jmapwire.Object
	var v imported
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return "", nil, jmapwire.InvalidProperties("not an object")
	}
	if err := jmapwire.Decode(o, &v); err != nil {
		return "", nil, jmapwire.InvalidProperties(err.Description, err.Properties...)
	}
	n, err := c.placing(m, o)
	if err != nil {
		return "", nil, err
	}
	b, err := c.blob(m, v.BlobID)
	if postroom.KindOf(err) == postroom.NotFound {
		return "", nil, &jmapwire.Error{Type: "blobNotFound", NotFound: []jmapwire.ID{v.BlobID}}
	}
	if err != nil {
		return "", nil, err
	}
	if len(b) == 0 || !email.Plausible(b) {
		return "", nil, &jmapwire.Error{Type: "invalidEmail", Description: "the blob is no message"}
	}
	n.Raw, n.Size = bytes.NewReader(b), int64(len(b))
	stored, err := m.Insert(c.ctx, n)
	if err != nil {
		return "", nil, mailboxInvalid(err)
	}
	id, more := storedEmail(m, stored)
	return id, more, nil
}

// emailCopyArgs are the arguments of Email/copy (RFC 8621 §4.7).
type emailCopyArgs struct {
	FromAccountID            jmapwire.ID                     `jmap:"fromAccountId,required"`
	IfFromInState            *string                         `jmap:"ifFromInState"`
	AccountID                jmapwire.ID                     `jmap:"accountId,required"`
	IfInState                *string                         `jmap:"ifInState"`
	Create                   map[jmapwire.ID]json.RawMessage `jmap:"create,required"`
	OnSuccessDestroyOriginal bool                            `jmap:"onSuccessDestroyOriginal"`
	DestroyFromIfInState     *string                         `jmap:"destroyFromIfInState"`
}

// emailCopy is Email/copy: emails of one account into another.
func (c *call) emailCopy(a emailCopyArgs) (any, error) {
	from, err := c.mail(a.FromAccountID)
	if postroom.KindOf(err) == postroom.NotFound || err != nil && isOwn(err) {
		return nil, jmapwire.Fail("fromAccountNotFound")
	}
	if err != nil {
		return nil, err
	}
	m, err := c.changeable(a.AccountID)
	if err != nil {
		return nil, err
	}
	if a.FromAccountID == a.AccountID {
		return nil, jmapwire.InvalidArguments("the two accounts are one")
	}
	if a.IfFromInState != nil {
		if state, err := c.emailState(from); err != nil || state != *a.IfFromInState {
			return nil, cmpError(err, jmapwire.Fail("stateMismatch"))
		}
	}
	originals := make(map[jmapwire.ID]jmapwire.Ref)
	set := jmapwire.Set{AccountID: a.AccountID, IfInState: a.IfInState, Create: a.Create}
	out, err := c.set("Email/copy", set, setter{
		state: func() (string, error) { return c.emailState(m) },
		create: func(raw json.RawMessage) (jmapwire.ID, any, error) {
			id, more, original, err := c.copyOne(from, m, raw)
			if err == nil {
				originals[id] = jmapwire.Ref(original)
			}
			return id, more, err
		},
	})
	if err != nil {
		return nil, err
	}
	told := struct {
		FromAccountID jmapwire.ID `json:"fromAccountId"`
		created
	}{a.FromAccountID, createdOnly(out)}
	if !a.OnSuccessDestroyOriginal || len(originals) == 0 {
		return told, nil
	}
	destroy := jmapwire.Set{AccountID: a.FromAccountID, IfInState: a.DestroyFromIfInState}
	for _, id := range slices.Sorted(maps.Keys(originals)) {
		destroy.Destroy = append(destroy.Destroy, originals[id])
	}
	return told, c.implied("Email/set", func() (any, error) { return c.emailSet(destroy) })
}

// isOwn reports whether an error is one of JMAP already.
func isOwn(err error) bool { _, own := err.(*jmapwire.Error); return own }

func cmpError(err error, otherwise *jmapwire.Error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// implied runs a call that another implies; its response, or its error, comes
// behind that of the other.
func (c *call) implied(method string, run func() (any, error)) error {
	response, err := run()
	if err != nil {
		return c.also("error", c.methodError(method, err))
	}
	return c.also(method, response)
}

func (c *call) copyOne(from, to *store.Mail, raw json.RawMessage) (id jmapwire.ID, more any, original jmapwire.ID, err error) {
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return "", nil, "", jmapwire.InvalidProperties("not an object")
	}
	var v struct {
		ID         jmapwire.ID     `jmap:"id,required"`
		MailboxIDs json.RawMessage `jmap:"mailboxIds,required"`
		Keywords   json.RawMessage `jmap:"keywords"`
		ReceivedAt json.RawMessage `jmap:"receivedAt"`
	}
	if err := jmapwire.Decode(o, &v); err != nil {
		return "", nil, "", jmapwire.InvalidProperties(err.Description, err.Properties...)
	}
	n, err := c.placing(to, o)
	if err != nil {
		return "", nil, "", err
	}
	number, _ := jmapwire.ParseEmailID(from.Account(), v.ID)
	emails, _, err := from.Emails(c.ctx, []postroom.EmailID{number})
	if err != nil || len(emails) == 0 {
		return "", nil, "", cmpError(err, jmapwire.Fail("notFound"))
	}
	if _, given := o["keywords"]; !given {
		n.Tags = store.Tags{Flags: emails[0].Flags, Words: emails[0].Keywords}
	}
	if _, given := o["receivedAt"]; !given {
		n.Received = emails[0].Received
	}
	b, err := c.blob(from, jmapwire.EmailBlobID(from.Account(), number, ""))
	if err != nil {
		return "", nil, "", err
	}
	n.Raw, n.Size = bytes.NewReader(b), int64(len(b))
	stored, err := to.Insert(c.ctx, n)
	if err != nil {
		return "", nil, "", mailboxInvalid(err)
	}
	id, more = storedEmail(to, stored)
	return id, more, v.ID, nil
}

// emailParseArgs are the arguments of Email/parse (RFC 8621 §4.9).
type emailParseArgs struct {
	AccountID  jmapwire.ID   `jmap:"accountId,required"`
	BlobIDs    []jmapwire.ID `jmap:"blobIds,required"`
	Properties *[]string     `jmap:"properties"`
	emailBodyArgs
}

// parseDefaults are the properties Email/parse gives when none are named.
var parseDefaults = []string{"messageId", "inReplyTo", "references", "sender", "from", "to", "cc", "bcc", "replyTo", "subject", "sentAt",
	"hasAttachment", "preview", "bodyValues", "textBody", "htmlBody", "attachments"}

// emailParse is Email/parse: what a blob would be as an email, which it is not:
// it has no id, mailboxes, keywords, thread and date of arrival.
func (c *call) emailParse(a emailParseArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	if err := tooMany(len(a.BlobIDs), maxParsed); err != nil {
		return nil, err
	}
	request, err := newEmailRequest(a.Properties, parseDefaults, a.emailBodyArgs)
	if err != nil {
		return nil, err
	}
	if a.Properties != nil && !slices.Contains(*a.Properties, "id") {
		request.properties = slices.DeleteFunc(request.properties, func(name string) bool { return name == "id" })
	}
	parsed := make(map[jmapwire.ID]any)
	notFound, notParsable := []jmapwire.ID{}, []jmapwire.ID{}
	size := 0
	for _, id := range unique(a.BlobIDs) {
		b, err := c.blob(m, id)
		switch {
		case postroom.KindOf(err) == postroom.NotFound:
			notFound = append(notFound, id)
			continue
		case err != nil:
			return nil, err
		case !email.Plausible(b):
			notParsable = append(notParsable, id)
			continue
		}
		o, n := request.parse(b, id)
		if size += n; size > maxResponse {
			return nil, jmapwire.Fail("requestTooLarge")
		}
		parsed[id] = o
	}
	return map[string]any{"accountId": a.AccountID, "parsed": parsed, "notFound": notFound, "notParsable": notParsable}, nil
}
