package main

import (
	"strconv"
	"strings"
	"time"

	"postroom/internal/adminwire"
)

type appPasswordCommands struct {
	Add    appPasswordAdd    `cmd:"" help:"Make an app password; it is printed once."`
	List   appPasswordList   `cmd:"" help:"List the app passwords of an account."`
	Remove appPasswordRemove `cmd:"" help:"Take an app password back."`
}

type tokenCommands struct {
	Add    tokenAdd    `cmd:"" help:"Make an access token; it is printed once."`
	List   tokenList   `cmd:"" help:"List the access tokens of an account."`
	Remove tokenRemove `cmd:"" help:"Take an access token back."`
}

// newCredential is what a further credential of an account is to be.
type newCredential struct {
	Address string     `arg:""`
	Name    string     `arg:"" help:"What it is for: my phone."`
	Rights  string     `default:"all" help:"What it leaves of the account's rights on folders: letters, a role, all or none."`
	Send    bool       `default:"true" negatable:"" help:"Whether it may send mail."`
	Ability []string   `help:"What it leaves of what the account administers: names, or help-desk, usual, all. The default is nothing." placeholder:"ABILITY"`
	Until   *untilFlag `help:"When it ends; never if not given." placeholder:"T"`
}

// add makes one of a kind ("app-passwords") and prints its secret.
func (n *newCredential) add(c *command, kind, label string) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var made adminwire.Credential
	err = client.Post(c.ctx, path("accounts", n.Address, kind), adminwire.NewCredential{Name: n.Name, Rights: n.Rights, Send: &n.Send,
		Abilities: n.Ability, Until: n.Until.pointer()}, &made)
	if err != nil {
		return err
	}
	return c.answer(made, func() { c.printf("%s: %s\n", label, made.Secret) })
}

// used tells when something was used last, and from where.
func used(u *adminwire.Use) string {
	if u == nil {
		return ""
	}
	return when(&u.At) + " " + u.Remote
}

// listCredentials prints those of a kind.
func (c *command) listCredentials(address, kind string) error {
	list, err := fetch[[]adminwire.Credential](c, path("accounts", address, kind))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{v.Name, v.Rights, yesNo(v.Send), abilityWords(v.Abilities), when(&v.Created), when(v.Until), used(v.Used)})
		}
		c.table("NAME RIGHTS SEND ABILITIES CREATED UNTIL USED", rows)
	})
}

// namedCredential is one of an account.
type namedCredential struct {
	Address string `arg:""`
	Name    string `arg:""`
}

func (n *namedCredential) remove(c *command, kind string) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, path("accounts", n.Address, kind, n.Name)), "removed %s", n.Name)
}

type appPasswordAdd struct{ newCredential }

func (a *appPasswordAdd) Run(c *command) error { return a.add(c, "app-passwords", "app password") }

type appPasswordList struct {
	Address string `arg:""`
}

func (a *appPasswordList) Run(c *command) error { return c.listCredentials(a.Address, "app-passwords") }

type appPasswordRemove struct{ namedCredential }

func (a *appPasswordRemove) Run(c *command) error { return a.remove(c, "app-passwords") }

type tokenAdd struct{ newCredential }

func (a *tokenAdd) Run(c *command) error { return a.add(c, "tokens", "access token") }

type tokenList struct {
	Address string `arg:""`
}

func (a *tokenList) Run(c *command) error { return c.listCredentials(a.Address, "tokens") }

type tokenRemove struct{ namedCredential }

func (a *tokenRemove) Run(c *command) error { return a.remove(c, "tokens") }

type sessionCommands struct {
	List sessionList `cmd:"" help:"List the browsers in which an account is signed in."`
	End  sessionEnd  `cmd:"" help:"Sign a browser out, or all of them."`
}

type sessionList struct {
	Address string `arg:""`
}

func (s *sessionList) Run(c *command) error {
	list, err := fetch[[]adminwire.WebSession](c, path("accounts", s.Address, "sessions"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{v.Name, v.With, when(&v.Created), v.Used.At.UTC().Format(time.RFC3339), v.Used.Remote, v.Used.Agent})
		}
		c.table("NAME WITH SINCE USED FROM BROWSER", rows)
	})
}

type sessionEnd struct {
	Address string `arg:""`
	Name    string `arg:"" optional:"" help:"The session, as session list names it."`
	All     bool   `help:"Sign every browser out."`
}

func (s *sessionEnd) Run(c *command) error {
	if s.All == (s.Name != "") {
		return usagef("give the name of a session, or --all")
	}
	client, err := c.server()
	if err != nil {
		return err
	}
	if s.All {
		return c.done(client.Delete(c.ctx, path("accounts", s.Address, "sessions")), "signed out everywhere")
	}
	return c.done(client.Delete(c.ctx, path("accounts", s.Address, "sessions", s.Name)), "signed out %s", s.Name)
}

type secondFactorCommands struct {
	Show    secondFactorShow    `cmd:"" help:"Tell whether an account has a second factor."`
	Begin   secondFactorBegin   `cmd:"" help:"Make the key of a second factor for your own account (with --server)."`
	Confirm secondFactorConfirm `cmd:"" help:"Turn it on by a first code; recovery codes are printed once."`
	Remove  secondFactorRemove  `cmd:"" help:"Turn a second factor off: your own with a code, or that of somebody who has lost theirs."`
}

type secondFactorShow struct {
	Address string `arg:""`
}

func (s *secondFactorShow) Run(c *command) error {
	v, err := fetch[adminwire.SecondFactor](c, path("accounts", s.Address, "second-factor"))
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		c.fields("second factor", yesNo(v.On), "since", when(v.Since), "recovery codes left", strconv.Itoa(v.RecoveryCodes))
	})
}

type secondFactorBegin struct {
	Address string `arg:""`
}

func (s *secondFactorBegin) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var key adminwire.SecondFactorKey
	if err := client.Post(c.ctx, path("accounts", s.Address, "second-factor"), nil, &key); err != nil {
		return err
	}
	return c.answer(key, func() { c.fields("key", key.Secret, "uri", key.URI) })
}

type secondFactorConfirm struct {
	Address string `arg:""`
	Code    string `arg:"" help:"What the app shows."`
}

func (s *secondFactorConfirm) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var codes adminwire.RecoveryCodes
	if err := client.Post(c.ctx, path("accounts", s.Address, "second-factor", "confirm"), adminwire.Code{Code: s.Code}, &codes); err != nil {
		return err
	}
	return c.answer(codes, func() { c.printf("recovery codes:\n%s\n", strings.Join(codes.Codes, "\n")) })
}

type secondFactorRemove struct {
	Address string `arg:""`
	Code    string `help:"A code of yours, or a recovery code; administrators need none." placeholder:"CODE"`
}

func (s *secondFactorRemove) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Post(c.ctx, path("accounts", s.Address, "second-factor", "remove"), adminwire.Code{Code: s.Code}, nil),
		"%s signs in with the password alone", s.Address)
}
