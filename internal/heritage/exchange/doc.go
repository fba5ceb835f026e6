// Package exchange reads what Exchange's management shell exports as CSV:
// Get-MailboxPermission, Get-RecipientPermission (or Get-ADPermission), who may
// send on behalf of whom (Get-Mailbox), members of groups
// (Get-DistributionGroupMember) and the recipients with their names
// (Get-Mailbox, Get-Recipient).
package exchange

import (
	"io"
	"strings"

	"postroom/internal/heritage"
)

// Reader reads files; Estate is what all of them say together.
type Reader struct {
	estate heritage.Estate
	rows   []row
	known  directory
}

// kind of a file.
type kind uint8

const (
	mailboxPermissions kind = iota
	recipientPermissions
	sendOnBehalf
	members
)

// row of a file, by the names of its columns in lower case.
type row struct {
	heritage.Place
	kind  kind
	text  string
	cells map[string]string
}

// first is the first of columns that says something.
func (r *row) first(columns ...string) string {
	for _, c := range columns {
		if v := strings.TrimSpace(r.cells[c]); v != "" {
			return v
		}
	}
	return ""
}

// Recipients reads Get-Mailbox, Get-Recipient, Get-DistributionGroup: which
// address each of the names stands for. Who may send on behalf is read too,
// if it is there. The error is that of the file; what is wrong in it becomes a
// remark.
func (r *Reader) Recipients(name string, in io.Reader) error {
	return r.table(name, in, []string{"primarysmtpaddress", "windowsemailaddress"}, func(w row) {
		r.recipient(&w)
		if w.first(behalfColumn) != "" {
			w.kind = sendOnBehalf
			r.rows = append(r.rows, w)
		}
	})
}

// MailboxPermissions reads Get-MailboxPermission.
func (r *Reader) MailboxPermissions(name string, in io.Reader) error {
	return r.keep(name, in, mailboxPermissions, "user")
}

// RecipientPermissions reads Get-RecipientPermission or Get-ADPermission.
func (r *Reader) RecipientPermissions(name string, in io.Reader) error {
	return r.keep(name, in, recipientPermissions, "trustee", "user")
}

// SendOnBehalf reads the GrantSendOnBehalfTo of Get-Mailbox.
func (r *Reader) SendOnBehalf(name string, in io.Reader) error {
	return r.keep(name, in, sendOnBehalf, behalfColumn)
}

// Members reads Get-DistributionGroupMember with a column Group, which the
// command itself does not print.
func (r *Reader) Members(name string, in io.Reader) error {
	return r.keep(name, in, members, groupColumns...)
}

func (r *Reader) keep(name string, in io.Reader, k kind, needs ...string) error {
	return r.table(name, in, needs, func(w row) {
		w.kind = k
		r.rows = append(r.rows, w)
	})
}

const behalfColumn = "grantsendonbehalfto"

var (
	groupColumns  = []string{"group", "groupaddress", "groupprimary", "groupemail", "distributiongroup", "distributiongroupemail", "groupname"}
	targetColumns = []string{"mailbox", "primarysmtpaddress", "mailboxaddress", "emailaddress", "userprincipalname", "identity"}
	memberColumns = []string{"primarysmtpaddress", "memberprimary", "memberemail", "member", "windowsliveid", "identity", "name"}
)
