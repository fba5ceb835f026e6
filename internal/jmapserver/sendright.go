package jmapserver

import (
	"encoding/json"
	"fmt"
	"slices"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// SendRight is a type of our own (docs/jmap.md): who may send as an account, or
// on its behalf, and until when.

var sendRightProperties = []string{"id", "principalId", "grantee", "right", "isDenied", "displayedSender", "since", "until"}

// displayedSenders are words for whether recipients see who sent.
var displayedSenders = [...]string{postroom.InheritSender: "inherit", postroom.HideSender: "hide", postroom.ShowSender: "show"}

func sendRightID(g postroom.SendGrant) jmapwire.ID {
	id := fmt.Sprintf("D%d-%d-%d-%d", g.Target.Account, g.Grantee.Kind, g.Grantee.ID, g.Right)
	if g.Deny {
		id += "n"
	}
	return jmapwire.ID(id)
}

// sendRights are the entries on an account, for who may change them.
func (c *call) sendRights(id jmapwire.ID) (account postroom.AccountID, list []store.SendEntry, state string, err error) {
	m, err := c.mail(id)
	if err != nil {
		return 0, nil, "", err
	}
	if list, err = c.session.Directory().SendGrants(c.ctx, postroom.SendTarget{Account: m.Account()}); err != nil {
		// Who sees an account and may not ask is refused.
		if postroom.KindOf(err) == postroom.NotFound {
			err = jmapwire.Fail("forbidden")
		}
		return 0, nil, "", err
	}
	state, err = stateOf(list)
	return m.Account(), list, state, err
}

// sendRightGet is SendRight/get.
func (c *call) sendRightGet(a jmapwire.Get) (any, error) {
	_, list, state, err := c.sendRights(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, sendRightProperties)
	if err != nil {
		return nil, err
	}
	return got(a, state, list, func(e store.SendEntry) jmapwire.ID { return sendRightID(e.SendGrant) }, func(e store.SendEntry) any {
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = sendRightProperty(e, name)
		}
		return o
	})
}

func sendRightProperty(e store.SendEntry, name string) any {
	switch name {
	case "id":
		return sendRightID(e.SendGrant)
	case "principalId":
		if id := principalID(e.Grantee); id != "" {
			return id
		}
	case "grantee":
		return e.GranteeName
	case "right":
		return e.Right.String()
	case "isDenied":
		return e.Deny
	case "displayedSender":
		return displayedSenders[e.Displayed]
	case "since":
		return jmapwire.UTCDate(e.Since)
	case "until":
		return dateOrNull(e.Until)
	}
	return nil
}

// sendRightValues are the properties of a SendRight that a client may set.
type sendRightValues struct {
	Principal *jmapwire.ID `jmap:"principalId"`
	Grantee   *string      `jmap:"grantee"`
	Right     *string      `jmap:"right"`
	Displayed *string      `jmap:"displayedSender"`
	Until     *string      `jmap:"until"`
}

// read reads the values onto an entry.
func (v *sendRightValues) read(g *postroom.SendGrant, raw json.RawMessage) error {
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return jmapwire.InvalidProperties("not an object")
	}
	if err := jmapwire.Decode(o, v); err != nil {
		return jmapwire.InvalidProperties(err.Description, err.Properties...)
	}
	if v.Right != nil {
		right, ok := postroom.ParseSendRight(*v.Right)
		if !ok {
			return jmapwire.InvalidProperties("a right is sendAs or sendOnBehalfOf", "right")
		}
		g.Right = right
	}
	if v.Displayed != nil {
		at := slices.Index(displayedSenders[:], *v.Displayed)
		if at < 0 {
			return jmapwire.InvalidProperties("a displayed sender is inherit, hide or show", "displayedSender")
		}
		g.Displayed = postroom.DisplayedSender(at)
	}
	return setUntil(&g.Until, o, v.Until)
}

// sendRightSet is SendRight/set.
func (c *call) sendRightSet(a jmapwire.Set) (any, error) {
	account, _, _, err := c.sendRights(a.AccountID)
	if err != nil {
		return nil, err
	}
	return c.set("SendRight/set", a, setter{
		state:  func() (string, error) { _, _, state, err := c.sendRights(a.AccountID); return state, err },
		create: func(raw json.RawMessage) (jmapwire.ID, any, error) { return c.sendRightCreate(account, raw) },
		update: func(id jmapwire.ID, raw json.RawMessage) (any, error) {
			return nil, c.sendRightUpdate(a.AccountID, id, raw)
		},
		destroy: func(id jmapwire.ID) error {
			e, err := c.findSendRight(a.AccountID, id)
			if err != nil {
				return err
			}
			return c.session.Directory().RemoveSendGrant(c.ctx, e.SendGrant)
		},
	})
}

func (c *call) sendRightCreate(account postroom.AccountID, raw json.RawMessage) (id jmapwire.ID, told any, err error) {
	var v sendRightValues
	g := postroom.SendGrant{Target: postroom.SendTarget{Account: account}}
	if err := v.read(&g, raw); err != nil {
		return "", nil, err
	}
	if v.Right == nil {
		return "", nil, jmapwire.InvalidProperties("a right is sendAs or sendOnBehalfOf", "right")
	}
	if g.Grantee, err = c.grantee(account, grantValues{Principal: v.Principal, Grantee: v.Grantee}); err != nil {
		return "", nil, err
	}
	if err := c.session.Directory().PutSendGrant(c.ctx, g); err != nil {
		return "", nil, err
	}
	id = sendRightID(g)
	return id, map[string]any{"id": id}, nil
}

// findSendRight finds one that the session may change.
func (c *call) findSendRight(account, id jmapwire.ID) (store.SendEntry, error) {
	_, list, _, err := c.sendRights(account)
	if err != nil {
		return store.SendEntry{}, err
	}
	at := slices.IndexFunc(list, func(e store.SendEntry) bool { return sendRightID(e.SendGrant) == id })
	if at < 0 {
		return store.SendEntry{}, jmapwire.Fail("notFound")
	}
	return list[at], nil
}

func (c *call) sendRightUpdate(account, id jmapwire.ID, raw json.RawMessage) error {
	e, err := c.findSendRight(account, id)
	if err != nil {
		return err
	}
	var v sendRightValues
	g := e.SendGrant
	if err := v.read(&g, raw); err != nil {
		return err
	}
	if v.Principal != nil || v.Grantee != nil || g.Right != e.Right {
		return jmapwire.InvalidProperties("who may do what stays: take it back and give another", "principalId", "grantee", "right")
	}
	err = c.session.Directory().PutSendGrant(c.ctx, g)
	if postroom.KindOf(err) == postroom.Exists {
		return nil // as it was
	}
	return err
}
