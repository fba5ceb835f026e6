package adminserver_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/adminserver"
	"postroom/internal/adminwire"
	"postroom/internal/provision"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// asked is one request of a person and what must be answered.
type asked struct {
	who, method, path, body string
	status                  int
}

const newInfo2 = `{"address":"info2@example.test","kind":"shared","displayed_sender":"show",
	"delegates":[{"grantee":"info-team@example.test","rights":"manager","send":"sendAs"}]}`

// The same API serves people with their own session: what they may do is the
// store's answer.
func TestPeople(t *testing.T) {
	ctx := context.Background()
	st, err := store.Open(ctx, storetest.Prepared(t, store.Options{Dir: storetest.Dir(t), Logger: storetest.Logger(t), Hostname: "mail.example.test"}))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	console := system.Console(st)
	passwords := map[string]string{provision.DemoAdmin: "secret-admin-1"}
	for _, p := range provision.DemoPeople {
		passwords[p.Address] = "secret-" + p.Address
	}
	seed := provision.Seeder{Directory: console.Directory(), Delivery: system.Delivery(st), Passwords: passwords, Now: time.Now(),
		Acting: func(ctx context.Context, id postroom.AccountID) (*store.Session, error) {
			return system.ActingFor(ctx, console, id)
		}}
	if err := seed.Full(ctx); err != nil {
		t.Fatal(err)
	}
	server := adminserver.New(adminserver.Options{Logger: storetest.Logger(t),
		Session: func(r *http.Request) (*store.Session, error) {
			user, password, _ := r.BasicAuth()
			return login.Authenticate(r.Context(), st, login.Credentials{Username: user, Password: password, Protocol: "http", Remote: "192.0.2.1"})
		}})
	const anna, ben, cleo, admin = "anna@example.test", "ben@example.test", "cleo@example.test", "admin@example.test"
	for _, a := range []asked{
		{"nobody@example.test", "GET", "/domains", "", 401},
		{admin, "GET", "/accounts", "", 200},
		{admin, "GET", "/queue", "", 200},
		{anna, "GET", "/queue", "", 403},
		{admin, "POST", "/queue/1/retry", "", 404},
		{anna, "POST", "/queue/1/retry", "", 403},
		{anna, "DELETE", "/queue/1", "", 403},
		{anna, "POST", "/domains", `{"name":"x.test"}`, 403},
		{anna, "POST", "/accounts", `{"address":"x@example.test"}`, 403},
		// who may not do something may not see what it would do
		{ben, "POST", "/simulate/groups/info-team@example.test/members", `{"addresses":["cleo@example.test"]}`, 403},
		{anna, "POST", "/simulate/groups/info-team@example.test/members", `{"addresses":["cleo@example.test"]}`, 200},
		{admin, "POST", "/simulate/groups/info-team@example.test/members", `{"addresses":["cleo@example.test"]}`, 200},
		// the owner of a group manages it, a member does not
		{ben, "POST", "/groups/info-team@example.test/members", `{"addresses":["cleo@example.test"]}`, 403},
		{anna, "POST", "/groups/info-team@example.test/members", `{"addresses":["cleo@example.test"]}`, 200},
		{anna, "POST", "/groups/info-team@example.test/members/remove", `{"addresses":["cleo@example.test"]}`, 200},
		// one's own folders, and nobody else's
		{cleo, "POST", "/accounts/cleo@example.test/collections", `{"path":"/Mine"}`, 200},
		{cleo, "POST", "/accounts/anna@example.test/collections", `{"path":"/Hers"}`, 403},
		{cleo, "PUT", "/grants", `{"target":"cleo@example.test:/Mine","grantee":"ben@example.test","rights":"rw"}`, 200},
		{cleo, "PUT", "/grants", `{"target":"anna@example.test:/Inbox","grantee":"cleo@example.test","rights":"rw"}`, 404},
		{cleo, "PUT", "/send-rights", `{"target":"info@example.test","grantee":"cleo@example.test","right":"sendAs"}`, 403},
		{cleo, "GET", "/access/what?user=cleo@example.test", "", 200},
		{cleo, "GET", "/access/what?user=anna@example.test", "", 403},
		{cleo, "GET", "/audit", "", 403},
		{admin, "GET", "/accounts?text=SALES&kind=shared,resource&max=1", "", 200},
		{admin, "GET", "/accounts?kind=robot", "", 422},
		{cleo, "POST", "/queue/1/hold", "", 403},
		{admin, "POST", "/queue/1/hold", "", 404},
		{cleo, "PUT", "/delegates", `{"target":"info@example.test","grantee":"cleo@example.test","rights":"viewer"}`, 404},
		{anna, "PUT", "/delegates", `{"target":"anna@example.test","grantee":"ben@example.test","rights":"viewer","send":"sendOnBehalfOf"}`, 200},
		{anna, "PUT", "/delegates", `{"target":"anna@example.test","grantee":"ben@example.test","rights":"viewer","send":"sendOnBehalfOf"}`, 409},
		{anna, "PUT", "/delegates", `{"target":"anna@example.test","grantee":"ben@example.test"}`, 200},
		{anna, "PUT", "/delegates", `{"target":"anna@example.test","grantee":"ben@example.test"}`, 422},
		{anna, "POST", "/simulate/accounts", newInfo2, 403},
		{admin, "POST", "/simulate/accounts", newInfo2, 200},
		{admin, "GET", "/accounts/info2@example.test", "", 404},
		{admin, "POST", "/accounts", strings.Replace(newInfo2, "info-team@", "nobody@", 1), 404},
		{admin, "GET", "/accounts/info2@example.test", "", 404},
		{admin, "POST", "/accounts", newInfo2, 200},
		{admin, "GET", "/accounts/info2@example.test", "", 200},
		{admin, "GET", "/audit?target=info-team@example.test&action=group.,grant.&before=100000", "", 200},
	} {
		r := httptest.NewRequest(a.method, adminwire.Prefix+a.path, strings.NewReader(a.body))
		r.Header.Set("Content-Type", "application/json")
		r.SetBasicAuth(a.who, passwords[a.who])
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		if w.Code != a.status || !json.Valid(body) {
			t.Errorf("%s %s %s: %d, want %d\n%s", a.who, a.method, a.path, w.Code, a.status, body)
		}
	}
}
