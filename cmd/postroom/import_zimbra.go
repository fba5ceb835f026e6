package main

import "postroom/internal/heritage/zimbra"

type importZimbra struct {
	Files []string `arg:"" help:"What zmprov, zmmailbox and carbonio prov have printed: files or directories; - is standard input."`
	settleFlags
}

func (i *importZimbra) Run(c *command) error {
	var r zimbra.Reader
	if err := c.eachFile(i.Files, r.Read); err != nil {
		return err
	}
	return i.settle(c, r.Estate())
}
