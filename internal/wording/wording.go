// Package wording reads the texts that an organisation writes its notices in:
// templates with a few fields and conditions, and nothing that could loop, call
// or grow.
package wording

import (
	"bytes"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode"
	"unicode/utf8"

	"postroom"
)

// Fields are what a text may name, as {{.Person}} or in {{if .Group}}…{{end}}.
type Fields struct {
	Person       string // name of who reads it, or their address
	Address      string // their address
	Organisation string
	By           string // who did it; empty for the administration
	What         string // what is shared: an address, or a folder of one
	Group        string // address of the group it came by; mostly empty
	Date         string // when it ends or ended, in words; mostly empty
}

// Names of the fields, for a manual and for errors.
func Names() []string {
	return []string{"Person", "Address", "Organisation", "By", "What", "Group", "Date"}
}

// Most a text may be, in bytes: a subject, and a paragraph.
const (
	MaxSubject = 200
	MaxText    = 4000
)

// Template is a text that was checked.
type Template struct{ tree *template.Template }

// Parse checks a text of at most limit bytes. Invalid says what is wrong.
func Parse(text string, limit int) (*Template, error) {
	if len(text) > limit {
		return nil, postroom.Errorf(postroom.Invalid, "the text is longer than %d bytes", limit)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) {
		return nil, postroom.Errorf(postroom.Invalid, "the text has a character that is not allowed")
	}
	t, err := template.New("text").Funcs(template.FuncMap{}).Parse(text)
	if err != nil {
		return nil, postroom.Errorf(postroom.Invalid, "the text is no template: %s", strings.TrimPrefix(err.Error(), "template: "))
	}
	if t.Tree == nil {
		return &Template{t}, nil // empty
	}
	if len(t.Templates()) > 1 {
		return nil, postroom.Errorf(postroom.Invalid, "a text cannot define templates")
	}
	if err := check(t.Tree.Root); err != nil {
		return nil, err
	}
	return &Template{t}, nil
}

// check lets text, fields and conditions on fields pass.
func check(list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode, *parse.CommentNode:
		case *parse.ActionNode:
			if err := field(n.Pipe); err != nil {
				return err
			}
		case *parse.IfNode:
			if err := field(n.Pipe); err != nil {
				return err
			}
			if err := check(n.List); err != nil {
				return err
			}
			if err := check(n.ElseList); err != nil {
				return err
			}
		default:
			return notAllowed(n.String())
		}
	}
	return nil
}

func field(p *parse.PipeNode) error {
	if len(p.Decl) == 0 && len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 {
		f, ok := p.Cmds[0].Args[0].(*parse.FieldNode)
		if ok && len(f.Ident) == 1 && slices.Contains(Names(), f.Ident[0]) {
			return nil
		}
	}
	return notAllowed(p.String())
}

func notAllowed(what string) error {
	if len(what) > 60 {
		what = what[:60] + "…"
	}
	return postroom.Errorf(postroom.Invalid, "not allowed in a text: %s (there are .%s, and if on them)",
		strings.Join(strings.Fields(what), " "), strings.Join(Names(), " ."))
}

// Fill puts values in. A text has at most MaxText bytes, so what it makes is
// bounded by that and the values.
func (t *Template) Fill(f Fields) (string, error) {
	if t.tree.Tree == nil {
		return "", nil
	}
	var b bytes.Buffer
	if err := t.tree.Execute(&b, f); err != nil {
		return "", postroom.Errorf(postroom.Invalid, "the text cannot be filled in: %s", err)
	}
	return strings.TrimSpace(b.String()), nil
}
