package smtpserver

import (
	"context"
	"fmt"
	"strings"
)

// hello answers HELO, EHLO and LHLO (RFC 5321 §4.1.1.1, RFC 2033 §4.1).
func (c *conn) hello(verb, rest string) error {
	if lmtp := c.server.opts.Role == LMTP; lmtp != (verb == "LHLO") {
		if lmtp {
			return c.bad(reply{500, "5.5.1", "this is LMTP: say LHLO"})
		}
		return c.bad(reply{500, "5.5.1", "this is not LMTP: say EHLO"})
	}
	name, _, _ := strings.Cut(rest, " ")
	if name == "" || len(name) > 255 || !isPlain(name) || strings.ContainsAny(name, "()<>,;\\\"") {
		return c.bad(reply{501, "5.5.4", "syntax: " + verb + " hostname"})
	}
	c.endTransaction()
	c.helo, c.extended = name, verb != "HELO"
	if !c.extended {
		c.write(reply{250, "", c.server.opts.Hostname})
		return nil
	}
	lines := append([]string{c.server.opts.Hostname}, c.extensions()...)
	c.write(reply{250, "", strings.Join(lines, "\n")})
	return nil
}

// extensions lists what EHLO announces.
func (c *conn) extensions() []string {
	list := []string{
		"PIPELINING",
		fmt.Sprintf("SIZE %d", c.server.opts.Limits.MessageSize),
		"8BITMIME",
		"SMTPUTF8",
		"CHUNKING",
		"DSN",
		"ENHANCEDSTATUSCODES",
		fmt.Sprintf("LIMITS RCPTMAX=%d", c.server.opts.Limits.Recipients), // RFC 9422
	}
	if c.mayStartTLS() {
		list = append(list, "STARTTLS")
	}
	if c.mayAuth() {
		list = append(list, "AUTH "+strings.Join(c.mechanisms(), " "))
	}
	return list
}

func (c *conn) mayStartTLS() bool { return c.server.opts.TLS != nil && c.tls == nil }

// startTLS answers STARTTLS (RFC 3207).
func (c *conn) startTLS(ctx context.Context, rest string) error {
	switch {
	case rest != "":
		return c.bad(reply{501, "5.5.4", "STARTTLS takes no argument"})
	case !c.mayStartTLS():
		return c.bad(reply{503, "5.5.1", "TLS is not available or already active"})
	}
	c.write(reply{220, "2.0.0", "go ahead"})
	if err := c.flush(); err != nil {
		return err
	}
	if err := c.handshake(ctx); err != nil {
		return errQuit
	}
	// RFC 3207 §4.2: as if nothing had been said before.
	c.endTransaction()
	c.helo, c.extended, c.session = "", false, nil
	return nil
}
