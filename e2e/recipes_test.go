package e2e

import (
	"strings"
	"testing"
)

// step is one command line of a recipe and what it must print.
type step struct {
	line string
	want []string // substrings of standard output
}

func (s *server) follow(steps []step) {
	s.t.Helper()
	for _, st := range steps {
		out := s.run(st.line)
		for _, want := range st.want {
			if !strings.Contains(out, want) {
				s.t.Errorf("postroom %s\nprinted %q\nwant    %q", st.line, out, want)
			}
		}
	}
}

// Point 3: Zimbra KB 22266, a shared mailbox managed through a group.
func TestZimbraRecipe(t *testing.T) {
	s := startDemo(t)
	s.follow([]step{
		{line: "zmprov ca shared@example.test secret-1234 displayName Shared"},
		{line: "zmprov cdl shared-access@example.test zimbraHideInGal TRUE zimbraDistributionListSendShareMessageToNewMembers TRUE"},
		{line: "zmprov adlm shared-access@example.test ben@example.test cleo@example.test"},
		{line: "zmprov grr dl shared-access@example.test usr cleo@example.test ownDistList"},
		{line: "zmmailbox -z -m shared@example.test mfg / account shared-access@example.test rwixd"},
		{line: "zmprov grr account shared@example.test grp shared-access@example.test sendAs"},
		{line: "zmmailbox -z -m shared@example.test gfg /", want: []string{
			"Permissions      Type  Display\n-----------  --------  -------\n      rwidx     group  shared-access@example.test\n"}},
		{line: "zmprov ckr account shared@example.test cleo@example.test sendAs", want: []string{
			"ALLOWED\n", "grantee type : grp\n", "grantee      : shared-access@example.test\n", "right        : sendAs\n"}},
		{line: "zmprov gdl shared-access@example.test", want: []string{"zimbraHideInGal: TRUE", "ben@example.test"}},
	})
	const hers = "Shared/shared@example.test/INBOX"
	const his = "Other Users/shared@example.test/INBOX" // a person's until it is converted
	c := s.as(cleo)
	if err := s.deliver("smtp", "shared@example.test", letter(customer, "shared@example.test", "For the team", "", "x")); err != nil {
		t.Fatal(err)
	}
	if got := c.bySubject(his, "For the team"); len(got) != 1 {
		t.Errorf("cleo sees %d", len(got))
	}
	s.run("account convert shared@example.test --kind shared")
	if got := s.as(cleo).bySubject(hers, "For the team"); len(got) != 1 {
		t.Errorf("cleo sees %d after the conversion", len(got))
	}
	if err := s.submit(cleo, "shared@example.test", []string{customer}, letter("shared@example.test", customer, "From the team", "", "x")); err != nil {
		t.Error(err)
	}
	s.outbox("From the team")
}

// Point 3: the Carbonio article on mailbox delegation.
func TestCarbonioRecipe(t *testing.T) {
	s := startDemo(t)
	s.follow([]step{
		{line: "carbonio prov cc staff"},
		{line: "carbonio prov cdl dl@example.test"},
		{line: "carbonio prov selectMailbox anna@example.test modifyFolderGrant / account cleo@example.test rwixd"},
		{line: "carbonio prov selectMailbox anna@example.test modifyFolderGrant / group dl@example.test rwixd"},
		{line: "carbonio prov selectMailbox anna@example.test modifyFolderGrant / domain example.test r"},
		{line: "carbonio prov selectMailbox anna@example.test modifyFolderGrant / cos staff r"},
		{line: "carbonio prov selectMailbox cleo@example.test getAllFolders", want: []string{
			"        Id  View      Unread   Msg Count  Path\n", "/Inbox\n", "(anna@example.test:1)"}},
		{line: "carbonio prov selectMailbox anna@example.test getFolderGrant /", want: []string{
			"      rwidx   account  cleo@example.test\n", "      rwidx     group  dl@example.test\n",
			"          r    domain  example.test\n", "          r       cos  staff\n"}},
		{line: "carbonio prov grr account anna@example.test usr cleo@example.test sendAs"},
		{line: "carbonio prov ckr account anna@example.test cleo@example.test sendAs", want: []string{"ALLOWED"}},
		{line: "carbonio prov rvr account anna@example.test usr cleo@example.test sendAs"},
		{line: "carbonio prov ckr account anna@example.test cleo@example.test sendAs", want: []string{"DENIED"}},
		{line: "carbonio prov selectMailbox anna@example.test modifyFolderGrant / account cleo@example.test none"},
	})
	if out := s.run("carbonio prov selectMailbox anna@example.test getFolderGrant /"); strings.Contains(out, "cleo@") {
		t.Errorf("none left a grant:\n%s", out)
	}
}

// Point 3, in the project's own words.
func TestShareInOurWords(t *testing.T) {
	s := startDemo(t, "--empty")
	for _, line := range []string{
		"account create dora@example.test --password-stdin",
		"account create desk@example.test --kind shared",
		"group create desk-team@example.test",
		"group add desk-team@example.test dora@example.test",
		"share desk@example.test --with desk-team@example.test --preset full+send",
	} {
		s.run(line)
	}
	if out, _, status := s.cli("access", "check", "dora@example.test", "desk@example.test", "sendAs"); status != 0 {
		t.Errorf("sendAs: %d %s", status, out)
	}
	out := s.run("access explain dora@example.test desk@example.test:/Inbox r")
	for _, want := range []string{"dora@example.test", "desk-team@example.test"} {
		if !strings.Contains(out, want) {
			t.Errorf("explain leaves out %s:\n%s", want, out)
		}
	}
	refusals := []struct{ line, want string }{
		{"share desk@example.test --with desk-team@example.test --preset full+send", "already there"},
		{"share desk@example.test --with nobody@example.test --preset read", "nobody@example.test"},
		{"grant add desk@example.test dora@example.test q", "unknown right"},
		{"grant remove desk@example.test dora@example.test", "dora@example.test"},
		{"grant add desk@example.test dora@example.test r --until 2001-01-01T00:00:00Z", "past"},
		{"group remove desk-team@example.test " + "admin@example.test", "admin@example.test"},
		{"zmprov ma dora@example.test zimbraNoSuchAttribute 1", "zimbraNoSuchAttribute"},
		{"zmmailbox -z -m desk@example.test mfg / account typo@example.test r", "no such account"},
	}
	for _, r := range refusals {
		_, errs, status := s.cli(strings.Fields(r.line)...)
		if status != 2 || !strings.Contains(errs, r.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("postroom %s: exit %d, %q; want exit 2 and one line with %q", r.line, status, errs, r.want)
		}
	}
}
