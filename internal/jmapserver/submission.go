package jmapserver

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

var submissionProperties = []string{"id", "identityId", "emailId", "threadId", "envelope", "sendAt", "undoStatus", "deliveryStatus",
	"dsnBlobIds", "mdnBlobIds"}

// submissionSetArgs are the arguments of EmailSubmission/set (RFC 8621 §7.5).
type submissionSetArgs struct {
	jmapwire.Set
	OnSuccessUpdate  map[jmapwire.Ref]json.RawMessage `jmap:"onSuccessUpdateEmail"`
	OnSuccessDestroy []jmapwire.Ref                   `jmap:"onSuccessDestroyEmail"`
}

func submissionID(id postroom.SubmissionID) jmapwire.ID {
	return jmapwire.ID("S" + strconv.FormatInt(int64(id), 10))
}

func parseSubmissionID(id jmapwire.ID) (postroom.SubmissionID, bool) {
	if id == "" || id[0] != 'S' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(id[1:]), 10, 64)
	return postroom.SubmissionID(n), err == nil && n > 0 && submissionID(postroom.SubmissionID(n)) == id
}

// submissionGet is EmailSubmission/get (RFC 8621 §7.1).
func (c *call) submissionGet(a jmapwire.Get) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, submissionProperties)
	if err != nil {
		return nil, err
	}
	var numbers []postroom.SubmissionID
	if a.IDs != nil {
		numbers = []postroom.SubmissionID{}
		for _, id := range unique(*a.IDs) {
			if n, ok := parseSubmissionID(id); ok {
				numbers = append(numbers, n)
			}
		}
	}
	list, state, err := m.Submissions(c.ctx, numbers)
	if err != nil {
		return nil, err
	}
	return got(a, state, list, func(s store.SentMail) jmapwire.ID { return submissionID(s.ID) }, func(s store.SentMail) any {
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = submissionProperty(m.Account(), &s, name)
		}
		return o
	})
}

func submissionProperty(account postroom.AccountID, s *store.SentMail, name string) any {
	switch name {
	case "id":
		return submissionID(s.ID)
	case "identityId":
		return s.Identity
	case "emailId":
		return jmapwire.EmailID(account, s.Email)
	case "threadId":
		return jmapwire.ThreadID(account, s.Thread)
	case "envelope":
		return json.RawMessage(s.Envelope)
	case "sendAt":
		return jmapwire.UTCDate(s.SendAt)
	case "undoStatus":
		return s.Undo.String()
	case "deliveryStatus":
		return deliveryStatus(s)
	}
	return []jmapwire.ID{} // dsnBlobIds, mdnBlobIds: reports arrive as mail
}

// delivery is a DeliveryStatus (RFC 8621 §7).
type delivery struct {
	SMTPReply string `json:"smtpReply"`
	Delivered string `json:"delivered"`
	Displayed string `json:"displayed"`
}

func deliveryStatus(s *store.SentMail) any {
	if len(s.Recipients) == 0 {
		return nil
	}
	all := make(map[string]delivery, len(s.Recipients))
	for _, r := range s.Recipients {
		d := delivery{SMTPReply: "250 2.0.0 queued", Delivered: "queued", Displayed: "unknown"}
		if r.Code != 0 {
			d.SMTPReply = strconv.Itoa(r.Code) + " " + r.Enhanced + " " + r.Text
		}
		switch {
		case r.State == store.Failed:
			d.Delivered = "no"
		case r.State == store.Delivered && r.Code == 0:
			d.SMTPReply, d.Delivered = "250 2.1.5 delivered", "yes"
		case r.State == store.Delivered:
			d.Delivered = "unknown" // the next host has it
		}
		all[r.Address] = d
	}
	return all
}

// submissionChanges is EmailSubmission/changes (RFC 8621 §7.2).
func (c *call) submissionChanges(a jmapwire.Changes) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	found, err := m.SubmissionsChanged(c.ctx, a.SinceState)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	if a.MaxChanges != nil && len(found.Created)+len(found.Updated)+len(found.Destroyed) > int(*a.MaxChanges) {
		return nil, jmapwire.Fail("cannotCalculateChanges")
	}
	ids := func(list []postroom.SubmissionID) []jmapwire.ID {
		out := make([]jmapwire.ID, len(list))
		for i, id := range list {
			out[i] = submissionID(id)
		}
		return out
	}
	return jmapwire.Changed{AccountID: a.AccountID, OldState: a.SinceState, NewState: found.State, Created: ids(found.Created),
		Updated: ids(found.Updated), Destroyed: ids(found.Destroyed)}, nil
}

// submissionSet is EmailSubmission/set (RFC 8621 §7.5).
func (c *call) submissionSet(a submissionSetArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	emails := make(map[jmapwire.ID]jmapwire.ID) // of the submissions that succeeded
	out, err := c.set("EmailSubmission/set", a.Set, setter{
		state: func() (string, error) {
			_, state, err := m.Submissions(c.ctx, []postroom.SubmissionID{})
			return state, err
		},
		create: func(raw json.RawMessage) (jmapwire.ID, any, error) {
			id, email, more, err := c.submit(m, raw)
			if err == nil {
				emails[id] = email
			}
			return id, more, err
		},
		update: func(id jmapwire.ID, raw json.RawMessage) (any, error) {
			s, err := c.submission(m, id)
			if err == nil {
				err = c.takeBack(m, s, raw)
			}
			if err == nil {
				emails[id] = jmapwire.EmailID(m.Account(), s.Email)
			}
			return nil, err
		},
		destroy: func(id jmapwire.ID) error {
			s, err := c.submission(m, id)
			if err == nil {
				err = m.DestroySubmission(c.ctx, s.ID)
			}
			if postroom.KindOf(err) == postroom.Stale {
				return saying("forbidden", err)
			}
			if err == nil {
				emails[id] = jmapwire.EmailID(m.Account(), s.Email)
			}
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return out, c.afterSubmission(a, emails)
}

// submission reads one that the person sent.
func (c *call) submission(m *store.Mail, id jmapwire.ID) (store.SentMail, error) {
	n, ok := parseSubmissionID(id)
	if !ok {
		return store.SentMail{}, jmapwire.Fail("notFound")
	}
	list, _, err := m.Submissions(c.ctx, []postroom.SubmissionID{n})
	if err == nil && len(list) == 0 {
		err = jmapwire.Fail("notFound")
	}
	if err != nil {
		return store.SentMail{}, err
	}
	return list[0], nil
}

// takeBack is the one update there is: undoStatus becomes "canceled".
func (c *call) takeBack(m *store.Mail, s store.SentMail, raw json.RawMessage) error {
	patches, bad := jmapwire.ParsePatch(raw)
	if bad != nil {
		return bad
	}
	cancel := false
	for _, p := range patches {
		var word string
		switch {
		case p.Key() != "undoStatus":
			return because(postroom.Errorf(postroom.Invalid, "cannot be changed: %s", p.Key()), p.Key())
		case json.Unmarshal(p.Value, &word) != nil || word != "canceled" && word != s.Undo.String():
			return jmapwire.InvalidProperties("undoStatus can only become canceled", "undoStatus")
		}
		cancel = word == "canceled" && s.Undo != postroom.UndoCanceled
	}
	if !cancel {
		return nil
	}
	err := m.CancelSubmission(c.ctx, s.ID)
	if postroom.KindOf(err) == postroom.Stale {
		return saying("cannotUnsend", err)
	}
	return err
}

// afterSubmission changes and destroys the emails of the submissions that
// succeeded, as an Email/set after this one.
func (c *call) afterSubmission(a submissionSetArgs, emails map[jmapwire.ID]jmapwire.ID) error {
	next := jmapwire.Set{AccountID: a.AccountID}
	for _, ref := range slices.Sorted(maps.Keys(a.OnSuccessUpdate)) {
		if email, ok := c.emailOf(ref, emails); ok {
			if next.Update == nil {
				next.Update = make(map[jmapwire.Ref]json.RawMessage)
			}
			next.Update[jmapwire.Ref(email)] = a.OnSuccessUpdate[ref]
		}
	}
	for _, ref := range a.OnSuccessDestroy {
		if email, ok := c.emailOf(ref, emails); ok {
			next.Destroy = append(next.Destroy, jmapwire.Ref(email))
		}
	}
	if len(next.Update)+len(next.Destroy) == 0 {
		return nil
	}
	response, err := c.emailSet(next)
	if err != nil {
		return c.also("error", c.methodError("Email/set", err))
	}
	return c.also("Email/set", response)
}

// emailOf is the email of a submission that succeeded in this call.
func (c *call) emailOf(ref jmapwire.Ref, emails map[jmapwire.ID]jmapwire.ID) (jmapwire.ID, bool) {
	id, ok := c.id(ref)
	if !ok {
		return "", false
	}
	email, ok := emails[id]
	return email, ok
}
