package rights

import (
	"strings"
	"testing"

	"postroom"
)

func TestParseZimbra(t *testing.T) {
	tests := []struct{ in, want, err string }{
		{"", "", ""}, {"none", "", ""}, {"NONE", "", ""}, {" r ", "r", ""},
		{"rwixd", "rwidx", ""}, {"fpaxdiwr", "rwidxapf", ""}, {"rwidc", "rwid", ""}, {"c", "", ""},
		{"rs", "rs", ""}, {"sr", "rs", ""}, {"rsw", "rw", ""}, {"rr", "r", ""},
		{"read", "r", ""}, {"read,write", "rw", ""}, {"read write, insert", "rwi", ""}, {"Delete,WORKFLOW", "dx", ""},
		{"administer,freebusy,private,seen", "sapf", ""}, {"r,w", "rw", ""},
		{"rq", "", "unknown right: q"}, {"q", "", "unknown right: q"}, {"R", "", "unknown right: R"},
		{"read,wrong", "", "unknown right: wrong"}, {"r\x1b", "", "unknown right: ?"},
		{strings.Repeat("r", 300), "", "rights too long"},
	}
	for _, tt := range tests {
		r, err := ParseZimbra(tt.in)
		if text := errorText(t, err); Zimbra(r) != tt.want || text != tt.err {
			t.Errorf("%q: got %q, %q; want %q, %q", tt.in, Zimbra(r), text, tt.want, tt.err)
		}
	}
}

func errorText(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	if postroom.KindOf(err) != postroom.Invalid {
		t.Errorf("kind %v of %v", postroom.KindOf(err), err)
	}
	return postroom.TextOf(err)
}

func TestParseIMAP(t *testing.T) {
	tests := []struct{ in, want, err string }{
		{"", "", ""}, {"lrs", "lrs", ""}, {"srl", "lrs", ""},
		// RFC 4314 §2.1.1: a client of RFC 2086 gives d; members and d are shown.
		{"lrswida", "lrswixteda", ""},
		{"c", "kc", ""}, {"k", "kc", ""}, {"x", "xd", ""}, {"t", "td", ""}, {"e", "ed", ""}, {"dx", "xted", ""},
		{"p", "p", ""}, {"lrswipkxtecda", "lrswipkxtecda", ""},
		{"L", "", "unknown right: L"}, {"lr0", "", "unknown right: 0"}, {"n", "", "unknown right: n"}, {"+l", "", "unknown right: +"},
		{"l\r\n", "", "unknown right: ?"},
	}
	for _, tt := range tests {
		r, err := ParseIMAP(tt.in)
		if text := errorText(t, err); text != tt.err || text == "" && IMAP(r) != tt.want {
			t.Errorf("%q: got %q, %q; want %q, %q", tt.in, IMAP(r), text, tt.want, tt.err)
		}
	}
}

func TestModifyIMAP(t *testing.T) {
	tests := []struct {
		present postroom.Rights
		in      string
		want    postroom.Rights
	}{
		{Viewer, "+s", Reviewer}, {Reviewer, "-s", Viewer}, {Manager, "lr", Viewer}, {Manager, "", None},
		{Manager, "-d", Author | postroom.AnswerInvitations}, {Viewer, "-", Viewer}, {Viewer, "+", Viewer},
	}
	for _, tt := range tests {
		if got, err := ModifyIMAP(tt.present, tt.in); err != nil || got != tt.want {
			t.Errorf("%s %q: got %s, %v; want %s", IMAP(tt.present), tt.in, IMAP(got), err, IMAP(tt.want))
		}
	}
	for _, bad := range []string{"+q", "-q", "q", "+-l", "++l"} {
		if _, err := ModifyIMAP(Viewer, bad); postroom.KindOf(err) != postroom.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestRolesAndPresets(t *testing.T) {
	for name, letters := range map[string]string{"none": "", "viewer": "r", "reviewer": "rs", "author": "rwi", "editor": "rwid",
		"manager": "rwidx", "admin": "rwidxa"} {
		r, ok := ParseRole(name)
		parsed, err := ParseZimbra(letters)
		if !ok || err != nil || r != parsed || Zimbra(r) != letters || RoleOf(r) != name {
			t.Errorf("%s: %v %q %v", name, ok, Zimbra(r), err)
		}
	}
	if RoleOf(Manager|postroom.SeePrivate) != "manager" || RoleOf(Viewer|postroom.Insert) != "custom" {
		t.Error("role of other rights")
	}
	if r, err := Parse("Editor"); err != nil || r != Editor {
		t.Error(r, err)
	}
	for _, name := range []string{"read", "full", "full+send", "send"} {
		if p, ok := ParsePreset(name); !ok || p.Name != name {
			t.Error(name)
		}
	}
	if _, ok := ParsePreset("all"); ok {
		t.Error("unknown preset")
	}
}

// TestListRights: the letters of LISTRIGHTS are all there are, and IMAP prints
// nothing else (RFC 4314 §3.8).
func TestListRights(t *testing.T) {
	required, optional := IMAPListRights()
	if required != "" || strings.Join(optional, " ") != "l r s w i p k x t e c d a" {
		t.Errorf("%q %q", required, optional)
	}
	if all, rest := IMAPOwnerListRights(); all != "lrswipkxtecda" || len(rest) != 0 {
		t.Errorf("%q %q", all, rest)
	}
}

func TestOperationNames(t *testing.T) {
	for _, op := range Operations() {
		if back, ok := ParseOperation(op.String()); !ok || back != op || op.String() == "" {
			t.Errorf("operation %d %q", op, op)
		}
	}
	if Decide(postroom.AllRights, 0) == Done || Decide(postroom.AllRights, 200) == Done {
		t.Error("an unknown operation is done")
	}
	if err := Denied.Err(); postroom.KindOf(err) != postroom.Denied {
		t.Error(err)
	}
	if err := NotFound.Err(); postroom.KindOf(err) != postroom.NotFound || Done.Err() != nil {
		t.Error(err)
	}
}

// FuzzParseZimbra: what is printed is read back as the same letters, and never
// claims more than was parsed.
func FuzzParseZimbra(f *testing.F) {
	for _, seed := range []string{"rwidx", "rwixdapfc", "none", "read,write", "rq", "r\x00", "è", "read  ,,write", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseZimbra(text)
		if err != nil {
			if strings.ContainsAny(postroom.TextOf(err), "\r\n\x00\x1b") || r != 0 {
				t.Fatalf("%q: %v %q", text, r, err)
			}
			return
		}
		if again, err := ParseZimbra(Zimbra(r)); err != nil || again != r {
			t.Fatalf("%q: %q then %q", text, IMAP(r), IMAP(again))
		}
	})
}

// FuzzParseIMAP: RFC 4314 letters survive printing and reading, and the Zimbra
// letters of the same rights never claim more.
func FuzzParseIMAP(f *testing.F) {
	for _, seed := range []string{"lrswipkxtecda", "+lr", "-d", "c", "", "L", "l r", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := ModifyIMAP(Viewer, text); err != nil && strings.ContainsAny(postroom.TextOf(err), "\r\n\x00") {
			t.Fatalf("%q: %q", text, err)
		}
		r, err := ParseIMAP(text)
		if err != nil {
			return
		}
		// d shown for one of its members reads back as all of them, so the
		// obsolete letters are taken out first, as a client of RFC 4314 does.
		plain := strings.NewReplacer("c", "", "d", "").Replace(IMAP(r))
		if again, err := ParseIMAP(plain); err != nil || again != r {
			t.Fatalf("%q: %q then %q", text, IMAP(r), IMAP(again))
		}
		if claimed, err := ParseZimbra(Zimbra(r)); err != nil || !r.Has(claimed) {
			t.Fatalf("%q: Zimbra letters %q", text, Zimbra(r))
		}
	})
}

// TestJMAPRoundTrip: what myRights can say, shareWith gives back.
func TestJMAPRoundTrip(t *testing.T) {
	for _, r := range []postroom.Rights{None, Viewer, Reviewer, Author, Editor, Editor | postroom.Administer, Author | postroom.Post} {
		if got := JMAP(r).Rights(); got != r {
			t.Errorf("%s came back as %s", IMAP(r), IMAP(got))
		}
	}
	if got := (MailboxRights{MayRename: true}).Rights(); got != postroom.DeleteCollection {
		t.Errorf("mayRename: %s", IMAP(got))
	}
}
