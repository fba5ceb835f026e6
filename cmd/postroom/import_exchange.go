package main

import (
	"io"

	"postroom"
	"postroom/internal/heritage/exchange"
)

type importExchange struct {
	Mailboxes            []string `help:"What Get-Recipient, Get-Mailbox or Get-DistributionGroup exports: which address each name stands for. The accounts and groups in it are made." placeholder:"FILE"`
	Groups               []string `help:"What Get-DistributionGroupMember exports, with a column Group." placeholder:"FILE"`
	MailboxPermissions   []string `help:"What Get-MailboxPermission exports." placeholder:"FILE"`
	RecipientPermissions []string `help:"What Get-RecipientPermission or Get-ADPermission exports." placeholder:"FILE"`
	SendOnBehalf         []string `help:"What Get-Mailbox exports of GrantSendOnBehalfTo." placeholder:"FILE"`
	settleFlags
}

func (i *importExchange) Run(c *command) error {
	var r exchange.Reader
	none := true
	for _, f := range []struct {
		names []string
		read  func(string, io.Reader) error
	}{{i.Mailboxes, r.Recipients}, {i.Groups, r.Members}, {i.MailboxPermissions, r.MailboxPermissions},
		{i.RecipientPermissions, r.RecipientPermissions}, {i.SendOnBehalf, r.SendOnBehalf}} {
		none = none && len(f.names) == 0
		if err := c.eachFile(f.names, f.read); err != nil {
			return err
		}
	}
	if none {
		return postroom.Errorf(postroom.Invalid, "no file is given: say --mailbox-permissions FILE, for one")
	}
	return i.settle(c, r.Estate())
}
