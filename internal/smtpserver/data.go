package smtpserver

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"postroom/internal/message"
	"postroom/internal/store"
)

// maxReceived is how many hosts a message may have passed (RFC 5321 §6.3).
const maxReceived = 100

// incoming is a message while it is read.
type incoming struct {
	scan  scan
	spool spool
}

func (c *conn) newIncoming() *incoming {
	return &incoming{spool: spool{dir: c.server.opts.SpoolDir, max: c.server.opts.Limits.MessageSize}}
}

// write takes the next octets. Once the message is refused nothing more is kept.
func (in *incoming) write(p []byte) {
	in.scan.Write(p)
	if in.scan.nul || in.scan.header > maxHeader {
		in.spool.close()
		return
	}
	in.spool.Write(p)
}

// startMessage checks that a message may come now; code 0 is yes.
func (c *conn) startMessage() reply {
	switch {
	case c.tx == nil:
		return reply{503, "5.5.1", "say MAIL first"}
	case len(c.tx.recipients) == 0:
		return reply{554, "5.5.1", "no valid recipients"}
	}
	return reply{}
}

// data answers DATA (RFC 5321 §4.1.1.4).
func (c *conn) data(ctx context.Context, rest string) error {
	if rest != "" {
		return c.bad(reply{501, "5.5.4", "DATA takes no argument"})
	}
	if r := c.startMessage(); r.code != 0 {
		return c.bad(r)
	}
	if c.tx.chunks != nil { // RFC 3030 §2: not mixed with BDAT
		return c.bad(reply{503, "5.5.1", "BDAT is under way"})
	}
	c.write(reply{354, "", "end with <CRLF>.<CRLF>"})
	in := c.newIncoming()
	defer in.spool.close()
	c.perRead, c.deadline = c.server.opts.Limits.Data, time.Now().Add(c.server.opts.Limits.Message)
	d := newDataReader(c.r)
	for {
		piece, err := d.next()
		if errors.Is(err, errEndOfData) {
			break
		}
		if err != nil {
			return err
		}
		in.write(piece)
	}
	return c.finish(ctx, in)
}

// bdat answers BDAT (RFC 3030 §2). The chunk is read whatever the answer, or
// its octets would be taken for commands.
func (c *conn) bdat(ctx context.Context, rest string) error {
	words := strings.Fields(rest)
	if len(words) == 0 || len(words) > 2 || len(words) == 2 && !strings.EqualFold(words[1], "LAST") {
		return c.lost(reply{501, "5.5.4", "syntax: BDAT size [LAST]"})
	}
	size, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil || size < 0 || strings.Trim(words[0], "0123456789") != "" {
		return c.lost(reply{501, "5.5.4", "syntax: BDAT size [LAST]"})
	}
	refusal := c.startMessage()
	if refusal.code == 0 && c.tx.chunks == nil {
		c.tx.chunks = c.newIncoming()
	}
	c.perRead, c.deadline = c.server.opts.Limits.Data, time.Now().Add(c.server.opts.Limits.Message)
	to := io.Discard
	if refusal.code == 0 {
		to = writerFunc(c.tx.chunks.write)
	}
	if _, err := io.CopyN(to, c.r, size); err != nil {
		return err
	}
	switch {
	case refusal.code != 0:
		return c.bad(refusal)
	case len(words) == 2:
		return c.finish(ctx, c.tx.chunks)
	}
	if c.tx.chunks.spool.tooLarge() {
		c.endTransaction()
		return c.bad(c.tooLarge())
	}
	c.write(reply{250, "2.0.0", words[0] + " octets received"})
	return nil
}

// lost ends the connection: without its size a chunk has no end, and what follows
// cannot be told from commands.
func (c *conn) lost(r reply) error {
	c.write(r)
	c.write(reply{421, "4.7.0", "cannot tell where the chunk ends, closing connection"})
	return errQuit
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

// finish hands a complete message over and answers: once, or with LMTP once for
// each recipient (RFC 2033 §4.2).
func (c *conn) finish(ctx context.Context, in *incoming) error {
	tx := c.tx
	defer c.endTransaction()
	replies := c.take(ctx, tx, in)
	for _, r := range replies {
		c.server.tell(r)
	}
	if c.server.opts.Role == LMTP {
		for i, r := range replies {
			r.text = "<" + tx.recipients[i].Address + "> " + r.text
			c.write(r)
		}
		return c.flush()
	}
	c.write(replies[0])
	return c.flush()
}

// take decides on a message: one reply for each recipient.
func (c *conn) take(ctx context.Context, tx *transaction, in *incoming) []reply {
	refusal := in.scan.fault()
	if refusal.code == 0 && in.spool.tooLarge() {
		refusal = c.tooLarge()
	}
	if refusal.code != 0 {
		return same(refusal, tx.recipients)
	}
	release, err := c.server.budget.take(ctx, in.spool.size)
	if err != nil {
		return same(reply{451, "4.3.2", "shutting down"}, tx.recipients)
	}
	defer release()
	raw, err := in.spool.bytes()
	if err != nil {
		c.server.opts.Logger.Error("smtp: spool", "error", err)
		return same(reply{452, "4.3.1", "insufficient system storage"}, tx.recipients)
	}
	if message.HeaderOf(raw).Count("Received") > maxReceived {
		return same(reply{554, "5.4.6", "mail loop: too many Received fields"}, tx.recipients)
	}
	if c.server.opts.Role.submits() {
		return same(c.submit(ctx, tx, raw), tx.recipients)
	}
	return c.deliver(ctx, tx, raw)
}

func same(r reply, recipients []store.Recipient) []reply {
	replies := make([]reply, len(recipients))
	for i := range replies {
		replies[i] = r
	}
	return replies
}
