// Package dovecot reads the access lists of mailboxes that files named
// dovecot-acl hold and "doveadm acl get" prints.
//
// There, an entry replaces those that are less specific: anyone,
// authenticated, group, owner, user, group-override, in this order; groups add
// up. Here all that somebody has adds up, and what a more specific entry leaves
// out is taken away by a negative entry.
package dovecot

import (
	"bufio"
	"io"
	"regexp"
	"strings"

	"postroom/internal/heritage"
)

// kind of an identifier, in the order in which they replace one another.
type kind uint8

const (
	anyone kind = iota
	authenticated
	group
	owner
	user
	override
)

var prefixes = []struct {
	text string
	kind kind
}{{"user=", user}, {"group-override=", override}, {"group=", group}}

var words = map[string]kind{"anyone": anyone, "anonymous": anyone, "authenticated": authenticated, "owner": owner}

// entry is what one identifier has; nil rights are none told, which leaves
// those of less specific entries as they are.
type entry struct {
	heritage.Place
	row            string
	kind           kind
	name           string
	rights, denied *string
}

// list is one mailbox.
type list struct {
	heritage.Place
	account, path string
	entries       []*entry
}

// Reader reads lists; Estate is what all of them say together.
type Reader struct {
	heritage.Names
	// Decode decodes modified UTF-7 (RFC 3501 §5.1.3), in which folders are
	// named on disk.
	Decode func(string) (string, error)

	estate heritage.Estate
	lists  []*list
	byName map[string]*list
	// partial are accounts of which not every folder was seen.
	partial map[string]heritage.Place

	at heritage.Place
	// out is what is known of the output that is being read.
	out output
}

// list is that of a mailbox; an account without a domain gets that of Names.
func (r *Reader) list(account, folder string) *list {
	account, path := r.Person(account), "/"+strings.Trim(folder, "/")
	if path == "/" {
		path = "/INBOX"
	}
	if strings.HasPrefix(strings.ToUpper(path)+"/", "/INBOX/") {
		path = "/INBOX" + path[len("/INBOX"):]
	}
	key := strings.ToLower(account) + ":" + strings.ToLower(path)
	if r.byName == nil {
		r.byName, r.partial = map[string]*list{}, map[string]heritage.Place{}
	}
	l := r.byName[key]
	if l == nil {
		l = &list{Place: r.at, account: account, path: path}
		r.byName[key] = l
		r.lists = append(r.lists, l)
	}
	return l
}

// add adds rights to those an identifier has in a list.
func (l *list) add(e entry) {
	for _, have := range l.entries {
		if have.kind == e.kind && have.name == e.name {
			have.rights, have.denied = merged(have.rights, e.rights), merged(have.denied, e.denied)
			return
		}
	}
	l.entries = append(l.entries, &e)
}

func merged(a, b *string) *string {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	both := union(*a, *b)
	return &both
}

// File reads a dovecot-acl file of a folder. The error is that of the file;
// what is wrong in it becomes a remark.
func (r *Reader) File(name string, in io.Reader, account, folder string) error {
	r.at = heritage.Place{File: name, Line: 1}
	l := r.list(account, folder)
	r.part(l)
	r.at.Line = 0
	return r.eachLine(in, func(line string) {
		line = strings.TrimRight(line, " \t")
		if line == "" || strings.HasPrefix(line, "#") {
			return
		}
		id, rest, ok := identifier(line)
		if !ok {
			r.estate.Remark(r.at, heritage.Refused, line, "the quotes do not end")
			r.refuse(l, line)
			return
		}
		letters, extended, _ := strings.Cut(strings.TrimSpace(rest), ":")
		letters = strings.TrimSpace(letters)
		if strings.Trim(letters, alphabet) != "" {
			r.estate.Remark(r.at, heritage.Refused, line, "unknown letters among the rights")
			r.refuse(l, line)
			return
		}
		if named := strings.TrimSpace(extended); named != "" {
			r.estate.Remark(r.at, heritage.LeftOut, line, "named rights that are none of the product's own have no counterpart")
		}
		id, negative := strings.CutPrefix(id, "-")
		if negative {
			r.entry(l, id, line, nil, &letters)
		} else {
			r.entry(l, id, line, &letters, nil)
		}
	})
}

func (r *Reader) eachLine(in io.Reader, take func(string)) error {
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, heritage.MaxLine)
	for scan.Scan() {
		r.at.Line++
		take(strings.ToValidUTF8(strings.TrimSuffix(scan.Text(), "\r"), "�"))
	}
	return scan.Err()
}

// part notes that not every folder of an account may be known.
func (r *Reader) part(l *list) {
	key := strings.ToLower(l.account)
	if _, known := r.partial[key]; !known {
		r.partial[key] = l.Place
	}
}

// Folders says which folders an account has, those without a list too; places
// are those of the directory.
func (r *Reader) Folders(name, account string, folders []string) {
	r.at = heritage.Place{File: name, Line: 1}
	whole := ""
	for _, f := range folders {
		l := r.list(account, f)
		whole = strings.ToLower(l.account)
	}
	if whole != "" {
		delete(r.partial, whole)
	}
}

// Folder is the name of a folder that a directory of a Maildir stands for:
// ".Sent.2024" is Sent/2024, "" the inbox. The directory is written with
// slashes.
func (r *Reader) Folder(dir string) string {
	parts := strings.Split(dir, "/") // folders in folders
	if strings.HasPrefix(dir, ".") {
		parts = strings.Split(dir[1:], ".") // Maildir++
	}
	for i, p := range parts {
		if r.Decode == nil {
			break
		}
		if name, err := r.Decode(p); err == nil {
			parts[i] = strings.ReplaceAll(name, "/", "_")
		}
	}
	return strings.Join(parts, "/")
}

// identifier cuts the identifier off a line; it is in quotes when it has
// blanks.
func identifier(line string) (id, rest string, ok bool) {
	if !strings.HasPrefix(line, `"`) {
		id, rest, _ = strings.Cut(line, " ")
		return id, rest, true
	}
	m := quoted.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	return escaped.ReplaceAllString(m[1], "$1"), m[2], true
}

var (
	quoted  = regexp.MustCompile(`^"((?:[^"\\]|\\.)*)"(?: (.*))?$`)
	escaped = regexp.MustCompile(`\\(.)`)
)

// entry takes one identifier with its rights.
func (r *Reader) entry(l *list, id, row string, rights, denied *string) {
	e := entry{Place: r.at, row: row, rights: rights, denied: denied}
	k, known := words[id]
	e.kind = k
	for _, p := range prefixes {
		if name, ok := strings.CutPrefix(id, p.text); ok && !known {
			e.kind, e.name, known = p.kind, name, name != ""
		}
	}
	if !known {
		r.estate.Remark(r.at, heritage.Refused, row, "unknown identifier")
		r.refuse(l, row)
		return
	}
	l.add(e)
}

// refuse keeps what a row that cannot be read may restrict from being given:
// nothing on this mailbox is.
func (r *Reader) refuse(l *list, row string) {
	l.entries = append(l.entries, &entry{Place: r.at, row: row, kind: unread})
}

// unread is the kind of a row that could not be read.
const unread kind = 0xff
