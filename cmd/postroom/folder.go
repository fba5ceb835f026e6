package main

import (
	"strconv"

	"postroom/internal/adminwire"
)

type folderCommands struct {
	List folderList `cmd:"" help:"List the folders of an account."`
	Set  folderSet  `cmd:"" help:"Change a folder."`
}

type folderList struct {
	Account string `arg:""`
}

func (f *folderList) Run(c *command) error {
	list, err := fetch[[]adminwire.Collection](c, path("accounts", f.Account, "collections"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{v.Path, strconv.Itoa(v.Total), strconv.Itoa(v.Unseen), size(v.Bytes), v.Seen, yesNo(v.Inherit)})
		}
		c.table("FOLDER MESSAGES UNREAD SIZE READ-STATE INHERITS-GRANTS", rows)
	})
}

type folderSet struct {
	Target string `arg:"" help:"ADDRESS:/folder, or ADDRESS for the whole mailbox."`
	Seen   string `required:"" enum:"shared,per-user,inherit" help:"Read state: shared, per-user, or inherit: as the folder above."`
}

func (f *folderSet) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	address, folder := adminwire.SplitTarget(f.Target)
	if folder == "" {
		folder = "/"
	}
	err = client.Patch(c.ctx, path("accounts", address, "collections"), adminwire.CollectionChange{Path: folder, Seen: &f.Seen}, nil)
	return c.done(err, "the read state of %s is %s", f.Target, f.Seen)
}
