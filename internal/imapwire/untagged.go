package imapwire

// This file has the untagged data that is not about single messages
// (RFC 9051 §7.2 and §7.3).

// words writes "* NAME word word".
func (e *Encoder) words(name string, words []string) {
	e.raw("* " + name)
	for _, w := range words {
		e.octet(' ')
		e.atom(w)
	}
	e.crlf()
}

// Capability writes CAPABILITY.
func (e *Encoder) Capability(caps []string) { e.words("CAPABILITY", caps) }

// Enabled writes ENABLED.
func (e *Encoder) Enabled(caps []string) { e.words("ENABLED", caps) }

// Flags writes FLAGS, the flags of a mailbox.
func (e *Encoder) Flags(flags []Flag) {
	e.raw("* FLAGS ")
	e.flags(flags)
	e.crlf()
}

func (e *Encoder) numbered(n uint32, word string) {
	e.raw("* ")
	e.number(uint64(n))
	e.raw(word)
}

// Exists writes EXISTS, the number of messages.
func (e *Encoder) Exists(n uint32) { e.numbered(n, " EXISTS\r\n") }

// Recent writes RECENT (IMAP4rev1).
func (e *Encoder) Recent(n uint32) { e.numbered(n, " RECENT\r\n") }

// Expunge writes EXPUNGE for a message number.
func (e *Encoder) Expunge(seq uint32) { e.numbered(seq, " EXPUNGE\r\n") }

// Vanished writes VANISHED for messages that went away now (RFC 7162 §3.2.10).
func (e *Encoder) Vanished(uids SeqSet) { e.vanished("* VANISHED ", uids) }

// VanishedEarlier writes VANISHED (EARLIER), for messages that went away before.
func (e *Encoder) VanishedEarlier(uids SeqSet) { e.vanished("* VANISHED (EARLIER) ", uids) }

func (e *Encoder) vanished(head string, uids SeqSet) {
	e.raw(head)
	e.set(uids)
	e.crlf()
}

func (e *Encoder) set(s SeqSet) {
	if e.err == nil {
		e.buf = s.AppendText(e.buf[:0])
		e.bytes(e.buf)
		if cap(e.buf) > keepLine {
			e.buf = nil
		}
	}
}

// ListData is a LIST or LSUB response.
type ListData struct {
	Attrs []MailboxAttr
	Delim byte // 0 writes NIL
	Name  string
	// OldName is what the mailbox was called before (RFC 9051 §6.3.9.7), or "".
	OldName string
	// ChildInfo has the selection options that children match, such as
	// SUBSCRIBED (RFC 5258 §3.5).
	ChildInfo []string
}

// List writes LIST.
func (e *Encoder) List(l *ListData) {
	e.listed("* LIST ", l)
	if len(l.ChildInfo) > 0 || l.OldName != "" {
		e.raw(" (")
		if len(l.ChildInfo) > 0 {
			e.raw(`"CHILDINFO" `)
			e.list(len(l.ChildInfo), func(i int) { e.String(l.ChildInfo[i]) })
			if l.OldName != "" {
				e.octet(' ')
			}
		}
		if l.OldName != "" {
			e.raw(`"OLDNAME" (`)
			e.mailbox(l.OldName)
			e.octet(')')
		}
		e.octet(')')
	}
	e.crlf()
}

// LSub writes LSUB.
func (e *Encoder) LSub(l *ListData) {
	e.listed("* LSUB ", l)
	e.crlf()
}

func (e *Encoder) listed(head string, l *ListData) {
	e.raw(head)
	e.list(len(l.Attrs), func(i int) { e.atom(string(l.Attrs[i])) })
	e.octet(' ')
	e.delim(l.Delim)
	e.octet(' ')
	e.mailbox(l.Name)
}

func (e *Encoder) delim(c byte) {
	if c == 0 {
		e.raw("NIL")
		return
	}
	e.String(string(rune(c)))
}

// StatusValue is one item of a STATUS response.
type StatusValue struct {
	Item   StatusItem
	Number uint64
	// ID is the value of StatusMailboxID.
	ID string
	// None writes NIL, for an APPENDLIMIT without limit (RFC 7889).
	None bool
}

// MailboxStatus writes STATUS.
func (e *Encoder) MailboxStatus(mailbox string, values []StatusValue) {
	e.raw("* STATUS ")
	e.mailbox(mailbox)
	e.octet(' ')
	e.list(len(values), func(i int) {
		v := &values[i]
		e.raw(string(v.Item))
		e.octet(' ')
		switch {
		case v.None:
			e.raw("NIL")
		case v.Item == StatusMailboxID:
			e.octet('(')
			e.atom(v.ID)
			e.octet(')')
		default:
			e.number(v.Number)
		}
	})
	e.crlf()
}

// NamespaceData is one namespace: a prefix and its delimiter.
type NamespaceData struct {
	Prefix string
	Delim  byte
}

// Namespace writes NAMESPACE (RFC 9051 §6.3.10). An empty list is NIL.
func (e *Encoder) Namespace(personal, others, shared []NamespaceData) {
	e.raw("* NAMESPACE")
	for _, list := range [][]NamespaceData{personal, others, shared} {
		if len(list) == 0 {
			e.raw(" NIL")
			continue
		}
		e.raw(" (")
		for _, n := range list {
			e.octet('(')
			e.String(EncodeName(n.Prefix, e.names))
			e.octet(' ')
			e.delim(n.Delim)
			e.octet(')')
		}
		e.octet(')')
	}
	e.crlf()
}

// ID writes ID (RFC 2971); no fields is NIL.
func (e *Encoder) ID(fields []IDField) {
	e.raw("* ID ")
	if len(fields) == 0 {
		e.raw("NIL\r\n")
		return
	}
	e.list(len(fields), func(i int) {
		e.String(fields[i].Key)
		e.octet(' ')
		if fields[i].Nil {
			e.raw("NIL")
			return
		}
		e.String(fields[i].Value)
	})
	e.crlf()
}

// ACLEntry is an identifier and its rights.
type ACLEntry struct{ Identifier, Rights string }

// ACL writes ACL (RFC 4314 §3.6).
func (e *Encoder) ACL(mailbox string, entries []ACLEntry) {
	e.raw("* ACL ")
	e.mailbox(mailbox)
	for _, a := range entries {
		e.octet(' ')
		e.astring(a.Identifier)
		e.octet(' ')
		e.astring(a.Rights)
	}
	e.crlf()
}

// ListRights writes LISTRIGHTS (RFC 4314 §3.7): the rights that always come, and
// the groups of rights that can be given.
func (e *Encoder) ListRights(mailbox, identifier, required string, optional []string) {
	e.raw("* LISTRIGHTS ")
	e.mailbox(mailbox)
	e.octet(' ')
	e.astring(identifier)
	e.octet(' ')
	e.astring(required)
	for _, o := range optional {
		e.octet(' ')
		e.astring(o)
	}
	e.crlf()
}

// MyRights writes MYRIGHTS (RFC 4314 §3.8).
func (e *Encoder) MyRights(mailbox, rights string) {
	e.raw("* MYRIGHTS ")
	e.mailbox(mailbox)
	e.octet(' ')
	e.astring(rights)
	e.crlf()
}

// Metadata writes METADATA with values (RFC 5464 §4.4.1).
func (e *Encoder) Metadata(mailbox string, entries []MetadataEntry) {
	e.raw("* METADATA ")
	e.metadataMailbox(mailbox)
	e.octet(' ')
	e.list(len(entries), func(i int) {
		e.astring(entries[i].Entry)
		e.octet(' ')
		e.nilOrBinary(entries[i].Value)
	})
	e.crlf()
}

// MetadataChanged writes METADATA without values (RFC 5464 §4.4.2).
func (e *Encoder) MetadataChanged(mailbox string, entries []string) {
	e.raw("* METADATA ")
	e.metadataMailbox(mailbox)
	for _, entry := range entries {
		e.octet(' ')
		e.astring(entry)
	}
	e.crlf()
}

// metadataMailbox writes "" for the server.
func (e *Encoder) metadataMailbox(name string) {
	e.String(EncodeName(name, e.names))
}

// nilOrBinary writes a value that may hold NUL, or NIL.
func (e *Encoder) nilOrBinary(v []byte) {
	if v == nil {
		e.raw("NIL")
		return
	}
	for _, c := range v {
		if c == 0 {
			e.octet('~')
			e.literalHead(int64(len(v)))
			e.bytes(v)
			return
		}
	}
	e.String(string(v))
}

// QuotaUsage is one resource of a quota root. STORAGE counts units of 1024
// octets.
type QuotaUsage struct {
	Resource     string
	Usage, Limit uint64
}

// Quota writes QUOTA (RFC 9208 §4.2.1).
func (e *Encoder) Quota(root string, usage []QuotaUsage) {
	e.raw("* QUOTA ")
	e.String(root)
	e.octet(' ')
	e.list(len(usage), func(i int) {
		e.atom(usage[i].Resource)
		e.octet(' ')
		e.number(usage[i].Usage)
		e.octet(' ')
		e.number(usage[i].Limit)
	})
	e.crlf()
}

// QuotaRoot writes QUOTAROOT (RFC 9208 §4.2.2).
func (e *Encoder) QuotaRoot(mailbox string, roots []string) {
	e.raw("* QUOTAROOT ")
	e.mailbox(mailbox)
	for _, r := range roots {
		e.octet(' ')
		e.astring(r)
	}
	e.crlf()
}

// JMAPAccess writes JMAPACCESS (RFC 9698 §4).
func (e *Encoder) JMAPAccess(url string) {
	e.raw("* JMAPACCESS ")
	e.String(url)
	e.crlf()
}
