package imapserver

import (
	"context"
	"errors"

	"postroom/internal/imapwire"
)

// idle tells changes as they happen until the client says DONE (RFC 9051
// §6.3.13). Without a selected mailbox it just waits.
func (c *conn) idle(ctx context.Context, tag string) {
	c.enc.Continue("idling")
	for {
		if !c.alive(ctx) {
			return
		}
		if c.selected != nil && !c.sync(ctx, withExpunges) {
			return
		}
		c.tellPaced(ctx)
		if c.enc.Flush() != nil {
			c.closing = true
			return
		}
		switch c.awaitInput() {
		case hinted:
			continue
		case inputReady:
			c.idleDone(tag)
			return
		case timedOut:
			c.bye("idle for too long")
			return
		case stopped:
			c.bye("the server is shutting down")
			return
		case gone:
			c.closing = true
			return
		}
	}
}

func (c *conn) idleDone(tag string) {
	err := c.dec.IdleDone()
	var refused *imapwire.CommandError
	switch {
	case err == nil:
		c.answerOK(tag, "", "IDLE done")
	case errors.As(err, &refused):
		c.enc.Status(refused.Status())
		c.closing = refused.Fatal
	default:
		c.closing = true
	}
}
