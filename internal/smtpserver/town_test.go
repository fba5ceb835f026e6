package smtpserver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"postroom"
	"postroom/internal/delivery"
	"postroom/internal/dns"
	"postroom/internal/queue"
	"postroom/internal/smtpclient"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
	"postroom/internal/submission"
)

const password = "correct horse"

// town is a server with people in it: anna and ben are in info-team@, which holds
// full+send on info@ (alias sales@); ben holds sendOnBehalfOf on desk@; cleo holds
// nothing; closed@ takes posts of anna only; full@ is over its quota; gone@ is
// disabled; list@ has anna and an outside member.
type town struct {
	t       testing.TB
	dir     string
	log     *slog.Logger
	store   *store.Store
	console *store.Session
	queue   *store.QueueSession
	worker  *queue.Worker
	agent   *delivery.Agent
	submit  *submission.Agent
	servers map[string]*Server
	addrs   map[string]string
}

func newTown(t testing.TB) *town { return newTownAt(t, nil) }

// newTownAt has a clock of its own.
func newTownAt(t testing.TB, now func() time.Time) *town {
	w := &town{t: t, dir: storetest.Dir(t), servers: map[string]*Server{}, addrs: map[string]string{}}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	w.log = log
	var err error
	w.store, err = store.Open(t.Context(), storetest.Prepared(t, store.Options{Dir: w.dir, Logger: log, Hostname: "mx.example.test", Now: now}))
	w.must(err)
	t.Cleanup(func() { w.store.Close() })
	w.console = system.Console(w.store)
	w.queue = system.Queue(w.store)
	w.settle()
	w.agent = delivery.New(delivery.Options{
		Store: system.Delivery(w.store), Hostname: "mx.example.test",
		Resolver: dns.None{}, Logger: log,
	})
	w.submit = submission.New(submission.Options{Hostname: "mx.example.test", Logger: log})
	w.worker = queue.New(queue.Options{
		Queue: w.queue, Local: w.agent, Hostname: "mx.example.test", Logger: log,
		Transport: bouncer{&queue.Outbox{Dir: filepath.Join(w.dir, "outbox")}},
	})
	for name, role := range map[string]Role{"mx": MX, "lmtp": LMTP, "submission": Submission, "submissions": Submissions} {
		w.listen(name, role, Limits{MessageSize: 1 << 20, Recipients: 10})
	}
	return w
}

// bouncer lets mail to bounce.example.org fail.
type bouncer struct{ queue.Transport }

func (b bouncer) Deliver(ctx context.Context, e smtpclient.Envelope, size int64, open func() (io.ReadCloser, error)) ([]smtpclient.Result, error) {
	results, err := b.Transport.Deliver(ctx, e, size, open)
	for i, r := range e.Recipients {
		if r.Address.Domain == "bounce.example.org" {
			results[i] = smtpclient.Result{Recipient: r.Address, Status: smtpclient.Failed, Code: 550, Enhanced: "5.1.1", Text: "nobody here"}
		}
	}
	return results, err
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// settle makes the people.
func (w *town) settle() {
	ctx, d := w.t.Context(), w.console.Directory()
	org, err := d.CreateOrganisation(ctx, "Example")
	w.must(err)
	_, err = d.CreateDomain(ctx, org.ID, "example.test")
	w.must(err)
	accounts := map[string]postroom.Account{}
	for _, n := range []store.NewAccount{
		{Address: "anna@example.test", Name: "Anna", Password: password},
		{Address: "ben@example.test", Name: "Ben", Password: password},
		{Address: "cleo@example.test", Name: "Cleo", Password: password},
		{Address: "full@example.test", Password: password},
		{Address: "gone@example.test", Password: password},
		{Address: "info@example.test", Name: "Info", Kind: postroom.Shared},
		{Address: "desk@example.test", Name: "Desk", Kind: postroom.Shared},
	} {
		accounts[n.Address], err = d.CreateAccount(ctx, n)
		w.must(err)
	}
	w.must(d.AddAlias(ctx, postroom.Alias{Address: "postmaster@example.test",
		Target: postroom.SendTarget{Account: accounts["anna@example.test"].ID}}))
	full := accounts["full@example.test"]
	full.QuotaBytes = 1
	w.must(d.UpdateAccount(ctx, full))
	gone := accounts["gone@example.test"]
	gone.State = postroom.Disabled
	w.must(d.UpdateAccount(ctx, gone))
	groups := map[string]postroom.Group{}
	for name, members := range map[string][]string{
		"info-team@example.test": {"anna@example.test", "ben@example.test"},
		"closed@example.test":    {"ben@example.test"},
		"list@example.test":      {"anna@example.test", "outside@example.org"},
	} {
		groups[name], err = d.CreateGroup(ctx, postroom.Group{Address: name})
		w.must(err)
		w.must(d.AddMembers(ctx, groups[name].ID, members))
	}
	info := postroom.SendTarget{Account: accounts["info@example.test"].ID}
	w.must(d.AddAlias(ctx, postroom.Alias{Address: "sales@example.test", Target: info, Delegable: true}))
	for _, g := range []postroom.SendGrant{
		{Target: info, Grantee: w.grantee(info.Account, "info-team@example.test"), Right: postroom.SendAs},
		{
			Target:  postroom.SendTarget{Account: accounts["desk@example.test"].ID},
			Grantee: w.grantee(info.Account, "ben@example.test"), Right: postroom.SendOnBehalfOf,
		},
		{
			Target:  postroom.SendTarget{Group: groups["closed@example.test"].ID},
			Grantee: w.grantee(info.Account, "anna@example.test"), Right: postroom.SendTo,
		},
	} {
		w.must(d.PutSendGrant(ctx, g))
	}
}

func (w *town) grantee(target postroom.AccountID, word string) postroom.Grantee {
	g, err := w.console.Directory().FindGrantee(w.t.Context(), target, word)
	w.must(err)
	return g
}

func (w *town) listen(name string, role Role, limits Limits) {
	s := New(Options{
		Role: role, Hostname: "mx.example.test", TLS: testTLS(w.t), Store: w.store, Delivery: w.agent,
		Submission: w.submit, SpoolDir: w.dir, Logger: w.log,
		Limits: limits,
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	w.servers[name], w.addrs[name] = s, l.Addr().String()
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		s.Shutdown(ctx) // cut what a failed test left open
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
}

func (w *town) dial(name string) net.Conn {
	w.t.Helper()
	c, err := net.Dial("tcp", w.addrs[name])
	w.must(err)
	w.t.Cleanup(func() { c.Close() })
	return c
}

// session signs a person in.
func (w *town) session(name string) *store.Session {
	w.t.Helper()
	s, err := login.Authenticate(w.t.Context(), w.store, login.Credentials{
		Username: name + "@example.test", Password: password, Protocol: "smtp", Remote: "127.0.0.1",
	})
	w.must(err)
	return s
}

// messages reads a mailbox, as its owner; that of info@ and desk@ as anna, who is
// given the right to read when first needed.
func (w *town) messages(address, path string) []string {
	w.t.Helper()
	ctx := w.t.Context()
	reader := address
	if address == "info@example.test" || address == "desk@example.test" {
		reader = "anna@example.test"
		w.open(address)
	}
	s := w.session(reader[:len(reader)-len("@example.test")])
	c, err := s.Resolve(ctx, address, path)
	w.must(err)
	box, err := s.Mailbox(ctx, c.Ref, store.ReadOnly)
	w.must(err)
	view, err := box.View(ctx)
	w.must(err)
	var list []string
	for _, item := range view.Items {
		content, err := box.Open(ctx, item.UID)
		w.must(err)
		raw, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
		w.must(err)
		content.Close()
		list = append(list, string(raw))
	}
	return list
}

// open gives anna the right to read a shared account.
func (w *town) open(address string) {
	ctx, d := w.t.Context(), w.console.Directory()
	root, err := d.FindCollection(ctx, address, "/")
	w.must(err)
	err = d.PutGrant(ctx, postroom.Grant{
		Target: root.Ref, Grantee: w.grantee(root.Ref.Account, "anna@example.test"),
		Rights: postroom.Lookup | postroom.Read, Mode: postroom.Automount,
	})
	if postroom.KindOf(err) != postroom.Exists {
		w.must(err)
	}
}

func (w *town) drain() {
	w.t.Helper()
	w.must(w.worker.Drain(w.t.Context()))
}

func (w *town) outbox() []string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "outbox", "*.eml"))
	w.must(err)
	slices.Sort(files)
	var list []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		w.must(err)
		list = append(list, string(raw))
	}
	return list
}

func testTLS(t testing.TB) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"mx.example.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}
