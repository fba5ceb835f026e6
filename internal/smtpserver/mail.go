package smtpserver

import (
	"context"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store"
)

// transaction is a message on its way: MAIL, RCPT, DATA.
type transaction struct {
	sender     string // as it goes into the envelope, "" for <>
	recipients []store.Recipient
	utf8       bool
	envelopeID string
	ret        string
	// chunks is set while BDAT is under way.
	chunks *incoming
}

// endTransaction forgets the transaction under way.
func (c *conn) endTransaction() {
	if c.tx != nil && c.tx.chunks != nil {
		c.tx.chunks.spool.close()
	}
	c.tx = nil
}

// mail answers MAIL (RFC 5321 §4.1.1.2).
func (c *conn) mail(ctx context.Context, rest string) error {
	switch {
	case c.helo == "":
		return c.bad(reply{503, "5.5.1", "say EHLO first"})
	case c.tx != nil:
		return c.bad(reply{503, "5.5.1", "a transaction is under way"})
	case c.server.opts.Role.submits() && c.session == nil:
		if !c.mayAuth() {
			return c.bad(reply{530, "5.7.0", "say STARTTLS first"})
		}
		return c.bad(reply{530, "5.7.0", "authentication required"})
	}
	p, refusal := parsePath(rest, fromKeyword)
	if refusal.code != 0 {
		return c.bad(refusal)
	}
	tx := &transaction{sender: p.address.String()}
	for _, par := range p.params {
		if r := c.mailParam(tx, par); r.code != 0 {
			return c.bad(r)
		}
	}
	if p.address.HasNonASCII() && !tx.utf8 {
		return c.bad(reply{553, "5.6.7", "address needs SMTPUTF8"})
	}
	if c.server.opts.Role.submits() {
		if err := c.server.opts.Submission.MaySend(ctx, c.session, tx.sender); err != nil {
			c.logFault("sender", err)
			c.write(replyTo(err))
			return nil
		}
	}
	c.tx = tx
	c.write(reply{250, "2.1.0", "sender ok"})
	return nil
}

// mailParam takes one parameter of MAIL; code 0 is no refusal.
func (c *conn) mailParam(tx *transaction, p param) reply {
	bad := reply{501, "5.5.4", "bad value of " + p.name}
	switch p.name {
	case "SIZE": // RFC 1870
		size, err := strconv.ParseUint(p.value, 10, 64)
		if err != nil && strings.Trim(p.value, "0123456789") != "" || p.value == "" {
			return bad
		}
		if err != nil || size > uint64(c.server.opts.Limits.MessageSize) {
			return c.tooLarge()
		}
	case "BODY": // RFC 6152
		if v := strings.ToUpper(p.value); v != "7BIT" && v != "8BITMIME" {
			return reply{501, "5.5.4", "BODY is 7BIT or 8BITMIME"}
		}
	case "SMTPUTF8": // RFC 6531
		if p.value != "" {
			return bad
		}
		tx.utf8 = true
	case "RET": // RFC 3461 §4.3
		tx.ret = strings.ToUpper(p.value)
		if tx.ret != "FULL" && tx.ret != "HDRS" {
			return bad
		}
	case "ENVID": // RFC 3461 §4.4
		id, ok := decodeXtext(p.value)
		if !ok || id == "" || len(id) > 100 || !isPlain(id) {
			return bad
		}
		tx.envelopeID = id
	case "AUTH": // RFC 4954 §5: accepted from anybody, believed from nobody
		if _, ok := decodeXtext(p.value); !ok || p.value == "" || !c.server.opts.Role.submits() {
			return bad
		}
	default:
		return reply{555, "5.5.4", "parameter not recognized"}
	}
	return reply{}
}

func (c *conn) tooLarge() reply {
	return reply{552, "5.3.4", "message exceeds " + strconv.FormatInt(c.server.opts.Limits.MessageSize, 10) + " octets"}
}

// rcpt answers RCPT (RFC 5321 §4.1.1.3).
func (c *conn) rcpt(ctx context.Context, rest string) error {
	if c.tx == nil || c.tx.chunks != nil {
		// Not counted as a bad command: a client that pipelines learns
		// only now that its MAIL was refused.
		return c.refuse(reply{503, "5.5.1", "say MAIL first"})
	}
	p, refusal := parsePath(rest, toKeyword)
	if refusal.code != 0 {
		return c.bad(refusal)
	}
	if p.postmaster { // RFC 5321 §4.5.1: without a domain
		p.address, _ = addr.Parse(c.server.opts.Delivery.Postmaster(ctx))
	}
	rcpt := store.Recipient{Address: p.address.String()}
	for _, par := range p.params {
		if r := rcptParam(&rcpt, par); r.code != 0 {
			return c.bad(r)
		}
	}
	if r := c.checkRecipient(ctx, p.address); r.code != 0 {
		c.server.tell(r)
		return c.refuse(r)
	}
	c.tx.recipients = append(c.tx.recipients, rcpt)
	c.write(reply{250, "2.1.5", "recipient ok"})
	return nil
}

// refuse answers a recipient that is not taken and counts it.
func (c *conn) refuse(r reply) error {
	c.write(r)
	if c.refusals++; c.refusals >= c.server.opts.Limits.Refusals {
		c.write(reply{421, "4.7.0", "too many refused recipients"})
		return errQuit
	}
	return nil
}

// rcptParam takes one parameter of RCPT; code 0 is no refusal.
func rcptParam(r *store.Recipient, p param) reply {
	var ok bool
	switch p.name {
	case "NOTIFY":
		r.Notify, ok = parseNotify(p.value)
	case "ORCPT":
		r.Original, ok = parseOriginal(p.value)
	default:
		return reply{555, "5.5.4", "parameter not recognized"}
	}
	if !ok {
		return reply{501, "5.5.4", "bad value of " + p.name}
	}
	return reply{}
}

// checkRecipient decides whether a recipient is taken; code 0 is yes.
func (c *conn) checkRecipient(ctx context.Context, a addr.Address) reply {
	opts := &c.server.opts
	switch {
	case a.IsZero():
		return reply{550, "5.1.1", "no such user"}
	case len(c.tx.recipients) >= opts.Limits.Recipients:
		return reply{452, "4.5.3", "too many recipients"}
	case a.HasNonASCII() && !c.tx.utf8:
		return reply{553, "5.6.7", "address needs SMTPUTF8"}
	}
	if opts.Role.submits() {
		if c.session != nil {
			if err := c.session.MaySendTo(ctx, a.String()); err != nil {
				return replyTo(err)
			}
		}
		local, err := opts.Delivery.IsLocal(ctx, a.Domain)
		if err != nil {
			c.logFault("domain", err)
			return replyTo(err)
		}
		if !local {
			return reply{}
		}
	}
	var signedIn *postroom.Actor
	if c.session != nil {
		actor := c.session.Actor()
		signedIn = &actor
	}
	err := opts.Delivery.Check(ctx, a.String(), c.tx.sender, signedIn)
	switch {
	case err == nil:
		return reply{}
	case postroom.KindOf(err) == postroom.Invalid:
		return reply{550, "5.7.1", "relaying denied: " + addr.CanonicalDomain(a.Domain) + " is not served here"}
	}
	c.logFault("recipient", err)
	return replyToRecipient(err)
}

// logFault logs what is the server's own fault: nobody else will.
func (c *conn) logFault(what string, err error) {
	if postroom.KindOf(err) == postroom.Internal {
		c.server.opts.Logger.Error("smtp: "+what, "remote", c.remote, "error", err)
	}
}
