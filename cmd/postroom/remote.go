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
	TokenFile    string `help:"File with an access token, instead of --as and a password. POSTROOM_TOKEN is one, too." env:"POSTROOM_TOKEN_FILE" placeholder:"FILE" group:"From another machine"`
	CA           []byte `name:"ca" type:"filecontent" help:"Certificate to trust, in PEM, when it is not from an authority that the system knows." placeholder:"FILE" group:"From another machine"`
}

func (c *command) remote() (*adminclient.Client, error) {
	token, err := c.remoteToken()
	switch {
	case err != nil:
		return nil, err
	case token != "" && c.flags.As != "":
		return nil, usagef("an access token says who asks: leave --as out")
	case token != "":
		return adminclient.NewRemote(adminclient.Remote{URL: c.flags.Server, Token: token, Roots: c.flags.CA})
	case c.flags.As == "":
		return nil, usagef("--server needs --as or an access token: who asks?")
	}
	password, err := c.remotePassword()
	if err != nil {
		return nil, err
	}
	return adminclient.NewRemote(adminclient.Remote{URL: c.flags.Server, User: c.flags.As, Password: password, Roots: c.flags.CA})
}

// remoteToken is the access token to use, "" for none.
func (c *command) remoteToken() (string, error) {
	if c.flags.TokenFile != "" {
		return firstLine("token", c.flags.TokenFile)
	}
	if c.flags.As != "" {
		return "", nil
	}
	return os.Getenv("POSTROOM_TOKEN"), nil
}

func firstLine(what, file string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", postroom.Errorf(postroom.Invalid, "the %s file cannot be read: %s", what, file)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	return strings.TrimRight(line, "\r"), nil
}

func (c *command) remotePassword() (string, error) {
	if c.flags.PasswordFile != "" {
		return firstLine("password", c.flags.PasswordFile)
	}
	if p, ok := os.LookupEnv("POSTROOM_PASSWORD"); ok {
		return p, nil
	}
	return c.password()
}
