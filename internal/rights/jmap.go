package rights

import "postroom"

// MailboxRights is the myRights object of a JMAP Mailbox (RFC 8621 §2), which
// names for each property the RFC 4314 letters it corresponds to.
type MailboxRights struct {
	MayReadItems   bool `json:"mayReadItems"`
	MayAddItems    bool `json:"mayAddItems"`
	MayRemoveItems bool `json:"mayRemoveItems"`
	MaySetSeen     bool `json:"maySetSeen"`
	MaySetKeywords bool `json:"maySetKeywords"`
	MayCreateChild bool `json:"mayCreateChild"`
	MayRename      bool `json:"mayRename"`
	MayDelete      bool `json:"mayDelete"`
	MaySubmit      bool `json:"maySubmit"`
	// MayShare is of JMAP mail sharing, not of RFC 8621: the right to give
	// and take grants. It is left out when false.
	MayShare bool `json:"mayShare,omitempty"`
}

// jmapProperties ties each property to the rights it corresponds to.
var jmapProperties = [...]struct {
	field  func(*MailboxRights) *bool
	rights postroom.Rights
}{
	{func(m *MailboxRights) *bool { return &m.MayReadItems }, postroom.Lookup | postroom.Read},
	{func(m *MailboxRights) *bool { return &m.MayAddItems }, postroom.Insert},
	{func(m *MailboxRights) *bool { return &m.MayRemoveItems }, postroom.DeleteItems | postroom.Expunge},
	{func(m *MailboxRights) *bool { return &m.MaySetSeen }, postroom.Seen},
	{func(m *MailboxRights) *bool { return &m.MaySetKeywords }, postroom.Write},
	{func(m *MailboxRights) *bool { return &m.MayCreateChild }, postroom.CreateChild},
	{func(m *MailboxRights) *bool { return &m.MayRename }, postroom.DeleteCollection},
	{func(m *MailboxRights) *bool { return &m.MayDelete }, postroom.DeleteCollection},
	{func(m *MailboxRights) *bool { return &m.MaySubmit }, postroom.Post},
	{func(m *MailboxRights) *bool { return &m.MayShare }, postroom.Administer},
}

// JMAP returns r as the myRights object of a Mailbox.
func JMAP(r postroom.Rights) MailboxRights {
	var m MailboxRights
	for _, p := range jmapProperties {
		*p.field(&m) = r.Has(p.rights)
	}
	return m
}

// Rights is the inverse of JMAP, for the values of shareWith. MayRename and
// MayDelete are one right here: either gives it.
func (m MailboxRights) Rights() postroom.Rights {
	var r postroom.Rights
	for _, p := range jmapProperties {
		if *p.field(&m) {
			r |= p.rights
		}
	}
	return r
}

// Privilege is the name of a WebDAV privilege: XML namespace and local name.
type Privilege struct{ Space, Name string }

const (
	davSpace    = "DAV:"
	caldavSpace = "urn:ietf:params:xml:ns:caldav"
)

// davPrivileges: a privilege is held when all of its rights are, or, where
// alternative is set, when all of those are.
var davPrivileges = [...]struct {
	privilege           Privilege
	rights, alternative postroom.Rights
}{
	// RFC 3744 §3.12: all aggregates everything below.
	{Privilege{davSpace, "all"}, Admin, 0},
	{Privilege{davSpace, "read"}, Viewer, 0},
	{Privilege{davSpace, "read-current-user-privilege-set"}, postroom.Lookup, 0},
	// RFC 3744 §3.2: write aggregates the four that follow.
	{Privilege{davSpace, "write"}, postroom.Write | postroom.Insert | postroom.DeleteItems | postroom.Expunge, 0},
	{Privilege{davSpace, "write-properties"}, postroom.Write, 0},
	{Privilege{davSpace, "write-content"}, postroom.Write, 0},
	{Privilege{davSpace, "bind"}, postroom.Insert, 0},
	{Privilege{davSpace, "unbind"}, postroom.DeleteItems | postroom.Expunge, 0},
	{Privilege{davSpace, "read-acl"}, postroom.Administer, 0},
	{Privilege{davSpace, "write-acl"}, postroom.Administer, 0},
	// RFC 4791 §6.1.1: read includes read-free-busy.
	{Privilege{caldavSpace, "read-free-busy"}, postroom.FreeBusy, Viewer},
	// RFC 6638 §6.2.2: answering for the owner.
	{Privilege{caldavSpace, "schedule-send-reply"}, postroom.AnswerInvitations, 0},
}

// DAV returns the privileges of r in the order of RFC 3744, for
// current-user-privilege-set. The owner has them all.
func DAV(r postroom.Rights) []Privilege {
	var out []Privilege
	for _, p := range davPrivileges {
		if r.Has(p.rights) || p.alternative != 0 && r.Has(p.alternative) {
			out = append(out, p.privilege)
		}
	}
	return out
}

// Preset is what sharing a whole mailbox under one word means.
type Preset struct {
	Name string
	// Rights for a grant on the root; NoRights: make no grant at all (an
	// empty one would be a block).
	Rights postroom.Rights
	// Send is the send right on the account, zero for none.
	Send postroom.SendRight
}

var presets = [...]Preset{
	{"read", Viewer, 0},
	{"full", Manager, 0},
	{"full+send", Manager, postroom.SendAs},
	{"send", postroom.NoRights, postroom.SendAs},
}

// Presets returns all presets, from the smallest to the largest.
func Presets() []Preset { return append([]Preset(nil), presets[:]...) }

// ParsePreset finds a preset by its name: read, full, full+send, send.
func ParsePreset(name string) (p Preset, ok bool) {
	for _, p := range presets {
		if p.Name == name {
			return p, true
		}
	}
	return Preset{}, false
}
