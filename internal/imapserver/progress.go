package imapserver

import (
	"strings"
	"time"

	"postroom/internal/imapwire"
)

// progressTime is how long a client waits for a command before it hears that
// the server is still at it (RFC 9585 §3 advises several seconds).
const progressTime = 10 * time.Second

// patiently runs an act of the store that may take long, and tells the client
// from time to time that it goes on, so that neither it nor a box on the way
// gives up (RFC 9585). The act must not write to the client.
func (c *conn) patiently(tag string, act func()) {
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		act()
	}()
	tick := time.NewTicker(c.server.opts.Progress)
	defer tick.Stop()
	for {
		select {
		case fault := <-done:
			if fault != nil {
				panic(fault)
			}
			return
		case <-tick.C:
			c.ok(progressCode(tag), "still at it")
			c.enc.Flush() // an error is kept, and ends the connection after the act
		}
	}
}

// progressCode is INPROGRESS for a command. A tag with a bracket would end the
// code early, and is left out.
func progressCode(tag string) imapwire.Code {
	if strings.Contains(tag, "]") {
		return "INPROGRESS"
	}
	return imapwire.Code(`INPROGRESS ("` + tag + `" NIL NIL)`)
}
