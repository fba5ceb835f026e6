package dovecot

import (
	"io"
	"regexp"
	"strings"

	"postroom/internal/heritage"
)

// output is what is known of a print of "doveadm acl get" while it is read.
type output struct {
	account, folder string
	// columns of a table: where each begins; tabs: they are set apart by tabs.
	columns []int
	tabs    bool
	users   bool
	// pager: the record so far.
	id, rights string
	row        string
	started    bool
	at         heritage.Place
}

// named are the words for rights that doveadm prints.
var named = map[string]string{"lookup": "l", "read": "r", "write": "w", "write-seen": "s", "write-deleted": "t", "insert": "i",
	"post": "p", "expunge": "e", "create": "k", "delete": "x", "admin": "a"}

// commandLine is an echoed command.
var commandLine = regexp.MustCompile(`^[^ ]*[$#>%] *(?:sudo )?doveadm (?:.* )?acl get (.*)$`)

// Output reads what "doveadm acl get" prints, as a table, with tabs or as pages,
// with the echoed command before it or for one account and folder, which are
// given. With -A or -u '*' each row has its account.
func (r *Reader) Output(name string, in io.Reader, account, folder string) error {
	r.at, r.out = heritage.Place{File: name}, output{account: account, folder: folder}
	err := r.eachLine(in, r.line)
	r.flush()
	return err
}

func (r *Reader) line(line string) {
	if m := commandLine.FindStringSubmatch(line); m != nil {
		r.flush()
		r.command(m[1])
		return
	}
	line = strings.TrimPrefix(line, "\f")
	switch {
	case strings.TrimSpace(line) == "":
		r.flush()
	case r.header(line):
	case strings.HasPrefix(line, "ID: "):
		r.flush()
		r.out.id, r.out.row, r.out.at, r.out.started = line[len("ID: "):], line, r.at, true
	case strings.HasPrefix(line, "Global: ") || line == "Global:":
		if strings.TrimSpace(line) != "Global:" {
			r.global(line)
			r.unread(r.out.account, line)
			r.out.started = false
		}
	case strings.HasPrefix(line, "Rights:"):
		r.out.rights = strings.TrimPrefix(line, "Rights:")
	case r.out.tabs || r.out.columns != nil:
		r.row(line)
	case !strings.ContainsAny(line, " \t=:"):
		r.out.account = line // before a page, with -A
	default:
		r.estate.Remark(r.at, heritage.Refused, line, "this is no row of doveadm acl get, printed as a table, with tabs or as pages")
	}
}

// command takes the arguments of an echoed command.
func (r *Reader) command(args string) {
	words := fields(args)
	folder, account := "", ""
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-u" && i+1 < len(words):
			i++
			account = words[i]
		case w == "-S" || w == "-F":
			i++
		case !strings.HasPrefix(w, "-"):
			folder = w
		}
	}
	r.out = output{account: account, folder: folder}
}

// fields are words as a shell takes them apart, without its escapes.
func fields(s string) []string {
	var all []string
	for _, m := range word.FindAllString(s, -1) {
		all = append(all, strings.Trim(m, `"'`))
	}
	return all
}

var word = regexp.MustCompile(`"[^"]*"|'[^']*'|[^ ]+`)

var titles = []string{"Username", "ID", "Global", "Rights"}

// header takes the first line of a table.
func (r *Reader) header(line string) bool {
	w := strings.Fields(line)
	if strings.Join(w, " ") != "ID Global Rights" && strings.Join(w, " ") != "Username ID Global Rights" {
		return false
	}
	r.out.users, r.out.tabs, r.out.columns = len(w) == 4, strings.Contains(line, "\t"), nil
	for _, t := range titles[4-len(w):] {
		r.out.columns = append(r.out.columns, strings.Index(line, t))
	}
	return true
}

// row takes a row of a table.
func (r *Reader) row(line string) {
	cells := strings.Split(line, "\t")
	if !r.out.tabs {
		cells = cut([]rune(line), r.out.columns)
	}
	account := r.out.account
	if r.out.users && len(cells) > 0 {
		account, cells = cells[0], cells[1:]
	}
	if len(cells) != 3 {
		r.estate.Remark(r.at, heritage.Refused, line, "this row has other columns than the first one says")
		r.unread(account, line)
		return
	}
	if cells[1] != "" {
		r.global(line)
		r.unread(account, line)
		return
	}
	r.rights(account, cells[0], cells[2], line)
}

// cut cuts a row where columns begin; a row that is not blank before each has
// no cells.
func cut(line []rune, columns []int) (cells []string) {
	for i, from := range columns {
		to := len(line)
		if i+1 < len(columns) {
			to = min(columns[i+1], to)
		}
		if from > 0 && from <= len(line) && line[from-1] != ' ' {
			return nil
		}
		cells = append(cells, strings.TrimSpace(string(line[min(from, to):to])))
	}
	return cells
}

// global says why a row is not taken.
func (r *Reader) global(line string) {
	r.estate.Remark(r.at, heritage.Refused, line, "a list for all mailboxes (global) overrides those of the mailboxes: give it by hand")
}

// unread notes that a row of the present mailbox is missing.
func (r *Reader) unread(account, line string) {
	if account != "" && r.out.folder != "" {
		r.refuse(r.list(account, r.out.folder), line)
	}
}

// flush ends a page.
func (r *Reader) flush() {
	if r.out.started {
		now := r.at
		defer func() { r.at = now }()
		r.at = r.out.at
		r.rights(r.out.account, r.out.id, r.out.rights, r.out.row)
	}
	r.out.id, r.out.rights, r.out.row, r.out.started = "", "", "", false
}

// rights takes an identifier with the words for its rights.
func (r *Reader) rights(account, id, text, row string) {
	if account == "" || r.out.folder == "" {
		r.estate.Remark(r.at, heritage.Refused, row,
			"whose mailbox is this? Echo the command before what it prints, or give --account and --folder")
		return
	}
	l := r.list(account, r.out.folder)
	r.part(l)
	var given, denied *string
	for _, w := range strings.Fields(text) {
		to := &given
		w, negative := strings.CutPrefix(w, "-")
		if negative {
			to = &denied
		}
		letter, known := named[w]
		if !known {
			r.estate.Remark(r.at, heritage.LeftOut, row, "named rights that are none of the product's own have no counterpart")
		}
		*to = merged(*to, &letter)
	}
	if given == nil && denied == nil {
		none := ""
		given = &none
	}
	r.entry(l, id, row, given, denied)
}
