package main

import "postroom/internal/zimbra"

// The compatible tools read their own command lines.

type zmprovCommand struct {
	Args []string `arg:"" optional:"" passthrough:""`
}

func (z *zmprovCommand) Run(c *command) error {
	t, err := c.tool("prov> ")
	if err != nil {
		return err
	}
	return status(t.Prov(c.ctx, z.Args))
}

type zmmailboxCommand struct {
	Args []string `arg:"" optional:"" passthrough:""`
}

func (z *zmmailboxCommand) Run(c *command) error {
	t, err := c.tool("mbox> ")
	if err != nil {
		return err
	}
	return status(t.Mailbox(c.ctx, z.Args))
}

type carbonioCommand struct {
	Args []string `arg:"" optional:"" passthrough:""`
}

func (z *carbonioCommand) Run(c *command) error {
	t, err := c.tool("prov> ")
	if err != nil {
		return err
	}
	return status(t.Carbonio(c.ctx, z.Args))
}

func (c *command) tool(prompt string) (*zimbra.Tool, error) {
	client, err := c.server()
	if err != nil {
		return nil, err
	}
	if !c.interactive {
		prompt = ""
	}
	return &zimbra.Tool{Client: client, In: c.in, Out: c.out, Err: c.err, Prompt: prompt}, nil
}

// status is a tool's exit status; it has said what there is to say.
func status(code int) error {
	if code == zimbra.Done {
		return nil
	}
	return exit(code)
}
