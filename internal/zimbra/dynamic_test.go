package zimbra

import "testing"

func TestFilterFrom(t *testing.T) {
	tests := []struct {
		url, filter, back string
		bad               bool
	}{
		{url: ""},
		{url: "ldap:///??sub?(company=x)", filter: "(company=x)", back: "ldap:///??sub?(company=x)"},
		{url: "LDAP:///??sub?(departmentNumber>=3)", filter: "(departmentnumber>=3)", back: "ldap:///??sub?(departmentNumber>=3)"},
		{url: "ldap:///??sub?(&(objectClass=zimbraAccount)(!(mail=a*)))", filter: "(&(address=*)(!(address=a*)))",
			back: "ldap:///??sub?(&(mail=*)(!(mail=a*)))"},
		{url: "ldap:///??sub?(zimbraAccountStatus=closed)", filter: "(state=disabled)", back: "ldap:///??sub?(zimbraAccountStatus=closed)"},
		{url: "ldap:///??sub?(|(displayName=A \\28b\\29)(zimbraDomainName=x.test))", filter: "(|(name=A \\28b\\29)(domain=x.test))",
			back: "ldap:///??sub?(|(displayName=A \\28b\\29)(zimbraDomainName=x.test))"},
		{url: "ldap:///??sub?(zimbraIsAdminAccount=TRUE)", bad: true},
		{url: "ldap:///ou=people??sub?(company=x)", bad: true},
		{url: "(company=x)", bad: true},
	}
	for _, test := range tests {
		filter, err := filterFrom(test.url)
		if test.bad != (err != nil) {
			t.Errorf("filterFrom(%q): %v", test.url, err)
			continue
		}
		if err != nil {
			continue
		}
		if filter != test.filter || memberURLOf(filter) != test.back {
			t.Errorf("filterFrom(%q) = %q and back %q", test.url, filter, memberURLOf(filter))
		}
	}
}

func TestSentRule(t *testing.T) {
	tests := []struct {
		args         []string
		from, folder string
		ok           bool
	}{
		{[]string{"n", "active", "any", "header", "from", "contains", "a@x.test", "fileinto", "/a/Sent", "mark", "read", "stop"}, "a@x.test", "/a/Sent", true},
		{[]string{"--after", "other", "n", "header", "From", "is", "a@x.test", "keep", "fileinto", "a/Sent"}, "a@x.test", "a/Sent", true},
		{[]string{"-last", "n", "header", "from", "is", "a@x.test", "fileinto", "a/Sent"}, "a@x.test", "a/Sent", true},
		{[]string{"n", "header", "from", "is", "a@x.test", "keep", "stop"}, "", "", false},
		{[]string{"n", "header", "from", "is", "a@x.test", "fileinto", "a", "fileinto", "b"}, "", "", false},
		{[]string{"n", "inactive", "any", "header", "from", "is", "a@x.test", "fileinto", "a"}, "", "", false},
		{[]string{"n", "any", "header", "to", "is", "a@x.test", "fileinto", "a"}, "", "", false},
		{[]string{"--after"}, "", "", false},
		{nil, "", "", false},
	}
	for _, test := range tests {
		from, folder, err := sentRule(test.args)
		if test.ok != (err == nil) || test.ok && (from != test.from || folder != test.folder) {
			t.Errorf("sentRule(%q) = %q %q %v", test.args, from, folder, err)
		}
	}
}
