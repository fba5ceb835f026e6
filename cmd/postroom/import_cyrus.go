package main

import (
	"postroom/internal/heritage/cyrus"
	"postroom/internal/imapwire/utf7"
)

type importCyrus struct {
	Files     []string          `arg:"" help:"What lam (listaclmailbox) of cyradm has printed: files or directories; - is standard input."`
	Mailboxes map[string]string `name:"mailbox" help:"The account that gets a mailbox of nobody and those below it: --mailbox shared.info=info@example.test." placeholder:"NAME=ADDRESS"`
	nameFlags
	settleFlags
}

func (i *importCyrus) Run(c *command) error {
	r := cyrus.Reader{Names: i.names(), Mailboxes: i.Mailboxes, Decode: utf7.Decode}
	if err := c.eachFile(i.Files, r.Read); err != nil {
		return err
	}
	return i.settle(c, r.Estate())
}
