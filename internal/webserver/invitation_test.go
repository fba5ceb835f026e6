package webserver

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// visit asks the handler for a page.
type visit struct {
	path, form, language, peer string
	secure                     bool
}

func TestInvitationPage(t *testing.T) {
	house := storetest.NewHouse(t, storetest.Open(t, func(*store.Options) {}))
	_, token, _, err := house.Console.Directory().CreateInvited(t.Context(),
		store.NewAccount{Address: "dora@example.test", Name: `<b>Dora`}, store.InvitationSpec{})
	if err != nil {
		t.Fatal(err)
	}
	h := New(Options{Hostname: "mail.example.test", Store: house.Store, PublicURL: "https://mail.example.test",
		Metrics: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler)})
	ask := func(v visit) (int, string, string) {
		t.Helper()
		method, body := "GET", io.Reader(nil)
		if v.form != "" {
			method, body = "POST", strings.NewReader(v.form)
		}
		r := httptest.NewRequest(method, v.path, body)
		r.RemoteAddr = "127.0.0.1:1"
		if v.peer != "" {
			r.RemoteAddr = v.peer
		}
		if v.secure {
			r.TLS = &tls.ConnectionState{}
		}
		r.Header.Set("Accept-Language", v.language)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		head := w.Header()
		if head.Get("Cache-Control") != "no-store" || head.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(head.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Error(v.path, head)
		}
		if strings.Contains(head.Get("Content-Type"), "html") && strings.Contains(head.Get("Content-Security-Policy"), "unsafe") {
			t.Error("the policy is lax")
		}
		return w.Code, w.Body.String(), head.Get("Location")
	}
	form := func(password, again string) string {
		return url.Values{"password": {password}, "again": {again}}.Encode()
	}
	page := "/invitation/" + token
	_, unknown, _ := ask(visit{path: "/invitation/nothing"})
	for _, tt := range []struct {
		name   string
		v      visit
		status int
		want   string
	}{
		{"form", visit{path: page}, 200, "Choose a password"},
		{"form over TLS", visit{path: page, secure: true, peer: "192.0.2.1:5"}, 200, "dora@example.test"},
		{"German", visit{path: page, language: "fr;q=0.1, de-AT"}, 200, `<html lang="de">`},
		{"another language", visit{path: page, language: "fr"}, 200, `<html lang="en">`},
		{"no language", visit{path: page, language: "\x00;;q"}, 200, `<html lang="en">`},
		{"looking uses nothing up", visit{path: page}, 200, "Save password"},
		{"not the same", visit{path: page, form: form("long enough to choose", "other")}, 422, "not the same"},
		{"short", visit{path: page, form: form("short", "short")}, 422, "At least 12 characters"},
		{"long", visit{path: page, form: form(strings.Repeat("x", 1025), strings.Repeat("x", 1025))}, 422, "too long"},
		{"huge", visit{path: page, form: form(strings.Repeat("x", 1<<20), "x")}, 422, "too long"},
		{"nothing", visit{path: page, form: "x=y"}, 422, "At least 12"},
		{"unknown", visit{path: "/invitation/nothing"}, 404, "This link does not work"},
		{"unknown, taken", visit{path: "/invitation/nothing", form: form("long enough to choose", "long enough to choose")}, 404, unknown},
		{"in the clear", visit{path: page, peer: "192.0.2.1:5"}, 302, ""},
		{"taken in the clear", visit{path: page, peer: "192.0.2.1:5", form: form("long enough to choose", "long enough to choose")}, 403, "https"},
		{"taken", visit{path: page, form: form("long enough to choose", "long enough to choose")}, 200, "Your mailbox is ready"},
		{"once", visit{path: page}, 404, unknown},
		{"taken twice", visit{path: page, form: form("long enough to choose", "long enough to choose")}, 404, unknown},
		{"German, unknown", visit{path: page, language: "de"}, 404, "Dieser Link gilt nicht"},
	} {
		code, body, to := ask(tt.v)
		if code != tt.status || !strings.Contains(body, tt.want) || strings.Contains(body, "<b>Dora") {
			t.Errorf("%s: %d %s", tt.name, code, body)
		}
		if code == 302 && to != "https://mail.example.test"+page {
			t.Error(to)
		}
	}
	_, err = login.Authenticate(context.Background(), house.Store, login.Credentials{Username: "dora@example.test", Password: "long enough to choose"})
	if err != nil {
		t.Error(err)
	}
	for range 12 {
		ask(visit{path: "/invitation/guess", secure: true, peer: "192.0.2.9:5"})
	}
	if code, body, _ := ask(visit{path: "/invitation/guess", secure: true, peer: "192.0.2.9:5"}); code != 429 || !strings.Contains(body, "Please try again later") {
		t.Error(code, body)
	}
}
