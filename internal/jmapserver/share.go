package jmapserver

import (
	"encoding/json"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/sharing"
	"postroom/internal/store"
)

// Share is a type of our own (docs/jmap.md): a mailbox, or all mail of an
// account, as it is shared with one person.

var shareProperties = []string{"id", "accountId", "mailboxId", "path", "ownerName", "ownerEmail", "withName", "withEmail", "state", "mode",
	"name", "rights", "role", "since", "until", "grantedBy", "via", "summary"}

// shareGetArgs are the arguments of Share/get.
type shareGetArgs struct {
	jmapwire.Get
	// ByMe lists what the person shares with others.
	ByMe   bool   `jmap:"byMe"`
	Locale string `jmap:"locale"`
}

// shareID is the id of a share: of what, and with whom.
func shareID(s postroom.Share) jmapwire.ID {
	return "S" + jmapwire.MailboxID(s.Target) + "-" + jmapwire.AccountID(s.With.ID)
}

// shareGet is Share/get.
func (c *call) shareGet(a shareGetArgs) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, shareProperties)
	if err != nil {
		return nil, err
	}
	filter := store.ShareFilter{With: c.session.Home()}
	if a.ByMe {
		filter = store.ShareFilter{OfferedBy: c.session.Home()}
	}
	list, err := c.session.Directory().Shares(c.ctx, filter)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(s postroom.Share) bool {
		return s.Kind != postroom.MailCollection && s.Target.Collection != postroom.RootCollection
	})
	state, err := stateOf(list)
	if err != nil {
		return nil, err
	}
	return got(a.Get, state, list, shareID, func(s postroom.Share) any {
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = shareProperty(s, name, a.Locale)
		}
		return o
	})
}

func shareProperty(s postroom.Share, name, locale string) any {
	switch name {
	case "id":
		return shareID(s)
	case "accountId":
		return jmapwire.AccountID(s.Target.Account)
	case "mailboxId":
		if s.Target.Collection != postroom.RootCollection {
			return jmapwire.MailboxID(s.Target)
		}
	case "path":
		return s.Path
	case "ownerName":
		return s.Owner.Name
	case "ownerEmail":
		return s.Owner.Address
	case "withName":
		return s.With.Name
	case "withEmail":
		return s.With.Address
	case "state":
		return s.State.String()
	case "mode":
		return modeName(s.Mode)
	case "name":
		return s.Name
	case "rights":
		return rights.JMAP(s.Rights)
	case "role":
		return textOrNull(rights.RoleOf(s.Rights))
	case "since":
		return jmapwire.UTCDate(s.Since)
	case "until":
		return dateOrNull(s.Until)
	case "grantedBy":
		return textOrNull(s.By.Address)
	case "via":
		return s.Via
	case "summary":
		return sharing.RightsText(s.Rights, locale)
	}
	return nil
}

// modeName is how a share reaches its grantee, in words of the wire.
func modeName(m postroom.ShareMode) string {
	if m == postroom.Automount {
		return "automount"
	}
	return "offer"
}

// shareSet is Share/set: who something is shared with accepts it, declines it,
// or gives it a name.
func (c *call) shareSet(a jmapwire.Set) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	d, home := c.session.Directory(), c.session.Home()
	return c.set("Share/set", a, setter{
		state: func() (string, error) {
			list, err := d.Shares(c.ctx, store.ShareFilter{With: home})
			if err != nil {
				return "", err
			}
			return stateOf(list)
		},
		create: func(json.RawMessage) (jmapwire.ID, any, error) { return "", nil, jmapwire.Fail("forbidden") },
		update: func(id jmapwire.ID, raw json.RawMessage) (any, error) { return nil, c.shareUpdate(id, raw) },
		destroy: func(jmapwire.ID) error {
			return &jmapwire.Error{Type: "forbidden", Description: "a share is declined, or its grant taken back"}
		},
	})
}

// shareValues are the properties of a Share that a client may set.
type shareValues struct {
	State *string `jmap:"state"`
	Name  *string `jmap:"name"`
}

func (c *call) shareUpdate(id jmapwire.ID, raw json.RawMessage) error {
	d, home := c.session.Directory(), c.session.Home()
	list, err := d.Shares(c.ctx, store.ShareFilter{With: home})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(s postroom.Share) bool { return shareID(s) == id })
	if at < 0 {
		return jmapwire.Fail("notFound")
	}
	share := list[at]
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return jmapwire.InvalidPatch("not an object")
	}
	var v shareValues
	if err := jmapwire.Decode(o, &v); err != nil {
		return jmapwire.InvalidProperties(err.Description, err.Properties...)
	}
	state, name := share.State.String(), share.Name
	if v.State != nil {
		state = *v.State
	}
	if v.Name != nil {
		name = *v.Name
	}
	switch {
	case v.State == nil && v.Name == nil:
		return nil
	case state == postroom.ShareDeclined.String():
		return d.DeclineShare(c.ctx, home, share.Target)
	case state == postroom.ShareAccepted.String():
		return d.AcceptShare(c.ctx, home, share.Target, strings.TrimSpace(name))
	}
	return jmapwire.InvalidProperties("a share is accepted or declined", "state")
}
