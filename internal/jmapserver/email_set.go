package jmapserver

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/jmapserver/email"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// emailSet is Email/set (RFC 8621 §4.6).
func (c *call) emailSet(a jmapwire.Set) (any, error) {
	m, err := c.changeable(a.AccountID)
	if err != nil {
		return nil, err
	}
	return c.set("Email/set", a, setter{
		state:  func() (string, error) { return c.emailState(m) },
		create: func(raw json.RawMessage) (jmapwire.ID, any, error) { return c.emailCreate(m, raw) },
		update: func(id jmapwire.ID, raw json.RawMessage) (any, error) { return c.emailUpdate(m, id, raw) },
		destroy: func(id jmapwire.ID) error {
			n, ok := jmapwire.ParseEmailID(m.Account(), id)
			if !ok {
				return jmapwire.Fail("notFound")
			}
			return m.Destroy(c.ctx, n)
		},
		updates: func(all map[jmapwire.ID]json.RawMessage) map[jmapwire.ID]error { return c.emailUpdates(m, all) },
	})
}

func (c *call) emailState(m *store.Mail) (string, error) {
	_, state, err := m.Emails(c.ctx, nil)
	return state, err
}

// storedEmail is what a client is told of an email it made.
func storedEmail(m *store.Mail, e store.Email) (jmapwire.ID, any) {
	id := jmapwire.EmailID(m.Account(), e.ID)
	return id, map[string]any{"id": id, "blobId": jmapwire.EmailBlobID(m.Account(), e.ID, ""),
		"threadId": jmapwire.ThreadID(m.Account(), e.Thread), "size": e.Size}
}

// emailCreate makes an email of its properties.
func (c *call) emailCreate(m *store.Mail, raw json.RawMessage) (jmapwire.ID, any, error) {
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return "", nil, jmapwire.InvalidProperties("not an object")
	}
	placed, err := c.placing(m, o)
	if err != nil {
		return "", nil, err
	}
	for _, name := range []string{"mailboxIds", "keywords", "receivedAt"} {
		delete(o, name)
	}
	now := time.Now()
	token := rand.Text()
	raw, bad := email.Build(o, email.Around{Now: now, MessageID: token + "@" + domainOf(c.session.Actor().Address), Token: rand.Text(),
		MaxSize: maxAttachments * 3 / 2, Blob: func(id jmapwire.ID) ([]byte, bool) {
			b, err := c.blob(m, id)
			return b, err == nil
		}})
	if bad != nil {
		return "", nil, bad
	}
	placed.Raw, placed.Size = bytes.NewReader(raw), int64(len(raw))
	stored, err := m.Insert(c.ctx, placed)
	if err != nil {
		return "", nil, mailboxInvalid(err)
	}
	id, more := storedEmail(m, stored)
	return id, more, nil
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// mailboxInvalid says which property a store's refusal is about.
func mailboxInvalid(err error) error {
	if postroom.KindOf(err) == postroom.Invalid {
		return because(err, "mailboxIds")
	}
	return err
}

// placing reads where a new email goes, and how.
func (c *call) placing(m *store.Mail, o jmapwire.Object) (n store.NewEmail, err error) {
	if n.Mailboxes, err = c.mailboxIDs(m, o["mailboxIds"]); err != nil {
		return n, err
	}
	if len(n.Mailboxes) == 0 {
		return n, jmapwire.InvalidProperties("an email is in one mailbox at least", "mailboxIds")
	}
	if raw, is := o["keywords"]; is {
		if n.Tags, err = tagsOf(raw); err != nil {
			return n, err
		}
	}
	if raw, is := o["receivedAt"]; is && !jmapwire.IsNull(raw) {
		var s string
		var ok bool
		if json.Unmarshal(raw, &s) == nil {
			n.Received, ok = jmapwire.ParseUTCDate(s)
		}
		if !ok {
			return n, jmapwire.InvalidProperties("not a UTCDate", "receivedAt")
		}
	}
	return n, nil
}

// mailboxIDs reads a set of ids of mailboxes.
func (c *call) mailboxIDs(m *store.Mail, raw json.RawMessage) ([]postroom.CollectionID, error) {
	ids, ok := jmapwire.ParseSet(raw)
	if len(raw) > 0 && !ok {
		return nil, jmapwire.InvalidProperties("not a set of ids", "mailboxIds")
	}
	list := make([]postroom.CollectionID, 0, len(ids))
	for _, word := range ids {
		n, err := c.mailboxNumber(m, word)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

func (c *call) mailboxNumber(m *store.Mail, word string) (postroom.CollectionID, error) {
	id, _ := c.id(jmapwire.Ref(word))
	n, ok := jmapwire.ParseMailboxID(m.Account(), id)
	if !ok {
		return 0, jmapwire.InvalidProperties("no such mailbox", "mailboxIds")
	}
	return n, nil
}

// tagsOf reads a set of keywords.
func tagsOf(raw json.RawMessage) (t store.Tags, err error) {
	words, ok := jmapwire.ParseSet(raw)
	if !ok {
		return t, jmapwire.InvalidProperties("not a set of keywords", "keywords")
	}
	for _, w := range words {
		if err := addTag(&t, w); err != nil {
			return t, err
		}
	}
	return t, nil
}

// addTag adds a keyword, in lower case (RFC 8621 §4.1.1).
func addTag(t *store.Tags, word string) error {
	word = strings.ToLower(word)
	for _, k := range systemKeywords {
		if k.word == word {
			t.Flags |= k.flag
			return nil
		}
	}
	bad := word == "" || len(word) > 255 || word == "$deleted" || word == "$recent" || strings.ContainsAny(word, `(){]%*"\`) ||
		strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' })
	if bad {
		return because(postroom.Errorf(postroom.Invalid, "not a keyword: %s", word[:min(len(word), 100)]), "keywords")
	}
	t.Words = strings.TrimSpace(t.Words + " " + word)
	return nil
}

// emailUpdate changes an email. Only its keywords and mailboxes can be changed.
func (c *call) emailUpdate(m *store.Mail, id jmapwire.ID, raw json.RawMessage) (any, error) {
	n, ok := jmapwire.ParseEmailID(m.Account(), id)
	if !ok {
		return nil, jmapwire.Fail("notFound")
	}
	x, err := c.emailPatches(m, raw)
	if err != nil {
		return nil, err
	}
	after, err := m.Change(c.ctx, n, x)
	if err != nil {
		return nil, mailboxInvalid(err)
	}
	if len(x.Enter) > 0 || x.Mailboxes != nil {
		// A mailbox that was entered may not take every keyword.
		return map[string]any{"keywords": keywords(after.Flags, after.Keywords)}, nil
	}
	return nil, nil
}

// emailPatches reads what is to change of an email.
func (c *call) emailPatches(m *store.Mail, raw json.RawMessage) (x store.EmailChange, err error) {
	patches, bad := jmapwire.ParsePatch(raw)
	if bad != nil {
		return x, bad
	}
	for _, p := range patches {
		if err := c.emailPatch(m, &x, p); err != nil {
			return x, err
		}
	}
	return x, nil
}

// emailUpdates changes those emails at once of which only keywords change. What
// else there is, and what is wrong, is left out.
func (c *call) emailUpdates(m *store.Mail, all map[jmapwire.ID]json.RawMessage) map[jmapwire.ID]error {
	changes := make(map[postroom.EmailID]store.EmailChange, len(all))
	for id, raw := range all {
		n, ok := jmapwire.ParseEmailID(m.Account(), id)
		if !ok {
			continue
		}
		x, err := c.emailPatches(m, raw)
		if err == nil && x.Mailboxes == nil && x.Enter == nil && x.Leave == nil {
			changes[n] = x
		}
	}
	if len(changes) < 2 {
		return nil
	}
	refused, err := m.ChangeTags(c.ctx, changes)
	if err != nil {
		return nil // then each is told for itself
	}
	done := make(map[jmapwire.ID]error, len(changes))
	for n := range changes {
		done[jmapwire.EmailID(m.Account(), n)] = refused[n]
	}
	return done
}

func (c *call) emailPatch(m *store.Mail, x *store.EmailChange, p jmapwire.Patch) error {
	var err error
	switch {
	case len(p.Path) == 1 && p.Path[0] == "keywords":
		var t store.Tags
		t, err = tagsOf(p.Value)
		x.Tags = &t
	case len(p.Path) == 1 && p.Path[0] == "mailboxIds":
		if x.Mailboxes, err = c.mailboxIDs(m, p.Value); err == nil && len(x.Mailboxes) == 0 {
			err = jmapwire.InvalidProperties("an email is in one mailbox at least", "mailboxIds")
		}
	case len(p.Path) == 2 && p.Path[0] == "keywords":
		into := &x.Add
		if jmapwire.IsNull(p.Value) {
			into = &x.Remove
		} else if string(p.Value) != "true" {
			return jmapwire.InvalidProperties("true or null", p.Key())
		}
		err = addTag(into, p.Path[1])
	case len(p.Path) == 2 && p.Path[0] == "mailboxIds":
		into := &x.Enter
		if jmapwire.IsNull(p.Value) {
			into = &x.Leave
		} else if string(p.Value) != "true" {
			return jmapwire.InvalidProperties("true or null", p.Key())
		}
		var n postroom.CollectionID
		n, err = c.mailboxNumber(m, p.Path[1])
		*into = append(*into, n)
	case len(p.Path) > 1 && slices.Contains(emailDefaults, p.Path[0]):
		return jmapwire.InvalidPatch("nothing is at " + p.Key())
	default:
		return jmapwire.InvalidProperties("it cannot be changed", p.Key())
	}
	return err
}
