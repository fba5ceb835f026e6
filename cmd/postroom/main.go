// Command postroom is the server, its demonstration and its commands. Called
// by the name of zmprov, zmmailbox or carbonio it is that tool.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/config"
)

// version is set by the linker.
var version = "dev"

// Exit statuses (see the manual): done, wrong usage, refused or failed, and
// the answer of "access check" for no.
const (
	exitDone   = 0
	exitUsage  = 1
	exitFailed = 2
	exitDenied = 3
)

// defaultConfig is where the configuration is looked for when nothing is said.
const defaultConfig = "/etc/postroom/postroom.toml"

// commands is the grammar of the command line.
type commands struct {
	Socket string `help:"Administration socket of the server (default: the configuration's)." env:"POSTROOM_SOCKET" placeholder:"PATH"`
	remoteFlags
	Config  string           `help:"Configuration file." env:"POSTROOM_CONFIG" placeholder:"FILE"`
	JSON    bool             `help:"Print JSON." name:"json"`
	Version kong.VersionFlag `help:"Print the version."`

	Serve serveCommand `cmd:"" help:"Run the server."`
	Demo  demoCommand  `cmd:"" help:"Run a demonstration on loopback, with people, mail and a shared mailbox."`
	Init  initCommand  `cmd:"" help:"Set up a server: configuration, first domain and administrator."`
	Fsck  fsckCommand  `cmd:"" help:"Check the data of a server that is not running."`

	Org         orgCommands         `cmd:"" help:"Organisations."`
	Domain      domainCommands      `cmd:"" help:"Domains."`
	Plan        planCommands        `cmd:"" help:"Plans (classes of service)."`
	Admin       adminCommands       `cmd:"" help:"Administrators and what they may do."`
	Account     accountCommands     `cmd:"" help:"Accounts: persons, shared mailboxes, resources."`
	OutOfOffice outOfOfficeCommands `cmd:"" help:"Automatic replies of accounts."`
	Alias       aliasCommands       `cmd:"" help:"Further addresses of accounts and groups."`
	Group       groupCommands       `cmd:"" help:"Groups: addresses with members, for mail and for rights."`
	Folder      folderCommands      `cmd:"" help:"Folders of an account: what they hold, and whose read state they show."`
	Identity    identityCommands    `cmd:"" help:"Identities: the From addresses a person chooses from."`

	Share     shareCommands     `cmd:"" help:"Share a whole mailbox; list, accept and decline what is shared."`
	Unshare   unshareCommand    `cmd:"" help:"Take a share back, with all rights of that grantee on the mailbox."`
	Grant     grantCommands     `cmd:"" help:"Rights on mailboxes and folders."`
	SendRight sendRightCommands `cmd:"" name:"send-right" help:"Rights to send as, on behalf of or to somebody, and to own a group."`
	Access    accessCommands    `cmd:"" help:"Who may do what, and why."`
	Review    reviewCommands    `cmd:"" help:"Reviews of who has access: begin one, confirm, revoke."`
	Audit     auditCommands     `cmd:"" help:"The audit log."`
	Queue     queueCommands     `cmd:"" help:"Mail on its way out."`

	Import  importCommands `cmd:"" help:"Bring mail in (mbox, maildir, another IMAP server), or accounts and rights (Zimbra, Carbonio)."`
	Export  exportCommands `cmd:"" help:"Hand an account's mail out, as mbox or maildir."`
	Backup  backupCommand  `cmd:"" help:"Copy a running server: database, messages, configuration."`
	Restore restoreCommand `cmd:"" help:"Put a server back from a backup, into an empty directory."`

	Zmprov    zmprovCommand    `cmd:"" passthrough:"" help:"Zimbra's zmprov: accounts, lists and rights."`
	Zmmailbox zmmailboxCommand `cmd:"" passthrough:"" help:"Zimbra's zmmailbox: folders and their grants."`
	Carbonio  carbonioCommand  `cmd:"" passthrough:"" help:"Carbonio's command line: carbonio prov."`
}

// command is what a command runs with.
type command struct {
	ctx    context.Context
	in     io.Reader
	out    io.Writer
	err    io.Writer
	flags  *commands
	client *adminclient.Client
	// interactive is whether somebody sits in front of in.
	interactive bool
}

// exit is an error that is an exit status with nothing to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// wrongUsage is an error in what was typed.
type wrongUsage struct{ text string }

func (w wrongUsage) Error() string { return w.text }

func usagef(format string, args ...any) error { return wrongUsage{fmt.Sprintf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	words := args[1:]
	switch name := filepath.Base(args[0]); name {
	case "zmprov", "zmmailbox", "carbonio":
		words = append([]string{name}, words...)
	}
	var flags commands
	code := -1
	parser, err := grammar(&flags, out, errs, func(c int) { code = c })
	if err != nil {
		return report(errs, err)
	}
	parsed, err := parser.Parse(words)
	if code >= 0 { // --help and --version
		return code
	}
	if err != nil {
		return report(errs, wrongUsage{err.Error()})
	}
	c := &command{ctx: ctx, in: in, out: out, err: errs, flags: &flags, interactive: isTerminal(in)}
	defer c.close()
	return report(errs, parsed.Run(c))
}

// grammar reads command lines into flags. exit gets the status of what ends by
// itself: --help and --version.
func grammar(flags *commands, out, errs io.Writer, exit func(int)) (*kong.Kong, error) {
	return kong.New(flags, kong.Name("postroom"), kong.Writers(out, errs),
		kong.Description("A mail server for teams: shared mailboxes, delegation and groups."),
		kong.Vars{"version": version}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(exit))
}

// report says in one line what went wrong, and which exit status that is.
func report(errs io.Writer, err error) int {
	var status exit
	var usage wrongUsage
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &usage):
		_, _ = fmt.Fprintln(errs, "postroom: "+oneLine(usage.text))
		return exitUsage
	}
	text := err.Error()
	if postroom.KindOf(err) != postroom.Internal {
		text = postroom.TextOf(err)
	}
	_, _ = fmt.Fprintln(errs, "postroom: "+oneLine(text))
	return exitFailed
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func isTerminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0 && st.Name() != "null"
}

// server connects the command with the running server.
func (c *command) server() (*adminclient.Client, error) {
	if c.client != nil {
		return c.client, nil
	}
	if c.flags.Server != "" {
		var err error
		c.client, err = c.remote()
		return c.client, err
	}
	path := c.flags.Socket
	if path == "" {
		cfg, err := c.configuration()
		if err != nil {
			return nil, err
		}
		path = cfg.Socket
	}
	c.client = adminclient.New(path)
	return c.client, nil
}

func (c *command) configuration() (config.Config, error) {
	if c.flags.Config != "" {
		return config.Load(c.flags.Config)
	}
	for _, path := range []string{"postroom.toml", defaultConfig} {
		if _, err := os.Stat(path); err == nil {
			return config.Load(path)
		}
	}
	return config.Config{}, postroom.Errorf(postroom.Invalid,
		"which server? Give --socket, POSTROOM_SOCKET or --config (there is no %s)", defaultConfig)
}

func (c *command) close() {
	if c.client != nil {
		c.client.Close()
	}
}
