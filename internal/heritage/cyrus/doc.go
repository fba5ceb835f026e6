// Package cyrus reads the access lists of mailboxes that "cyradm" prints
// (lam, listaclmailbox).
//
// There as here, all that somebody has adds up, less what the negative entries
// of any of their identifiers take away; but mailboxes inherit nothing.
package cyrus

import (
	"bufio"
	"io"
	"regexp"
	"slices"
	"strings"

	"postroom/internal/heritage"
)

// Reader reads lists; Estate is what all of them say together.
type Reader struct {
	heritage.Names
	// Decode decodes modified UTF-7 (RFC 3501 §5.1.3), in which mailboxes are
	// named.
	Decode func(string) (string, error)
	// Mailboxes are accounts that get a mailbox of nobody and those below it,
	// by its name.
	Mailboxes map[string]string

	estate heritage.Estate
	lists  []heritage.ACL
	byName map[string]int
	at     heritage.Place
	// list is the one of the rows that follow, -1 without one; refused: its
	// mailbox could not be taken, which was told.
	list    int
	refused bool
}

// command is an echoed lam, behind a prompt or by itself.
var command = regexp.MustCompile(`^(?:[^ ]*> *)?(?:lam|listacl|listaclmailbox) +(.+)$`)

// Read reads one file. The error is that of the file; what is wrong in it
// becomes a remark.
func (r *Reader) Read(name string, in io.Reader) error {
	if r.byName == nil {
		r.byName = map[string]int{}
	}
	r.at, r.list, r.refused = heritage.Place{File: name}, -1, false
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, heritage.MaxLine)
	for scan.Scan() {
		r.at.Line++
		r.line(strings.ToValidUTF8(strings.TrimRight(scan.Text(), "\r "), "�"))
	}
	return scan.Err()
}

func (r *Reader) line(line string) {
	trimmed := strings.TrimSpace(line)
	if m := command.FindStringSubmatch(trimmed); m != nil {
		r.list, r.refused = -1, false
		if name := strings.Trim(m[1], `"'{}`); !strings.ContainsAny(name, "*%") {
			r.mailbox(name, trimmed)
		}
		return
	}
	id, rights, ok := cutRight(trimmed)
	switch {
	case trimmed == "" || strings.HasSuffix(trimmed, ">"):
	case strings.HasSuffix(trimmed, ":") && (line == trimmed || !ok):
		r.mailbox(strings.TrimSuffix(trimmed, ":"), trimmed)
	case ok && r.list >= 0:
		r.entry(id, rights, trimmed)
	case ok && r.refused:
	case ok:
		r.estate.Remark(r.at, heritage.Refused, trimmed,
			"whose mailbox is this? There is no line \"user/NAME:\" or \"lam user/NAME\" before it")
	default:
		r.estate.Remark(r.at, heritage.Refused, trimmed, "this is no identifier with its rights")
		r.block()
	}
}

// cutRight cuts the rights off a row; an identifier may have blanks.
func cutRight(row string) (id, rights string, ok bool) {
	at := strings.LastIndexAny(row, " \t")
	if at < 0 {
		return "", "", false
	}
	rights = row[at+1:]
	return strings.TrimRight(row[:at], " \t"), rights, strings.Trim(rights, letters+legacy+others) == ""
}

const (
	letters = "lrswikxtea" // those of RFC 4314 that have a counterpart
	legacy  = "cd"         // RFC 2086
	others  = "pn0123456789CDT"
)

// mailbox begins the list of a mailbox.
func (r *Reader) mailbox(name, row string) {
	r.list, r.refused = -1, true
	account, path, why := r.path(name)
	if why != "" {
		r.estate.Remark(r.at, heritage.Refused, row, why)
		return
	}
	key := strings.ToLower(account + ":" + path)
	n, known := r.byName[key]
	if !known {
		n = len(r.lists)
		r.byName[key] = n
		r.lists = append(r.lists, heritage.ACL{Place: r.at, Account: account, Path: path})
	}
	r.list, r.refused = n, false
}

// path takes the name of a mailbox apart: user/anna/Sent, user.anna.Sent,
// user/anna/Sent@example.test and example.test!user.anna.Sent.
func (r *Reader) path(name string) (account, path, why string) {
	domain := ""
	if d, rest, internal := strings.Cut(name, "!"); internal && strings.Contains(d, ".") {
		domain, name = d, rest
	}
	if account, path, ok := r.given(name); ok {
		return account, path, ""
	}
	separator := "/"
	if strings.HasPrefix(name, "user.") {
		separator = "."
	}
	rest, ok := strings.CutPrefix(name, "user"+separator)
	if !ok {
		return "", "", "this mailbox is of no user: say which account gets it with --mailbox NAME=ADDRESS"
	}
	if separator == "/" {
		if at := strings.LastIndexByte(rest, '@'); at >= 0 && !strings.Contains(rest[at:], "/") {
			rest, domain = rest[:at], rest[at+1:]
		}
	} else if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest, domain = rest[:at], rest[at+1:]
	}
	parts := strings.Split(rest, separator)
	if separator == "." {
		parts[0] = strings.ReplaceAll(parts[0], "^", ".")
	}
	if parts[0] == "" || slices.Contains(parts, "") {
		return "", "", "this is no name of a mailbox"
	}
	if domain != "" && !strings.Contains(parts[0], "@") {
		parts[0] += "@" + domain
	}
	return r.Person(parts[0]), r.below(parts[1:], separator), ""
}

// given is the account and path of a mailbox that was given to an account.
func (r *Reader) given(name string) (account, path string, ok bool) {
	longest := ""
	for prefix := range r.Mailboxes {
		rest, found := strings.CutPrefix(name, prefix)
		if found && (rest == "" || strings.ContainsAny(rest[:1], "./")) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	if longest == "" {
		return "", "", false
	}
	rest := name[len(longest):]
	if rest == "" {
		return r.Mailboxes[longest], "/INBOX", true
	}
	parts := strings.Split(rest[1:], rest[:1])
	return r.Mailboxes[longest], r.below(parts, rest[:1]), !slices.Contains(parts, "")
}

// below is the path of a folder.
func (r *Reader) below(parts []string, separator string) string {
	if len(parts) == 0 {
		return "/INBOX"
	}
	clean := make([]string, len(parts))
	for i, p := range parts {
		if separator == "." {
			p = strings.ReplaceAll(p, "^", ".")
		}
		if r.Decode != nil {
			if name, err := r.Decode(p); err == nil {
				p = name
			}
		}
		clean[i] = strings.ReplaceAll(p, "/", "_")
	}
	return "/" + strings.Join(clean, "/")
}
