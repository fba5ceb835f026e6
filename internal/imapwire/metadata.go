package imapwire

import "strings"

// DepthInfinity asks GETMETADATA for all entries below.
const DepthInfinity = -1

// GetMetadata asks for annotations (RFC 5464 §4.2). An empty Mailbox means the
// server.
type GetMetadata struct {
	Mailbox string
	Entries []string // lower case
	// MaxSize is the largest value to return in octets, or nil.
	MaxSize *uint32
	Depth   int // 0, 1 or DepthInfinity
}

// Name implements Command.
func (*GetMetadata) Name() string { return "GETMETADATA" }

func (d *Decoder) getMetadata() Command {
	d.space()
	c := &GetMetadata{}
	if d.peek() == '(' {
		d.list(func() { d.metadataOption(c) })
		d.space()
	}
	c.Mailbox = d.mailbox()
	d.space()
	// The examples of RFC 5464 have the options behind the mailbox.
	if d.peek() == '(' && d.pos+1 < len(d.line) && d.line[d.pos+1] != '/' && isWordChar(d.line[d.pos+1]) {
		d.list(func() { d.metadataOption(c) })
		d.space()
	}
	d.oneOrList(func() { c.Entries = append(c.Entries, d.entry()) })
	return c
}

func (d *Decoder) metadataOption(c *GetMetadata) {
	switch d.keyword() {
	case "MAXSIZE":
		d.space()
		n := d.number32()
		c.MaxSize = &n
	case "DEPTH":
		d.space()
		switch d.keyword() {
		case "0":
			c.Depth = 0
		case "1":
			c.Depth = 1
		case "INFINITY":
			c.Depth = DepthInfinity
		default:
			d.fail("DEPTH is 0, 1 or infinity")
		}
	default:
		d.fail("unknown option")
	}
}

// entry takes the name of an annotation (RFC 5464 §3.2), in lower case.
func (d *Decoder) entry() string {
	e := d.astring()
	ok := strings.HasPrefix(e, "/") && !strings.HasSuffix(e, "/") && !strings.Contains(e, "//")
	for i := 0; i < len(e) && ok; i++ {
		ok = e[i] > 0x1f && e[i] < 0x7f && e[i] != '*' && e[i] != '%'
	}
	if !ok {
		d.fail("malformed entry name")
	}
	return strings.ToLower(e)
}

// MetadataEntry is an annotation. A nil Value is NIL: not there, or to be
// removed.
type MetadataEntry struct {
	Entry string
	Value []byte
}

// SetMetadata changes annotations (RFC 5464 §4.3).
type SetMetadata struct {
	Mailbox string // empty for the server
	Entries []MetadataEntry
}

// Name implements Command.
func (*SetMetadata) Name() string { return "SETMETADATA" }

func (d *Decoder) setMetadata() Command {
	d.space()
	c := &SetMetadata{Mailbox: d.mailbox()}
	d.space()
	d.list(func() {
		e := MetadataEntry{Entry: d.entry()}
		d.space()
		switch {
		case d.isNil():
		case d.atLiteral():
			e.Value = append([]byte{}, d.literal()...)
		default:
			e.Value = append([]byte{}, d.quoted()...)
		}
		c.Entries = append(c.Entries, e)
	})
	return c
}
