package adminserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/adminserver"
	"postroom/internal/adminwire"
	"postroom/internal/httpauth"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// customers is a server with two organisations; those of the second ask for
// things of the first.
type customers struct {
	t      *testing.T
	server http.Handler
	api    openAPI
	d      *store.Directory
	// target is what is asked for; empty for the name itself.
	target string
}

// openAPI is as much of the description as is needed to make requests.
type openAPI struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	Parameters  []struct{ Name, In string }
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Enum       []any
	Items      *schema
	Properties map[string]schema
	Required   []string
}

const leakPassword = "correct horse battery"

func newCustomers(t *testing.T) *customers {
	st, err := store.Open(t.Context(), storetest.Prepared(t, store.Options{Dir: storetest.Dir(t), Logger: storetest.Logger(t), Hostname: "mail.example.test"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	c := &customers{t: t, d: system.Console(st).Directory()}
	for _, name := range []string{"mine", "theirs"} {
		o, err := c.d.CreateOrganisation(t.Context(), name)
		c.must(err)
		_, err = c.d.CreateDomain(t.Context(), o.ID, name+".test")
		c.must(err)
		_, err = c.d.CreatePlan(t.Context(), postroom.Plan{Org: o.ID, Name: name + " plan"})
		c.must(err)
		c.account(store.NewAccount{Address: "anna@" + name + ".test", Password: leakPassword})
		c.account(store.NewAccount{Address: "info@" + name + ".test", Kind: postroom.Shared})
		_, err = c.d.CreateGroup(t.Context(), postroom.Group{Address: "team@" + name + ".test"})
		c.must(err)
		c.account(store.NewAccount{Address: "boss@" + name + ".test", Password: leakPassword, Admin: postroom.OrgAdmin, Abilities: postroom.AllAbilities})
		c.account(store.NewAccount{Address: "desk@" + name + ".test", Password: leakPassword, Admin: postroom.OrgAdmin,
			Abilities: postroom.HelpDeskAbilities})
	}
	accept := func(ctx context.Context, token, password string, from postroom.Actor) (store.Invitee, error) {
		return login.Accept(ctx, st, token, password, from.Protocol, from.Remote)
	}
	c.server = adminserver.NewPublic(adminserver.Options{Logger: storetest.Logger(t),
		Invitations: adminserver.Invitations{Link: func(string) string { return "" }, Accept: accept,
			Compose: func(store.InvitationLetter) ([]byte, error) { return []byte("Subject: Welcome\r\n\r\n"), nil }},
		Records: func(postroom.Domain) ([]adminwire.Record, error) { return nil, nil }}, httpauth.New(httpauth.Options{Store: st, Exposure: httpauth.LoopbackToo}))
	status, body := c.ask("anna@mine.test", "GET", "/openapi.json", nil)
	if status != 200 {
		t.Fatalf("no description of the API: %d", status)
	}
	c.must(json.Unmarshal([]byte(body), &c.api))
	return c
}

func (c *customers) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *customers) account(n store.NewAccount) {
	_, err := c.d.CreateAccount(context.Background(), n)
	c.must(err)
}

func (c *customers) ask(who, method, path string, body any) (int, string) {
	var text string
	if body != nil {
		raw, err := json.Marshal(body)
		c.must(err)
		text = string(raw)
	}
	r := httptest.NewRequest(method, adminwire.Prefix+path, strings.NewReader(text))
	r.RemoteAddr = "127.0.0.1:9"
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(who, leakPassword)
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// value makes a body in which everything that is a name is the one asked for.
func (c *customers) value(s schema, property, name string) any {
	if s.Ref != "" {
		s = c.api.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	kind := fmt.Sprint(s.Type)
	switch {
	case property == "target" && c.target != "":
		return c.target
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Properties != nil:
		m := map[string]any{}
		for p, ps := range s.Properties {
			asked := slices.Contains([]string{"target", "grantee", "user", "organisation", "plan", "account", "group", "domain"}, p)
			if slices.Contains(s.Required, p) || asked {
				m[p] = c.value(ps, p, name)
			}
		}
		return m
	case strings.Contains(kind, "array") && s.Items != nil:
		return []any{c.value(*s.Items, property, name)}
	case strings.Contains(kind, "boolean"):
		return true
	case strings.Contains(kind, "integer"), strings.Contains(kind, "number"):
		return 1
	case property == "rights":
		return "r"
	case property == "right":
		return "sendAs"
	case property == "preset":
		return "read"
	case property == "password":
		return leakPassword + "!"
	}
	return name
}

// request fills a path, its query and body with a name.
func (c *customers) request(path, method, name string) (string, any) {
	op := c.api.Paths[path][method]
	path = strings.TrimPrefix(path, adminwire.Prefix)
	query := url.Values{}
	for _, p := range op.Parameters {
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(name))
		case "query":
			switch p.Name {
			case "action":
				query.Set(p.Name, "r")
			case "right":
				query.Set(p.Name, "sendAs")
			case "target", "user", "grantee", "domain", "account", "group", "to":
				query.Set(p.Name, c.value(schema{}, p.Name, name).(string))
			}
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if s, ok := op.RequestBody.Content["application/json"]; ok {
		return path, c.value(s.Schema, "", name)
	}
	return path, nil
}

// Every request of an administrator, a help desk and a person of one
// organisation for something of another is answered, word for word, as one for
// what is not there.
func TestNothingLeaksBetweenOrganisations(t *testing.T) {
	c := newCustomers(t)
	there := c.uuids()
	pairs := map[string]string{"anna@theirs.test": "nill@theirs.test", "info@theirs.test": "nill@theirs.test",
		"team@theirs.test": "nill@theirs.test", "boss@theirs.test": "nill@theirs.test", "theirs.test": "absent.test",
		"theirs": "absent", "theirs plan": "absent plan", "info@theirs.test:/Inbox": "nill@theirs.test:/Inbox",
		"guest:anna@theirs.test": "guest:anna@absent.test", "domain:theirs.test": "domain:absent.test", "plan:theirs plan": "plan:absent plan"}
	for _, id := range there {
		pairs[id] = "00000000-0000-4000-8000-000000000001"
	}
	var asked int
	// What was written is read before it is taken away.
	for _, method := range []string{"get", "post", "put", "patch", "get", "delete"} {
		for _, path := range slices.Sorted(maps.Keys(c.api.Paths)) {
			if _, has := c.api.Paths[path][method]; !has {
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(pairs)) {
				for _, c.target = range []string{"", "info@mine.test", "team@mine.test", "anna@mine.test:/Inbox"} {
					asked += c.compare(method, path, name, pairs[name])
				}
			}
		}
	}
	if asked < 1000 {
		t.Errorf("only %d requests were made", asked)
	}
}

// moments are the times in an answer, versions the digests of what is shown
// with its times and names.
var (
	moments  = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`)
	versions = regexp.MustCompile(`"version":"[0-9a-f]+"`)
)

// compare asks for what is another's and for what is absent.
func (c *customers) compare(method, path, name, absent string) (asked int) {
	plain := func(text, name string) string {
		address, _ := adminwire.SplitTarget(name)
		for _, n := range []string{name, address, address[strings.Index(address, ":")+1:]} {
			text = strings.ReplaceAll(text, n, "NAME")
		}
		text = versions.ReplaceAllString(text, "VERSION")
		return moments.ReplaceAllString(text, "TIME") // two requests are not made at once
	}
	for _, who := range []string{"boss@mine.test", "desk@mine.test", "anna@mine.test"} {
		p, body := c.request(path, method, name)
		status, text := c.ask(who, strings.ToUpper(method), p, body)
		p, body = c.request(path, method, absent)
		status2, text2 := c.ask(who, strings.ToUpper(method), p, body)
		if status != status2 || plain(text, name) != plain(text2, absent) {
			c.t.Errorf("%s %s %s for %s (target %s) tells:\n%d %s\nand for what is absent:\n%d %s", who, method, path, name, c.target,
				status, text, status2, text2)
		}
		asked++
	}
	return asked
}

func (c *customers) uuids() []string {
	ctx := c.t.Context()
	a, err := c.d.Account(ctx, "anna@theirs.test")
	c.must(err)
	g, err := c.d.Group(ctx, "team@theirs.test")
	c.must(err)
	o, err := c.d.Organisation(ctx, "theirs")
	c.must(err)
	d, err := c.d.Domain(ctx, "theirs.test")
	c.must(err)
	return []string{a.UUID, g.UUID, o.UUID, d.UUID}
}
