package jmapserver

import (
	"encoding/json"
	"maps"
	"slices"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// shareWith is the property of draft-ietf-jmap-mail-sharing: what principals
// may do with a mailbox by a grant on this very mailbox. It is nil, null on the
// wire, for who may not share it.
func (c *call) shareWith(b store.MailMailbox) (map[jmapwire.ID]rights.MailboxRights, error) {
	if !b.Rights.Has(postroom.Administer) {
		return nil, nil
	}
	entries, err := c.session.ACL(c.ctx, b.Ref)
	if kind := postroom.KindOf(err); kind == postroom.NotFound || kind == postroom.Denied {
		return nil, nil // lost meanwhile
	}
	all := make(map[jmapwire.ID]rights.MailboxRights)
	for _, e := range entries {
		if id := principalID(e.Grantee); id != "" && !e.Negative {
			all[id] = rights.JMAP(e.Rights)
		}
	}
	return all, err
}

// allShares reads shareWith of mailboxes.
func (c *call) allShares(list []store.MailMailbox) (map[postroom.CollectionRef]any, error) {
	all := make(map[postroom.CollectionRef]any, len(list))
	for _, b := range list {
		with, err := c.shareWith(b)
		if err != nil {
			return nil, err
		}
		all[b.Ref] = nil
		if with != nil {
			all[b.Ref] = with
		}
	}
	return all, nil
}

// setShareWith changes with whom a mailbox is shared: raw is a whole map, or
// with whom not empty the entry of one principal. What JMAP has no words for, the end and
// the way of a share, stays as it is.
func (c *call) setShareWith(b store.MailMailbox, whom jmapwire.ID, raw json.RawMessage) error {
	wanted := make(map[jmapwire.ID]json.RawMessage)
	if whom != "" {
		wanted[whom] = raw
	} else {
		if !jmapwire.IsNull(raw) && json.Unmarshal(raw, &wanted) != nil {
			return jmapwire.InvalidProperties("a map of principals to rights", "shareWith")
		}
		now, err := c.shareWith(b)
		if err != nil {
			return err
		}
		for id := range now {
			if _, is := wanted[id]; !is {
				wanted[id] = json.RawMessage("null")
			}
		}
	}
	if !b.Rights.Has(postroom.Administer) {
		return jmapwire.Fail("forbidden")
	}
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		if err := c.shareWithOne(b.Ref, id, wanted[id]); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) shareWithOne(ref postroom.CollectionRef, id jmapwire.ID, raw json.RawMessage) error {
	grantee, ok := parsePrincipalID(id)
	if !ok {
		return jmapwire.InvalidProperties("no such principal", "shareWith/"+string(id))
	}
	entries, err := c.session.ACL(c.ctx, ref)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(entries, func(e store.ACLEntry) bool { return e.Grantee == grantee && !e.Negative })
	if jmapwire.IsNull(raw) {
		if at < 0 {
			return nil
		}
		return c.session.Directory().RemoveGrant(c.ctx, ref, grantee, store.Positive)
	}
	may, err := readRights(raw, "shareWith/"+string(id))
	if err != nil {
		return err
	}
	g := postroom.Grant{Target: ref, Grantee: grantee, Rights: may}
	if at < 0 {
		// Who may not know of a principal gets the answer of one there is not.
		if _, err := c.principal(grantee); err != nil {
			return err
		}
	} else {
		old := entries[at].Grant
		if rights.JMAP(old.Rights) == rights.JMAP(may) {
			return nil
		}
		g.Until, g.Mode = old.Until, old.Mode
		g.Rights |= old.Rights &^ spoken
	}
	return c.session.Directory().PutGrant(c.ctx, g)
}

// spoken are the rights that JMAP has words for.
var spoken = rights.MailboxRights{MayReadItems: true, MayAddItems: true, MayRemoveItems: true, MaySetSeen: true, MaySetKeywords: true,
	MayCreateChild: true, MayRename: true, MayDelete: true, MaySubmit: true, MayShare: true}.Rights()

// rightsValues is a MailboxRights object as it is read.
type rightsValues struct {
	ReadItems   bool `jmap:"mayReadItems"`
	AddItems    bool `jmap:"mayAddItems"`
	RemoveItems bool `jmap:"mayRemoveItems"`
	SetSeen     bool `jmap:"maySetSeen"`
	SetKeywords bool `jmap:"maySetKeywords"`
	CreateChild bool `jmap:"mayCreateChild"`
	Rename      bool `jmap:"mayRename"`
	Delete      bool `jmap:"mayDelete"`
	Submit      bool `jmap:"maySubmit"`
	Share       bool `jmap:"mayShare"`
}

// readRights reads a MailboxRights object; what is not named is not given.
func readRights(raw json.RawMessage, property string) (postroom.Rights, error) {
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return 0, jmapwire.InvalidProperties("rights are an object", property)
	}
	var v rightsValues
	if err := jmapwire.Decode(o, &v); err != nil {
		return 0, jmapwire.InvalidProperties(err.Description, property)
	}
	return rights.MailboxRights{MayReadItems: v.ReadItems, MayAddItems: v.AddItems, MayRemoveItems: v.RemoveItems, MaySetSeen: v.SetSeen,
		MaySetKeywords: v.SetKeywords, MayCreateChild: v.CreateChild, MayRename: v.Rename, MayDelete: v.Delete, MaySubmit: v.Submit,
		MayShare: v.Share}.Rights(), nil
}

// principal finds the principal of a grantee among those the session may know
// of.
func (c *call) principal(g postroom.Grantee) (principal, error) {
	list, err := c.principals()
	if err != nil {
		return principal{}, err
	}
	for _, p := range list {
		if p.ID == principalID(g) {
			return p, nil
		}
	}
	return principal{}, jmapwire.InvalidProperties("no such principal", "shareWith/"+string(principalID(g)))
}
