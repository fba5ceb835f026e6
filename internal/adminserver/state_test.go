package adminserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/adminserver"
	"postroom/internal/adminwire"
	"postroom/internal/provision"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// desk is the API of a seeded organisation, asked by the console.
type desk struct {
	t       *testing.T
	handler http.Handler
}

func newDesk(t *testing.T) *desk {
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Logger: storetest.Logger(t), Hostname: "mail.example.test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	console := system.Console(st)
	dir := console.Directory()
	org, err := dir.CreateOrganisation(t.Context(), "example.test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dir.CreateDomain(t.Context(), org.ID, "example.test"); err != nil {
		t.Fatal(err)
	}
	for _, n := range []store.NewAccount{{Address: "ben@example.test", Name: "Ben"}, {Address: "info@example.test", Kind: postroom.Shared}} {
		if _, err := dir.CreateAccount(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if err := provision.Share(t.Context(), dir, provision.ShareSpec{Target: "info@example.test", Grantee: "ben@example.test", Preset: "full+send"}); err != nil {
		t.Fatal(err)
	}
	return &desk{t, adminserver.New(adminserver.Options{Logger: storetest.Logger(t),
		Session: func(*http.Request) (*store.Session, error) { return console, nil }})}
}

// ask sends a request, wants a status, and decodes the answer.
func ask[T any](d *desk, method, path, body, match string, status int) (out T) {
	d.t.Helper()
	r := httptest.NewRequest(method, adminwire.Prefix+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if match != "" {
		r.Header.Set("If-Match", match)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	text, _ := io.ReadAll(w.Body)
	if w.Code != status {
		d.t.Fatalf("%s %s: %d, want %d\n%s", method, path, w.Code, status, text)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		d.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
	}
	return out
}

// Of two administrators who look at the same page the second is told, and
// nothing is overwritten.
func TestOutdatedChangeIsRefused(t *testing.T) {
	d := newDesk(t)
	seen := ask[adminwire.Account](d, "GET", "/accounts/info@example.test", "", "", 200)
	if seen.Version == "" || seen.Shown != "hide" {
		t.Fatalf("%+v", seen)
	}
	now := ask[adminwire.Account](d, "PATCH", "/accounts/info@example.test", `{"name":"Info"}`, `"`+seen.Version+`"`, 200)
	if now.Version == seen.Version {
		t.Error("the version stayed")
	}
	for _, path := range []string{"/accounts/info@example.test", "/simulate/accounts/info@example.test"} {
		p := ask[adminwire.Problem](d, "PATCH", path, `{"name":"Desk"}`, `"`+seen.Version+`"`, 412)
		if p.Kind != "stale" || !strings.Contains(p.Detail, "info@example.test was changed by somebody else") {
			t.Errorf("%+v", p)
		}
	}
	ask[adminwire.Account](d, "PATCH", "/accounts/info@example.test", `{"displayed_sender":"show"}`, `"x", "`+now.Version+`"`, 200)
	if a := ask[adminwire.Account](d, "PATCH", "/accounts/info@example.test", `{"login":true}`, "*", 200); a.Name != "Info" || a.Shown != "show" || !a.Login {
		t.Errorf("%+v", a)
	}
	ask[adminwire.Group](d, "POST", "/groups", `{"address":"team@example.test"}`, "", 200)
	group := ask[adminwire.Group](d, "GET", "/groups/team@example.test", "", "", 200)
	ask[adminwire.Done](d, "POST", "/groups/team@example.test/members", `{"addresses":["ben@example.test"]}`, "", 200)
	ask[adminwire.Group](d, "PATCH", "/groups/team@example.test", `{"name":"Team"}`, `"`+group.Version+`"`, 200)
	ask[adminwire.Problem](d, "PATCH", "/groups/team@example.test", `{"name":"Others"}`, `"`+group.Version+`"`, 412)
}

// Of two who each add an address to what delegates may use none takes away what
// the other did.
func TestOutdatedDelegableIsRefused(t *testing.T) {
	d := newDesk(t)
	for _, alias := range []string{"help", "sales2"} {
		ask[adminwire.Alias](d, "POST", "/aliases", `{"address":"`+alias+`@example.test","target":"info@example.test","delegable":false}`, "", 200)
	}
	was := ask[adminwire.Delegable](d, "GET", "/delegable?target=info@example.test", "", "", 200).Addresses
	with := func(addresses ...string) string {
		body, err := json.Marshal(adminwire.Delegable{Target: "info@example.test", Addresses: append(addresses, was...), Was: &was})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	mine, others := with("help@example.test"), with("sales2@example.test")
	ask[adminwire.Done](d, "PUT", "/delegable", mine, "", 200)
	if p := ask[adminwire.Problem](d, "PUT", "/delegable", others, "", 412); p.Kind != "stale" || !strings.Contains(p.Detail, "info@example.test was changed by somebody else") {
		t.Errorf("%+v", p)
	}
	was = append([]string{"help@example.test"}, was...) // in another order than it is told in
	ask[adminwire.Done](d, "PUT", "/delegable", with("sales2@example.test"), "", 200)
	if got := ask[adminwire.Delegable](d, "GET", "/delegable?target=info@example.test", "", "", 200); len(got.Addresses) != len(was)+1 || got.Was != nil {
		t.Errorf("%+v", got)
	}
}

func TestOutdatedGroupStays(t *testing.T) {
	d := newDesk(t)
	seen := ask[adminwire.Group](d, "POST", "/groups", `{"address":"team@example.test"}`, "", 200).Version
	now := ask[adminwire.Group](d, "PATCH", "/groups/team@example.test", `{"name":"Team"}`, "", 200).Version
	for _, prefix := range []string{"", "/simulate"} {
		ask[adminwire.Problem](d, "PUT", prefix+"/groups/team@example.test/address", `{"address":"all@example.test"}`, `"`+seen+`"`, 412)
		ask[adminwire.Problem](d, "DELETE", prefix+"/groups/team@example.test", "", `"`+seen+`"`, 412)
	}
	ask[adminwire.Done](d, "PUT", "/groups/team@example.test/address", `{"address":"all@example.test"}`, `"`+now+`"`, 200)
	ask[adminwire.Problem](d, "DELETE", "/groups/all@example.test", "", `"`+now+`"`, 412)
	now = ask[adminwire.Group](d, "GET", "/groups/all@example.test", "", "", 200).Version
	ask[adminwire.Simulation](d, "DELETE", "/simulate/groups/all@example.test", "", `"`+now+`"`, 200)
	ask[adminwire.Done](d, "DELETE", "/groups/all@example.test", "", `"`+now+`"`, 200)
	ask[adminwire.Problem](d, "GET", "/groups/all@example.test", "", "", 404)
}

func TestOutdatedDelegationIsRefused(t *testing.T) {
	d := newDesk(t)
	states := func() string {
		var all []string
		for _, g := range ask[[]adminwire.Grant](d, "GET", "/grants?target=info@example.test", "", "", 200) {
			all = append(all, g.Version)
		}
		for _, s := range ask[[]adminwire.SendRight](d, "GET", "/send-rights?target=info@example.test", "", "", 200) {
			all = append([]string{s.Version}, all...)
		}
		text, _ := json.Marshal(all)
		return string(text)
	}
	put := func(more string, status int) adminwire.Problem {
		return ask[adminwire.Problem](d, "PUT", "/delegates", `{"target":"info@example.test","grantee":"ben@example.test",`+more+`}`, "", status)
	}
	if p := put(`"rights":"viewer","replaces":[]`, 409); !strings.Contains(p.Detail, "has something on info@example.test already") {
		t.Errorf("%+v", p)
	}
	before := states()
	put(`"rights":"viewer","send":"sendAs","replaces":`+before, 200)
	if p := put(`"rights":"manager","send":"sendAs","replaces":`+before, 412); p.Kind != "stale" || !strings.Contains(p.Detail, "what ben@example.test has on info@example.test was changed") {
		t.Errorf("%+v", p)
	}
	put(`"rights":"manager","replaces":`+states(), 200)
	ask[adminwire.Done](d, "PUT", "/grants", `{"target":"info@example.test:/Sent","grantee":"ben@example.test","rights":"r"}`, "", 200)
	folder := ask[[]adminwire.Grant](d, "GET", "/grants?target=info@example.test:/Sent", "", "", 200)[0].Version
	body := `{"target":"info@example.test:/Sent","grantee":"ben@example.test","rights":"rw","replaces":"` + folder + `"}`
	ask[adminwire.Done](d, "PUT", "/grants", body, "", 200)
	ask[adminwire.Problem](d, "PUT", "/grants", strings.Replace(body, `"rw"`, `"rwi"`, 1), "", 412)
}
