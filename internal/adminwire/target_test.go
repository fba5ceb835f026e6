package adminwire

import (
	"strings"
	"testing"

	"postroom"
)

func TestSplitTarget(t *testing.T) {
	tests := []struct{ target, address, path string }{
		{"info@example.test", "info@example.test", "/"},
		{"info@example.test:/", "info@example.test", "/"},
		{"info@example.test:/Inbox", "info@example.test", "/Inbox"},
		{"info@example.test:/a:/b", "info@example.test", "/a:/b"},
		{`"a:/b"@example.test:/c`, `"a:/b"@example.test`, "/c"},
		{`"a:/b"@example.test`, `"a:/b"@example.test`, "/"},
		{"b01d3381-6525-4e51-84cc-f71c02b24874:/Inbox", "b01d3381-6525-4e51-84cc-f71c02b24874", "/Inbox"},
		{"", "", "/"},
	}
	for _, test := range tests {
		if a, p := SplitTarget(test.target); a != test.address || p != test.path {
			t.Errorf("SplitTarget(%q) = %q, %q", test.target, a, p)
		}
	}
}

func FuzzSplitTarget(f *testing.F) {
	f.Add("info@example.test:/Inbox")
	f.Add(`"a:/b"@x:/c`)
	f.Add(`":/`)
	f.Fuzz(func(t *testing.T, target string) {
		a, p := SplitTarget(target)
		if !strings.HasPrefix(p, "/") || a+":"+p != target && a != target {
			t.Errorf("SplitTarget(%q) = %q, %q", target, a, p)
		}
	})
}

func TestWords(t *testing.T) {
	for i := range 3 {
		if d, ok := ParseDisplayedSender(DisplayedSender(postroom.DisplayedSender(i))); !ok || int(d) != i {
			t.Errorf("displayed sender %d", i)
		}
		if a, ok := ParseAdminScope(AdminScope(postroom.AdminScope(i))); !ok || int(a) != i {
			t.Errorf("admin scope %d", i)
		}
		if p, ok := ParseSubscriptionPolicy(SubscriptionPolicy(postroom.SubscriptionPolicy(i))); !ok || int(p) != i {
			t.Errorf("policy %d", i)
		}
		if m, ok := ParseShareMode(ShareMode(postroom.ShareMode(i))); !ok || int(m) != i {
			t.Errorf("mode %d", i)
		}
	}
	if _, ok := ParseAdminScope("king"); ok {
		t.Error("king")
	}
	words := map[Grantee]string{
		{Kind: "account", Name: "a@b.test"}: "a@b.test", {Kind: "group", Name: "g@b.test"}: "g@b.test",
		{Kind: "domain", Name: "b.test"}: "domain:b.test", {Kind: "plan", Name: "p"}: "plan:p",
		{Kind: "guest", Name: "x@y.test"}: "guest:x@y.test", {Kind: "org"}: "org", {Kind: "all"}: "all", {Kind: "public"}: "public",
	}
	for g, want := range words {
		if g.Word() != want {
			t.Errorf("%+v: %q", g, g.Word())
		}
	}
}
