package app

import (
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"

	"postroom/internal/provision"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// scrape returns the metrics of a server, line by line.
func scrape(a *App) string {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.RemoteAddr = "127.0.0.1:4000" // only this machine may read them
	a.web().ServeHTTP(w, r)
	return "\n" + w.Body.String()
}

// send hands a letter over as the client c has introduced itself.
func send(c *smtp.Client, from, to string, letter []byte) error {
	if err := c.Mail(from); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(letter); err != nil {
		return err
	}
	return w.Close()
}

// submit signs in on loopback, without TLS, and sends a letter to oneself.
func submit(address, user, password string, letter []byte) error {
	c, err := smtp.Dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Auth(smtp.PlainAuth("", user, password, "127.0.0.1")); err != nil {
		return err
	}
	return send(c, user, user, letter)
}

func TestMetrics(t *testing.T) {
	cfg := anyPort(t.TempDir())
	cfg.SignIn.PlainOnLoopback = true
	a, stop := serve(t, cfg)
	defer stop()
	password, _, err := provision.First(t.Context(), a.Console().Directory(),
		provision.FirstSpec{Domain: "example.test", Admin: "admin@example.test"})
	if err != nil {
		t.Fatal(err)
	}
	letter := []byte("From: admin@example.test\r\nSubject: x\r\n\r\nx\r\n")
	for to, taken := range map[string]bool{"admin@example.test": true, "nobody@example.test": false} {
		c, err := smtp.Dial(a.Addresses()["smtp"])
		if err != nil {
			t.Fatal(err)
		}
		if err := send(c, "x@outside.test", to, letter); (err == nil) != taken {
			t.Errorf("mail to %s: %v", to, err)
		}
		c.Close()
	}
	if err := submit(a.Addresses()["submission"], "admin@example.test", "wrong", letter); err == nil {
		t.Fatal("signed in with a wrong password")
	}
	if err := submit(a.Addresses()["submission"], "admin@example.test", password, letter); err != nil {
		t.Fatal(err)
	}
	got := scrape(a)
	for _, want := range []string{
		`postroom_recipients_total{answer="accepted",service="smtp"} 1`,
		`postroom_recipients_total{answer="refused",service="smtp"} 1`,
		`postroom_recipients_total{answer="accepted",service="submission"} 1`,
		`postroom_sign_ins_total{protocol="smtp",result="failed"} 1`,
		`postroom_sign_ins_total{protocol="smtp",result="ok"} 1`,
		"postroom_accounts 1", "postroom_queue_messages ", "postroom_queue_oldest_seconds ",
	} {
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	for _, zero := range []string{"postroom_commit_writes_count 0", "postroom_commit_seconds_count 0", "postroom_mail_bytes 0"} {
		if strings.Contains(got, "\n"+zero+"\n") {
			t.Errorf("%s", zero)
		}
	}
}

func TestQueueMetrics(t *testing.T) {
	a, err := New(t.Context(), anyPort(t.TempDir()), Options{Logger: storetest.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	addDomain(t, a)
	_, err = a.queue.Enqueue(t.Context(), store.NewReport{Raw: []byte("Subject: x\r\n\r\n"),
		Recipients: []store.Recipient{{Address: "admin@example.test"}, {Address: "nobody@example.test"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := scrape(a); !strings.Contains(got, "\npostroom_queue_messages 1\n") || strings.Contains(got, "\npostroom_queue_oldest_seconds 0\n") {
		t.Error(got)
	}
	if err := a.worker.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := scrape(a)
	for _, want := range []string{"postroom_queue_messages 0", "postroom_queue_oldest_seconds 0",
		`postroom_queue_attempts_total{result="delivered"} 1`, `postroom_queue_attempts_total{result="failed"} 1`} {
		if !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("no %s in %s", want, got)
		}
	}
}
