package app

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"

	"postroom/internal/provision"
)

// TestForeignHost: a host that a client names, and that is not this server's,
// comes back in no answer: nobody is sent there with what they sign in with.
func TestForeignHost(t *testing.T) {
	cfg := anyPort(t.TempDir())
	cfg.PublicURL = "https://public.example.test"
	cfg.SignIn.PlainOnLoopback = true
	a, stop := serve(t, cfg)
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	const admin = "admin@example.test"
	password, _, err := provision.First(t.Context(), a.Console().Directory(), provision.FirstSpec{Domain: "example.test", Admin: admin})
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(method, url, host, body string) (int, string) {
		r, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		r.SetBasicAuth(admin, password)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-Host", host)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var all strings.Builder
		_ = resp.Header.Write(&all)
		_, _ = io.Copy(&all, resp.Body)
		return resp.StatusCode, all.String()
	}
	for _, base := range []string{"http://" + a.Addresses()["http"], "https://" + a.Addresses()["https"]} {
		for _, q := range []struct{ method, path, body string }{
			{"GET", "/", ""}, {"GET", "/services", ""}, {"GET", "/nowhere", ""}, {"GET", "/jmap", ""}, {"GET", "/.well-known/jmap", ""},
			{"GET", "/jmap/session", ""}, {"GET", "/jmap/nowhere", ""}, {"POST", "/jmap/api", "{}"},
			{"GET", "/auth/session", ""}, {"GET", "/auth/methods", ""}, {"POST", "/auth/passkey/sign-in/begin", "{}"},
			{"POST", "/auth/sign-in", "{}"}, {"GET", "/auth/openid/corp/callback", ""}, {"GET", "/admin/v1/openapi.json", ""},
			{"GET", "/invitation/x", ""}, {"GET", "/mail/config-v1.1.xml", ""}, {"GET", "/profile.mobileconfig", ""},
			{"POST", "/autodiscover/autodiscover.xml", "<Autodiscover/>"},
		} {
			if code, answer := ask(q.method, base+q.path, "evil.test", q.body); strings.Contains(answer, "evil.test") {
				t.Errorf("%s %s: %d %s", q.method, base+q.path, code, answer)
			}
		}
		code, answer := ask("GET", base+"/jmap/session", "evil.test", "")
		if code != 200 || !strings.Contains(answer, `"apiUrl":"https://public.example.test/jmap/api"`) ||
			!strings.Contains(answer, `"url":"wss://public.example.test/jmap/ws"`) {
			t.Errorf("%s: %d %s", base, code, answer)
		}
		scheme, _, _ := strings.Cut(base, ":")
		if code, answer = ask("GET", base+"/jmap/session", "example.test", ""); code != 200 || !strings.Contains(answer, `"apiUrl":"`+scheme+`://example.test/jmap/api"`) {
			t.Errorf("a local domain: %s: %d %s", base, code, answer)
		}
		if code, answer = ask("GET", base+"/jmap/session", "", ""); code != 200 || !strings.Contains(answer, `"apiUrl":"`+base+`/jmap/api"`) {
			t.Errorf("this machine: %s: %d %s", base, code, answer)
		}
	}
}
