package jmapserver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/message"
	"postroom/internal/store"
)

// identityProperties are those of an Identity (RFC 8621 §6); the last three are
// of our own capability: whose address it is, who is shown as Sender, and
// whether it came by itself with a right to send.
var (
	identityProperties = []string{"id", "name", "email", "replyTo", "bcc", "textSignature", "htmlSignature", "mayDelete"}
	identityOwn        = []string{"targetAccountId", "displayedSender", "isAutomatic"}
)

// identities are those one may send as from an account: in one's own all, in
// another those of its addresses, so that a draft there has its sender beside
// it.
func (c *call) identities(account postroom.AccountID) ([]postroom.Identity, error) {
	all, err := c.session.Identities(c.ctx)
	return identitiesIn(c.session, all, account), err
}

// identitiesIn are those of all identities of a session that an account has, in
// order: all of them are in its home.
func identitiesIn(session *store.Session, all []postroom.Identity, account postroom.AccountID) []postroom.Identity {
	all = slices.Clone(all)
	if account != session.Home() {
		all = slices.DeleteFunc(all, func(i postroom.Identity) bool { return i.Target.Account != account })
	}
	primary := ""
	for _, i := range all {
		if i.Target.Account == account {
			primary = i.Address
			break
		}
	}
	postroom.SortIdentities(all, postroom.SendTarget{Account: account}, primary)
	return all
}

// identityID is the id of an identity: its number, or what stands for the
// address of one that comes by itself.
func identityID(i postroom.Identity) jmapwire.ID {
	if !i.Automatic {
		return jmapwire.ID("I" + strconv.FormatInt(int64(i.ID), 10))
	}
	sum := sha256.Sum256([]byte(i.Address))
	return jmapwire.ID("IA" + hex.EncodeToString(sum[:10]))
}

// stateOf stands for objects that have no change log: identities, say, come and
// go with rights.
func stateOf(objects any) (string, error) {
	b, err := json.Marshal(objects)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:10]), err
}

// identityGet is Identity/get (RFC 8621 §6.1).
func (c *call) identityGet(a jmapwire.Get) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	known := identityProperties
	if slices.Contains(c.using, sharedCapability) {
		known = slices.Concat(identityProperties, identityOwn)
	}
	properties, err := chosen(a.Properties, known)
	if err != nil {
		return nil, err
	}
	all, err := c.identities(m.Account())
	if err != nil {
		return nil, err
	}
	state, err := stateOf(all)
	if err != nil {
		return nil, err
	}
	senders := make(map[string]any)
	if slices.Contains(properties, "displayedSender") {
		for _, i := range all {
			if senders[i.Address], err = c.displayedSender(i.Address); err != nil {
				return nil, err
			}
		}
	}
	return got(a, state, all, identityID, func(i postroom.Identity) any {
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = identityProperty(i, name, senders[i.Address])
		}
		return o
	})
}

// displayedSender is who recipients see beside an address, nil for nobody.
func (c *call) displayedSender(address string) (any, error) {
	proof, err := c.session.Identity(c.ctx, address)
	if postroom.KindOf(err) == postroom.Denied || err == nil && proof.Sender == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return emailAddress{proof.SenderName, proof.Sender}.object(), nil
}

// emailAddress is an EmailAddress (RFC 8621 §4.1.2.3).
type emailAddress struct{ name, email string }

func (a emailAddress) object() map[string]any {
	o := map[string]any{"name": nil, "email": a.email}
	if a.name != "" {
		o["name"] = a.name
	}
	return o
}

func identityProperty(i postroom.Identity, name string, sender any) any {
	switch name {
	case "id":
		return identityID(i)
	case "name":
		return i.Display
	case "email":
		return i.Address
	case "replyTo":
		if i.ReplyTo == "" {
			return nil
		}
		list := []any{}
		for _, a := range message.ParseAddresses(i.ReplyTo) {
			list = append(list, emailAddress{a.DisplayName(), a.Mailbox + "@" + a.Host}.object())
		}
		return list
	case "bcc":
		return nil
	case "textSignature":
		return i.Signature
	case "htmlSignature":
		return i.SignatureHTML
	case "mayDelete":
		return !i.Automatic
	case "targetAccountId":
		if i.Target.Account == 0 {
			return nil
		}
		return jmapwire.AccountID(i.Target.Account)
	case "displayedSender":
		return sender
	}
	return i.Automatic
}

// identityChanges is Identity/changes (RFC 8621 §6.2).
func (c *call) identityChanges(a jmapwire.Changes) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	all, err := c.identities(m.Account())
	if err != nil {
		return nil, err
	}
	state, err := stateOf(all)
	return unchanged(a, state), orCannot(a, state, err)
}

// unchanged is the response of a /changes of what has no log, when nothing has
// changed; orCannot is its error when something has.
func unchanged(a jmapwire.Changes, state string) jmapwire.Changed {
	return jmapwire.Changed{AccountID: a.AccountID, OldState: a.SinceState, NewState: state, Created: []jmapwire.ID{},
		Updated: []jmapwire.ID{}, Destroyed: []jmapwire.ID{}}
}

func orCannot(a jmapwire.Changes, state string, err error) error {
	if err == nil && state != a.SinceState {
		return jmapwire.Fail("cannotCalculateChanges")
	}
	return err
}

// identitySet is Identity/set (RFC 8621 §6.3).
func (c *call) identitySet(a jmapwire.Set) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	account := m.Account()
	return c.set("Identity/set", a, setter{
		state: func() (string, error) {
			all, err := c.identities(account)
			if err != nil {
				return "", err
			}
			return stateOf(all)
		},
		create:  func(raw json.RawMessage) (jmapwire.ID, any, error) { return c.identityCreate(account, raw) },
		update:  func(id jmapwire.ID, raw json.RawMessage) (any, error) { return nil, c.identityUpdate(account, id, raw) },
		destroy: func(id jmapwire.ID) error { return c.identityDestroy(account, id) },
	})
}

// chosenIdentity finds one that may be changed: made by the person, for their
// own account.
func (c *call) chosenIdentity(account postroom.AccountID, id jmapwire.ID) (postroom.Identity, error) {
	all, err := c.identities(account)
	if err != nil {
		return postroom.Identity{}, err
	}
	at := slices.IndexFunc(all, func(i postroom.Identity) bool { return identityID(i) == id })
	if at < 0 {
		return postroom.Identity{}, jmapwire.Fail("notFound")
	}
	if all[at].Automatic {
		return all[at], &jmapwire.Error{Type: "forbidden", Description: "this identity comes and goes with the right to send: make one of your own with its address"}
	}
	return all[at], nil
}

func (c *call) identityCreate(account postroom.AccountID, raw json.RawMessage) (jmapwire.ID, any, error) {
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return "", nil, jmapwire.InvalidProperties("not an object")
	}
	i := postroom.Identity{Account: account}
	if err := applyIdentity(&i, o); err != nil {
		return "", nil, err
	}
	if account != c.session.Home() {
		return "", nil, &jmapwire.Error{Type: "forbidden", Description: "identities are made in one's own account"}
	}
	if i.Address == "" {
		return "", nil, jmapwire.InvalidProperties("an identity needs an address", "email")
	}
	proof, err := c.session.Identity(c.ctx, i.Address)
	if postroom.KindOf(err) == postroom.Denied {
		return "", nil, saying("forbiddenFrom", err)
	}
	if err != nil {
		return "", nil, err
	}
	i.Address = proof.Address
	if err := c.nameIdentity(&i); err != nil {
		return "", nil, err
	}
	made, err := c.session.Directory().CreateIdentity(c.ctx, i)
	if err != nil {
		return "", nil, err
	}
	id := identityID(made)
	return id, map[string]any{"id": id, "mayDelete": true, "replyTo": identityProperty(made, "replyTo", nil)}, nil
}

// nameIdentity gives a new identity a name that no other of the account has:
// JMAP knows no such names.
func (c *call) nameIdentity(i *postroom.Identity) error {
	all, err := c.session.Identities(c.ctx)
	if err != nil {
		return err
	}
	base := strings.TrimSpace(i.Display + " <" + i.Address + ">")
	i.Name = base
	for n := 2; slices.ContainsFunc(all, func(o postroom.Identity) bool { return !o.Automatic && strings.EqualFold(o.Name, i.Name) }); n++ {
		i.Name = base + " " + strconv.Itoa(n)
	}
	return nil
}

func (c *call) identityUpdate(account postroom.AccountID, id jmapwire.ID, raw json.RawMessage) error {
	i, err := c.chosenIdentity(account, id)
	if err != nil {
		return err
	}
	patches, bad := jmapwire.ParsePatch(raw)
	if bad != nil {
		return bad
	}
	o := make(jmapwire.Object, len(patches))
	for _, p := range patches {
		if len(p.Path) != 1 {
			return jmapwire.InvalidPatch("properties of an identity are set as a whole")
		}
		o[p.Path[0]] = p.Value
	}
	if email, is := o["email"]; is {
		var s string
		if json.Unmarshal(email, &s) != nil || s != i.Address { // immutable, §6
			return jmapwire.InvalidProperties("the address of an identity cannot be changed", "email")
		}
	}
	if err := applyIdentity(&i, o); err != nil {
		return err
	}
	return c.session.Directory().UpdateIdentity(c.ctx, i)
}

func (c *call) identityDestroy(account postroom.AccountID, id jmapwire.ID) error {
	i, err := c.chosenIdentity(account, id)
	if err != nil {
		return err
	}
	return c.session.Directory().DeleteIdentity(c.ctx, i.ID)
}

// applyIdentity sets the properties given.
func applyIdentity(i *postroom.Identity, o jmapwire.Object) error {
	for name, raw := range o {
		var to *string
		switch name {
		case "name":
			to = &i.Display
		case "email":
			to = &i.Address
		case "textSignature":
			to = &i.Signature
		case "htmlSignature":
			to = &i.SignatureHTML
		case "replyTo":
			text, err := readReplyTo(raw)
			if err != nil {
				return err
			}
			i.ReplyTo = text
			continue
		case "bcc":
			if jmapwire.IsNull(raw) {
				continue
			}
			return jmapwire.InvalidProperties("identities have no Bcc here", "bcc")
		default:
			return because(postroom.Errorf(postroom.Invalid, "cannot be set: %s", name), name)
		}
		if jmapwire.IsNull(raw) || json.Unmarshal(raw, to) != nil {
			return jmapwire.InvalidProperties("not a string", name)
		}
	}
	return nil
}

// readReplyTo reads a list of EmailAddress: the addresses with commas between
// them, without names.
func readReplyTo(raw json.RawMessage) (string, error) {
	var list []struct {
		Name  *string `json:"name"`
		Email string  `json:"email"`
	}
	if json.Unmarshal(raw, &list) != nil {
		return "", jmapwire.InvalidProperties("not a list of addresses", "replyTo")
	}
	all := make([]string, 0, len(list))
	for _, a := range list {
		if !strings.Contains(a.Email, "@") || strings.Contains(a.Email, ",") {
			return "", because(postroom.Errorf(postroom.Invalid, "not an address: %s", a.Email), "replyTo")
		}
		all = append(all, a.Email)
	}
	return strings.Join(all, ", "), nil
}

// identityCheckArgs are the arguments of Identity/check.
type identityCheckArgs struct {
	AccountID jmapwire.ID `jmap:"accountId,required"`
	Email     string      `jmap:"email,required"`
}

// identityChecked says whether an address may be used, and if not, why.
type identityChecked struct {
	AccountID jmapwire.ID `json:"accountId"`
	Email     string      `json:"email"`
	MaySend   bool        `json:"maySend"`
	Reason    *string     `json:"reason"`
	// Why is what Reason is made of.
	Why             *postroom.Reason `json:"why,omitempty"`
	DisplayedSender any              `json:"displayedSender"`
}

// identityCheck is a method of ours: what sending as an address would be
// answered, before anything is written.
func (c *call) identityCheck(a identityCheckArgs) (any, error) {
	if _, err := c.mail(a.AccountID); err != nil {
		return nil, err
	}
	out := identityChecked{AccountID: a.AccountID, Email: a.Email}
	_, err := c.session.Identity(c.ctx, a.Email)
	switch {
	case postroom.KindOf(err) == postroom.Denied:
		reason := postroom.TextOf(err)
		out.Reason, out.Why = &reason, postroom.ReasonOf(err)
		return out, nil
	case err != nil:
		return nil, err
	}
	out.MaySend = true
	out.DisplayedSender, err = c.displayedSender(a.Email)
	return out, err
}
