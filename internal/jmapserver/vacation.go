package jmapserver

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
)

// vacationID is that of the only VacationResponse of an account (RFC 8621 §8).
const vacationID = jmapwire.ID("singleton")

// vacationProperties are those of a VacationResponse (RFC 8621 §8); vacationOwn
// are of our own capability: what senders outside get, how long one sender is
// not answered again, and addresses elsewhere that count as the account's own.
var (
	vacationProperties = []string{"id", "isEnabled", "fromDate", "toDate", "subject", "textBody", "htmlBody"}
	vacationOwn        = []string{"outsiders", "outsideTextBody", "repeatDays", "otherAddresses"}
)

func (c *call) vacation(id jmapwire.ID) (postroom.AccountID, postroom.OutOfOffice, string, error) {
	m, err := c.mail(id)
	if err != nil {
		return 0, postroom.OutOfOffice{}, "", err
	}
	o, err := c.session.Directory().OutOfOffice(c.ctx, m.Account())
	if err != nil {
		return 0, o, "", err
	}
	state, err := stateOf(o)
	return m.Account(), o, state, err
}

// vacationGet is VacationResponse/get (RFC 8621 §8.1).
func (c *call) vacationGet(a jmapwire.Get) (any, error) {
	_, o, state, err := c.vacation(a.AccountID)
	if err != nil {
		return nil, err
	}
	known := vacationProperties
	if slices.Contains(c.using, sharedCapability) {
		known = slices.Concat(vacationProperties, vacationOwn)
	}
	properties, err := chosen(a.Properties, known)
	if err != nil {
		return nil, err
	}
	return got(a, state, []postroom.OutOfOffice{o}, func(postroom.OutOfOffice) jmapwire.ID { return vacationID },
		func(o postroom.OutOfOffice) any {
			all := map[string]any{"id": vacationID, "isEnabled": o.Enabled, "fromDate": dateOrNull(o.From), "toDate": dateOrNull(o.Until),
				"subject": textOrNull(o.Subject), "textBody": textOrNull(o.Text), "htmlBody": nil, "outsiders": o.Outsiders.String(),
				"outsideTextBody": textOrNull(o.OutsideText), "repeatDays": cmp.Or(o.Days, postroom.DefaultReplyDays),
				"otherAddresses": append([]string{}, o.Addresses...)}
			out := make(map[string]any, len(properties))
			for _, name := range properties {
				out[name] = all[name]
			}
			return out
		})
}

func dateOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return jmapwire.UTCDate(t)
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// vacationSet is VacationResponse/set (RFC 8621 §8.2): the one there is can be
// updated.
func (c *call) vacationSet(a jmapwire.Set) (any, error) {
	account, _, _, err := c.vacation(a.AccountID)
	if err != nil {
		return nil, err
	}
	return c.set("VacationResponse/set", a, setter{
		state: func() (string, error) { _, _, state, err := c.vacation(a.AccountID); return state, err },
		create: func(json.RawMessage) (jmapwire.ID, any, error) {
			return "", nil, jmapwire.Fail("singleton")
		},
		update: func(id jmapwire.ID, raw json.RawMessage) (any, error) {
			if id != vacationID {
				return nil, jmapwire.Fail("notFound")
			}
			return nil, c.vacationUpdate(account, raw)
		},
		destroy: func(jmapwire.ID) error { return jmapwire.Fail("singleton") },
	})
}

func (c *call) vacationUpdate(account postroom.AccountID, raw json.RawMessage) error {
	patches, bad := jmapwire.ParsePatch(raw)
	if bad != nil {
		return bad
	}
	o, err := c.session.Directory().OutOfOffice(c.ctx, account)
	if err != nil {
		return err
	}
	for _, p := range patches {
		if len(p.Path) != 1 {
			return jmapwire.InvalidPatch("properties are set as a whole")
		}
		apply := applyVacation
		if slices.Contains(vacationOwn, p.Path[0]) && slices.Contains(c.using, sharedCapability) {
			apply = applyVacationOwn
		}
		if err := apply(&o, p.Path[0], p.Value); err != nil {
			return err
		}
	}
	return c.session.Directory().SetOutOfOffice(c.ctx, account, o)
}

func applyVacation(o *postroom.OutOfOffice, name string, raw json.RawMessage) error {
	null := jmapwire.IsNull(raw)
	var s string
	text := !null && json.Unmarshal(raw, &s) == nil
	switch name {
	case "isEnabled":
		if null || json.Unmarshal(raw, &o.Enabled) != nil {
			return jmapwire.InvalidProperties("not a boolean", name)
		}
	case "fromDate", "toDate":
		t, ok := jmapwire.ParseUTCDate(s)
		if !null && !(text && ok) {
			return jmapwire.InvalidProperties("not a UTCDate", name)
		}
		if name == "fromDate" {
			o.From = t
		} else {
			o.Until = t
		}
	case "subject", "textBody":
		if !null && !text {
			return jmapwire.InvalidProperties("not a string", name)
		}
		if name == "subject" {
			o.Subject = s
		} else {
			o.Text = s
		}
	case "htmlBody":
		if !null {
			return jmapwire.InvalidProperties("automatic replies are plain text here", name)
		}
	default:
		return because(postroom.Errorf(postroom.Invalid, "cannot be set: %s", name), name)
	}
	return nil
}

// applyVacationOwn sets a property of our own.
func applyVacationOwn(o *postroom.OutOfOffice, name string, raw json.RawMessage) error {
	var bad bool
	switch name {
	case "outsiders":
		var s string
		var ok bool
		if json.Unmarshal(raw, &s) == nil {
			o.Outsiders, ok = postroom.ParseOutsiders(s)
		}
		if !ok {
			return jmapwire.InvalidProperties("outsiders get same, other or none", name)
		}
	case "outsideTextBody":
		o.OutsideText = ""
		bad = !jmapwire.IsNull(raw) && json.Unmarshal(raw, &o.OutsideText) != nil
	case "repeatDays":
		bad = jmapwire.IsNull(raw) || json.Unmarshal(raw, &o.Days) != nil || o.Days < 1 || o.Days > postroom.MaxReplyDays
	case "otherAddresses":
		o.Addresses = nil
		bad = jmapwire.IsNull(raw) || json.Unmarshal(raw, &o.Addresses) != nil
	}
	if bad {
		return because(postroom.Errorf(postroom.Invalid, "not a value of %s", name), name)
	}
	return nil
}
