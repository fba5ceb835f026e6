package rights

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"postroom"
)

var trailing = regexp.MustCompile(` +\n`)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with testdata/name.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from what is printed now; run with -update and look at the difference:\n%s", file, got)
	}
}

// TestProjectionsGolden shows each single right, each role and each Zimbra
// letter in every alphabet.
func TestProjectionsGolden(t *testing.T) {
	var b strings.Builder
	row := func(name string, r postroom.Rights) {
		fmt.Fprintf(&b, "%s\n  zimbra  %s\n  names   %s\n  imap    %s\n  role    %s\n  jmap    %s\n  dav     %s\n",
			name, Zimbra(r), strings.Join(ZimbraNames(r), ","), IMAP(r), RoleOf(r), jmapNames(r), davNames(r))
	}
	for i, name := range []string{"Lookup", "Read", "Seen", "Write", "Insert", "CreateChild", "DeleteCollection", "DeleteItems",
		"Expunge", "Administer", "Post", "AnswerInvitations", "SeePrivate", "FreeBusy"} {
		row("right "+name, 1<<i)
	}
	for _, l := range zimbraLetters {
		row("letter "+string(rune(l.char)), l.rights)
	}
	for _, role := range roles {
		row("role "+role.name, role.rights)
	}
	row("owner", postroom.AllRights)
	for _, p := range Presets() {
		fmt.Fprintf(&b, "preset %s\n  zimbra  %s\n  send    %s\n", p.Name, Zimbra(p.Rights), p.Send)
	}
	golden(t, "projections", trailing.ReplaceAllString(b.String(), "\n"))
}

func jmapNames(r postroom.Rights) string {
	text, _ := json.Marshal(JMAP(r))
	var properties map[string]bool
	_ = json.Unmarshal(text, &properties)
	var names []string
	for _, name := range []string{"mayReadItems", "mayAddItems", "mayRemoveItems", "maySetSeen", "maySetKeywords", "mayCreateChild",
		"mayRename", "mayDelete", "maySubmit", "mayShare"} {
		if properties[name] {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func davNames(r postroom.Rights) string {
	var names []string
	for _, p := range DAV(r) {
		prefix := "D:"
		if p.Space != davSpace {
			prefix = "C:"
		}
		names = append(names, prefix+p.Name)
	}
	return strings.Join(names, " ")
}

// TestOperationsGolden is the table operation × rights.
func TestOperationsGolden(t *testing.T) {
	var b strings.Builder
	letters := []string{"", "l", "r", "s", "w", "i", "d", "x", "a", "p", "f"}
	fmt.Fprintf(&b, "%-26s %-18s %-14s", "operation", "all of", "one of")
	for _, l := range letters {
		fmt.Fprintf(&b, " %4s", "r"+strings.TrimPrefix(l, "r"))
	}
	b.WriteString("\n")
	for _, op := range Operations() {
		all, any := op.Needs()
		fmt.Fprintf(&b, "%-26s %-18s %-14s", op, strings.Join(rightNames(all), "+"), strings.Join(rightNames(any), ","))
		for _, l := range letters {
			r := Viewer
			if l == "l" {
				r = postroom.Lookup
			} else if l != "" {
				more, err := ParseZimbra(l)
				if err != nil {
					t.Fatal(err)
				}
				r |= more
			}
			fmt.Fprintf(&b, " %4s", map[Answer]string{Done: "yes", Denied: "no", NotFound: "404"}[Decide(r, op)])
		}
		fmt.Fprintf(&b, "  without lookup: %s\n", Decide(postroom.NoRights, op))
	}
	golden(t, "operations", b.String())
}

func TestExplainGolden(t *testing.T) {
	names := map[postroom.Grantee]string{
		account(1): "anna@example.test", account(2): "boss@example.test", account(100): "info@example.test",
		group(10): "info-team@example.test", group(11): "staff@example.test", group(12): "board@example.test",
	}
	dir := Directory{
		Name: func(g postroom.Grantee) string { return names[g] },
		Parents: func(m postroom.Grantee) []postroom.GroupID {
			return map[postroom.Grantee][]postroom.GroupID{account(1): {10}, group(10): {11, 12}, group(11): {10}}[m]
		},
	}
	anna := person(1, 10, 11, 12)
	by := func(g postroom.Grant) postroom.Grant { g.By, g.Since = 2, noon.AddDate(0, -1, 0); return g }
	q := AccessQuestion{
		Subject: anna, Owner: info, Now: noon, Paths: []string{"/Inbox/Orders", "/Inbox", "/"},
		Chain: []Level{
			inherits(by(take(account(1), postroom.Expunge))),
			inherits(until(by(give(group(10), Editor)), noon.AddDate(0, 1, 0)), until(by(give(group(12), Admin)), noon)),
			inherits(give(group(10), Viewer), by(give(group(11), Reviewer)), by(give(account(2), Admin))),
		},
	}
	var b strings.Builder
	show := func(e Explanation) {
		b.WriteString(e.Text())
		text, err := json.MarshalIndent(e, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n\n", text)
	}
	for _, op := range []Operation{Append, ExpungeItems} {
		q.Operation = op
		show(Explain(q, dir))
	}
	q.Chain[0] = inherits(by(give(account(1), None)))
	show(Explain(q, dir))
	target := &SendFacts{Target: postroom.SendTarget{Account: 100}, Org: org, Primary: "info@example.test",
		Aliases: []postroom.Alias{{Address: "ceo@example.test"}}, OrgDisplayed: postroom.ShowSender}
	grants := []postroom.SendGrant{
		{Target: target.Target, Grantee: group(11), Right: postroom.SendAs, By: 2},
		{Target: target.Target, Grantee: postroom.Grantee{Kind: postroom.GranteeDomain, ID: 7}, Right: postroom.SendAs, Deny: true},
	}
	for _, address := range []string{"info@example.test", "ceo@example.test"} {
		show(ExplainSend(SendQuestion{Subject: anna, Target: target, Address: address, Grants: grants, Now: noon}, dir))
	}
	golden(t, "explain", b.String())
}
