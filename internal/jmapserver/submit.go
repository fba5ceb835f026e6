package jmapserver

import (
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/jmapwire"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/submission"
)

// maxRecipients bounds the recipients of one message.
const maxRecipients = 1000

// newSubmission is an EmailSubmission to be created.
type newSubmission struct {
	IdentityID jmapwire.Ref    `jmap:"identityId,required"`
	EmailID    jmapwire.Ref    `jmap:"emailId,required"`
	Envelope   json.RawMessage `jmap:"envelope"`
}

// envelope is an Envelope (RFC 8621 §7).
type envelope struct {
	MailFrom address   `json:"mailFrom"`
	RcptTo   []address `json:"rcptTo"`
}

// address is an Address of an envelope, with parameters of SMTP.
type address struct {
	Email      string             `json:"email"`
	Parameters map[string]*string `json:"parameters"`
}

func (a address) parameter(name string) string {
	for k, v := range a.Parameters {
		if strings.EqualFold(k, name) && v != nil {
			return *v
		}
	}
	return ""
}

// submit sends an email.
func (c *call) submit(m *store.Mail, raw json.RawMessage) (id, email jmapwire.ID, more any, err error) {
	var o jmapwire.Object
	var n newSubmission
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return "", "", nil, jmapwire.InvalidProperties("not an object")
	}
	if bad := jmapwire.Decode(o, &n); bad != nil {
		return "", "", nil, &jmapwire.Error{Type: "invalidProperties", Description: bad.Description, Properties: bad.Properties}
	}
	identity, err := c.identityToSend(m, n.IdentityID)
	if err != nil {
		return "", "", nil, err
	}
	e, body, err := c.emailToSend(m, n.EmailID)
	if err != nil {
		return "", "", nil, err
	}
	env, err := c.envelopeOf(n.Envelope, body)
	if err != nil {
		return "", "", nil, err
	}
	if err := c.maySubmit(env, body); err != nil {
		return "", "", nil, err
	}
	mail, err := c.mailOf(env, body)
	if err != nil {
		return "", "", nil, err
	}
	written, err := json.Marshal(env)
	if err != nil {
		return "", "", nil, err
	}
	mail.Submission = &store.NewSubmission{Account: m.Account(), Identity: string(identityID(identity)), Email: e.ID, Thread: e.Thread, Envelope: string(written)}
	done, err := c.server.opts.Submission.Submit(c.ctx, c.session, mail)
	if err != nil {
		return "", "", nil, submitError(err)
	}
	sent, _, err := m.Submissions(c.ctx, []postroom.SubmissionID{done.Submission})
	if err != nil || len(sent) == 0 {
		return "", "", nil, err
	}
	id, email = submissionID(done.Submission), jmapwire.EmailID(m.Account(), e.ID)
	return id, email, map[string]any{"id": id, "threadId": jmapwire.ThreadID(m.Account(), e.Thread),
		"sendAt": jmapwire.UTCDate(sent[0].SendAt), "undoStatus": sent[0].Undo.String(), "envelope": env}, nil
}

// identityToSend finds the identity named.
func (c *call) identityToSend(m *store.Mail, ref jmapwire.Ref) (postroom.Identity, error) {
	all, err := c.identities(m.Account())
	if err != nil {
		return postroom.Identity{}, err
	}
	id, _ := c.id(ref)
	at := slices.IndexFunc(all, func(i postroom.Identity) bool { return identityID(i) == id })
	if at < 0 {
		return postroom.Identity{}, jmapwire.InvalidProperties("no such identity: you may not send as it, or not any more", "identityId")
	}
	return all[at], nil
}

// emailToSend reads the email named.
func (c *call) emailToSend(m *store.Mail, ref jmapwire.Ref) (e store.Email, body []byte, err error) {
	noEmail := jmapwire.InvalidProperties("no such email", "emailId")
	id, _ := c.id(ref)
	n, ok := jmapwire.ParseEmailID(m.Account(), id)
	if !ok {
		return e, nil, noEmail
	}
	list, _, err := m.Emails(c.ctx, []postroom.EmailID{n})
	if err != nil || len(list) == 0 {
		return e, nil, orError(err, noEmail)
	}
	content, err := m.Open(c.ctx, n)
	if postroom.KindOf(err) == postroom.NotFound {
		return e, nil, noEmail
	}
	if err != nil {
		return e, nil, err
	}
	defer content.Close()
	body = make([]byte, content.Size())
	_, err = io.ReadFull(io.NewSectionReader(content, 0, content.Size()), body)
	return list[0], body, err
}

// orError is err, or else the other.
func orError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// envelopeOf reads the envelope given, or makes the one of RFC 8621 §7: from
// Sender or else From, to everybody in To, Cc and Bcc.
func (c *call) envelopeOf(raw json.RawMessage, body []byte) (env envelope, err error) {
	if len(raw) > 0 && !jmapwire.IsNull(raw) {
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.DisallowUnknownFields()
		if d.Decode(&env) != nil {
			return env, jmapwire.InvalidProperties("not an envelope", "envelope")
		}
		return env, checkRecipients(env)
	}
	h := message.HeaderOf(body)
	for _, name := range []string{"Sender", "From"} {
		if list := h.Addresses(name); len(list) > 0 && env.MailFrom.Email == "" {
			env.MailFrom.Email = list[0].Mailbox + "@" + list[0].Host
		}
	}
	if env.MailFrom.Email == "" {
		return env, &jmapwire.Error{Type: "invalidEmail", Properties: []string{"from"}}
	}
	known := make(map[string]bool)
	for _, name := range []string{"To", "Cc", "Bcc"} {
		for _, a := range h.Addresses(name) {
			if a.Kind != message.Mailbox {
				continue
			}
			email := a.Mailbox + "@" + a.Host
			if !known[strings.ToLower(email)] {
				known[strings.ToLower(email)] = true
				env.RcptTo = append(env.RcptTo, address{Email: email})
			}
		}
	}
	return env, checkRecipients(env)
}

func checkRecipients(env envelope) error {
	switch {
	case len(env.RcptTo) == 0:
		return jmapwire.Fail("noRecipients")
	case len(env.RcptTo) > maxRecipients:
		return &jmapwire.Error{Type: "tooManyRecipients", MaxRecipients: maxRecipients}
	}
	var bad []string
	for _, r := range env.RcptTo {
		if _, err := addr.Parse(r.Email); err != nil {
			bad = append(bad, r.Email)
		}
	}
	if bad != nil {
		return &jmapwire.Error{Type: "invalidRecipients", InvalidRecipients: bad}
	}
	return nil
}

// maySubmit finds out which part of a submission is refused, so that the answer
// says it; what decides is submission and the store.
func (c *call) maySubmit(env envelope, body []byte) error {
	refused := func(kind string, err error) error {
		if postroom.KindOf(err) == postroom.Denied {
			return saying(kind, err)
		}
		return err
	}
	if err := c.server.opts.Submission.MaySend(c.ctx, c.session, env.MailFrom.Email); err != nil {
		return refused("forbiddenMailFrom", err)
	}
	from := message.HeaderOf(body).Addresses("From")
	if len(from) == 0 {
		return &jmapwire.Error{Type: "invalidEmail", Properties: []string{"from"}}
	}
	if err := c.server.opts.Submission.MaySend(c.ctx, c.session, from[0].Mailbox+"@"+from[0].Host); err != nil {
		return refused("forbiddenFrom", err)
	}
	for _, r := range env.RcptTo {
		if err := c.session.MaySendTo(c.ctx, r.Email); err != nil {
			return refused("forbiddenToSend", err)
		}
	}
	return nil
}

// submitError is what a refusal of submission is told: it is about who the
// message is from.
func submitError(err error) error {
	switch postroom.KindOf(err) {
	case postroom.Denied:
		return saying("forbiddenFrom", err)
	case postroom.Invalid:
		return saying("invalidEmail", err)
	}
	return err
}

// mailOf is what submission gets. The parameters are those that an account of
// the Session object names as submissionExtensions, and SMTPUTF8, SIZE, BODY.
func (c *call) mailOf(env envelope, body []byte) (submission.Mail, error) {
	m := submission.Mail{Sender: env.MailFrom.Email, NullSender: env.MailFrom.Email == "", Raw: message.NormalizeCRLF(body), SMTPUTF8: true, With: "HTTP"}
	for name := range env.MailFrom.Parameters {
		switch strings.ToUpper(name) {
		case "HOLDFOR":
			n, err := strconv.ParseUint(env.MailFrom.parameter(name), 10, 31)
			if err != nil {
				return m, jmapwire.InvalidProperties("HOLDFOR is a number of seconds", "envelope")
			}
			m.HoldUntil = c.server.now().Add(time.Duration(n) * time.Second)
		case "HOLDUNTIL":
			t, err := time.Parse(time.RFC3339, env.MailFrom.parameter(name))
			if err != nil {
				return m, jmapwire.InvalidProperties("HOLDUNTIL is a time of RFC 3339", "envelope")
			}
			m.HoldUntil = t
		case "RET":
			m.Return = strings.ToUpper(env.MailFrom.parameter(name))
			if m.Return != "FULL" && m.Return != "HDRS" {
				return m, jmapwire.InvalidProperties("RET is FULL or HDRS", "envelope")
			}
		case "ENVID":
			m.EnvelopeID = env.MailFrom.parameter(name)
		case "SMTPUTF8", "SIZE", "BODY":
		default:
			return m, because(postroom.Errorf(postroom.Invalid, "no such parameter: %s", name), "envelope")
		}
	}
	if m.HoldUntil.After(c.server.now().Add(store.MaxHold)) {
		return m, because(postroom.Errorf(postroom.Invalid, "a message can be held for %d days at most", int(store.MaxHold.Hours()/24)), "envelope")
	}
	for _, to := range env.RcptTo {
		r := store.Recipient{Address: to.Email}
		for name := range to.Parameters {
			switch strings.ToUpper(name) {
			case "NOTIFY":
				r.Notify = strings.ToUpper(to.parameter(name))
			case "ORCPT":
				r.Original = to.parameter(name)
			default:
				return m, because(postroom.Errorf(postroom.Invalid, "no such parameter: %s", name), "envelope")
			}
		}
		m.Recipients = append(m.Recipients, r)
	}
	return m, nil
}
