package wording

import (
	"strings"
	"testing"

	"postroom"
)

var some = Fields{Person: "Anna", Address: "anna@example.test", Organisation: "Example", By: "Ben", What: "info@example.test"}

func TestFill(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"Hello":                  "Hello",
		"{{.Person}}: {{.What}}": "Anna: info@example.test",
		"{{if .Group}}by {{.Group}}{{else}}direct{{end}}": "direct",
		"{{if .By}}{{if .Date}}x{{end}}{{.By}}{{end}}":    "Ben",
		" {{- .Person -}} ":                               "Anna",
		"{{/* nothing */}}x":                              "x",
		"two\nlines":                                      "two\nlines",
		"<b>{{.Person}}</b>":                              "<b>Anna</b>",
	} {
		p, err := Parse(text, MaxText)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, err := p.Fill(some); err != nil || got != want {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{
		"{{", "{{.}}", "{{.Nobody}}", "{{.Person.Name}}", "{{printf \"%1000000000d\" 1}}", "{{range .Person}}x{{end}}",
		"{{with .Person}}x{{end}}", "{{define \"x\"}}y{{end}}", "{{template \"text\" .}}", "{{block \"x\" .}}y{{end}}",
		"{{$x := .Person}}{{$x}}", "{{.Person | len}}", "{{len .Person}}", "{{if eq .Person .By}}x{{end}}", "{{html .By}}",
		"{{break}}", "{{1}}", "{{\"x\"}}", "a\x00b", "a\rb", "\xff", strings.Repeat("x", MaxText+1),
	} {
		if _, err := Parse(text, MaxText); postroom.KindOf(err) != postroom.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What was accepted can be filled in, and does not grow beyond its values.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "{{.Person}}", "{{if .Group}}a{{else}}b{{end}}", "{{define \"x\"}}{{end}}", "{{printf .By}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text, MaxText)
		if err != nil {
			return
		}
		got, err := p.Fill(some)
		if err != nil || len(got) > len(text)*8 {
			t.Fatalf("%q: %d bytes, %v", text, len(got), err)
		}
	})
}
