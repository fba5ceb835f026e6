package imapserver

import (
	"context"
	"strings"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// getACL lists the entries of a mailbox's own access list, the owner first
// (RFC 4314 §3.3). What is inherited from above is not repeated here.
func (c *conn) getACL(ctx context.Context, tag string, cmd *imapwire.GetACL) {
	found, list, err := c.accessList(ctx, cmd.Mailbox)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	entries := []imapwire.ACLEntry{{Identifier: found.Owner.Address, Rights: rights.IMAP(postroom.AllRights)}}
	for _, e := range list {
		name := e.Name
		if e.Grantee.Kind == postroom.GranteeAll {
			name = anyone
		}
		if e.Negative {
			name = "-" + name
		}
		entries = append(entries, imapwire.ACLEntry{Identifier: name, Rights: rights.IMAP(e.Rights)})
	}
	c.enc.ACL(cmd.Mailbox, entries)
	c.answerOK(tag, "", "GETACL done")
}

// anyone is the identifier of RFC 4314 for all who may sign in.
const anyone = "anyone"

// grantee finds who an identifier means: an address, anyone, or with a minus
// the negative entry of it (RFC 4314 §2).
func (c *conn) grantee(ctx context.Context, owner postroom.AccountID, identifier string) (postroom.Grantee, store.Sign, error) {
	sign := store.Positive
	if rest, negative := strings.CutPrefix(identifier, "-"); negative {
		sign, identifier = store.Negative, rest
	}
	if strings.EqualFold(identifier, anyone) {
		identifier = "all"
	}
	g, err := c.session.Directory().FindGrantee(ctx, owner, identifier)
	return g, sign, err
}

// setACL changes the rights of an identifier (RFC 4314 §3.1).
func (c *conn) setACL(ctx context.Context, tag string, cmd *imapwire.SetACL) {
	found, list, err := c.accessList(ctx, cmd.Mailbox)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	who, sign, err := c.grantee(ctx, found.Ref.Account, cmd.Identifier)
	if err != nil {
		c.answerGrantee(tag, err)
		return
	}
	// What IMAP has no words for, such as an end, stays as it is.
	grant := postroom.Grant{Target: found.Ref, Grantee: who, Negative: sign == store.Negative}
	for _, e := range list {
		if e.Grantee == who && e.Negative == grant.Negative && (e.Until.IsZero() || e.Until.After(c.server.now())) {
			grant = e.Grant
		}
	}
	text := map[imapwire.StoreMode]string{imapwire.StoreAdd: "+", imapwire.StoreRemove: "-"}[cmd.Mode] + cmd.Rights
	if grant.Rights, err = rights.ModifyIMAP(grant.Rights, text); err != nil {
		c.answerBad(tag, postroom.TextOf(err))
		return
	}
	if grant.Rights == postroom.NoRights {
		err = c.session.Directory().RemoveGrant(ctx, found.Ref, who, sign)
		if postroom.KindOf(err) == postroom.NotFound {
			err = nil // it had none, and has none
		}
	} else {
		err = c.session.Directory().PutGrant(ctx, grant)
		if postroom.KindOf(err) == postroom.Exists {
			err = nil // RFC 4314 knows no "already there"
		}
	}
	c.answer(tag, "SETACL done", err)
}

// accessList reads the entries of a mailbox; the store asks for Administer.
func (c *conn) accessList(ctx context.Context, name string) (store.SeenCollection, []store.ACLEntry, error) {
	found, err := c.resolve(ctx, name)
	if err != nil {
		return found, nil, err
	}
	list, err := c.session.ACL(ctx, found.Ref)
	return found, list, err
}

// answerGrantee answers for an identifier that cannot be found: the mailbox
// does exist.
func (c *conn) answerGrantee(tag string, err error) {
	if postroom.KindOf(err) == postroom.NotFound {
		c.answerNo(tag, imapwire.CodeCannot, postroom.TextOf(err))
		return
	}
	c.answerError(tag, err)
}

// deleteACL takes an entry away (RFC 4314 §3.2).
func (c *conn) deleteACL(ctx context.Context, tag string, cmd *imapwire.DeleteACL) {
	found, _, err := c.accessList(ctx, cmd.Mailbox)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	who, sign, err := c.grantee(ctx, found.Ref.Account, cmd.Identifier)
	if err == nil {
		err = c.session.Directory().RemoveGrant(ctx, found.Ref, who, sign)
	}
	if err != nil {
		c.answerGrantee(tag, err)
		return
	}
	c.answerOK(tag, "", "DELETEACL done")
}

// listRights tells which rights an identifier may be given (RFC 4314 §3.4).
func (c *conn) listRights(ctx context.Context, tag string, cmd *imapwire.ListRights) {
	found, _, err := c.accessList(ctx, cmd.Mailbox)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	required, optional := rights.IMAPListRights()
	if strings.EqualFold(cmd.Identifier, found.Owner.Address) {
		required, optional = rights.IMAPOwnerListRights()
	}
	c.enc.ListRights(cmd.Mailbox, cmd.Identifier, required, optional)
	c.answerOK(tag, "", "LISTRIGHTS done")
}

// myRights tells one's own rights (RFC 4314 §3.5).
func (c *conn) myRights(ctx context.Context, tag string, cmd *imapwire.MyRights) {
	found, err := c.resolve(ctx, cmd.Mailbox)
	if err != nil {
		c.answerError(tag, err)
		return
	}
	c.enc.MyRights(cmd.Mailbox, rights.IMAP(found.Rights))
	c.answerOK(tag, "", "MYRIGHTS done")
}
