package jmapserver

import (
	"cmp"
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

// sharesAlone reports whether an update is about shareWith. It is by itself:
// what is shared is one act, and so is any other change of a mailbox.
func (c *call) sharesAlone(patches []jmapwire.Patch) (bool, error) {
	if !slices.Contains(c.using, mailShareCapability) {
		return false, nil
	}
	n := 0
	for _, p := range patches {
		if p.Path[0] == "shareWith" {
			n++
		}
		if p.Path[0] == "shareWith" && len(p.Path) > 2 {
			return false, jmapwire.InvalidPatch("the rights of a principal are set as a whole: " + p.Key())
		}
	}
	if n > 0 && n < len(patches) {
		return false, jmapwire.InvalidProperties("is changed by itself, not with other properties", "shareWith")
	}
	return n > 0, nil
}

// setShareWith changes with whom a mailbox is shared, all of it or nothing.
// What JMAP has no words for, the end and the way of a share, stays as it is.
func (c *call) setShareWith(b store.MailMailbox, patches []jmapwire.Patch) error {
	if !b.Rights.Has(postroom.Administer) {
		return jmapwire.Fail("forbidden")
	}
	entries, err := c.session.ACL(c.ctx, b.Ref)
	if err != nil {
		return err
	}
	wanted := make(map[jmapwire.ID]json.RawMessage)
	for _, p := range patches {
		if len(p.Path) == 2 {
			wanted[jmapwire.ID(p.Path[1])] = p.Value
			continue
		}
		if !jmapwire.IsNull(p.Value) && json.Unmarshal(p.Value, &wanted) != nil {
			return jmapwire.InvalidProperties("a map of principals to rights", "shareWith")
		}
		for _, e := range entries {
			if id := principalID(e.Grantee); id != "" && !e.Negative && wanted[id] == nil {
				wanted[id] = json.RawMessage("null")
			}
		}
	}
	var acts []func(*store.Directory) error
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		act, err := c.shareAct(b.Ref, entries, id, wanted[id])
		if err != nil {
			return err
		}
		if act != nil {
			acts = append(acts, act)
		}
	}
	if len(acts) == 0 {
		return nil
	}
	return c.session.Directory().Together(c.ctx, func(d *store.Directory) error {
		for _, act := range acts {
			if err := act(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// shareAct is what gives a principal rights, or takes them; nil when nothing is
// to be done.
func (c *call) shareAct(ref postroom.CollectionRef, entries []store.ACLEntry, id jmapwire.ID, raw json.RawMessage) (func(*store.Directory) error, error) {
	unknown := jmapwire.InvalidProperties("no such principal", "shareWith/"+string(id))
	grantee, ok := parsePrincipalID(id)
	if !ok {
		return nil, unknown
	}
	at := slices.IndexFunc(entries, func(e store.ACLEntry) bool { return e.Grantee == grantee && !e.Negative })
	if jmapwire.IsNull(raw) {
		if at < 0 {
			return nil, nil
		}
		return func(d *store.Directory) error { return d.RemoveGrant(c.ctx, ref, grantee, store.Positive) }, nil
	}
	may, err := readRights(raw, "shareWith/"+string(id))
	if err != nil {
		return nil, err
	}
	g := postroom.Grant{Target: ref, Grantee: grantee, Rights: may}
	if at < 0 {
		// Who may not know of a principal gets the answer of one there is not.
		if known, err := c.knows(grantee); err != nil || !known {
			return nil, cmp.Or(err, error(unknown))
		}
	} else {
		old := entries[at].Grant
		if rights.JMAP(old.Rights) == rights.JMAP(may) {
			return nil, nil
		}
		g.Until, g.Mode = old.Until, old.Mode
		g.Rights |= old.Rights &^ spoken
	}
	return func(d *store.Directory) error { return d.PutGrant(c.ctx, g) }, nil
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

// knows reports whether the session may know of a principal.
func (c *call) knows(g postroom.Grantee) (bool, error) {
	list, err := c.principals()
	return slices.ContainsFunc(list, func(p principal) bool { return p.ID == principalID(g) }), err
}
