package imapwire

// Select opens a mailbox; ReadOnly is EXAMINE (RFC 9051 §6.3.2, §6.3.3).
type Select struct {
	Mailbox   string
	ReadOnly  bool
	CondStore bool     // the CONDSTORE parameter (RFC 7162 §3.1.8)
	QResync   *QResync // the QRESYNC parameter, or nil
}

// QResync is what a client knows of a mailbox (RFC 7162 §3.2.5).
type QResync struct {
	UIDValidity uint32
	ModSeq      uint64
	KnownUIDs   SeqSet // empty when not given
	// SeqMatch and UIDMatch are message numbers and their UIDs, empty when
	// not given.
	SeqMatch, UIDMatch SeqSet
}

// Name implements Command.
func (c *Select) Name() string {
	if c.ReadOnly {
		return "EXAMINE"
	}
	return "SELECT"
}

func (d *Decoder) selectMailbox() Command {
	c := &Select{ReadOnly: d.name == "EXAMINE"}
	d.space()
	c.Mailbox = d.mailbox()
	if !d.accept(' ') {
		return c
	}
	d.list(func() {
		switch d.keyword() {
		case "CONDSTORE":
			c.CondStore = true
		case "QRESYNC":
			d.space()
			c.QResync = d.qresync()
		default:
			d.fail("unknown parameter")
		}
	})
	return c
}

func (d *Decoder) qresync() *QResync {
	q := &QResync{}
	d.expect('(')
	q.UIDValidity = d.nonZero32()
	d.space()
	q.ModSeq = d.number64()
	if d.accept(' ') {
		if d.peek() != '(' {
			q.KnownUIDs = d.knownUIDs()
		}
		if d.peek() == '(' || d.accept(' ') {
			d.expect('(')
			q.SeqMatch = d.knownUIDs()
			d.space()
			q.UIDMatch = d.knownUIDs()
			d.expect(')')
			if q.SeqMatch.Resolve(0).Len() != q.UIDMatch.Resolve(0).Len() {
				d.fail("as many numbers as UIDs are needed")
			}
		}
	}
	d.expect(')')
	return q
}
