package imapwire

import (
	"testing"
	"unicode/utf8"

	"postroom/internal/imapwire/utf7"
)

func TestUTF7(t *testing.T) {
	for _, c := range []struct{ wire, name string }{
		{"", ""}, {"INBOX", "INBOX"}, {"a&-b", "a&b"}, {"&-", "&"}, {"&-&-", "&&"},
		{"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"}, // RFC 3501 §5.1.3
		{"Entw&APw-rfe", "Entwürfe"},
		{"&2D3eAA-", "😀"},
		{"&AAE-", "\x01"},
		{"&U,BTFw-&-", "台北&"},
	} {
		if got, err := utf7.Decode(c.wire); err != nil || got != c.name {
			t.Errorf("decode %q: %q %v", c.wire, got, err)
		}
		if got := utf7.Encode(c.name); got != c.wire {
			t.Errorf("encode %q: %q", c.name, got)
		}
	}
	for _, bad := range []string{
		"&", "a&b", "&Jjo!-", "&Jjo", "&U,BTFw-&ZeVnLIqe-", // RFC 3501: superfluous shift
		"&AGE-",          // an "a" that needs no shift
		"&2D0-", "&3gA-", // half a surrogate pair
		"&2D0AYQ-", "&APw=-", "&APx-", "&AA-", "ä", "\x7f", "&AP\r\nw-",
	} {
		if got, err := utf7.Decode(bad); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		wire, name string
		form       NameForm
		ok         bool
	}{
		{"inBox", "INBOX", ModifiedUTF7, true},
		{"inbox/a", "inbox/a", ModifiedUTF7, true},
		{"a&-", "a&", ModifiedUTF7, true},
		{"a&-", "a&-", UTF8, true},
		{"ä", "ä", UTF8, true},
		{"\xff", "", UTF8, false},
		{"a\nb", "", UTF8, false},
		{"&AAA-", "", ModifiedUTF7, false},
	} {
		got, err := DecodeName(c.wire, c.form)
		if got != c.name || (err == nil) != c.ok {
			t.Errorf("%q: %q %v", c.wire, got, err)
		}
		if c.ok && c.name != "INBOX" && EncodeName(got, c.form) != c.wire {
			t.Errorf("%q does not come back", c.wire)
		}
	}
}

func FuzzUTF7(f *testing.F) {
	f.Add("~peter/mail/&U,BTFw-/&ZeVnLIqe-")
	f.Add("Entwürfe & 😀")
	f.Fuzz(func(t *testing.T, s string) {
		if name, err := utf7.Decode(s); err == nil {
			if !utf8.ValidString(name) {
				t.Errorf("%q became invalid UTF-8", s)
			}
			if back := utf7.Encode(name); back != s {
				t.Errorf("%q became %q became %q", s, name, back)
			}
		}
		if utf8.ValidString(s) {
			wire := utf7.Encode(s)
			if !isASCII(wire) {
				t.Errorf("%q: not ASCII: %q", s, wire)
			}
			if back, err := utf7.Decode(wire); err != nil || back != s {
				t.Errorf("%q became %q became %q %v", s, wire, back, err)
			}
		}
	})
}
