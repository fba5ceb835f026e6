package imapwire

// SetACL changes the rights of an identifier (RFC 4314 §3.1).
type SetACL struct {
	Mailbox, Identifier string
	// Mode says whether Rights replace, are added or are removed.
	Mode   StoreMode
	Rights string // the letters, unchecked but for being lower-case letters or digits
}

// Name implements Command.
func (*SetACL) Name() string { return "SETACL" }

func (d *Decoder) setACL() Command {
	d.space()
	c := &SetACL{Mailbox: d.mailbox()}
	d.space()
	c.Identifier = d.text()
	d.space()
	rights := d.astring()
	if rights != "" {
		switch rights[0] {
		case '+':
			c.Mode, rights = StoreAdd, rights[1:]
		case '-':
			c.Mode, rights = StoreRemove, rights[1:]
		}
	}
	for i := 0; i < len(rights); i++ {
		// RFC 4314 §3.1: upper-case rights are answered with BAD.
		if r := rights[i]; !isDigit(r) && (r < 'a' || r > 'z') {
			d.fail("rights are lower-case letters and digits")
		}
	}
	c.Rights = rights
	return c
}

// DeleteACL removes an identifier (RFC 4314 §3.2).
type DeleteACL struct{ Mailbox, Identifier string }

// Name implements Command.
func (*DeleteACL) Name() string { return "DELETEACL" }

func (d *Decoder) deleteACL() Command {
	d.space()
	c := &DeleteACL{Mailbox: d.mailbox()}
	d.space()
	c.Identifier = d.text()
	return c
}

// GetACL asks for all rights on a mailbox (RFC 4314 §3.3).
type GetACL struct{ Mailbox string }

// Name implements Command.
func (*GetACL) Name() string { return "GETACL" }

// ListRights asks which rights an identifier may be given (RFC 4314 §3.4).
type ListRights struct{ Mailbox, Identifier string }

// Name implements Command.
func (*ListRights) Name() string { return "LISTRIGHTS" }

func (d *Decoder) listRights() Command {
	d.space()
	c := &ListRights{Mailbox: d.mailbox()}
	d.space()
	c.Identifier = d.text()
	return c
}

// MyRights asks for one's own rights (RFC 4314 §3.5).
type MyRights struct{ Mailbox string }

// Name implements Command.
func (*MyRights) Name() string { return "MYRIGHTS" }
