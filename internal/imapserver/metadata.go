package imapserver

import (
	"context"
	"strings"

	"postroom/internal/imapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// The annotations of a mailbox (RFC 5464), all of them computed and read-only.
const (
	ownerEntry      = "/shared/vendor/postroom/owner"
	identitiesEntry = "/shared/vendor/postroom/identities"
	rightsEntry     = "/shared/vendor/postroom/rights"
)

// getMetadata answers GETMETADATA (RFC 5464 §4.2). The server itself has no
// annotations.
func (c *conn) getMetadata(ctx context.Context, tag string, cmd *imapwire.GetMetadata) {
	if cmd.Mailbox == "" {
		c.answerOK(tag, "", "GETMETADATA done")
		return
	}
	found, err := c.resolve(ctx, cmd.Mailbox)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	var entries []imapwire.MetadataEntry
	var longest uint64
	for _, name := range []string{ownerEntry, identitiesEntry, rightsEntry} {
		if !asksFor(cmd, name) {
			continue
		}
		value, err := c.annotation(ctx, &found, name)
		if err != nil {
			c.answerError(tag, err)
			return
		}
		if cmd.MaxSize != nil && len(value) > int(*cmd.MaxSize) {
			longest = max(longest, uint64(len(value)))
			continue
		}
		entries = append(entries, imapwire.MetadataEntry{Entry: name, Value: []byte(value)})
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
	var usable []string
	for _, i := range identities {
		proof, err := c.session.Identity(ctx, i.Address)
		if err == nil && proof.Target.Account == found.Owner.ID {
			usable = append(usable, proof.Address)
		}
	}
	return strings.Join(usable, ", "), nil
}

// setMetadata refuses: nothing can be annotated (RFC 5464 §4.3).
func (c *conn) setMetadata(tag string, cmd *imapwire.SetMetadata) {
	for _, e := range cmd.Entries {
		if strings.HasPrefix(e.Entry, "/private/") {
			c.answerNo(tag, imapwire.CodeMetadataNoPrivate, "private annotations are not kept")
			return
		}
	}
	c.answerNo(tag, imapwire.CodeMetadataTooMany, "annotations cannot be set")
}
