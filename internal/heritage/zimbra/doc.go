// Package zimbra reads what the tools of Zimbra and Carbonio print: zmprov (and
// carbonio prov) gaa, ga, gadl, gdl, gdlm, gam, gac, gc, gid, gsig, gg, and
// zmmailbox gfg, gaf, gf, gr, grr.
//
// Most of these do not print whom they speak of. A line with the command
// itself before its output tells it: as a shell or the tool echoes it
// ("$ zmmailbox -z -m info@example.test gfg /", "mbox info@example.test> gfg /",
// "prov> gid anna@example.test").
package zimbra

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"postroom/internal/heritage"
)

// value of an attribute, and where it is.
type value struct {
	text string
	line int
}

// entry is a dump of attributes.
type entry struct {
	heritage.Place
	list    bool   // a distribution list
	name    string // behind "# name" or "# distributionList"
	of      string // whose identity or signature it is
	command string // the command that printed it, lower case and short; may be empty
	attrs   map[string][]value
	members []value
}

func (e *entry) one(name string) string {
	if v := e.attrs[name]; len(v) > 0 {
		return v[0].text
	}
	return ""
}

func (e *entry) all(name string) (texts []string) {
	for _, v := range e.attrs[name] {
		texts = append(texts, v.text)
	}
	return texts
}

func (e *entry) has(name, text string) bool {
	for _, v := range e.attrs[name] {
		if strings.EqualFold(v.text, text) {
			return true
		}
	}
	return false
}

// ace is one row of rights.
type ace struct {
	heritage.Place
	row                        string
	targetKind, target, targID string
	kind, name, id, right      string
}

// share is one row of a folder's grants.
type share struct {
	heritage.Place
	row            string
	kind, name, id string
	perms          string
	owner, path    string
	expires        int64 // milliseconds
	fromIndex      bool
}

// folder is what is known of one.
type folder struct {
	heritage.Place
	owner, path string
	// flags are known when the folder was seen as JSON, with its own
	// inheritance; listed when its grants were.
	flags, listed, closed bool
}

// Reader reads files one after another; Estate is what all of them say
// together.
type Reader struct {
	estate  heritage.Estate
	entries []*entry
	aces    []ace
	shares  []share
	folders []folder
	within  []membership

	at      heritage.Place
	command command
	state   state
	entry   *entry
	last    string // the attribute whose value may go on
}

// membership is a row of gam or gdlm.
type membership struct {
	heritage.Place
	member, list string
}

// state is what the next line is part of.
type state uint8

const (
	nothing state = iota
	attributes
	members
	folderGrants
	mailboxRights
	grantTable
	folderTable
	shareTable
	given
)

// Read reads one file. The error is that of the file; what is wrong in it
// becomes a remark.
func (r *Reader) Read(name string, in io.Reader) error {
	r.at, r.state, r.entry, r.command = heritage.Place{File: name}, nothing, nil, command{}
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, heritage.MaxLine)
	var object bytes.Buffer
	depth := 0
	begun := r.at
	for scan.Scan() {
		r.at.Line++
		line := strings.TrimRight(scan.Text(), "\r\n")
		if r.at.Line == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if depth == 0 && r.startsObject(line) {
			object.Reset()
			begun = r.at
		}
		if depth > 0 || r.startsObject(line) {
			depth += nesting(line, depth)
			object.WriteString(line + "\n")
			if depth <= 0 || object.Len() > heritage.MaxLine {
				depth = 0
				r.json(begun, object.Bytes())
			}
			continue
		}
		r.line(line)
	}
	if depth > 0 {
		r.remark(begun, heritage.Refused, "", "the JSON has no end")
	}
	return scan.Err()
}

// startsObject: JSON stands at the beginning of a line and not within a value.
func (r *Reader) startsObject(line string) bool {
	switch r.state {
	case attributes, members, grantTable, folderTable:
		return false
	}
	t := strings.TrimSpace(line)
	return t == "[" || t == "{" || t == "[]" || strings.HasPrefix(t, "{\"") || strings.HasPrefix(t, "[{")
}

// nesting is how many brackets a line opens more than it closes, outside
// strings.
func nesting(line string, before int) int {
	depth, quoted, escaped := 0, false, false
	for _, c := range line {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; before+depth <= 0 {
				return depth
			}
		}
	}
	return depth
}

func (r *Reader) remark(at heritage.Place, v heritage.Verdict, row, why string) {
	r.estate.Remark(at, v, strings.TrimSpace(row), why)
}

// line takes one line, after what was before it.
func (r *Reader) line(line string) {
	if c, ok := parseCommand(line, r.command); ok {
		r.command, r.state, r.entry = c, nothing, nil
		if c.name == "gfg" && c.mailbox != "" && len(c.args) > 0 {
			r.folders = append(r.folders, folder{Place: r.at, owner: c.mailbox, path: slash(c.args[len(c.args)-1]), listed: true})
		}
		return
	}
	switch {
	case strings.HasPrefix(line, "# name "):
		r.begin(line[len("# name "):], false)
	case strings.HasPrefix(line, "# distributionList "):
		name, _, _ := strings.Cut(line[len("# distributionList "):], " memberCount=")
		r.begin(name, true)
	case strings.HasPrefix(line, "ERROR: "):
		r.remark(r.at, heritage.Refused, line, "the tool failed here")
		r.state = nothing
	case r.heading(line):
	default:
		r.body(line)
	}
}

func (r *Reader) begin(name string, list bool) {
	r.entry = &entry{Place: r.at, name: strings.TrimSpace(name), list: list, command: r.command.name, attrs: map[string][]value{}}
	if n := r.command.name; (n == "gid" || n == "gsig") && r.command.subject() != "" {
		r.entry.of = r.command.subject()
	}
	r.entries, r.state, r.last = append(r.entries, r.entry), attributes, ""
}

// heading recognises the first line of a table; its dashes are skipped where
// rows are read.
func (r *Reader) heading(line string) bool {
	words := strings.Join(strings.Fields(line), " ")
	switch {
	case words == "Permissions Type Display":
		r.state = folderGrants
	case words == "Right Type Display":
		r.state = mailboxRights
	case strings.HasPrefix(words, "target type target id target name grantee type"):
		r.state = grantTable
	case words == "Id View Unread Msg Count Path":
		r.state = folderTable
	case strings.HasPrefix(words, "owner id owner email owner display"):
		r.state = shareTable
		r.remark(r.at, heritage.LeftOut, "", "getShareInfo cuts names and paths off: what gfg or gf prints is read instead")
	case words == "granted:" || words == "revoked:":
		r.state = given
		if words == "revoked:" {
			r.state = nothing
		}
	default:
		return false
	}
	r.entry = nil
	return true
}

// body takes a line that begins nothing.
func (r *Reader) body(line string) {
	if strings.Trim(line, "- ") == "" && r.state != attributes && r.state != members {
		if strings.TrimSpace(line) == "" && r.state != folderGrants && r.state != nothing {
			r.state = nothing
		}
		return
	}
	switch r.state {
	case attributes:
		r.attribute(line)
	case members:
		r.member(line)
	case folderGrants:
		r.folderGrant(line)
	case mailboxRights:
		r.mailboxRight(line)
	case grantTable:
		r.grant(line)
	case folderTable:
		r.folder(line)
	case given:
		r.givenRight(line)
	case nothing:
		r.plain(line)
	}
}
