package archtest

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wordedRooms are the rooms whose refusals a person can meet in the web client
// or on a page; a trailing slash means what lies below, too.
var wordedRooms = []string{
	"internal/addr/", "internal/rights/", "internal/filter/", "internal/wording/", "internal/openid/", "internal/imageproxy/", "internal/webpush/",
	"internal/store/", "internal/submission/", "internal/provision/", "internal/sharing/", "internal/httpauth/",
	"internal/jmapserver/", "internal/adminserver/", "internal/webserver/",
}

// Every refusal that a person can meet has German words, and there are words
// for nothing else.
func TestRefusalsHaveGermanWords(t *testing.T) {
	words := germanWords(t, "refusals")
	said := refusals(t)
	if len(said) < 300 {
		t.Fatalf("only %d refusals were found", len(said))
	}
	for _, template := range slices.Sorted(maps.Keys(said)) {
		if _, known := words[template]; !known {
			t.Errorf("%s: %q has no German words in web/src/i18n/german.ts", said[template], template)
		}
	}
	for _, template := range slices.Sorted(maps.Keys(words)) {
		if _, known := said[template]; !known {
			t.Errorf("web/src/i18n/german.ts has words for %q, which the server does not say", template)
		}
	}
}

// What is wrong with an address stands in the place of a value, in words.
func TestFaultsOfAddressesHaveGermanWords(t *testing.T) {
	words := germanWords(t, "values")
	said := make(map[string]string)
	for _, f := range sources(t) {
		if f.test || f.dir() != "internal/addr" && f.path != "internal/message/origin.go" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if isName(n.Type, "Error") && len(n.Elts) == 2 {
					said["invalid "+literalOf(n.Elts[0])], said[literalOf(n.Elts[1])] = f.at(n.Pos()), f.at(n.Pos())
				}
			case *ast.BasicLit:
				if text := literalOf(n); f.dir() != "internal/addr" && strings.HasPrefix(text, "it ") {
					said[text] = f.at(n.Pos())
				}
			}
			return true
		})
	}
	if len(said) < 40 {
		t.Fatalf("only %d faults were found", len(said))
	}
	for _, text := range slices.Sorted(maps.Keys(said)) {
		if _, known := words[text]; !known {
			t.Errorf("%s: %q has no German words in web/src/i18n/german.ts", said[text], text)
		}
	}
}

// literalOf is a string as it stands in the source, or empty.
func literalOf(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		text, _ := strconv.Unquote(lit.Value)
		return text
	}
	return ""
}

// germanWords reads one of the lists of german.ts: a line for each text.
func germanWords(t *testing.T, list string) map[string]string {
	t.Helper()
	source, err := os.ReadFile("../../web/src/i18n/german.ts")
	if err != nil {
		t.Fatal(err)
	}
	_, body, found := strings.Cut(string(source), "export const "+list+":")
	body, _, closed := strings.Cut(body, "\n}\n")
	if !found || !closed {
		t.Fatalf("german.ts has no list %s", list)
	}
	words := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?m)^  '((?:[^'\\]|\\.)*)': '((?:[^'\\]|\\.)*)',$`).FindAllStringSubmatch(body, -1) {
		words[unquoted(m[1])] = unquoted(m[2])
	}
	return words
}

func unquoted(s string) string { return strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(s) }

// refusals collects the templates of the refusals of wordedRooms, with a place
// where each is made.
func refusals(t *testing.T) map[string]string {
	t.Helper()
	c := collector{t: t, said: make(map[string]string), makers: make(map[string]map[string]maker), consts: make(map[string]map[string]ast.Expr)}
	for _, f := range sources(t) {
		if !f.test && hasAnyPrefix(f.path, wordedRooms) {
			c.files = append(c.files, f)
			c.constants(f)
		}
	}
	for more := true; more; { // those who pass a template on have callers
		more = false
		for _, f := range c.files {
			more = c.collect(f) || more
		}
	}
	c.complete = true
	for _, f := range c.files {
		c.collect(f)
		c.schema(f)
	}
	return c.said
}

// maker is a function that makes a refusal of an argument.
type maker struct {
	at     int
	before string // what it puts before the argument
}

// collector finds the templates of refusals.
type collector struct {
	t        *testing.T
	files    []file
	said     map[string]string
	makers   map[string]map[string]maker // by package and function
	consts   map[string]map[string]ast.Expr
	complete bool
}

func (f file) dir() string { return path.Dir(f.path) }

func (c *collector) constants(f file) {
	all := c.consts[f.dir()]
	if all == nil {
		all = make(map[string]ast.Expr)
		c.consts[f.dir()] = all
	}
	for _, d := range f.ast.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i, name := range v.Names {
				if i < len(v.Values) {
					all[name.Name] = v.Values[i]
				}
			}
		}
	}
}

// text is the value of a constant expression.
func (c *collector) text(f file, e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, e.Kind == token.STRING && err == nil
	case *ast.ParenExpr:
		return c.text(f, e.X)
	case *ast.BinaryExpr:
		x, okX := c.text(f, e.X)
		y, okY := c.text(f, e.Y)
		return x + y, okX && okY && e.Op == token.ADD
	case *ast.Ident:
		if v, known := c.consts[f.dir()][e.Name]; known {
			return c.text(f, v)
		}
	}
	return "", false
}

// collect reports whether a function that passes a template on was found.
func (c *collector) collect(f file) (more bool) {
	for _, d := range f.ast.Decls {
		fn, _ := d.(*ast.FuncDecl)
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				c.literal(f, n)
			case *ast.CallExpr:
				if m, ok := c.maker(f, n); ok && m.at < len(n.Args) {
					more = c.call(f, fn, n, m) || more
				}
			}
			return true
		})
	}
	return more
}

// call looks at a call that makes a refusal, by itself or of a parameter of the
// function that it is in.
func (c *collector) call(f file, fn *ast.FuncDecl, call *ast.CallExpr, m maker) (more bool) {
	template := call.Args[m.at]
	if text, ok := c.text(f, template); ok {
		c.said[m.before+text] = f.at(call.Pos())
		return false
	}
	if sum, ok := template.(*ast.BinaryExpr); ok {
		if before, ok := c.text(f, sum.X); ok {
			m.before, template = m.before+before, sum.Y
		}
	}
	param := -1
	if id, ok := template.(*ast.Ident); ok && fn != nil {
		param = parameter(fn, id.Name)
	}
	if param < 0 {
		if c.complete && !c.saidElsewhere(call, template) {
			c.t.Errorf("%s: the template of a refusal is no constant", f.at(call.Pos()))
		}
		return false
	}
	here := c.makers[f.dir()]
	if here == nil {
		here = make(map[string]maker)
		c.makers[f.dir()] = here
	}
	_, known := here[fn.Name.Name]
	here[fn.Name.Name] = maker{param, m.before}
	return !known
}

// saidElsewhere is what JMAP passes on: what another error says.
func (c *collector) saidElsewhere(call *ast.CallExpr, template ast.Expr) bool {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || fun.Sel.Name != "InvalidProperties" {
		return false
	}
	switch e := template.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name == "Description"
	case *ast.CallExpr:
		text, ok := e.Fun.(*ast.SelectorExpr)
		return ok && text.Sel.Name == "TextOf"
	}
	return false
}

// schema takes what the schemas of the admin API refuse: the list is written out
// in one function.
func (c *collector) schema(f file) {
	for _, d := range f.ast.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "schemaTexts" {
			ast.Inspect(fn, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok {
					c.said[literalOf(lit)] = f.at(lit.Pos())
				}
				return true
			})
		}
	}
}

// literal finds refusals that are made without what their text is made of.
func (c *collector) literal(f file, lit *ast.CompositeLit) {
	sel, ok := lit.Type.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Error" {
		return
	}
	values := make(map[string]ast.Expr)
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			values[kv.Key.(*ast.Ident).Name] = kv.Value
		}
	}
	switch {
	case c.complete && isName(sel.X, "postroom") && values["Text"] != nil:
		c.t.Errorf("%s: a refusal is made by postroom.Errorf: this one cannot be worded", f.at(lit.Pos()))
	case isName(sel.X, "jmapwire") && values["Description"] != nil:
		if text, ok := c.text(f, values["Description"]); ok {
			if kind, _ := c.text(f, values["Type"]); !strings.HasPrefix(kind, "unsupported") {
				c.said[text] = f.at(lit.Pos())
			}
		}
	}
}

// maker tells which argument of a call is the template of a refusal.
func (c *collector) maker(f file, call *ast.CallExpr) (m maker, ok bool) {
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		if isName(fun.X, "postroom") && fun.Sel.Name == "Errorf" {
			return maker{at: 1}, true
		}
		if isName(fun.X, "jmapwire") && fun.Sel.Name == "InvalidProperties" && f.dir() == "internal/jmapserver" {
			return maker{}, true
		}
		m, ok = c.makers[f.dir()][fun.Sel.Name]
	case *ast.Ident:
		m, ok = c.makers[f.dir()][fun.Name]
	}
	return m, ok
}

// parameter is the number of a function's parameter, or -1.
func parameter(fn *ast.FuncDecl, name string) int {
	n := 0
	for _, field := range fn.Type.Params.List {
		for _, id := range field.Names {
			if id.Name == name {
				return n
			}
			n++
		}
	}
	return -1
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// acts is how the audit log calls what was done: a subject and a word or two.
var acts = regexp.MustCompile(`^(absence|access|account|admin|alias|collection|domain|forwarding|grant|group|identity|message|organisation|plan|queue|review|sendright|server|session|share)(\.[a-z-]+){1,2}$`)

// What the audit log calls an act has words in the web client, in both languages.
func TestRecordedActsHaveWords(t *testing.T) {
	known, err := os.ReadFile("../../web/src/admin/words.ts")
	if err != nil {
		t.Fatal(err)
	}
	said := make(map[string]string)
	for _, f := range sources(t) {
		if f.test || f.dir() != "internal/store" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				for _, a := range call.Args {
					if text := literalOf(a); acts.MatchString(text) {
						said[text] = f.at(a.Pos())
					}
				}
			}
			return true
		})
	}
	if len(said) < 60 {
		t.Fatalf("only %d acts were found", len(said))
	}
	for _, language := range []string{"en", "de"} {
		texts, err := os.ReadFile("../../web/src/i18n/" + language + "/admin.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, act := range slices.Sorted(maps.Keys(said)) {
			if !strings.Contains(string(texts), `"admin.act.`+act+`"`) || !strings.Contains(string(known), `'`+act+`'`) {
				t.Errorf("%s: %s has no words in web/src/i18n/%s/admin.json, or is not in web/src/admin/words.ts", said[act], act, language)
			}
		}
	}
}
