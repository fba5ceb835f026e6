package app

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
	"postroom/internal/config"
	"postroom/internal/store/storetest"
)

// anyPort is a configuration whose listeners are on free ports of loopback.
func anyPort(dir string) config.Config {
	const any = "127.0.0.1:0"
	return config.Config{Hostname: "mail.example.test", Dir: dir, Socket: filepath.Join(dir, "s"),
		Listen: config.Listen{SMTP: any, LMTP: any, Submission: any, Submissions: any, IMAP: any, IMAPS: any, HTTP: any, HTTPS: any},
		TLS:    config.TLS{Mode: "self-signed"}, DNS: config.DNS{Off: true}, Outbox: filepath.Join(dir, "outbox")}
}

// serve runs a server until the test ends or stop is called.
func serve(t *testing.T, cfg config.Config) (a *App, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	a, err := New(ctx, cfg, Options{Logger: storetest.Logger(t), Version: "test"})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if err := a.Listen(); err != nil {
		cancel()
		t.Fatal(err, a.Close())
	}
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- a.Run(ctx, func() { close(ready) }) }()
	<-ready
	return a, func() error { cancel(); return <-done }
}

func TestServerLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t)
	a, stop := serve(t, anyPort(t.TempDir()))
	addresses := a.Addresses()
	if len(addresses) != 8 {
		t.Errorf("listeners: %v", addresses)
	}
	// A client that just sits there must not hold the end up.
	idle, err := net.Dial("tcp", addresses["imap"])
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	idle.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := idle.Read(make([]byte, 10)); err != nil {
		t.Errorf("no greeting: %v", err)
	}
	get := func(path string) (int, string) {
		tr := &http.Transport{DisableKeepAlives: true}
		resp, err := (&http.Client{Transport: tr}).Get("http://" + addresses["http"] + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	if code, body := get("/readyz"); code != 200 {
		t.Errorf("readyz: %d %s", code, body)
	}
	if _, body := get("/metrics"); !strings.Contains(body, `postroom_connections_total{service="imap"} 1`) {
		t.Error("the connection was not counted")
	}
	if err := stop(); err != nil {
		t.Errorf("run: %v", err)
	}
	for name, address := range addresses {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			t.Errorf("%s still listens", name)
		}
	}
}

func TestSocket(t *testing.T) {
	dir := t.TempDir()
	cfg := anyPort(dir)
	_, stop := serve(t, cfg)
	st, err := os.Stat(cfg.Socket)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v %v", st.Mode(), err)
	}
	// A second server does not take the socket away.
	second, err := New(context.Background(), anyPort(t.TempDir()), Options{Logger: storetest.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	second.cfg.Socket = cfg.Socket
	if err := second.Listen(); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("second server: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	client := adminclient.New(cfg.Socket)
	defer client.Close()
	ctx := context.Background()
	name := "example.test"
	if err := client.Post(ctx, adminclient.Path("organisations"), adminwire.OrganisationChange{Name: &name}, nil); err != nil {
		t.Error(err)
	}
	err = client.Get(ctx, adminclient.Path("accounts", "x/../y@example.test"), nil)
	if postroom.KindOf(err) != postroom.NotFound {
		t.Errorf("an account that is not there: %v", err)
	}
	err = client.Post(ctx, adminclient.Path("accounts"), map[string]any{"address": "a@example.test", "colour": 1}, nil)
	if postroom.KindOf(err) != postroom.Invalid || !strings.Contains(err.Error(), "colour") {
		t.Errorf("an unknown member: %v", err)
	}
	err = client.Post(ctx, adminclient.Path("accounts"), map[string]any{"address": strings.Repeat("a", 2<<20)}, nil)
	if err == nil {
		t.Error("a body of 2 MB was taken")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	err = client.Get(ctx, adminclient.Path("domains"), nil)
	if postroom.KindOf(err) != postroom.Unavailable || !strings.Contains(err.Error(), "no server is running") {
		t.Errorf("without a server: %v", err)
	}
}

// A socket that a killed server left behind is replaced.
func TestSocketLeftBehind(t *testing.T) {
	cfg := anyPort(t.TempDir())
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: cfg.Socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	_, stop := serve(t, cfg)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestProblemForm(t *testing.T) {
	cfg := anyPort(t.TempDir())
	_, stop := serve(t, cfg)
	defer stop()
	tr := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", cfg.Socket)
	}}
	for path, want := range map[string]struct {
		status int
		kind   string
	}{
		"/domains/nobody.test":      {404, "notFound"},
		"/audit?max=-1":             {422, "invalid"},
		"/audit?colour=red":         {422, "invalid"},
		"/grants":                   {422, "invalid"},
		"/queue/12":                 {404, "notFound"},
		"/access/explain?user=anna": {422, "invalid"},
	} {
		resp, err := (&http.Client{Transport: tr}).Get("http://x" + adminwire.Prefix + path)
		if err != nil {
			t.Fatal(err)
		}
		var p adminwire.Problem
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err := json.Unmarshal(raw, &p); err != nil || resp.StatusCode != want.status || p.Kind != want.kind || p.Detail == "" ||
			resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %q %v", path, resp.StatusCode, resp.Header.Get("Content-Type"), raw, err)
		}
	}
	resp, err := (&http.Client{Transport: tr}).Get("http://x" + adminwire.Prefix + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var api struct {
		OpenAPI string         `json:"openapi"`
		Paths   map[string]any `json:"paths"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&api); err != nil || !strings.HasPrefix(api.OpenAPI, "3.1") || len(api.Paths) < 30 {
		t.Errorf("openapi %q, %d paths, %v", api.OpenAPI, len(api.Paths), err)
	}
}

// What an interrupted seeding left is finished by the next start.
func TestSeedingGoesOn(t *testing.T) {
	dir := t.TempDir()
	start := func() (inbox int) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		a, err := New(ctx, demoConfig(dir, DemoOptions{}), Options{Logger: storetest.Logger(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		state, err := loadDemo(dir, DemoFull)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.fill(ctx, dir, state); err != nil {
			t.Fatal(err)
		}
		d := a.Console().Directory()
		info, err := d.Account(ctx, "info@example.test")
		if err != nil {
			t.Fatal(err)
		}
		tree, err := d.CollectionTree(ctx, info.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range tree {
			inbox += c.Total
		}
		return inbox
	}
	first := start()
	state, err := loadDemo(dir, DemoFull)
	if err != nil || !state.Seeded {
		t.Fatalf("%+v %v", state, err)
	}
	state.Seeded = false
	if err := state.save(dir); err != nil {
		t.Fatal(err)
	}
	if second := start(); second != first || first < 30 {
		t.Errorf("%d messages, then %d", first, second)
	}
}

// What was built and never run leaves nothing behind either.
func TestNeverRun(t *testing.T) {
	defer goleak.VerifyNone(t)
	a, err := New(t.Context(), anyPort(t.TempDir()), Options{Logger: storetest.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Listen(); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
