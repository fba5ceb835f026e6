package imapserver

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/imapwire/pattern"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// entry is one line of a listing.
type entry struct {
	name       string
	seen       *store.SeenCollection // nil for a name without a collection
	children   bool
	subscribed bool
}

// selectable reports whether the entry is a mailbox one can open.
func (e *entry) selectable() bool {
	return e.seen != nil && e.seen.Rights.Has(postroom.Lookup) && e.seen.Ref.Collection != postroom.RootCollection
}

// entries lists every name the session may see, with the nodes above them, in
// order of names; with subscriptions also names that are only subscribed to.
func (c *conn) entries(ctx context.Context) ([]entry, error) {
	seen, err := c.session.Collections(ctx, postroom.MailCollection)
	if err != nil {
		return nil, err
	}
	byName := map[string]*entry{}
	var list []*entry
	add := func(name string) *entry {
		if e := byName[name]; e != nil {
			return e
		}
		e := &entry{name: name}
		byName[name] = e
		list = append(list, e)
		return e
	}
	for i := range seen {
		name := c.nameOf(&seen[i])
		if name == "" {
			continue
		}
		e := add(name)
		e.seen = &seen[i]
		e.subscribed = seen[i].Subscribed
		for parent := parentOf(name); parent != ""; parent = parentOf(parent) {
			add(parent).children = true
		}
	}
	out := make([]entry, len(list))
	for i, e := range list {
		out[i] = *e
	}
	slices.SortFunc(out, func(a, b entry) int { return compareNames(a.name, b.name) })
	return out, nil
}

// compareNames puts INBOX first and others' mailboxes last.
func compareNames(a, b string) int {
	rank := func(name string) int {
		switch {
		case name == "INBOX":
			return 0
		case strings.HasPrefix(name, "INBOX/"):
			return 1
		case strings.HasPrefix(name, sharedPrefix), strings.HasPrefix(name, othersPrefix),
			name == sharedPrefix[:len(sharedPrefix)-1], name == othersPrefix[:len(othersPrefix)-1]:
			return 3
		}
		return 2
	}
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

func parentOf(name string) string {
	i := strings.LastIndexByte(name, delimiter)
	if i < 0 {
		return ""
	}
	return name[:i]
}

// list answers LIST with its extensions (RFC 9051 §6.3.9, RFC 5258).
func (c *conn) list(ctx context.Context, tag string, cmd *imapwire.List) {
	if !cmd.Extended && len(cmd.Patterns) == 1 && cmd.Patterns[0] == "" {
		c.listRoot(tag, cmd.Reference)
		return
	}
	all, err := c.entries(ctx)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	if cmd.Select.Subscribed {
		if all, err = c.withSubscribedNames(ctx, all); err != nil {
			c.answerError(tag, err)
			return
		}
	}
	below := subscribedBelow(cmd, all)
	for i := range all {
		if !matchesAny(cmd.Reference, cmd.Patterns, all[i].name) {
			continue
		}
		var childInfo []string
		if below[all[i].name] {
			childInfo = []string{"SUBSCRIBED"}
		}
		if (cmd.Select.Subscribed && !all[i].subscribed && childInfo == nil) || (cmd.Select.SpecialUse && c.use(&all[i]) == "") {
			continue
		}
		c.listOne(cmd, &all[i], childInfo)
		if len(cmd.Return.Metadata) > 0 && all[i].selectable() {
			c.listMetadata(ctx, &all[i], cmd.Return.Metadata)
		}
	}
	c.answerOK(tag, "", "LIST done")
}

// listRoot answers the question for the delimiter (RFC 9051 §6.3.9).
func (c *conn) listRoot(tag, reference string) {
	root := ""
	for _, prefix := range []string{othersPrefix, sharedPrefix} {
		if _, ok := cutPrefixFold(reference, prefix); ok {
			root = prefix
		}
	}
	c.enc.List(&imapwire.ListData{Attrs: []imapwire.MailboxAttr{imapwire.AttrNoSelect}, Delim: delimiter, Name: root})
	c.answerOK(tag, "", "LIST done")
}

func matchesAny(reference string, patterns []string, name string) bool {
	for _, p := range patterns {
		if pattern.Match(reference+p, name, delimiter) {
			return true
		}
	}
	return false
}

// subscribedBelow are, for RECURSIVEMATCH, the names below which something is
// subscribed to that the patterns do not match (RFC 5258 §3.5).
func subscribedBelow(cmd *imapwire.List, all []entry) map[string]bool {
	above := map[string]bool{}
	if !cmd.Select.RecursiveMatch {
		return above
	}
	for i := range all {
		if !all[i].subscribed || matchesAny(cmd.Reference, cmd.Patterns, all[i].name) {
			continue
		}
		for name := parentOf(all[i].name); name != "" && !above[name]; name = parentOf(name) {
			above[name] = true
		}
	}
	return above
}

// listOne writes one LIST response and what RETURN asks for beside it.
func (c *conn) listOne(cmd *imapwire.List, e *entry, childInfo []string) {
	data := &imapwire.ListData{Delim: delimiter, Name: e.name, Attrs: c.attributes(e), ChildInfo: childInfo}
	if e.subscribed && (cmd.Return.Subscribed || cmd.Select.Subscribed) {
		data.Attrs = append(data.Attrs, imapwire.AttrSubscribed)
	}
	if use := c.use(e); use != "" {
		data.Attrs = append(data.Attrs, use)
	}
	c.enc.List(data)
	if !e.selectable() {
		return
	}
	if cmd.Return.MyRights {
		c.enc.MyRights(e.name, rights.IMAP(e.seen.Rights))
	}
	if len(cmd.Return.Status) > 0 && e.seen.Rights.Has(postroom.Read) {
		c.writeStatus(e.name, &e.seen.Collection, cmd.Return.Status)
	}
}

// attributes of a name: what cannot be opened says so (RFC 9051 §7.3.1).
func (c *conn) attributes(e *entry) []imapwire.MailboxAttr {
	var attrs []imapwire.MailboxAttr
	switch {
	case e.seen == nil, !e.seen.Rights.Has(postroom.Lookup):
		attrs = append(attrs, imapwire.AttrNonExistent)
		if !c.rev2 {
			attrs = append(attrs, imapwire.AttrNoSelect)
		}
	case !e.selectable():
		attrs = append(attrs, imapwire.AttrNoSelect)
	}
	if e.children {
		return append(attrs, imapwire.AttrHasChildren)
	}
	return append(attrs, imapwire.AttrHasNoChildren)
}

var uses = map[postroom.Role]imapwire.MailboxAttr{
	postroom.RoleSent: imapwire.AttrSent, postroom.RoleDrafts: imapwire.AttrDrafts, postroom.RoleTrash: imapwire.AttrTrash,
	postroom.RoleJunk: imapwire.AttrJunk, postroom.RoleArchive: imapwire.AttrArchive,
}

// use is the special use of a mailbox, only in the session's own account: two
// mailboxes with \Trash confuse clients (RFC 6154 is relative to the user).
func (c *conn) use(e *entry) imapwire.MailboxAttr {
	if e.seen == nil || e.seen.Ref.Account != c.session.Home() {
		return ""
	}
	return uses[e.seen.Role]
}

// withSubscribedNames adds the names that are subscribed to and do not exist
// (any more), with the nodes above them: a subscription stays until it is taken
// back. What was of another account goes with the access to it, so that no dead
// name is left.
func (c *conn) withSubscribedNames(ctx context.Context, all []entry) ([]entry, error) {
	names, err := c.session.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for i := range all {
		known[all[i].name] = true
	}
	for _, name := range names {
		if p, ok := placeOf(name); !ok || p.account != "" || known[name] {
			continue
		}
		known[name] = true
		all = append(all, entry{name: name, subscribed: true})
		for parent := parentOf(name); parent != "" && !known[parent]; parent = parentOf(parent) {
			known[parent] = true
			all = append(all, entry{name: parent, children: true})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return compareNames(a.name, b.name) })
	return all, nil
}

// lsub answers LSUB of IMAP4rev1 (RFC 3501 §6.3.9): with "%", a name that is
// not subscribed to but has subscribed names below is \Noselect.
func (c *conn) lsub(ctx context.Context, tag string, cmd *imapwire.LSub) {
	all, err := c.entries(ctx)
	if err == nil {
		all, err = c.withSubscribedNames(ctx, all)
	}
	if err != nil {
		c.answerError(tag, err)
		return
	}
	pattern := []string{cmd.Pattern}
	told := map[string]bool{}
	for i := range all {
		if !all[i].subscribed {
			continue
		}
		if matchesAny(cmd.Reference, pattern, all[i].name) {
			c.enc.LSub(&imapwire.ListData{Delim: delimiter, Name: all[i].name, Attrs: c.attributes(&all[i])})
			told[all[i].name] = true
			continue
		}
		for name := parentOf(all[i].name); name != ""; name = parentOf(name) {
			if !told[name] && matchesAny(cmd.Reference, pattern, name) {
				c.enc.LSub(&imapwire.ListData{Delim: delimiter, Name: name, Attrs: []imapwire.MailboxAttr{imapwire.AttrNoSelect}})
				told[name] = true
			}
		}
	}
	c.answerOK(tag, "", "LSUB done")
}

// subscribe and unsubscribe take any well-formed name (RFC 9051 §6.3.7).
func (c *conn) subscribe(ctx context.Context, tag, name string) {
	name = c.spelling(ctx, name)
	err := c.session.SetSubscribed(ctx, name, store.Subscribed)
	c.tellOthers(ctx, name)
	c.answer(tag, "SUBSCRIBE done", err)
}

func (c *conn) unsubscribe(ctx context.Context, tag, name string) {
	name = c.spelling(ctx, name)
	err := c.session.SetSubscribed(ctx, name, store.Unsubscribed)
	c.tellOthers(ctx, name)
	c.answer(tag, "UNSUBSCRIBE done", err)
}

// spelling is the name as LIST spells it; one that does not exist stays as it
// is.
func (c *conn) spelling(ctx context.Context, name string) string {
	if found, err := c.resolve(ctx, name); err == nil && c.nameOf(&found) != "" {
		return c.nameOf(&found)
	}
	return strings.TrimSuffix(name, string(delimiter))
}
