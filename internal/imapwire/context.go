package imapwire

// CancelUpdate ends the updates of results (RFC 5267 §4.3.5).
type CancelUpdate struct {
	Tags []string // of the searches, at least one
}

// Name implements Command.
func (*CancelUpdate) Name() string { return "CANCELUPDATE" }

func (d *Decoder) cancelUpdate() Command {
	c := &CancelUpdate{}
	for d.err == nil {
		d.space()
		if d.peek() != '"' {
			d.fail("a tag is written in quotes")
		}
		c.Tags = append(c.Tags, d.astring())
		if d.peek() != ' ' {
			break
		}
	}
	return c
}

// CodeNoUpdate tells that changes of a search's result will not be told (any
// more) (RFC 5267 §4.3.1). A tag needs no quoting.
func CodeNoUpdate(tag string) Code { return Code(`NOUPDATE "` + tag + `"`) }

// AsksMoving tells whether the answer to a key can change although no message
// does: with time, or with what "*" stands for.
func AsksMoving(key SearchKey) bool {
	return asks(key, func(k SearchKey) bool {
		switch k := k.(type) {
		case SearchOlder, SearchYounger:
			return true
		case SearchUID:
			return k.Set.Dynamic()
		}
		return false
	})
}
