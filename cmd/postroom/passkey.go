package main

import "postroom/internal/adminwire"

// passkeyCommands are about passkeys that are there: they are added in the
// browser.
type passkeyCommands struct {
	List   passkeyList   `cmd:"" help:"List the passkeys of an account."`
	Remove passkeyRemove `cmd:"" help:"Take a passkey back; what was opened with it ends."`
}

type passkeyList struct {
	Address string `arg:""`
}

func (p *passkeyList) Run(c *command) error {
	list, err := fetch[[]adminwire.Passkey](c, path("accounts", p.Address, "passkeys"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			used := ""
			if v.Used != nil {
				used = when(&v.Used.At) + " " + v.Used.Remote
			}
			rows = append(rows, []string{v.Name, yesNo(v.Synced), when(&v.Created), used})
		}
		c.table("NAME SYNCED CREATED USED", rows)
	})
}

type passkeyRemove struct{ namedCredential }

func (p *passkeyRemove) Run(c *command) error { return p.remove(c, "passkeys") }
