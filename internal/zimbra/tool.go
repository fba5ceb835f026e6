package zimbra

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// Exit statuses of the tools.
const (
	Done   = 0
	Usage  = 1
	Failed = 2
)

// Tool is one run of zmprov, zmmailbox or carbonio.
type Tool struct {
	Client *adminclient.Client
	In     io.Reader
	Out    io.Writer
	Err    io.Writer
	// Prompt is written before each line that is read from In; empty when
	// nobody sits in front of it.
	Prompt string

	out *bufio.Writer
	// mailbox is the account selected in zmmailbox.
	mailbox *adminwire.Account
	verbose bool
	// ldap is the option -l.
	ldap bool
	// scan is where the lines come from while there are some.
	scan *bufio.Scanner
}

// command is one row of a tool's table.
type command struct {
	name, alias string
	syntax      string
	// min and max number of arguments; max below zero is no limit.
	min, max int
	run      func(ctx context.Context, t *Tool, args []string) error
}

// table finds commands by name, case-insensitively.
type table struct {
	tool     string
	commands []command
}

func (tb *table) find(word string) *command {
	for i := range tb.commands {
		c := &tb.commands[i]
		if strings.EqualFold(c.name, word) || strings.EqualFold(c.alias, word) {
			return c
		}
	}
	return nil
}

// execute runs one command with its arguments.
func (t *Tool) execute(ctx context.Context, tb *table, words []string) error {
	if strings.EqualFold(words[0], "help") {
		return tb.help(t.out, words[1:])
	}
	c := tb.find(words[0])
	if c == nil {
		return client("Unknown command: (%s) Type: 'help commands' for a list", words[0])
	}
	args := words[1:]
	if len(args) < c.min || c.max >= 0 && len(args) > c.max {
		return &usageError{c}
	}
	err := c.run(ctx, t, args)
	if errors.Is(err, errUsage) {
		return &usageError{c}
	}
	return err
}

// once runs one command and says how it went.
func (t *Tool) once(ctx context.Context, tb *table, words []string) int {
	t.begin()
	err := t.execute(ctx, tb, words)
	_ = t.out.Flush()
	return t.report(tb, err)
}

func (t *Tool) begin() {
	if t.out == nil {
		t.out = bufio.NewWriter(t.Out)
	}
}

func (t *Tool) report(tb *table, err error) int {
	var usage *usageError
	var status told
	switch {
	case err == nil:
		return Done
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(t.Err, "usage:  %s(%s) %s\nFor general help, type : %s --help\n",
			usage.cmd.name, usage.cmd.alias, usage.cmd.syntax, tb.tool)
		return Usage
	}
	_, _ = fmt.Fprintf(t.Err, "ERROR: %s\n", translate(err).Error())
	return Failed
}

// lines runs one command a line until the input or "exit" ends it. A command
// that fails does not end it; the worst status is returned.
func (t *Tool) lines(ctx context.Context, tb *table, prompt func() string) int {
	t.begin()
	status := Done
	scan := t.scan
	for {
		if p := prompt(); p != "" {
			_, _ = t.out.WriteString(p)
		}
		_ = t.out.Flush()
		if !scan.Scan() {
			break
		}
		words := splitLine(scan.Text())
		if len(words) == 0 {
			continue
		}
		if w := strings.ToLower(words[0]); w == "exit" || w == "quit" {
			return status
		}
		status = max(status, t.once(ctx, tb, words))
	}
	if err := scan.Err(); err != nil {
		_, _ = fmt.Fprintf(t.Err, "ERROR: %s\n", client("input: %v", err).Error())
		return Failed
	}
	return status
}

// batch runs the commands of a file, or of the input when there is none.
func (t *Tool) batch(ctx context.Context, tb *table, file string, prompt func() string) int {
	if file == "" {
		t.read(t.In)
		return t.lines(ctx, tb, prompt)
	}
	f, err := os.Open(file)
	if err != nil {
		_, _ = fmt.Fprintf(t.Err, "ERROR: %s\n", client("cannot read %s", file).Error())
		return Failed
	}
	defer func() { _ = f.Close() }()
	t.read(f)
	t.Prompt = ""
	return t.lines(ctx, tb, func() string { return "" })
}

func (t *Tool) read(in io.Reader) {
	t.scan = bufio.NewScanner(in)
	t.scan.Buffer(nil, 1<<20)
}

// help lists the commands, or those that are named: "help", "help commands",
// "help grr".
func (tb *table) help(w io.Writer, words []string) error {
	list := tb.commands
	if len(words) > 0 && !strings.EqualFold(words[0], "commands") {
		c := tb.find(words[0])
		if c == nil {
			return client("Unknown command: (%s) Type: 'help commands' for a list", words[0])
		}
		list = []command{*c}
	}
	_, _ = fmt.Fprintf(w, "%s: commands\n\n", tb.tool)
	for _, c := range list {
		_, _ = fmt.Fprintf(w, "  %s(%s) %s\n", c.name, c.alias, c.syntax)
	}
	_, _ = fmt.Fprintln(w)
	return nil
}

// told is a status of which all has been said.
type told int

func (s told) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func (t *Tool) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.out, format, args...) }

// Carbonio runs "carbonio prov CMD ARGS".
func (t *Tool) Carbonio(ctx context.Context, args []string) int {
	if len(args) == 0 || args[0] != "prov" {
		_, _ = fmt.Fprintln(t.Err, "usage:  carbonio prov {command} {arguments}")
		return Usage
	}
	return t.Prov(ctx, args[1:])
}

// options reads the tool's own options before the command. takes lists those
// with a value, flags those without.
func options(args []string, takes, flags string) (values map[string]string, rest []string, err error) {
	values = map[string]string{}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && len(args[0]) > 1 {
		name, value, has := strings.Cut(strings.TrimLeft(args[0], "-"), "=")
		args = args[1:]
		short := longOptions[name]
		if short == "" {
			short = name
		}
		switch {
		case len(short) == 1 && strings.Contains(flags, short):
			values[short] = "1"
		case len(short) == 1 && strings.Contains(takes, short):
			if !has {
				if len(args) == 0 {
					return nil, nil, client("option -%s needs a value", name)
				}
				value, args = args[0], args[1:]
			}
			values[short] = value
		default:
			return nil, nil, client("Unrecognized option: -%s", name)
		}
	}
	return values, args, nil
}

var longOptions = map[string]string{
	"file": "f", "account": "a", "password": "p", "zadmin": "z", "mailbox": "m", "ldap": "l",
	"server": "s", "url": "u", "timeout": "t", "verbose": "v", "debug": "d", "help": "h",
	"admin": "a", "auth": "U", "admin-priv": "A", "passfile": "P", "authtoken": "y", "authtokenfile": "Y",
}
