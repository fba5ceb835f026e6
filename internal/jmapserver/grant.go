package jmapserver

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/sharing"
	"postroom/internal/store"
)

// Grant is a type of our own (docs/jmap.md): who may do what with a mailbox or
// all mail of an account, until when, and whether it is offered. It says what
// shareWith has no words for.

var grantProperties = []string{"id", "mailboxId", "principalId", "grantee", "rights", "role", "isNegative", "mode", "since", "until", "summary"}

// grantGetArgs are the arguments of Grant/get.
type grantGetArgs struct {
	jmapwire.Get
	Locale string `jmap:"locale"`
}

func grantID(e store.ACLEntry) jmapwire.ID {
	id := fmt.Sprintf("G%s-%d-%d", jmapwire.MailboxID(e.Target), e.Grantee.Kind, e.Grantee.ID)
	if e.Negative {
		id += "n"
	}
	return jmapwire.ID(id)
}

// grants are those on an account that the session may see.
func (c *call) grants(id jmapwire.ID) (m *store.Mail, list []store.ACLEntry, state string, err error) {
	if m, err = c.mail(id); err != nil {
		return nil, nil, "", err
	}
	if list, err = c.session.Directory().Grants(c.ctx, postroom.CollectionRef{Account: m.Account()}); err != nil {
		return nil, nil, "", err
	}
	state, err = stateOf(list)
	return m, list, state, err
}

// grantGet is Grant/get.
func (c *call) grantGet(a grantGetArgs) (any, error) {
	_, list, state, err := c.grants(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, grantProperties)
	if err != nil {
		return nil, err
	}
	return got(a.Get, state, list, grantID, func(e store.ACLEntry) any {
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = grantProperty(e, name, a.Locale)
		}
		return o
	})
}

func grantProperty(e store.ACLEntry, name, locale string) any {
	switch name {
	case "id":
		return grantID(e)
	case "mailboxId":
		if e.Target.Collection != postroom.RootCollection {
			return jmapwire.MailboxID(e.Target)
		}
	case "principalId":
		if id := principalID(e.Grantee); id != "" {
			return id
		}
	case "grantee":
		return e.Name
	case "rights":
		return rights.JMAP(e.Rights)
	case "role":
		return textOrNull(rights.RoleOf(e.Rights))
	case "isNegative":
		return e.Negative
	case "mode":
		return modeName(e.Mode)
	case "since":
		return jmapwire.UTCDate(e.Since)
	case "until":
		return dateOrNull(e.Until)
	case "summary":
		return sharing.RightsText(e.Rights, locale)
	}
	return nil
}

// grantValues are the properties of a Grant that a client may set.
type grantValues struct {
	Mailbox   *jmapwire.ID    `jmap:"mailboxId"`
	Principal *jmapwire.ID    `jmap:"principalId"`
	Grantee   *string         `jmap:"grantee"`
	Rights    json.RawMessage `jmap:"rights"`
	Role      *string         `jmap:"role"`
	Mode      *string         `jmap:"mode"`
	Until     *string         `jmap:"until"`
}

func (v *grantValues) read(raw json.RawMessage) (jmapwire.Object, error) {
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return nil, jmapwire.InvalidProperties("not an object")
	}
	if err := jmapwire.Decode(o, v); err != nil {
		return nil, jmapwire.InvalidProperties(err.Description, err.Properties...)
	}
	return o, nil
}

// onto puts what is set on a grant.
func (v *grantValues) onto(g *postroom.Grant, o jmapwire.Object) (err error) {
	switch {
	case v.Role != nil:
		may, ok := rights.ParseRole(*v.Role)
		if !ok {
			return jmapwire.InvalidProperties("no such role", "role")
		}
		g.Rights = may
	case v.Rights != nil:
		if g.Rights, err = readRights(v.Rights, "rights"); err != nil {
			return err
		}
	}
	if v.Mode != nil {
		switch *v.Mode {
		case "automount":
			g.Mode = postroom.Automount
		case "offer":
			g.Mode = postroom.Offer
		default:
			return jmapwire.InvalidProperties("a mode is automount or offer", "mode")
		}
	}
	return setUntil(&g.Until, o, v.Until)
}

// setUntil sets when something ends, if that is among what o sets: null is never.
func setUntil(until *time.Time, o jmapwire.Object, text *string) error {
	if raw, is := o["until"]; is && jmapwire.IsNull(raw) {
		*until = time.Time{}
	} else if text != nil {
		at, ok := jmapwire.ParseUTCDate(*text)
		if !ok {
			return jmapwire.InvalidProperties("not a UTCDate", "until")
		}
		*until = at
	}
	return nil
}

// grantSet is Grant/set.
func (c *call) grantSet(a jmapwire.Set) (any, error) {
	m, _, _, err := c.grants(a.AccountID)
	if err != nil {
		return nil, err
	}
	return c.set("Grant/set", a, setter{
		state:  func() (string, error) { _, _, state, err := c.grants(a.AccountID); return state, err },
		create: func(raw json.RawMessage) (jmapwire.ID, any, error) { return c.grantCreate(m.Account(), raw) },
		update: func(id jmapwire.ID, raw json.RawMessage) (any, error) {
			return nil, c.grantUpdate(a.AccountID, id, raw)
		},
		destroy: func(id jmapwire.ID) error { return c.grantDestroy(a.AccountID, id) },
	})
}

func (c *call) grantCreate(account postroom.AccountID, raw json.RawMessage) (id jmapwire.ID, told any, err error) {
	var v grantValues
	o, err := v.read(raw)
	if err != nil {
		return "", nil, err
	}
	g := postroom.Grant{Target: postroom.CollectionRef{Account: account, Collection: postroom.RootCollection}}
	if v.Mailbox != nil {
		var ok bool
		if g.Target.Collection, ok = jmapwire.ParseMailboxID(account, *v.Mailbox); !ok {
			return "", nil, jmapwire.InvalidProperties("no such mailbox", "mailboxId")
		}
	}
	if v.Role == nil && v.Rights == nil {
		return "", nil, jmapwire.InvalidProperties("a grant has a role or rights", "role")
	}
	if g.Grantee, err = c.grantee(account, v); err != nil {
		return "", nil, err
	}
	if err := v.onto(&g, o); err != nil {
		return "", nil, err
	}
	if err := c.session.Directory().PutGrant(c.ctx, g); err != nil {
		if postroom.KindOf(err) == postroom.NotFound {
			return "", nil, jmapwire.InvalidProperties("no such mailbox", "mailboxId")
		}
		return "", nil, err
	}
	id = grantID(store.ACLEntry{Grant: g})
	return id, map[string]any{"id": id, "summary": sharing.RightsText(g.Rights, "")}, nil
}

// grantee is who a new grant is for: a principal, or a word such as an address.
func (c *call) grantee(account postroom.AccountID, v grantValues) (postroom.Grantee, error) {
	switch {
	case v.Principal != nil:
		g, ok := parsePrincipalID(*v.Principal)
		if ok {
			var err error
			if ok, err = c.knows(g); err != nil {
				return g, err
			}
		}
		if !ok {
			return g, jmapwire.InvalidProperties("no such principal", "principalId")
		}
		return g, nil
	case v.Grantee != nil:
		g, err := c.session.Directory().FindGrantee(c.ctx, account, *v.Grantee)
		if kind := postroom.KindOf(err); err != nil && (kind == postroom.NotFound || kind == postroom.Invalid) {
			return g, because(err, "grantee")
		}
		return g, err
	}
	return postroom.Grantee{}, jmapwire.InvalidProperties("a grant names a principal or a grantee", "principalId")
}

// findGrant finds one that the session may see.
func (c *call) findGrant(account, id jmapwire.ID) (store.ACLEntry, error) {
	_, list, _, err := c.grants(account)
	if err != nil {
		return store.ACLEntry{}, err
	}
	at := slices.IndexFunc(list, func(e store.ACLEntry) bool { return grantID(e) == id })
	if at < 0 {
		return store.ACLEntry{}, jmapwire.Fail("notFound")
	}
	return list[at], nil
}

func (c *call) grantUpdate(account, id jmapwire.ID, raw json.RawMessage) error {
	e, err := c.findGrant(account, id)
	if err != nil {
		return err
	}
	var v grantValues
	o, err := v.read(raw)
	if err != nil {
		return err
	}
	if v.Mailbox != nil || v.Principal != nil || v.Grantee != nil {
		return jmapwire.InvalidProperties("what is granted to whom stays", "mailboxId", "principalId", "grantee")
	}
	if err := v.onto(&e.Grant, o); err != nil {
		return err
	}
	err = c.session.Directory().PutGrant(c.ctx, e.Grant)
	if postroom.KindOf(err) == postroom.Exists {
		return nil // as it was
	}
	return err
}

func (c *call) grantDestroy(account, id jmapwire.ID) error {
	e, err := c.findGrant(account, id)
	if err != nil {
		return err
	}
	sign := store.Positive
	if e.Negative {
		sign = store.Negative
	}
	return c.session.Directory().RemoveGrant(c.ctx, e.Target, e.Grantee, sign)
}

// describeArgs are the arguments of Grant/describe.
type describeArgs struct {
	Account jmapwire.ID     `jmap:"accountId,required"`
	Role    *string         `jmap:"role"`
	Rights  json.RawMessage `jmap:"rights"`
	Locale  string          `jmap:"locale"`
}

// grantDescribe is Grant/describe: what somebody with a role or rights will be
// able to do, in a sentence, before it is given.
func (c *call) grantDescribe(a describeArgs) (any, error) {
	if _, err := c.mail(a.Account); err != nil {
		return nil, err
	}
	var g postroom.Grant
	v := grantValues{Role: a.Role, Rights: a.Rights}
	if err := v.onto(&g, nil); err != nil {
		return nil, jmapwire.InvalidArguments("no such role or rights")
	}
	return map[string]any{"accountId": a.Account, "rights": rights.JMAP(g.Rights), "summary": sharing.RightsText(g.Rights, a.Locale)}, nil
}
