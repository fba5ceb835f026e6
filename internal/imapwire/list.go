package imapwire

// List is LIST, with LIST-EXTENDED (RFC 5258, RFC 9051 §6.3.9).
type List struct {
	Reference string
	// Patterns has at least one pattern. A single empty pattern asks for the
	// delimiter and the root of Reference, unless Extended.
	Patterns []string
	Select   ListSelect
	Return   ListReturn
	// Extended is set when the client used any part of the extended syntax.
	Extended bool
}

// ListSelect says which mailboxes to list.
type ListSelect struct {
	Subscribed, Remote, RecursiveMatch, SpecialUse bool
}

// ListReturn says what else to tell of each mailbox.
type ListReturn struct {
	Subscribed, Children, SpecialUse, MyRights bool
	Status                                     []StatusItem // RFC 5819
	Metadata                                   []string     // entries, RFC 9590
}

// maxPatterns is how many patterns one LIST may have.
const maxPatterns = 100

// Name implements Command.
func (*List) Name() string { return "LIST" }

func (d *Decoder) list_() Command {
	c := &List{}
	d.space()
	if d.peek() == '(' {
		c.Extended = true
		d.maybeEmpty(func() { d.listSelect(&c.Select) })
		s := c.Select
		if s.RecursiveMatch && !s.Subscribed && !s.SpecialUse {
			// RFC 5258 §3: not alone, nor with REMOTE alone.
			d.fail("RECURSIVEMATCH needs another selection option")
		}
		d.space()
	}
	c.Reference = d.mailbox()
	d.space()
	if d.peek() == '(' {
		c.Extended = true
	}
	d.oneOrList(func() { c.Patterns = append(c.Patterns, d.listMailbox()) })
	if len(c.Patterns) > maxPatterns {
		d.fail("too many patterns")
	}
	if d.accept(' ') {
		c.Extended = true
		if d.keyword() != "RETURN" {
			d.fail("expected RETURN")
		}
		d.space()
		d.maybeEmpty(func() { d.listReturn(&c.Return) })
	}
	return c
}

func (d *Decoder) listSelect(s *ListSelect) {
	switch d.keyword() {
	case "SUBSCRIBED":
		s.Subscribed = true
	case "REMOTE":
		s.Remote = true
	case "RECURSIVEMATCH":
		s.RecursiveMatch = true
	case "SPECIAL-USE":
		s.SpecialUse = true
	default:
		d.fail("unknown selection option")
	}
}

func (d *Decoder) listReturn(r *ListReturn) {
	switch d.keyword() {
	case "SUBSCRIBED":
		r.Subscribed = true
	case "CHILDREN":
		r.Children = true
	case "SPECIAL-USE":
		r.SpecialUse = true
	case "MYRIGHTS":
		r.MyRights = true
	case "STATUS":
		d.space()
		r.Status = d.statusItems()
	case "METADATA":
		d.space()
		d.list(func() { r.Metadata = append(r.Metadata, d.entry()) })
	default:
		d.fail("unknown return option")
	}
}

// LSub lists subscribed names (RFC 3501 §6.3.9).
type LSub struct{ Reference, Pattern string }

// Name implements Command.
func (*LSub) Name() string { return "LSUB" }

func (d *Decoder) lsub() Command {
	d.space()
	c := &LSub{Reference: d.mailbox()}
	d.space()
	c.Pattern = d.listMailbox()
	return c
}
