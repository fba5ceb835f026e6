package main

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"postroom/internal/adminwire"
)

type accountCommands struct {
	Create  accountCreate  `cmd:"" help:"Create an account."`
	List    accountList    `cmd:"" help:"List the accounts."`
	Show    accountShow    `cmd:"" help:"Show an account."`
	Set     accountSet     `cmd:"" help:"Change an account."`
	Delete  accountDelete  `cmd:"" help:"Delete an account with its mail and its grants."`
	Login   accountLogin   `cmd:"" help:"Let an account sign in, or not. It keeps receiving, and its rights."`
	Convert accountConvert `cmd:"" help:"Make a person's account a shared one, or the other way round."`
	Forward accountForward `cmd:"" help:"Show or set where the mail of an account goes on to."`
	Invite  accountInvite  `cmd:"" help:"Invite an account anew; its earlier link is void."`

	Invitation accountInvitation `cmd:"" help:"The open invitation of an account."`
	Accept     accountAccept     `cmd:"" help:"Accept an invitation: by its secret with a password, or for somebody."`
	Leave      accountLeave      `cmd:"" help:"Lock the account of somebody who leaves; share, forward and answer its mail."`
	Belongings accountBelongings `cmd:"" help:"What hangs on a person: groups, grants, addresses, queued mail."`

	AppPassword  appPasswordCommands  `cmd:"" help:"App passwords: for one program each, and for less than the password can."`
	Token        tokenCommands        `cmd:"" help:"Access tokens: for programs that ask for one instead of a password."`
	Session      sessionCommands      `cmd:"" help:"Browsers in which an account is signed in."`
	SecondFactor secondFactorCommands `cmd:"" help:"Codes of an authenticator app, beside the password."`
	Passkey      passkeyCommands      `cmd:"" help:"Passkeys, with which people sign in; they add them in the browser."`
	Provider     providerCommands     `cmd:"" help:"Accounts at identity providers (OpenID Connect), with which people sign in."`
}

type accountCreate struct {
	Address       string            `arg:""`
	Kind          string            `enum:"person,shared,resource" default:"person" help:"person, shared or resource."`
	Name          string            `help:"Display name."`
	Plan          string            `help:"Plan; the organisation's default if not given."`
	PasswordStdin bool              `xor:"secret" help:"Read the password from standard input."`
	Invite        bool              `xor:"secret" help:"Begin as invited: the person chooses a password by a link."`
	InviteTo      string            `help:"Mail the invitation to this outside address instead of printing the link." placeholder:"ADDRESS"`
	InviteUntil   *untilFlag        `help:"When the link ends; 7 days if not given." placeholder:"T"`
	Admin         string            `enum:"none,org,server" default:"none" help:"Administers nothing, its organisation or the server."`
	Attribute     map[string]string `help:"Facts that filters of groups ask for: department=Sales." placeholder:"NAME=VALUE"`
	Setting       map[string]string `help:"Further preferences by their Zimbra name." placeholder:"NAME=VALUE"`
}

func (a *accountCreate) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	n := adminwire.NewAccount{Address: a.Address, Name: a.Name, Kind: a.Kind, Plan: a.Plan, Invite: a.Invite, Settings: a.Setting,
		Attributes: a.Attribute}
	if !a.Invite && (a.InviteTo != "" || a.InviteUntil != nil) {
		return usagef("--invite-to and --invite-until go with --invite")
	}
	n.InviteTo, n.InviteUntil = a.InviteTo, a.InviteUntil.pointer()
	if a.Admin != "none" {
		n.Admin = a.Admin
	}
	if a.PasswordStdin {
		if n.Password, err = c.password(); err != nil {
			return err
		}
	}
	var made adminwire.Account
	if err := client.Post(c.ctx, path("accounts"), n, &made); err != nil {
		return err
	}
	return c.answer(made, func() {
		c.printf("created %s\n", made.Address)
		if made.Invitation != nil {
			c.invited(made.Invitation)
		}
	})
}

// password is the first line of the input.
func (c *command) password() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(c.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type accountList struct {
	Domain string `arg:"" optional:"" help:"Only of this domain."`
	Kind   string `help:"person, shared or resource; several with commas between."`
	Login  string `enum:",on,off" default:"" help:"Only those who may sign in (on), or may not (off)."`
	Text   string `help:"A part of an address, an alias or a name."`
	Order  string `enum:",address,-address,name,-name,used,-used,created,-created" default:"" help:"By address, name, used or created; with a minus (--order=-used) from its end."`
	Max    int    `help:"How many at most." placeholder:"N"`
}

func (a *accountList) Run(c *command) error {
	list, err := fetch[[]adminwire.Account](c, path("accounts")+query("domain", a.Domain, "kind", a.Kind, "login", a.Login, "text", a.Text,
		"order", a.Order, "max", strconv.Itoa(a.Max)))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{v.Address, v.Kind, v.State, yesNo(v.Login), size(v.UsedBytes), v.Name})
		}
		c.table("ADDRESS KIND STATE LOGIN USED NAME", rows)
	})
}

type accountShow struct {
	Address string `arg:""`
}

func (a *accountShow) Run(c *command) error {
	v, err := fetch[adminwire.Account](c, path("accounts", a.Address))
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		quota := size(v.QuotaBytes)
		if v.QuotaBytes == 0 {
			quota = "the plan's"
		}
		c.fields("address", v.Address, "name", v.Name, "id", v.UUID, "organisation", v.Organisation, "plan", v.Plan,
			"kind", v.Kind, "state", v.State, "login", yesNo(v.Login), "admin", v.Admin, "used", size(v.UsedBytes), "quota", quota,
			"hide in GAL", yesNo(v.HideInGAL), "displayed sender", v.DisplayedSender, "sent copies", v.Sent,
			"read state per user", yesNo(v.SeenPerUser), "password", shownPassword(v.Password), "aliases", aliasNames(v.Aliases),
			"attributes", attributeList(v.Attributes), "created", when(&v.Created))
		c.settings(v.Settings)
	})
}

func attributeList(attributes map[string]string) string {
	words := make([]string, 0, len(attributes))
	for _, k := range slices.Sorted(maps.Keys(attributes)) {
		words = append(words, k+"="+attributes[k])
	}
	return strings.Join(words, ", ")
}

func shownPassword(state string) string {
	if state == "one-time" {
		return "one-time: it was handed out and must be changed"
	}
	return state
}

func aliasNames(list []adminwire.Alias) string {
	var names []string
	for _, a := range list {
		name := a.Address
		if a.Delegable {
			name += " (delegable)"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

type accountSet struct {
	Address         string            `arg:""`
	NewAddress      string            `help:"New primary address; rights stay."`
	Name            *string           `help:"Display name."`
	State           string            `enum:",active,locked,disabled" default:"" help:"active, locked (receives, may do nothing) or disabled (refuses mail too)."`
	Admin           string            `enum:",none,org,server" default:"" help:"none, org or server."`
	Plan            string            `help:"Plan."`
	Quota           bytesFlag         `help:"Storage: 10G, none, or 0 for the plan's." placeholder:"SIZE"`
	HideInGAL       *bool             `name:"hide-in-gal" negatable:"" help:"Keep it out of the address book."`
	DisplayedSender string            `enum:",inherit,hide,show" default:"" help:"Whether recipients see who sent for it: inherit, hide, show."`
	Sent            string            `enum:",owner,sender,both,none" default:"" help:"Where copies of mail sent for it go: owner, sender, both, none."`
	Seen            string            `enum:",shared,per-user" default:"" help:"Read state: shared or per-user."`
	PasswordStdin   bool              `help:"Read a new password from standard input."`
	OneTime         bool              `help:"The new password is handed out and must be changed."`
	Attribute       map[string]string `help:"Facts that filters of groups ask for: department=Sales; an empty value takes one away." placeholder:"NAME=VALUE"`
	Setting         map[string]string `help:"Further preferences by their Zimbra name; an empty value takes one away." placeholder:"NAME=VALUE"`
	Quiet           bool              `help:"Send no notice when a group's filter takes or lets go the account."`
}

func (a *accountSet) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	if a.OneTime && !a.PasswordStdin {
		return usagef("--one-time goes with --password-stdin")
	}
	change := adminwire.AccountChange{Name: a.Name, State: given(a.State), Admin: given(a.Admin), Plan: given(a.Plan),
		QuotaBytes: a.Quota.pointer(), HideInGAL: a.HideInGAL, DisplayedSender: given(a.DisplayedSender),
		Sent: given(a.Sent), Settings: a.Setting, Attributes: a.Attribute, Quiet: a.Quiet}
	if a.Seen != "" {
		perUser := a.Seen == "per-user"
		change.SeenPerUser = &perUser
	}
	if err := client.Patch(c.ctx, path("accounts", a.Address), change, nil); err != nil {
		return err
	}
	if a.PasswordStdin {
		secret, err := c.password()
		if err != nil {
			return err
		}
		if err := client.Put(c.ctx, path("accounts", a.Address, "password"), adminwire.Password{Password: secret, OneTime: a.OneTime}, nil); err != nil {
			return err
		}
	}
	if a.NewAddress != "" {
		if err := client.Put(c.ctx, path("accounts", a.Address, "address"), adminwire.Address{Address: a.NewAddress}, nil); err != nil {
			return err
		}
	}
	return c.done(nil, "changed %s", a.Address)
}

type accountDelete struct {
	Address string `arg:""`
	Quiet   bool   `help:"Send no notice to those with whom it was shared."`
}

func (a *accountDelete) Run(c *command) error { return c.removeQuietly("accounts", a.Address, a.Quiet) }

type accountLogin struct {
	Address string `arg:""`
	Switch  string `arg:"" enum:"on,off" help:"on or off."`
}

func (a *accountLogin) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	on := a.Switch == "on"
	err = client.Patch(c.ctx, path("accounts", a.Address), adminwire.AccountChange{Login: &on}, nil)
	return c.done(err, "login of %s is %s", a.Address, a.Switch)
}

type accountConvert struct {
	Address string `arg:""`
	Kind    string `required:"" enum:"shared,person,resource" help:"shared, person or resource."`
	Plan    string `help:"A new plan; the same if not given."`
}

// Run changes all that follows from the kind: a shared account begins without
// login and without the person's passwords, a person with login.
func (a *accountConvert) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Put(c.ctx, path("accounts", a.Address, "kind"), adminwire.Conversion{Kind: a.Kind, Plan: a.Plan}, nil)
	return c.done(err, "%s is now %s, login %s", a.Address, a.Kind, map[bool]string{true: "on", false: "off"}[a.Kind == "person"])
}
