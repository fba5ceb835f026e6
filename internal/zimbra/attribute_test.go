package zimbra

import (
	"slices"
	"testing"
)

func TestChanges(t *testing.T) {
	tests := []struct {
		pairs []string
		err   string
	}{
		{[]string{"displayname", "x"}, ""},
		{[]string{"displayName"}, "service.INVALID_REQUEST"},
		{[]string{"zimbraFoo", "1"}, "account.INVALID_ATTR_NAME"},
		{[]string{"+zimbraFoo", "1"}, "account.INVALID_ATTR_NAME"},
		{[]string{"displayName", "x", "DISPLAYNAME", "y"}, "account.INVALID_ATTR_VALUE"},
		{[]string{"+displayName", "x"}, "account.INVALID_ATTR_VALUE"},
		{[]string{"-displayName", "x"}, ""},
		{[]string{"zimbraPrefAllowAddressForDelegatedSender", "a", "zimbraPrefAllowAddressForDelegatedSender", "b"}, ""},
	}
	for _, test := range tests {
		_, err := changes(test.pairs, accountAttributes)
		code := ""
		if err != nil {
			code = translate(err).code
		}
		if code != test.err {
			t.Errorf("changes(%q): %v, want %q", test.pairs, err, test.err)
		}
	}
}

func TestApply(t *testing.T) {
	tests := []struct {
		sign   byte
		values []string
		now    []string
		want   []string
	}{
		{0, []string{"b"}, []string{"a"}, []string{"b"}},
		{0, []string{""}, []string{"a"}, nil},
		{'+', []string{"b", "A"}, []string{"a"}, []string{"a", "b"}},
		{'-', []string{"A"}, []string{"a", "b"}, []string{"b"}},
		{'-', []string{"x"}, []string{"a"}, []string{"a"}},
	}
	for _, test := range tests {
		c := change{name: "x", sign: test.sign, values: test.values}
		if got := c.apply(test.now); !slices.Equal(got, test.want) {
			t.Errorf("%c%q on %q = %q, want %q", test.sign, test.values, test.now, got, test.want)
		}
	}
}

func TestTablesHaveNoTwoOfAName(t *testing.T) {
	for _, tb := range []*table{&provCommands, &mailboxCommands} {
		seen := map[string]bool{}
		for _, c := range tb.commands {
			for _, name := range []string{c.name, c.alias} {
				if seen[name] {
					t.Errorf("%s: %s twice", tb.tool, name)
				}
				seen[name] = true
			}
		}
	}
}
