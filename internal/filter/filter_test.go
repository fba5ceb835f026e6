package filter_test

import (
	"errors"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/filter"
)

var anna = map[string][]string{
	"kind": {"person"}, "department": {"Sales"}, "name": {"Anna Müller (Büro)"}, "age": {"9"}, "code": {"a*b"},
}

func values(name string) []string { return anna[name] }

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"(kind=person)", true}, {"(KIND=Person)", true}, {"(kind=shared)", false},
		{"(&(kind=person)(department=Sales))", true}, {"(&(kind=person)(department=sales ))", true},
		{"(& (kind=person) (department=IT))", false}, {"(|(department=IT)(department=SALES))", true},
		{"(!(department=IT))", true}, {"(!(city=Graz))", true}, {"(city=*)", false}, {"(department=*)", true},
		{"(name=anna*)", true}, {"(name=*MÜLLER*)", true}, {"(name=a*l*r*)", true}, {"(name=a*x*)", false},
		{"(name=*(b*)", false}, {`(name=*\28b*`, false}, {`(name=*\28büro\29)`, true}, {`(code=a\2ab)`, true}, {`(code=a\2Ab)`, true},
		{`(name=anna m\c3\bcller \28b\c3\bcro\29)`, true},
		{"(age>=10)", false}, {"(age<=10)", true}, {"(age>=9)", true}, {"(department>=rome)", true}, {"(department<=rome)", false},
		{"(department~=sales)", true}, {"(&)", true}, {"(|)", false}, {"(name=)", false}, {"(name=aa*a)", false},
		{" (kind=person) ", true},
	} {
		f, err := filter.Parse(c.text)
		if err != nil {
			if c.want {
				t.Errorf("%s: %v", c.text, err)
			}
			continue
		}
		if got := f.Match(values); got != c.want {
			t.Errorf("%s: %v", c.text, got)
		}
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "filter, character 1: a filter begins with (",
		"kind=person":             "filter, character 1: a filter begins with (",
		"(kind=person":            "filter, character 13: the ) for the ( at character 1 is missing",
		"(&(kind=person)":         "filter, character 16: the ) for the ( at character 1 is missing",
		"(kind=person))":          "filter, character 14: nothing may follow the closing parenthesis",
		"(=person)":               "filter, character 2: the name of an attribute is missing",
		"(kind person)":           "filter, character 7: =, >= or <= must follow the attribute kind",
		"(cn:dn:=x)":              "filter, character 4: extensible matching and options of attributes are not taken",
		"(name=ü(x))":             `filter, character 8: a parenthesis in a value is written \28 or \29, a zero byte \00`,
		`(name=\4)`:               `filter, character 7: two hexadecimal digits must follow a backslash`,
		`(name=a\zz)`:             `filter, character 8: two hexadecimal digits must follow a backslash`,
		"(age>=1*)":               `filter, character 8: a star stands only after =; as a character it is written \2a`,
		"(!(kind=a)(kind=b))":     "filter, character 11: the ) for the ( at character 1 is missing",
		`(name=\ff)`:              "filter, character 10: the value is not valid UTF-8",
		strings.Repeat("(!", 40):  "filter, character 65: filters nest deeper than 32",
		strings.Repeat("(", 5000): "filter, character 4097: the filter is longer than 4096 bytes",
		"(kind=\xff)":             "filter, character 1: the filter is not valid UTF-8",
	} {
		_, err := filter.Parse(text)
		var e *filter.Error
		if !errors.As(err, &e) || err.Error() != want || postroom.KindOf(err) != postroom.Invalid {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

func TestAttributes(t *testing.T) {
	f, err := filter.Parse("(&(Plan=x)(!(|(department=a*)(plan>=y))))")
	if err != nil || strings.Join(f.Attributes(), " ") != "department plan" {
		t.Fatal(f.Attributes(), err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"(&(kind=person)(department=Sales))", `(|(a=*b*c*)(!(d>=1))(e=\2a))`, "(&)", "((", `(a=\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := filter.Parse(text)
		if err != nil {
			if postroom.KindOf(err) != postroom.Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := filter.Parse(parsed.String())
		if err != nil || again.Match(values) != parsed.Match(values) {
			t.Fatalf("%q is not what it was: %v", text, err)
		}
		for _, name := range parsed.Attributes() {
			if name != strings.ToLower(name) || name == "" {
				t.Fatalf("%q asks for %q", text, name)
			}
		}
	})
}
