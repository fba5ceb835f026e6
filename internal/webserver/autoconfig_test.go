package webserver

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"postroom"
	"postroom/internal/autoconfig"
	"postroom/internal/httpauth"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

const outlookAsks = `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>` +
	`<EMailAddress>%</EMailAddress></Request></Autodiscover>`

func TestSettingsForPrograms(t *testing.T) {
	house := storetest.NewHouse(t, storetest.Open(t, func(*store.Options) {}))
	house.Grant(storetest.In(house.Info, postroom.RootCollection), house.Anna, rights.Manager)
	house.Grant(storetest.In(house.Ben, postroom.InboxCollection), house.Anna, rights.Viewer)
	h := New(Options{Hostname: "mail.example.test", Metrics: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler),
		Local: system.Delivery(house.Store).IsLocal, Store: house.Store,
		Gate: httpauth.New(httpauth.Options{Store: house.Store, Exposure: httpauth.LoopbackToo}),
		Mail: autoconfig.Settings{Name: "Mail", IMAP: []autoconfig.Server{{Host: "mail.example.test", Port: 993}}}})
	anna := "anna@example.test:" + storetest.Password
	tests := []struct {
		name, method, url, body, user, peer string
		status                              int
		holds, lacks                        string
	}{
		{name: "by address", url: "http://autoconfig.example.test/mail/config-v1.1.xml?emailaddress=Anna@Example.test", status: 200, holds: "<domain>example.test</domain>"},
		{name: "by host", url: "http://autoconfig.example.test/mail/config-v1.1.xml", status: 200, holds: "<domain>example.test</domain>"},
		{name: "well known", url: "http://example.test/.well-known/autoconfig/mail/config-v1.1.xml", status: 200, holds: "mail.example.test"},
		{name: "an address that is not there is answered like one that is", url: "http://x/mail/config-v1.1.xml?emailaddress=nobody@example.test", status: 200},
		{name: "another domain", url: "http://x/mail/config-v1.1.xml?emailaddress=a@elsewhere.test", status: 404},
		{name: "no address", url: "http://x/mail/config-v1.1.xml?emailaddress=%3Cscript%3E", status: 404, lacks: "script"},
		{name: "outlook", method: "POST", url: "http://autodiscover.example.test/autodiscover/autodiscover.xml", body: "anna@example.test", status: 200, holds: "<LoginName>anna@example.test</LoginName>"},
		{name: "outlook of elsewhere", method: "POST", url: "http://x/Autodiscover/Autodiscover.xml", body: "a@elsewhere.test", status: 200, holds: "<ErrorCode>600", lacks: "LoginName"},
		{name: "profile", url: "http://example.test/profile.mobileconfig", user: anna, status: 200, holds: "info@example.test*anna@example.test", lacks: "ben@example.test"},
		{name: "profile of one", url: "http://example.test/profile.mobileconfig?for=INFO@example.test", user: anna, status: 200, holds: "<string>info@example.test</string>", lacks: "<string>anna@example.test</string>"},
		{name: "profile of what one may not see", url: "http://example.test/profile.mobileconfig?for=cleo@example.test", user: anna, status: 404},
		{name: "profile without a password", url: "http://example.test/profile.mobileconfig", status: 401},
		{name: "profile with a wrong one", url: "http://example.test/profile.mobileconfig", user: "anna@example.test:no", status: 401},
		{name: "profile in the clear", url: "http://example.test/profile.mobileconfig", user: anna, peer: "192.0.2.1:5", status: 403},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			method, body := "GET", ""
			if test.method != "" {
				method, body = test.method, strings.Replace(outlookAsks, "%", test.body, 1)
			}
			r := httptest.NewRequest(method, test.url, strings.NewReader(body))
			r.RemoteAddr = "127.0.0.1:5"
			if test.peer != "" {
				r.RemoteAddr = test.peer
			}
			if user, password, ok := strings.Cut(test.user, ":"); ok {
				r.SetBasicAuth(user, password)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			answer, _ := io.ReadAll(w.Body)
			if w.Code != test.status || !strings.Contains(string(answer), test.holds) || test.lacks != "" && strings.Contains(string(answer), test.lacks) {
				t.Errorf("%d\n%s", w.Code, answer)
			}
		})
	}
}
