package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	c, err := Parse(Initial("mail.example.test", `/var/lib/"odd" \dir`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Hostname != "mail.example.test" || c.Dir != `/var/lib/"odd" \dir` || c.Socket != c.Dir+"/postroom.sock" {
		t.Errorf("%+v", c)
	}
	if on := c.Listen.ByName(); len(on) != 7 || on[0] != (Listener{"smtp", ":25"}) {
		t.Errorf("listeners %v", on)
	}
}

func TestParseSessions(t *testing.T) {
	c, err := Parse("hostname = \"mail.example.test\"\ndir = \"/d\"\n[sign_in]\nsession_length = \"12h\"\nsession_idle = \"30m\"\nconfirm_after = \"5m\"\n")
	if err != nil || c.SignIn.SessionLength != 12*time.Hour || c.SignIn.SessionIdle != 30*time.Minute || c.SignIn.ConfirmAfter != 5*time.Minute {
		t.Errorf("%+v %v", c.SignIn, err)
	}
}

func TestParseWeb(t *testing.T) {
	base := "hostname = \"mail.example.test\"\ndir = \"/d\"\n"
	for text, want := range map[string]bool{"": false, "[web]\nmemory_only = true\n": true} {
		if c, err := Parse(base + text); err != nil || c.Web.MemoryOnly != want {
			t.Errorf("%q: %v %v", text, c.Web, err)
		}
	}
}

const corp = "[[openid]]\nname = \"corp\"\nissuer = \"https://login.example.test\"\nclient_id = \"x\"\ndomains = [\"example.test\"]\n"

func TestParseProviders(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse("hostname = \"mail.example.test\"\ndir = \"/d\"\n[proxy]\ntrusted = [\"10.0.0.0/8\"]\n" + corp +
		"client_secret_file = \"" + secret + "\"\n")
	if err != nil || len(c.OpenID) != 1 || len(c.Proxy.Trusted) != 1 || c.Proxy.Header != "x-forwarded-for" {
		t.Fatalf("%+v %v", c, err)
	}
	o := c.OpenID[0]
	if text, err := o.Secret(); err != nil || text != "s3cret" || o.Title != "corp" || o.Link != "email" || len(o.Scopes) != 1 {
		t.Errorf("%+v %q %v", o, text, err)
	}
}

func TestLoadProviders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "providers.toml")
	for text, wrong := range map[string]string{corp: "", corp + corp: "twice", "hostname = \"x\"\n" + corp: "unknown key hostname", "[[openid]]\n": "openid name"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := LoadProviders(file)
		if wrong == "" {
			if err != nil || len(list) != 1 || list[0].Name != "corp" || list[0].Link != "email" {
				t.Errorf("%+v %v", list, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), wrong) || !strings.Contains(err.Error(), file) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := LoadProviders(file + ".not"); err == nil {
		t.Error("a file that is not there")
	}
}

func TestParseRefuses(t *testing.T) {
	base := "hostname = \"mail.example.test\"\ndir = \"/d\"\n"
	tests := map[string]struct{ text, want string }{
		"unknown key":       {base + "colour = 1\n", "line 3: unknown key colour"},
		"unknown in table":  {base + "[listen]\nsmtp = \":25\"\npop3 = \":110\"\n", "line 5: unknown key listen.pop3"},
		"unknown table":     {base + "\n[mail]\nx = 1\n", "line 4: unknown key mail"},
		"syntax":            {base + "socket = \n", "line 3: "},
		"wrong type":        {base + "socket = 3\n", "line 3"},
		"no hostname":       {"dir = \"/d\"\n", "hostname is missing"},
		"bad hostname":      {"dir = \"/d\"\nhostname = \"a b\"\n", "hostname"},
		"no dir":            {"hostname = \"a.test\"\n", "dir is missing"},
		"no port":           {base + "[listen]\nimap = \"143\"\n", "listen.imap"},
		"public url":        {base + "public_url = \"mail.example.test\"\n", "public_url"},
		"database":          {base + "[database]\nurl = \"mysql://x\"\n", "postgres://"},
		"tls mode":          {base + "[tls]\nmode = \"off\"\n", "tls.mode"},
		"files without key": {base + "[tls]\nmode = \"files\"\n", "tls.cert"},
		"log level":         {base + "[log]\nlevel = \"loud\"\n", "log.level"},
		"smarthost":         {base + "[smarthost]\naddress = \"relay\"\n", "smarthost.address"},
		"metrics":           {base + "[metrics]\nfrom = [\"10.0.0.0\"]\n", "line 4"},
		"confirm after":     {base + "[sign_in]\nconfirm_after = \"-1m\"\n", "confirm_after"},
		"session":           {base + "[sign_in]\nsession_idle = \"-1h\"\n", "session_idle"},
		"session length":    {base + "[sign_in]\nsession_length = \"long\"\n", "line 4"},
		"passkey domain":    {base + "[sign_in]\npasskey_domain = \"a b\"\n", "passkey_domain"},
		"proxy":             {base + "[proxy]\ntrusted = [\"proxy\"]\n", "line 4"},
		"proxy header":      {base + "[proxy]\nheader = \"x-real-ip\"\n", "proxy.header"},
		"provider":          {base + "[[openid]]\nname = \"corp\"\nissuer = \"http://login.example.test\"\n", "issuer"},
		"provider's name":   {base + "[[openid]]\nname = \"a/b\"\n", "openid name"},
		"provider's client": {base + "[[openid]]\nname = \"corp\"\nissuer = \"https://login.example.test\"\n", "client_id"},
		"no domains":        {base + "[[openid]]\nname = \"corp\"\nissuer = \"https://login.example.test\"\nclient_id = \"x\"\n", "domains is missing"},
		"link":              {base + corp + "link = \"name\"\n", "email, self or subject"},
		"two secrets":       {base + corp + "client_secret = \"x\"\nclient_secret_file = \"y\"\n", "not both"},
		"two of a name":     {base + corp + corp, "twice"},
		"same key twice":    {base + "dir = \"/e\"\n", "line 3"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Initial("mail.example.test", "/d"))
	f.Add("[a]\n[a.b]\n\"x y\" = {z = 1}\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err == nil && (c.Hostname == "" || c.Socket == "") {
			t.Errorf("accepted %q", text)
		}
	})
}
