package imapwire

import "strings"

// StoreMode says what STORE does with the flags.
type StoreMode uint8

// The three forms of STORE.
const (
	StoreReplace StoreMode = iota // FLAGS
	StoreAdd                      // +FLAGS
	StoreRemove                   // -FLAGS
)

// Store changes flags (RFC 9051 §6.4.6).
type Store struct {
	UID    bool
	Set    SeqSet
	Mode   StoreMode
	Silent bool
	Flags  []Flag
	// UnchangedSince is the modifier of RFC 7162 §3.1.3, or nil.
	UnchangedSince *uint64
}

// Name implements Command.
func (c *Store) Name() string { return uidName(c.UID, "STORE") }

func (d *Decoder) store(by numbering) Command {
	d.space()
	c := &Store{UID: by == byUID, Set: d.seqSet()}
	d.space()
	if d.peek() == '(' {
		d.list(func() {
			if d.keyword() != "UNCHANGEDSINCE" {
				d.fail("unknown modifier")
				return
			}
			d.space()
			n := d.number64()
			c.UnchangedSince = &n
		})
		d.space()
	}
	switch {
	case d.accept('+'):
		c.Mode = StoreAdd
	case d.accept('-'):
		c.Mode = StoreRemove
	}
	word := d.keyword()
	word, c.Silent = strings.CutSuffix(word, ".SILENT")
	if word != "FLAGS" {
		d.fail("expected FLAGS")
	}
	d.space()
	if d.peek() == '(' {
		c.Flags = d.flagList()
		return c
	}
	for d.err == nil {
		c.Flags = append(c.Flags, d.flag())
		if !d.accept(' ') {
			break
		}
	}
	return c
}

// Copy copies messages (RFC 9051 §6.4.7).
type Copy struct {
	UID     bool
	Set     SeqSet
	Mailbox string
}

// Name implements Command.
func (c *Copy) Name() string { return uidName(c.UID, "COPY") }

func (d *Decoder) copy(by numbering) Command {
	d.space()
	c := &Copy{UID: by == byUID, Set: d.seqSet()}
	d.space()
	c.Mailbox = d.mailbox()
	return c
}

// Move moves messages (RFC 9051 §6.4.8).
type Move struct {
	UID     bool
	Set     SeqSet
	Mailbox string
}

// Name implements Command.
func (c *Move) Name() string { return uidName(c.UID, "MOVE") }

func (d *Decoder) move(by numbering) Command {
	d.space()
	c := &Move{UID: by == byUID, Set: d.seqSet()}
	d.space()
	c.Mailbox = d.mailbox()
	return c
}

// Expunge removes deleted messages (RFC 9051 §6.4.3). UIDs is the set of UID
// EXPUNGE (§6.4.9), or nil.
type Expunge struct{ UIDs *SeqSet }

// Name implements Command.
func (c *Expunge) Name() string { return uidName(c.UIDs != nil, "EXPUNGE") }

func (d *Decoder) uidExpunge() Command {
	d.space()
	set := d.seqSet()
	return &Expunge{UIDs: &set}
}
