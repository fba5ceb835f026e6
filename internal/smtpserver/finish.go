package smtpserver

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"strings"

	"postroom/internal/delivery"
	"postroom/internal/submission"
)

// deliver hands a message for this server's accounts to delivery.
func (c *conn) deliver(ctx context.Context, tx *transaction, raw []byte) []reply {
	id := newTraceID()
	mail := delivery.Mail{
		Sender:     tx.sender,
		Recipients: tx.recipients,
		Raw:        raw,
		SMTPUTF8:   tx.utf8,
		EnvelopeID: tx.envelopeID,
		Return:     tx.ret,
		Peer: delivery.Peer{
			IP: c.remote, Helo: c.helo, With: c.protocol(tx), TLS: c.cipher(), ID: id,
			Trust: delivery.Stranger,
		},
	}
	if c.server.opts.Role == LMTP {
		mail.Peer.Trust = delivery.Relay
	}
	var results []error
	if c.server.opts.Role == LMTP {
		results = c.server.opts.Delivery.Deliver(ctx, mail)
	} else {
		err := c.server.opts.Delivery.DeliverAll(ctx, mail)
		results = make([]error, len(tx.recipients))
		for i := range results {
			results[i] = err
		}
	}
	replies := make([]reply, len(results))
	for i, err := range results {
		replies[i] = reply{250, "2.0.0", "delivered " + id}
		if err != nil {
			c.logFault("delivery", err)
			replies[i] = replyToRecipient(err)
		}
	}
	return replies
}

// submit hands a message of a signed-in person to submission.
func (c *conn) submit(ctx context.Context, tx *transaction, raw []byte) reply {
	id := newTraceID()
	_, err := c.server.opts.Submission.Submit(ctx, c.session, submission.Mail{
		Sender:     tx.sender,
		NullSender: tx.sender == "",
		Recipients: tx.recipients,
		EnvelopeID: tx.envelopeID,
		Return:     tx.ret,
		SMTPUTF8:   tx.utf8,
		Raw:        raw,
		With:       c.protocol(tx),
		ID:         id,
	})
	if err != nil {
		c.logFault("submission", err)
		return replyTo(err)
	}
	return reply{250, "2.0.0", "queued " + id}
}

// protocol is the word after "with" in Received (RFC 3848, RFC 6531 §4.3).
func (c *conn) protocol(tx *transaction) string {
	word := "SMTP"
	if c.extended {
		word = "ESMTP"
	}
	if tx.utf8 {
		word = "UTF8SMTP"
	}
	if c.server.opts.Role == LMTP {
		word = "LMTP"
		if tx.utf8 {
			word = "UTF8LMTP"
		}
	} else if !c.extended {
		return word
	}
	if c.tls != nil {
		word += "S"
	}
	if c.session != nil {
		word += "A"
	}
	return word
}

// cipher describes the TLS of the connection for trace fields, "" without.
func (c *conn) cipher() string {
	if c.tls == nil {
		return ""
	}
	return strings.ReplaceAll(tls.VersionName(c.tls.Version), " ", "") + " " + tls.CipherSuiteName(c.tls.CipherSuite)
}

// newTraceID names a transaction in replies, trace fields and logs.
func newTraceID() string { return rand.Text()[:16] }
