package jmapserver

import (
	"time"

	"postroom/internal/jmapwire"
)

// period is the part of a FilterCondition that says when something was: at the
// earliest at After, and before Before (RFC 8621 §7.3, RFC 9670 §3.5.1).
type period struct {
	After  *string `jmap:"after"`
	Before *string `jmap:"before"`

	after, before time.Time
}

// parse reads the times.
func (p *period) parse() *jmapwire.Error {
	ok := true
	if p.After != nil {
		p.after, ok = jmapwire.ParseUTCDate(*p.After)
	}
	if p.Before != nil && ok {
		p.before, ok = jmapwire.ParseUTCDate(*p.Before)
	}
	if !ok {
		return jmapwire.InvalidArguments("after and before are times in UTC")
	}
	return nil
}

func (p *period) holds(t time.Time) bool {
	return !t.Before(p.after) && (p.Before == nil || t.Before(p.before))
}
