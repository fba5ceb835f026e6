package jmapserver

import (
	"encoding/json"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// mailboxSetArgs are the arguments of Mailbox/set (RFC 8621 §2.5).
type mailboxSetArgs struct {
	jmapwire.Set
	OnDestroyRemoveEmails bool `jmap:"onDestroyRemoveEmails"`
}

// mailboxValues are the properties of a Mailbox that a client may set. Rights
// and counts are the server's.
type mailboxValues struct {
	Name         *string        `jmap:"name"`
	ParentID     *jmapwire.Ref  `jmap:"parentId"`
	Role         *string        `jmap:"role"`
	SortOrder    *jmapwire.UInt `jmap:"sortOrder"`
	IsSubscribed *bool          `jmap:"isSubscribed"`

	toTop bool // parentId is null
}

// mailboxSet is Mailbox/set.
func (c *call) mailboxSet(a mailboxSetArgs) (any, error) {
	open := c.changeable
	if onlySubscribes(a.Set) {
		open = c.mail // what one subscribes to is one's own
	}
	m, err := open(a.AccountID)
	if err != nil {
		return nil, err
	}
	return c.set("Mailbox/set", a.Set, setter{
		state: func() (string, error) {
			_, state, err := m.Mailboxes(c.ctx)
			return state, err
		},
		create:  func(raw json.RawMessage) (jmapwire.ID, any, error) { return c.mailboxCreate(m, raw) },
		update:  func(id jmapwire.ID, raw json.RawMessage) (any, error) { return nil, c.mailboxUpdate(m, id, raw) },
		destroy: func(id jmapwire.ID) error { return c.mailboxDestroy(m, id, a.OnDestroyRemoveEmails) },
	})
}

// onlySubscribes reports whether a set changes nothing but what the person
// subscribes to.
func onlySubscribes(a jmapwire.Set) bool {
	for _, raw := range a.Update {
		patches, bad := jmapwire.ParsePatch(raw)
		if bad != nil || len(patches) != 1 || patches[0].Key() != "isSubscribed" {
			return false
		}
	}
	return len(a.Create)+len(a.Destroy) == 0 && len(a.Update) > 0
}

// read reads the values; a name is one path component.
func (v *mailboxValues) read(o jmapwire.Object) error {
	if err := jmapwire.Decode(o, v); err != nil {
		return jmapwire.InvalidProperties(err.Description, err.Properties...)
	}
	raw, is := o["parentId"]
	v.toTop = is && jmapwire.IsNull(raw)
	if v.Name != nil && (*v.Name == "" || strings.Contains(*v.Name, "/")) {
		return jmapwire.InvalidProperties("a name is not empty and has no slash", "name")
	}
	if v.SortOrder != nil && *v.SortOrder >= 1<<31 {
		return jmapwire.InvalidProperties("too large", "sortOrder")
	}
	return nil
}

// findMailbox finds a mailbox in sight.
func (c *call) findMailbox(m *store.Mail, id jmapwire.ID) (store.MailMailbox, error) {
	list, _, err := m.Mailboxes(c.ctx)
	if err != nil {
		return store.MailMailbox{}, err
	}
	for _, b := range list {
		if jmapwire.MailboxID(b.Ref) == id {
			return b, nil
		}
	}
	return store.MailMailbox{}, jmapwire.Fail("notFound")
}

// parentPath is the path of the mailbox that is to be the parent.
func (c *call) parentPath(m *store.Mail, ref jmapwire.Ref) (string, error) {
	id, _ := c.id(ref)
	b, err := c.findMailbox(m, id)
	if err != nil {
		return "", jmapwire.InvalidProperties("no such mailbox", "parentId")
	}
	return b.Path, nil
}

func (c *call) mailboxCreate(m *store.Mail, raw json.RawMessage) (jmapwire.ID, any, error) {
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return "", nil, jmapwire.InvalidProperties("not an object")
	}
	var v mailboxValues
	if err := v.read(o); err != nil {
		return "", nil, err
	}
	if v.Name == nil {
		return "", nil, jmapwire.InvalidProperties("missing", "name")
	}
	path := ""
	if v.ParentID != nil {
		var err error
		if path, err = c.parentPath(m, *v.ParentID); err != nil {
			return "", nil, err
		}
	}
	spec := store.NewMailbox{Path: path + "/" + *v.Name}
	if v.Role != nil {
		spec.Role = postroom.Role(*v.Role)
	}
	ref, err := m.CreateMailbox(c.ctx, spec)
	if err != nil {
		return "", nil, nameInvalid(err)
	}
	id := jmapwire.MailboxID(ref)
	b, err := c.findMailbox(m, id)
	if err != nil {
		return "", nil, err
	}
	if err := c.mailboxPlace(m, b, v); err != nil {
		return "", nil, err
	}
	made, err := c.findMailbox(m, id)
	if err != nil {
		return "", nil, err
	}
	told := mailboxObject(made, []string{"id", "sortOrder", "totalEmails", "unreadEmails", "totalThreads", "unreadThreads", "myRights", "isSubscribed"})
	return id, told, nil
}

// nameInvalid says which property a store's refusal is about.
func nameInvalid(err error) error {
	switch postroom.KindOf(err) {
	case postroom.NotFound: // what it is to be below, not what was found
		return jmapwire.Fail("forbidden")
	case postroom.Exists, postroom.Invalid:
		property := "name"
		if strings.Contains(postroom.TextOf(err), "special use") {
			property = "role"
		}
		return because(err, property)
	}
	return err
}

// mailboxPlace sets the place among its siblings and the subscription.
func (c *call) mailboxPlace(m *store.Mail, b store.MailMailbox, v mailboxValues) error {
	if v.SortOrder != nil && int(*v.SortOrder) != sortOrder(b) {
		if err := m.SetOrder(c.ctx, b.Ref.Collection, int(*v.SortOrder)); err != nil {
			return err
		}
	}
	if v.IsSubscribed == nil || *v.IsSubscribed == b.Subscribed {
		return nil
	}
	wish := store.Unsubscribed
	if *v.IsSubscribed {
		wish = store.Subscribed
	}
	return m.Subscribe(c.ctx, b.Ref.Collection, wish)
}

func (c *call) mailboxUpdate(m *store.Mail, id jmapwire.ID, raw json.RawMessage) error {
	b, err := c.findMailbox(m, id)
	if err != nil {
		return err
	}
	patches, bad := jmapwire.ParsePatch(raw)
	if bad != nil {
		return bad
	}
	if shares, err := c.sharesAlone(patches); shares || err != nil {
		if err == nil {
			err = c.setShareWith(b, patches)
		}
		return err
	}
	o := make(jmapwire.Object)
	for _, p := range patches {
		if len(p.Path) != 1 {
			return jmapwire.InvalidPatch("nothing is at " + p.Key())
		}
		o[p.Path[0]] = p.Value
	}
	var v mailboxValues
	if err := v.read(o); err != nil {
		return err
	}
	if role, is := o["role"]; is && (jmapwire.IsNull(role) != (b.Role == "") || v.Role != nil && postroom.Role(*v.Role) != b.Role) {
		return jmapwire.InvalidProperties("a role is given when a mailbox is made", "role")
	}
	path, err := c.newPath(m, b, v)
	if err != nil {
		return err
	}
	if path != b.Path {
		if b.Ref.Collection < postroom.FirstUserCreated {
			return jmapwire.InvalidProperties("this mailbox keeps its name and place", "name")
		}
		if err := c.session.RenameCollection(c.ctx, b.Ref, path); err != nil {
			return nameInvalid(err)
		}
	}
	return c.mailboxPlace(m, b, v)
}

// newPath is where a mailbox is to be.
func (c *call) newPath(m *store.Mail, b store.MailMailbox, v mailboxValues) (string, error) {
	parent, name := b.Path[:strings.LastIndexByte(b.Path, '/')], b.Name
	switch {
	case v.toTop:
		parent = ""
	case v.ParentID != nil:
		var err error
		if parent, err = c.parentPath(m, *v.ParentID); err != nil {
			return "", err
		}
	}
	if v.Name != nil {
		name = *v.Name
	}
	return parent + "/" + name, nil
}

func (c *call) mailboxDestroy(m *store.Mail, id jmapwire.ID, withEmails bool) error {
	b, err := c.findMailbox(m, id)
	if err != nil {
		return err
	}
	switch {
	case !b.Rights.Has(postroom.Lookup | postroom.DeleteCollection):
		return jmapwire.Fail("forbidden")
	case b.Ref.Collection < postroom.FirstUserCreated:
		return &jmapwire.Error{Type: "forbidden", Description: "every account has this mailbox"}
	case b.HasChildren:
		return jmapwire.Fail("mailboxHasChild")
	case !withEmails && (b.Total > 0 || !b.Rights.Has(postroom.Read)):
		return jmapwire.Fail("mailboxHasEmail")
	}
	err = c.session.DeleteCollection(c.ctx, b.Ref)
	if postroom.KindOf(err) == postroom.NotEmpty {
		return jmapwire.Fail("mailboxHasChild")
	}
	return err
}
