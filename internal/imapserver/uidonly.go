package imapserver

import (
	"postroom"
	"postroom/internal/imapwire"
)

// codeUIDRequired says that message numbers mean nothing any more (RFC 9586 §3).
const codeUIDRequired imapwire.Code = "UIDREQUIRED"

// byNumber reports whether a command refers to messages by number: with
// UIDONLY enabled it is BAD (RFC 9586 §3).
func byNumber(cmd imapwire.Command) bool {
	switch cmd := cmd.(type) {
	case *imapwire.Fetch:
		return !cmd.UID
	case *imapwire.Store:
		return !cmd.UID
	case *imapwire.Copy:
		return !cmd.UID
	case *imapwire.Move:
		return !cmd.UID
	case *imapwire.Search:
		return !cmd.UID || imapwire.AsksNumbers(cmd.Key)
	case *imapwire.Replace:
		return !cmd.UID
	case *imapwire.Sort:
		return !cmd.UID || imapwire.AsksNumbers(cmd.Key)
	case *imapwire.ESearch:
		return imapwire.AsksNumbers(cmd.Key)
	case *imapwire.Thread:
		return !cmd.UID || imapwire.AsksNumbers(cmd.Key)
	case *imapwire.Select:
		return cmd.QResync != nil && !cmd.QResync.SeqMatch.Empty()
	}
	return false
}

// fetchResponse begins the response for a message: FETCH, or UIDFETCH.
func (c *conn) fetchResponse(place int, uid postroom.UID) *imapwire.FetchWriter {
	if c.uidOnly {
		return c.enc.UIDFetch(uint32(uid))
	}
	return c.enc.Fetch(uint32(place + 1))
}

// fetchLine writes a response with UID, FLAGS and, when it is not zero, the
// mod-sequence.
func (c *conn) fetchLine(place int, m *postroom.ItemMeta, flags []byte, modSeq uint64) {
	if !c.uidOnly {
		c.enc.FetchLine(uint32(place+1), uint32(m.UID), flags, modSeq)
		return
	}
	w := c.enc.UIDFetch(uint32(m.UID))
	w.Flags(flagsOf(m))
	if modSeq > 0 {
		w.ModSeq(modSeq)
	}
	w.End()
}
