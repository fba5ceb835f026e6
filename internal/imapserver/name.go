package imapserver

import (
	"context"
	"strings"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// The namespaces (RFC 2342): one's own mailboxes have no prefix, persons' stand
// under Other Users, shared accounts under Shared, each by address.
const (
	delimiter    = '/'
	othersPrefix = "Other Users/"
	sharedPrefix = "Shared/"
)

// namespace answers NAMESPACE (RFC 9051 §6.3.10).
func (c *conn) namespace(tag string) {
	c.enc.Namespace([]imapwire.NamespaceData{{Prefix: "", Delim: delimiter}},
		[]imapwire.NamespaceData{{Prefix: othersPrefix, Delim: delimiter}},
		[]imapwire.NamespaceData{{Prefix: sharedPrefix, Delim: delimiter}})
	c.answerOK(tag, "", "NAMESPACE done")
}

// place is where a name points: an account ("" for the session's own) and a
// path in it.
type place struct {
	account string
	kinds   func(postroom.AccountKind) bool
	path    string
}

// placeOf reads a mailbox name. ok is false for a name that cannot be one of a
// collection, such as a namespace prefix alone.
func placeOf(name string) (p place, ok bool) {
	name = strings.TrimSuffix(name, string(delimiter))
	if name == "" {
		return place{}, false
	}
	rest, others := cutPrefixFold(name, othersPrefix)
	p.kinds = isPerson
	if !others {
		var shared bool
		if rest, shared = cutPrefixFold(name, sharedPrefix); !shared {
			if strings.EqualFold(name+"/", sharedPrefix) || strings.EqualFold(name+"/", othersPrefix) {
				return place{}, false
			}
			return place{path: pathOf(name)}, true
		}
		p.kinds = isShared
	}
	account, inside, _ := strings.Cut(rest, string(delimiter))
	if account == "" {
		return place{}, false
	}
	p.account, p.path = account, pathOf(inside)
	return p, true
}

func isPerson(k postroom.AccountKind) bool { return k == postroom.Person }
func isShared(k postroom.AccountKind) bool { return k != postroom.Person }

func cutPrefixFold(s, prefix string) (rest string, ok bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// pathOf is the store's path of a name inside an account: INBOX is /Inbox.
func pathOf(name string) string {
	first, rest, deeper := strings.Cut(name, string(delimiter))
	if strings.EqualFold(first, "INBOX") {
		first = "Inbox"
	}
	if !deeper {
		return "/" + first
	}
	return "/" + first + "/" + rest
}

// nameOf is the inverse: the name under which a session sees a collection. It
// is empty for the root of its own account.
func (c *conn) nameOf(s *store.SeenCollection) string {
	path := strings.TrimPrefix(s.Path, "/")
	if path == "Inbox" {
		path = "INBOX"
	} else if rest, ok := strings.CutPrefix(path, "Inbox/"); ok {
		path = "INBOX/" + rest
	}
	prefix := ""
	if s.Ref.Account != c.session.Home() {
		prefix = sharedPrefix
		if isPerson(s.Owner.Kind) {
			prefix = othersPrefix
		}
		prefix += s.Owner.Address
	}
	switch {
	case prefix == "":
		return path
	case path == "":
		return prefix
	}
	return prefix + string(delimiter) + path
}

// noSuchMailbox is the one text for what is not there and for what may not be
// looked up.
const noSuchMailbox = "no such mailbox"

var errNoSuchMailbox = postroom.Errorf(postroom.NotFound, noSuchMailbox)

// resolve finds the collection of a name.
func (c *conn) resolve(ctx context.Context, name string) (store.SeenCollection, error) {
	p, ok := placeOf(name)
	if !ok {
		return store.SeenCollection{}, errNoSuchMailbox
	}
	found, err := c.session.Resolve(ctx, p.account, p.path)
	if err != nil {
		return found, err
	}
	if p.account != "" && (!p.kinds(found.Owner.Kind) || found.Ref.Account == c.session.Home()) {
		return found, errNoSuchMailbox
	}
	return found, nil
}

// resolveMailbox is resolve for what can hold messages: the root of an account
// cannot.
func (c *conn) resolveMailbox(ctx context.Context, name string) (store.SeenCollection, error) {
	found, err := c.resolve(ctx, name)
	if err == nil && (found.Ref.Collection == postroom.RootCollection || found.Kind != postroom.MailCollection) {
		err = errNoSuchMailbox
	}
	return found, err
}

// checkOwner answers as for a mailbox that is not there when a place is in no
// account of its namespace that can be seen.
func (c *conn) checkOwner(ctx context.Context, p place) error {
	if p.account == "" {
		return nil
	}
	a, err := c.session.AccountInReach(ctx, p.account)
	switch {
	case postroom.KindOf(err) == postroom.NotFound:
		return errNoSuchMailbox
	case err != nil:
		return err
	case a.ID == c.session.Home() || !strings.EqualFold(a.Address, p.account) || !p.kinds(a.Kind):
		return errNoSuchMailbox
	}
	return nil
}
