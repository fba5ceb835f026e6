package main

import (
	"os"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
)

// remoteFlags are for who has no socket: they ask as themselves.
type remoteFlags struct {
	Server       string `help:"Ask this server as a person instead of by the socket: https://HOST." env:"POSTROOM_SERVER" placeholder:"URL" group:"From another machine"`
	As           string `help:"Who asks, with --server. The password comes from --password-file, POSTROOM_PASSWORD or, without both, the first line of standard input." env:"POSTROOM_USER" placeholder:"ADDRESS" group:"From another machine"`
	PasswordFile string `help:"File with the password or app password." env:"POSTROOM_PASSWORD_FILE" placeholder:"FILE" group:"From another machine"`
	CA           []byte `name:"ca" type:"filecontent" help:"Certificate to trust, in PEM, when it is not from an authority that the system knows." placeholder:"FILE" group:"From another machine"`
}

func (c *command) remote() (*adminclient.Client, error) {
	if c.flags.As == "" {
		return nil, usagef("--server needs --as: who asks?")
	}
	password, err := c.remotePassword()
	if err != nil {
		return nil, err
	}
	return adminclient.NewRemote(adminclient.Remote{URL: c.flags.Server, User: c.flags.As, Password: password, Roots: c.flags.CA})
}

func (c *command) remotePassword() (string, error) {
	if c.flags.PasswordFile != "" {
		raw, err := os.ReadFile(c.flags.PasswordFile)
		if err != nil {
			return "", postroom.Errorf(postroom.Invalid, "the password file cannot be read: %s", c.flags.PasswordFile)
		}
		line, _, _ := strings.Cut(string(raw), "\n")
		return strings.TrimRight(line, "\r"), nil
	}
	if p, ok := os.LookupEnv("POSTROOM_PASSWORD"); ok {
		return p, nil
	}
	return c.password()
}
