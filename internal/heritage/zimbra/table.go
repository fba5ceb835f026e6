package zimbra

import (
	"regexp"
	"strings"

	"postroom/internal/heritage"
)

// columns cuts a row at fixed widths with gap blanks between them; the last
// column is the rest.
func columns(line string, gap int, widths ...int) (cells []string, ok bool) {
	rest := []rune(line)
	for _, w := range widths {
		if len(rest) < w {
			return nil, false
		}
		cells = append(cells, strings.TrimSpace(string(rest[:w])))
		rest = rest[min(w+gap, len(rest)):]
	}
	return append(cells, strings.TrimSpace(string(rest))), true
}

// folderGrant takes a row of getFolderGrant.
func (r *Reader) folderGrant(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	cells, ok := columns(line, 2, 11, 8)
	kind := ""
	if ok {
		kind = strings.ToLower(cells[1])
	}
	switch {
	case !ok || granteeKinds[kind] == "":
		r.remark(r.at, heritage.Refused, line, "this is no row of getFolderGrant")
		return
	case r.command.name != "gfg" || r.command.mailbox == "" || len(r.command.args) == 0:
		r.remark(r.at, heritage.Refused, line, "whose folder is this? There is no command line \"zmmailbox -z -m ADDRESS gfg /path\" before it")
		return
	}
	r.shares = append(r.shares, share{Place: r.at, row: line, kind: kind, name: cells[2], perms: cells[0],
		owner: r.command.mailbox, path: slash(r.command.args[len(r.command.args)-1])})
}

// mailboxRight takes a row of zmmailbox getRights.
func (r *Reader) mailboxRight(line string) {
	cells, ok := columns(line, 2, 16, 8)
	if !ok || granteeKinds[strings.ToLower(cells[1])] == "" {
		r.remark(r.at, heritage.Refused, line, "this is no row of getRights")
		return
	}
	r.onMailbox(line, strings.ToLower(cells[1]), cells[2], cells[0])
}

// givenRight takes a row of what zmmailbox grantRight answers.
func (r *Reader) givenRight(line string) {
	w := strings.Fields(line)
	if len(w) < 2 || len(w) > 3 || granteeKinds[strings.ToLower(w[0])] == "" {
		r.state = nothing
		r.plain(line)
		return
	}
	name := ""
	if len(w) == 3 {
		name = w[1]
	}
	r.onMailbox(line, strings.ToLower(w[0]), name, w[len(w)-1])
}

func (r *Reader) onMailbox(line, kind, name, right string) {
	if r.command.mailbox == "" {
		r.remark(r.at, heritage.Refused, line, "whose mailbox is this? There is no command line \"zmmailbox -z -m ADDRESS …\" before it")
		return
	}
	r.aces = append(r.aces, ace{Place: r.at, row: line, targetKind: "account", target: r.command.mailbox,
		kind: aceKind(kind), name: name, right: right})
}

// aceKind is the short word of a grantee's type.
func aceKind(word string) string {
	switch word {
	case "account":
		return "usr"
	case "group":
		return "grp"
	case "domain":
		return "dom"
	case "public":
		return "pub"
	case "guest":
		return "gst"
	}
	return word
}

// cutName is how many characters of a name getGrants prints.
const cutName = 30

// grant takes a row of getGrants.
func (r *Reader) grant(line string) {
	cells, ok := columns(line, 1, 12, 36, 30, 12, 36, 30)
	if !ok || len(cells) != 7 || cells[6] == "" {
		r.remark(r.at, heritage.Refused, line, "this is no row of getGrants")
		return
	}
	r.aces = append(r.aces, ace{Place: r.at, row: line, targetKind: strings.ToLower(cells[0]), targID: cells[1], target: cells[2],
		kind: strings.ToLower(cells[3]), id: cells[4], name: cells[5], right: cells[6]})
}

var mounted = regexp.MustCompile(` \([^()]*@[^()]*:[^()]*\)$`)

// folder takes a row of getAllFolders. What is mounted is of somebody else.
func (r *Reader) folder(line string) {
	cells, ok := columns(line, 2, 10, 4, 10, 10)
	if !ok || !strings.HasPrefix(cells[4], "/") {
		r.remark(r.at, heritage.Refused, line, "this is no row of getAllFolders")
		return
	}
	path := cells[4]
	if mounted.MatchString(path) || strings.ContainsAny(cells[0], ":-") || cells[1] == "sear" {
		return
	}
	if r.command.mailbox != "" {
		r.folders = append(r.folders, folder{Place: r.at, owner: r.command.mailbox, path: slash(path)})
	}
}

// granteeKinds are the words of the tools, with the short one of a right.
var granteeKinds = map[string]string{"account": "usr", "usr": "usr", "group": "grp", "grp": "grp", "cos": "cos", "domain": "dom",
	"dom": "dom", "all": "all", "public": "pub", "pub": "pub", "guest": "gst", "gst": "gst", "key": "key"}
