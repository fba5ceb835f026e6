package imapserver

import (
	"net/netip"
	"strconv"

	"postroom/internal/imapwire"
	"postroom/internal/rights"
)

// extensions are offered once signed in; docs/rfc.md says what each covers.
var extensions = []string{
	"UIDPLUS", "IDLE", "NAMESPACE", "ACL", "RIGHTS=" + rights.IMAPRightsCapability, "SPECIAL-USE", "CREATE-SPECIAL-USE", "CHILDREN",
	"LIST-EXTENDED", "LIST-STATUS", "LIST-MYRIGHTS", "STATUS=SIZE", "MOVE", "LITERAL+", "ENABLE", "UNSELECT", "ESEARCH",
	"SEARCHRES", "CONDSTORE", "QRESYNC", "BINARY", "PREVIEW", "SAVEDATE", "OBJECTID", "WITHIN", "UTF8=ACCEPT", "MULTIAPPEND",
	"QUOTA", "QUOTA=RES-STORAGE", "METADATA", "NOTIFY",
	"UIDONLY", "INPROGRESS", "LIST-METADATA", "SORT", "SORT=DISPLAY", "ESORT", "I18NLEVEL=1",
	"THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES", "THREAD=REFS", "PARTIAL",
	"MULTISEARCH", "SEARCH=FUZZY", "REPLACE", "CONTEXT=SEARCH", "CONTEXT=SORT",
}

// capabilities is what the connection can do now (RFC 9051 §6.1.1).
func (c *conn) capabilities() []string {
	list := []string{"IMAP4rev1", "IMAP4rev2", "ID", "SASL-IR"}
	if c.session != nil {
		list = append(list, extensions...)
		if c.plain == nil {
			list = append(list, "COMPRESS=DEFLATE")
		}
		if c.server.opts.JMAP != "" {
			list = append(list, "JMAPACCESS")
		}
		if c.server.opts.Unauthenticate {
			list = append(list, "UNAUTHENTICATE")
		}
		return append(list, "APPENDLIMIT="+strconv.FormatInt(c.server.opts.Store.AppendLimit(), 10))
	}
	list = append(list, "LITERAL+", "ENABLE")
	if !c.tls() && c.server.opts.TLS != nil {
		list = append(list, "STARTTLS")
	}
	if !c.mayPassword() {
		return append(list, "LOGINDISABLED")
	}
	return append(list, c.mechanisms()...)
}

// mayPassword reports whether a password may cross this connection.
func (c *conn) mayPassword() bool {
	if c.tls() {
		return true
	}
	remote, err := netip.ParseAddr(c.remote())
	return c.server.opts.PlainSignIn == Allowed && err == nil && remote.Unmap().IsLoopback()
}

// id answers RFC 2971 with the name alone: a version helps attackers most.
func (c *conn) id(tag string) {
	c.enc.ID([]imapwire.IDField{{Key: "name", Value: "Postroom"}})
	c.answerOK(tag, "", "ID done")
}

// enable turns on what was named and is known (RFC 9051 §6.3.1).
func (c *conn) enable(tag string, cmd *imapwire.Enable) {
	var on []string
	for _, name := range cmd.Capabilities {
		switch name {
		case "IMAP4REV2":
			c.rev2, c.utf8 = true, true
			on = append(on, "IMAP4rev2")
		case "UTF8=ACCEPT":
			c.utf8 = true
			on = append(on, "UTF8=ACCEPT")
		case "CONDSTORE":
			c.enableCondStore()
			on = append(on, "CONDSTORE")
		case "UIDONLY":
			c.uidOnly = true
			on = append(on, "UIDONLY")
		case "QRESYNC":
			c.enableCondStore()
			c.qresync = true
			on = append(on, "QRESYNC")
		}
	}
	if c.utf8 {
		c.dec.SetNames(imapwire.UTF8)
		c.enc.SetNames(imapwire.UTF8)
	}
	c.enc.Enabled(on)
	c.answerOK(tag, "", "ENABLE done")
}

// enableCondStore begins to tell mod-sequences (RFC 7162 §3.1); the first time
// while a mailbox is selected it tells the highest.
func (c *conn) enableCondStore() {
	if !c.condStore && c.selected != nil {
		c.enc.Status(imapwire.Status{Kind: imapwire.OK, Text: "highest",
			Code: imapwire.CodeHighestModSeq(uint64(c.selected.modSeq()))})
	}
	c.condStore = true
}

// jmapAccess tells where the same mail is by JMAP (RFC 9698 §3).
func (c *conn) jmapAccess(tag string) {
	if c.server.opts.JMAP == "" {
		c.answerBad(tag, "GETJMAPACCESS is not offered; see CAPABILITY")
		return
	}
	c.enc.JMAPAccess(c.server.opts.JMAP)
	c.answerOK(tag, "", "GETJMAPACCESS done")
}
