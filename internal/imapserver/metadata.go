package imapserver

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// The annotations of a mailbox (RFC 5464) that are computed and read-only.
const (
	ownerEntry      = "/shared/vendor/postroom/owner"
	identitiesEntry = "/shared/vendor/postroom/identities"
	rightsEntry     = "/shared/vendor/postroom/rights"
)

// listMetadata tells annotations of a mailbox that LIST has listed, NIL for one
// that is not there (RFC 9590 §3). Of a mailbox whose annotations may not be read
// nothing is told.
func (c *conn) listMetadata(ctx context.Context, e *entry, asked []string) {
	values, err := c.annotations(ctx, e.seen, asked)
	if err != nil {
		return
	}
	entries := make([]imapwire.MetadataEntry, len(asked))
	for i, name := range asked {
		entries[i].Entry = name
		for _, a := range values {
			if a.Entry == name {
				entries[i].Value = a.Value
			}
		}
	}
	c.enc.Metadata(e.name, entries)
}

// annotations are those kept of a mailbox or the server, and of those computed
// the ones asked for.
func (c *conn) annotations(ctx context.Context, found *store.SeenCollection, computed []string) ([]store.Annotation, error) {
	all, err := c.session.Annotations(ctx, found.Ref)
	for _, name := range computed {
		if err == nil && slices.Contains([]string{ownerEntry, identitiesEntry, rightsEntry}, name) {
			var value string
			value, err = c.annotation(ctx, found, name)
			all = append(all, store.Annotation{Entry: name, Value: []byte(value)})
		}
	}
	return all, err
}

// getMetadata answers GETMETADATA (RFC 5464 §4.2): what is kept, and for a
// mailbox what is computed.
func (c *conn) getMetadata(ctx context.Context, tag string, cmd *imapwire.GetMetadata) {
	found, err := c.annotatedAs(ctx, cmd.Mailbox)
	var computed []string
	for _, name := range []string{ownerEntry, identitiesEntry, rightsEntry} {
		if cmd.Mailbox != "" && asksFor(cmd, name) {
			computed = append(computed, name)
		}
	}
	var all []store.Annotation
	if err == nil {
		all, err = c.annotations(ctx, &found, computed)
	}
	if err != nil {
		c.answerError(tag, err)
		return
	}
	var entries []imapwire.MetadataEntry
	var longest uint64
	for _, a := range all {
		switch {
		case !asksFor(cmd, a.Entry):
		case cmd.MaxSize != nil && len(a.Value) > int(*cmd.MaxSize):
			longest = max(longest, uint64(len(a.Value)))
		default:
			entries = append(entries, imapwire.MetadataEntry{Entry: a.Entry, Value: a.Value})
		}
	}
	if len(entries) > 0 {
		c.enc.Metadata(cmd.Mailbox, entries)
	}
	if longest > 0 {
		c.answerOK(tag, imapwire.CodeMetadataLongEntries(longest), "some values are longer")
		return
	}
	c.answerOK(tag, "", "GETMETADATA done")
}

// annotatedAs finds a mailbox by name; none, for "", is the server.
func (c *conn) annotatedAs(ctx context.Context, name string) (store.SeenCollection, error) {
	if name == "" {
		return store.SeenCollection{}, nil
	}
	return c.resolve(ctx, name)
}

// asksFor reports whether the command names an entry, or one above it within
// DEPTH.
func asksFor(cmd *imapwire.GetMetadata, name string) bool {
	for _, asked := range cmd.Entries {
		below, is := strings.CutPrefix(name, asked)
		switch {
		case !is:
		case below == "", below[0] == '/' && cmd.Depth == imapwire.DepthInfinity,
			below[0] == '/' && cmd.Depth == 1 && strings.Count(below, "/") == 1:
			return true
		}
	}
	return false
}

// annotation is the value of an entry.
func (c *conn) annotation(ctx context.Context, found *store.SeenCollection, name string) (string, error) {
	switch name {
	case ownerEntry:
		return found.Owner.Address, nil
	case rightsEntry:
		return rights.IMAP(found.Rights), nil
	}
	identities, err := c.session.Identities(ctx)
	if err != nil {
		return "", err
	}
	postroom.SortIdentities(identities, postroom.SendTarget{Account: found.Owner.ID}, found.Owner.Address)
	usable := make([]string, len(identities))
	for n, i := range identities {
		usable[n] = i.Address
	}
	return strings.Join(slices.Compact(usable), ", "), nil
}

// setMetadata answers SETMETADATA (RFC 5464 §4.3): all entries or none.
func (c *conn) setMetadata(ctx context.Context, tag string, cmd *imapwire.SetMetadata) {
	found, err := c.annotatedAs(ctx, cmd.Mailbox)
	list := make([]store.Annotation, len(cmd.Entries))
	for i, e := range cmd.Entries {
		list[i] = store.Annotation{Entry: e.Entry, Value: e.Value}
	}
	if err == nil {
		err = c.session.Annotate(ctx, found.Ref, list)
	}
	switch postroom.KindOf(err) {
	case postroom.TooLarge:
		c.answerNo(tag, imapwire.CodeMetadataMaxSize(store.MaxAnnotation), postroom.TextOf(err))
	case postroom.Limit:
		c.answerNo(tag, imapwire.CodeMetadataTooMany, postroom.TextOf(err))
	default:
		c.tellOthers(ctx, canonicalName(cmd.Mailbox))
		c.answer(tag, "SETMETADATA done", err)
	}
}

// tellMetadata tells which annotations changed (RFC 5465 §5.6, §5.7). What
// cannot be read any more is told by tellNames, or not at all.
func (c *conn) tellMetadata(ctx context.Context, name string, ref postroom.CollectionRef, since postroom.ModSeq) postroom.ModSeq {
	entries, last, err := c.session.AnnotationsChanged(ctx, ref, since)
	if err == nil && len(entries) > 0 {
		c.enc.MetadataChanged(name, entries)
	}
	return last
}
