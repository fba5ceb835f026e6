package imapserver

import (
	"context"

	"postroom/internal/imapwire"
)

// handle runs one command. A panic is a fault of the server: it is logged and
// answered, and other connections go on.
func (c *conn) handle(ctx context.Context, req imapwire.Request) {
	defer c.caught(req.Tag, req.Command.Name())
	if c.handleAlways(ctx, req) {
		return
	}
	if c.session == nil {
		c.handleSignIn(ctx, req)
		return
	}
	if c.uidOnly && byNumber(req.Command) {
		c.enc.Status(imapwire.Status{Tag: req.Tag, Kind: imapwire.BAD, Code: codeUIDRequired, Text: "message numbers are not used any more"})
		return
	}
	if c.handleSignedIn(ctx, req) {
		return
	}
	if c.selected == nil {
		c.answerBad(req.Tag, "no mailbox is selected")
		return
	}
	c.handleSelected(ctx, req)
}

// caught is deferred, and answers a command that went wrong.
func (c *conn) caught(tag, command string) {
	if fault := recover(); fault != nil {
		c.server.opts.Logger.Error("imap: panic", "command", command, "fault", fault, "stack", stack())
		c.answerNo(tag, imapwire.CodeServerBug, "internal server error")
		c.bye("internal server error")
	}
}

// handleAlways has the commands of every state (RFC 9051 §6.1).
func (c *conn) handleAlways(ctx context.Context, req imapwire.Request) bool {
	switch req.Command.(type) {
	case *imapwire.Capability:
		c.enc.Capability(c.capabilities())
		c.answerOK(req.Tag, "", "CAPABILITY done")
	case *imapwire.Noop:
		if c.selected != nil && !c.sync(ctx, withExpunges) {
			return true
		}
		c.answerOK(req.Tag, "", "NOOP done")
	case *imapwire.Logout:
		c.bye("until next time")
		c.answerOK(req.Tag, "", "LOGOUT done")
	case *imapwire.ID:
		c.id(req.Tag)
	default:
		return false
	}
	return true
}

// handleSignIn has the commands before signing in (RFC 9051 §6.2).
func (c *conn) handleSignIn(ctx context.Context, req imapwire.Request) {
	switch cmd := req.Command.(type) {
	case *imapwire.StartTLS:
		c.startTLS(ctx, req.Tag)
	case *imapwire.Login:
		c.login(ctx, req.Tag, cmd)
	case *imapwire.Authenticate:
		c.authenticate(ctx, req.Tag, cmd)
	default:
		c.answerBad(req.Tag, "sign in first")
	}
}

// handleSignedIn has the commands that need no selected mailbox (RFC 9051 §6.3).
func (c *conn) handleSignedIn(ctx context.Context, req imapwire.Request) bool {
	switch cmd := req.Command.(type) {
	case *imapwire.Enable:
		c.enable(req.Tag, cmd)
	case *imapwire.Select:
		c.selectMailbox(ctx, req.Tag, cmd)
	case *imapwire.Create:
		c.create(ctx, req.Tag, cmd)
	case *imapwire.Delete:
		c.delete(ctx, req.Tag, cmd)
	case *imapwire.Rename:
		c.rename(ctx, req.Tag, cmd)
	case *imapwire.Subscribe:
		c.subscribe(ctx, req.Tag, cmd.Mailbox)
	case *imapwire.Unsubscribe:
		c.unsubscribe(ctx, req.Tag, cmd.Mailbox)
	case *imapwire.List:
		c.list(ctx, req.Tag, cmd)
	case *imapwire.LSub:
		c.lsub(ctx, req.Tag, cmd)
	case *imapwire.Namespace:
		c.namespace(req.Tag)
	case *imapwire.GetStatus:
		c.status(ctx, req.Tag, cmd)
	case *imapwire.Append:
		c.appendMessages(ctx, req.Tag, cmd)
	case *imapwire.Notify:
		c.setNotify(ctx, req.Tag, cmd)
	case *imapwire.Idle:
		c.idle(ctx, req.Tag)
	case *imapwire.Login, *imapwire.Authenticate, *imapwire.StartTLS:
		c.answerBad(req.Tag, "already signed in")
	default:
		return c.handleAccess(ctx, req)
	}
	return true
}

// handleAccess has the commands on rights, annotations and quota.
func (c *conn) handleAccess(ctx context.Context, req imapwire.Request) bool {
	switch cmd := req.Command.(type) {
	case *imapwire.GetACL:
		c.getACL(ctx, req.Tag, cmd)
	case *imapwire.SetACL:
		c.setACL(ctx, req.Tag, cmd)
	case *imapwire.DeleteACL:
		c.deleteACL(ctx, req.Tag, cmd)
	case *imapwire.ListRights:
		c.listRights(ctx, req.Tag, cmd)
	case *imapwire.MyRights:
		c.myRights(ctx, req.Tag, cmd)
	case *imapwire.GetQuota:
		c.getQuota(ctx, req.Tag, cmd)
	case *imapwire.GetQuotaRoot:
		c.getQuotaRoot(ctx, req.Tag, cmd)
	case *imapwire.SetQuota:
		c.answerNo(req.Tag, imapwire.CodeNoPerm, "quotas are set by administrators")
	case *imapwire.GetMetadata:
		c.getMetadata(ctx, req.Tag, cmd)
	case *imapwire.SetMetadata:
		c.setMetadata(ctx, req.Tag, cmd)
	case *imapwire.Compress:
		c.compress(req.Tag, cmd)
	case *imapwire.Unauthenticate:
		c.unauthenticate(ctx, req.Tag)
	case *imapwire.ESearch:
		c.multiSearch(ctx, req.Tag, cmd)
	case *imapwire.GetJMAPAccess:
		c.jmapAccess(req.Tag)
	default:
		return false
	}
	return true
}

// handleSelected has the commands on the selected mailbox (RFC 9051 §6.4).
func (c *conn) handleSelected(ctx context.Context, req imapwire.Request) {
	switch cmd := req.Command.(type) {
	case *imapwire.Close:
		c.closeMailbox(ctx, req.Tag)
	case *imapwire.Unselect:
		c.deselect()
		c.answerOK(req.Tag, "", "UNSELECT done")
	case *imapwire.Check:
		if c.sync(ctx, withExpunges) {
			c.answerOK(req.Tag, "", "CHECK done")
		}
	case *imapwire.Expunge:
		c.expunge(ctx, req.Tag, cmd)
	case *imapwire.Search:
		c.search(ctx, req.Tag, cmd)
	case *imapwire.Sort:
		c.sort(ctx, req.Tag, cmd)
	case *imapwire.Thread:
		c.thread(ctx, req.Tag, cmd)
	case *imapwire.Fetch:
		c.fetch(ctx, req.Tag, cmd)
	case *imapwire.Store:
		c.store(ctx, req.Tag, cmd)
	case *imapwire.Copy:
		c.copyMessages(ctx, req.Tag, cmd)
	case *imapwire.Move:
		c.moveMessages(ctx, req.Tag, cmd)
	case *imapwire.Replace:
		c.replace(ctx, req.Tag, cmd)
	case *imapwire.CancelUpdate:
		c.cancelUpdate(ctx, req.Tag, cmd)
	default:
		c.answerBad(req.Tag, req.Command.Name()+" is not offered; see CAPABILITY")
	}
}
