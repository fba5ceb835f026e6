package main

import (
	"strings"

	"postroom/internal/adminwire"
)

type accountInvite struct {
	Address string     `arg:""`
	To      string     `help:"Mail it to this outside address instead of printing the link." placeholder:"ADDRESS"`
	Until   *untilFlag `help:"When the link ends; 7 days if not given." placeholder:"T"`
}

// Run invites anew: an earlier link is void.
func (a *accountInvite) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var made adminwire.Invitation
	in := adminwire.NewInvitation{To: a.To, Until: a.Until.pointer()}
	if err := client.Post(c.ctx, path("accounts", a.Address, "invitation"), in, &made); err != nil {
		return err
	}
	return c.answer(made, func() { c.invited(&made) })
}

// invited tells where an invitation went.
func (c *command) invited(i *adminwire.Invitation) {
	if i.To != "" {
		c.printf("invited %s by mail to %s, until %s\n", i.Account, i.To, when(&i.Until))
		return
	}
	c.printf("invited %s until %s with this link, which is shown this once:\n%s\n", i.Account, when(&i.Until), i.Link)
}

type accountInvitation struct {
	Show     invitationShow     `cmd:"" help:"Show the open invitation of an account."`
	Withdraw invitationWithdraw `cmd:"" help:"Make the link of an account void."`
}

type invitationShow struct {
	Address string `arg:""`
}

func (i *invitationShow) Run(c *command) error {
	v, err := fetch[adminwire.Invitation](c, path("accounts", i.Address, "invitation"))
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		until := when(&v.Until)
		if v.Expired {
			until += " (expired)"
		}
		c.fields("account", v.Account, "mailed to", v.To, "by", or(v.By, "console"), "made", when(&v.Created), "until", until)
	})
}

type invitationWithdraw struct {
	Address string `arg:""`
}

func (i *invitationWithdraw) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, path("accounts", i.Address, "invitation")), "the link of %s is void", i.Address)
}

type accountAccept struct {
	Who           string `arg:"" name:"token" help:"The secret at the end of the link, or the address of the account to accept for."`
	PasswordStdin bool   `help:"Read the password from standard input; it goes with the secret."`
}

func (a *accountAccept) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	if strings.Contains(a.Who, "@") {
		if a.PasswordStdin {
			return usagef("--password-stdin goes with the secret of a link, not with an address")
		}
		return c.done(client.Post(c.ctx, path("accounts", a.Who, "accept"), nil, nil), "%s is active", a.Who)
	}
	if !a.PasswordStdin {
		return usagef("--password-stdin is needed")
	}
	in := adminwire.AcceptInvitation{Token: a.Who[strings.LastIndexByte(a.Who, '/')+1:]}
	if in.Password, err = c.password(); err != nil {
		return err
	}
	var accepted adminwire.Accepted
	if err := client.Post(c.ctx, path("invitations", "accept"), in, &accepted); err != nil {
		return err
	}
	return c.answer(accepted, func() { c.printf("%s is active\n", accepted.Address) })
}
