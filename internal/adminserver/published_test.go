package adminserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"postroom"
	"postroom/internal/adminserver"
	"postroom/internal/adminwire"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// Nobody has the DNS asked for a domain that they may not know of.
func TestPublishedIsForWhoSeesTheDomain(t *testing.T) {
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Logger: storetest.Logger(t), Hostname: "mail.example.test"})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	dir := system.Console(st).Directory()
	for _, name := range []string{"example.test", "other.test"} {
		org, err := dir.CreateOrganisation(t.Context(), name)
		if err == nil {
			_, err = dir.CreateDomain(t.Context(), org.ID, name)
		}
		if err == nil {
			_, err = dir.CreateAccount(t.Context(), store.NewAccount{Address: "boss@" + name, Password: "secret-boss-1", Admin: postroom.OrgAdmin})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var asked []string
	server := adminserver.New(adminserver.Options{Logger: storetest.Logger(t),
		Session: func(r *http.Request) (*store.Session, error) {
			user, password, _ := r.BasicAuth()
			return login.Authenticate(r.Context(), st, login.Credentials{Username: user, Password: password, Protocol: "http", Remote: "192.0.2.1"})
		},
		Published: func(_ context.Context, d postroom.Domain) ([]adminwire.PublishedRecord, error) {
			asked = append(asked, d.Name)
			return []adminwire.PublishedRecord{{State: "found"}}, nil
		}})
	for user, status := range map[string]int{"boss@example.test": 200, "boss@other.test": 404} {
		r := httptest.NewRequest("GET", adminwire.Prefix+"/domains/example.test/published", nil)
		r.SetBasicAuth(user, "secret-boss-1")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s: %d %s", user, w.Code, w.Body)
		}
	}
	if len(asked) != 1 {
		t.Errorf("asked for %q", asked)
	}
}
