package zimbra

import (
	"regexp"
	"strings"
)

// command is a command line as it was echoed before its output.
type command struct {
	name    string // the short one, lower case
	args    []string
	mailbox string // that of zmmailbox -m or selectMailbox
}

// subject is the account or list a command of zmprov is about.
func (c command) subject() string {
	if c.mailbox != "" {
		return c.mailbox
	}
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") {
			return a
		}
	}
	return ""
}

var shortNames = map[string]string{
	"getallaccounts": "gaa", "getaccount": "ga", "getalldistributionlists": "gadl", "getdistributionlist": "gdl",
	"getdistributionlistmembership": "gdlm", "getaccountmembership": "gam", "getallcos": "gac", "getcos": "gc",
	"getidentities": "gid", "getsignatures": "gsig", "getgrants": "gg", "getalldomains": "gad", "getdomain": "gd",
	"getfoldergrant": "gfg", "getallfolders": "gaf", "getfolder": "gf", "getrights": "gr", "grantright": "grr",
	"getcalendarresource": "gcr", "getallcalendarresources": "gacr", "selectmailbox": "sm", "getshareinfo": "gsi",
	"modifyfoldergrant": "mfg", "revokeright": "rvr",
}

// tool finds a tool's name as a word of its own, with or without a path and
// what a prompt puts before it.
var tool = regexp.MustCompile(`(?:^|[\s/$#>])(zmprov|zmmailbox|carbonio\s+prov)\s+(.*)$`)

// prompts of the tools themselves, which tell the mailbox.
var prompts = regexp.MustCompile(`^(?:prov|mbox(?: ([^\s>]+))?)>\s*(.*)$`)

// parseCommand reads an echoed command line; before is the one before it.
func parseCommand(line string, before command) (c command, ok bool) {
	if m := prompts.FindStringSubmatch(line); m != nil {
		return parseWords(m[1], words(m[2]), before), true
	}
	switch first := strings.TrimLeft(line, " \t"); {
	case strings.HasPrefix(first, "$ "), strings.HasPrefix(first, "# "), strings.HasPrefix(first, "+ "), strings.HasPrefix(first, "> "),
		strings.HasPrefix(first, "zm"), strings.HasPrefix(first, "carbonio "), strings.Contains(first, "$ zm"),
		strings.Contains(first, "$ carbonio "), strings.Contains(first, "# zm"), strings.Contains(first, "/zm"):
	default:
		return c, false
	}
	m := tool.FindStringSubmatch(line)
	if m == nil {
		return c, false
	}
	mailbox, rest := "", words(m[2])
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") && len(rest[0]) > 1 {
		takes := strings.Contains("-m -a -p -s -u -f -y -t --mailbox --account --server", rest[0]) && len(rest) > 1
		if rest[0] == "-m" || rest[0] == "--mailbox" {
			if m[1] == "zmmailbox" && len(rest) > 1 {
				mailbox = rest[1]
			} else {
				takes = false
			}
		}
		rest = rest[1:]
		if takes {
			rest = rest[1:]
		}
	}
	return parseWords(mailbox, rest, command{}), true
}

// parseWords reads a command and its arguments.
func parseWords(mailbox string, w []string, before command) command {
	c := command{mailbox: mailbox}
	if len(w) == 0 {
		c.mailbox = before.mailbox
		return c
	}
	name := strings.ToLower(w[0])
	if short := shortNames[name]; short != "" {
		name = short
	}
	if name == "sm" && len(w) > 1 {
		c = parseWords(w[1], w[2:], command{mailbox: w[1]})
		c.mailbox = w[1]
		return c
	}
	c.name, c.args = name, w[1:]
	return c
}

// words splits a line as a shell does with plain quotes.
func words(line string) (list []string) {
	var word strings.Builder
	var quote rune
	begun, escaped := false, false
	for _, c := range line {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, begun = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if begun {
				list, begun = append(list, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	if begun {
		list = append(list, word.String())
	}
	return list
}

// slash is a folder's path with the slash that may be left out.
func slash(path string) string {
	path = "/" + strings.Trim(path, "/")
	return path
}
