package jmapserver_test

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom"
	"postroom/internal/httpauth"
	"postroom/internal/jmapserver"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
	"postroom/internal/webpush"
)

// post is what a push service was sent.
type post struct {
	path   string
	header http.Header
	body   string
}

// pushService is a push service, and a server that knows it.
type pushService struct {
	*talk
	tls   *httptest.Server
	posts chan post

	mu     sync.Mutex
	status int
}

func newPushService(t *testing.T, s *store.Store) *pushService {
	t.Helper()
	p := &pushService{posts: make(chan post, 100), status: 201}
	p.tls = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		w.WriteHeader(p.status)
		p.posts <- post{r.URL.Path, r.Header, string(b)}
	}))
	t.Cleanup(p.tls.Close)
	roots := x509.NewCertPool()
	roots.AddCert(p.tls.Certificate())
	push := system.Push(s)
	key, err := push.Key(t.Context(), webpush.NewKey)
	if err != nil {
		t.Fatal(err)
	}
	again, err := push.Key(t.Context(), webpush.NewKey)
	if err != nil || string(again) != string(key) {
		t.Fatalf("the key is another one: %v", err)
	}
	signer, err := webpush.NewSigner(key, "mailto:postmaster@example.test")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{House: storetest.NewHouse(t, s)}
	gate := httpauth.New(httpauth.Options{Store: s, Exposure: httpauth.LoopbackToo})
	o.server = jmapserver.New(jmapserver.Options{Challenge: httpauth.Challenge, Logger: slog.New(slog.DiscardHandler), Push: push, PushKey: signer.PublicKey(),
		PushClient: webpush.NewClient(webpush.Options{Signer: signer, Roots: roots, Dial: new(net.Dialer).DialContext}),
		Session:    func(r *http.Request) (*store.Session, error) { return gate.Session(r, "jmap") }, Base: gate.Base})
	o.http = httptest.NewServer(o.server)
	t.Cleanup(func() {
		o.server.Close()
		o.http.Close()
	})
	p.talk = talkIn(t, o)
	return p
}

func (p *pushService) answers(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

// next waits for a message to a path.
func (p *pushService) next(path string) post {
	p.t.Helper()
	for {
		select {
		case got := <-p.posts:
			if got.path == path {
				return got
			}
		case <-time.After(20 * time.Second):
			p.t.Fatalf("nothing was pushed to %s", path)
		}
	}
}

// subscribe makes a subscription with a path of the service, and returns its id
// and the code that came.
func (p *pushService) subscribe(user, path, more string) (id, code string) {
	p.t.Helper()
	got := p.says(user, fmt.Sprintf(`["PushSubscription/set",{"create":{"a":{"deviceClientId":"d","url":"%s%s"%s}}},"0"]`, p.tls.URL, path, more))
	var made struct {
		MethodResponses [][]json.RawMessage
	}
	var of struct {
		Created map[string]struct{ ID, Expires string }
	}
	if json.Unmarshal([]byte(got), &made) != nil || json.Unmarshal(made.MethodResponses[0][1], &of) != nil || of.Created["a"].ID == "" {
		p.t.Fatalf("not made: %s", got)
	}
	var asked struct {
		Type         string `json:"@type"`
		Subscription string `json:"pushSubscriptionId"`
		Code         string `json:"verificationCode"`
	}
	sent := p.next(path)
	if err := json.Unmarshal([]byte(sent.body), &asked); err != nil || asked.Type != "PushVerification" || asked.Subscription != of.Created["a"].ID || len(asked.Code) < 20 {
		p.t.Fatalf("not a verification: %s %v", sent.body, err)
	}
	return asked.Subscription, asked.Code
}

func (p *pushService) verify(user, id, code string) string {
	p.t.Helper()
	return p.says(user, fmt.Sprintf(`["PushSubscription/set",{"update":{%q:{"verificationCode":%q}}},"0"]`, id, code))
}

func (p *pushService) subscriptions(user string) string {
	p.t.Helper()
	return p.says(user, `["PushSubscription/get",{"ids":null},"0"]`)
}

func TestPushSubscriptions(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		p := newPushService(t, s)
		id, code := p.subscribe("ben", "/one", "")
		p.o.Deliver(letter, p.o.Ben)
		if got := p.subscriptions("ben"); !strings.Contains(got, `"verificationCode":null`) || strings.Contains(got, code) || strings.Contains(got, "/one") {
			t.Errorf("before it is verified: %s", got)
		}
		if got := p.verify("ben", id, "x"+code); !strings.Contains(got, "invalidProperties") || !strings.Contains(got, "verificationCode") {
			t.Errorf("a wrong code: %s", got)
		}
		select {
		case got := <-p.posts:
			t.Errorf("pushed before it was verified: %s", got.body)
		default:
		}
		if got := p.verify("cleo", id, code); !strings.Contains(got, `"notFound"`) {
			t.Errorf("of another: %s", got)
		}
		if got := p.verify("ben", id, code); !strings.Contains(got, `"updated":{"`+id+`":null}`) {
			t.Fatalf("verified: %s", got)
		}
		first := p.next("/one")
		if !strings.Contains(first.body, `"@type":"StateChange"`) || !strings.Contains(first.body, `"Email"`) || first.header.Get("Ttl") == "" ||
			first.header.Get("Content-Type") != "application/json" || !strings.HasPrefix(first.header.Get("Authorization"), "vapid t=") {
			t.Errorf("%+v", first)
		}
		p.o.Deliver(letter, p.o.Ben)
		if got := p.next("/one"); !strings.Contains(got.body, `"Email"`) || strings.Contains(got.body, `"Identity"`) {
			t.Errorf("not what has changed: %s", got.body)
		}
		// Of an account that is shared, as long as it is.
		root := storetest.In(p.o.Info, postroom.RootCollection)
		p.o.Grant(root, p.o.Ben, rights.Viewer)
		info := fmt.Sprintf(`"A%d"`, p.o.Info.ID)
		for !strings.Contains(p.next("/one").body, info) {
		}
		p.o.Revoke(root, p.o.Ben)
		p.o.Deliver(letter, p.o.Info)
		p.o.Deliver(letter, p.o.Ben)
		for got := ""; !strings.Contains(got, `"Email"`); {
			if got = p.next("/one").body; strings.Contains(got, info) {
				t.Errorf("told of what may not be seen any more: %s", got)
			}
		}
		// It goes with its credential.
		if err := p.o.Console.Directory().SetPassword(t.Context(), p.o.Ben.ID, "another password 1"); err != nil {
			t.Fatal(err)
		}
		if all, err := system.Push(s).Subscribed(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("after the password: %v %v", all, err)
		}
	})
}

// A service that is not there is tried again, and one that knows nobody ends the
// subscription. So does an account that is locked.
func TestPushServiceFails(t *testing.T) {
	s := storetest.Open(t, func(*store.Options) {})
	p := newPushService(t, s)
	push := system.Push(s)
	until := func(what string, done func() bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !done(); {
			if time.Now().After(end) {
				t.Fatal(what)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	gone := func() bool {
		all, err := push.Subscribed(t.Context())
		return err == nil && len(all) == 0
	}
	id, code := p.subscribe("ben", "/gone", `,"types":["Email"]`)
	p.verify("ben", id, code)
	p.next("/gone")
	p.answers(410)
	p.o.Deliver(letter, p.o.Ben)
	until("still there", gone)

	p.answers(201)
	id, code = p.subscribe("ben", "/busy", `,"types":["Email"]`)
	p.answers(503)
	p.verify("ben", id, code)
	p.next("/busy")
	var number int64
	if _, err := fmt.Sscanf(id, "W%d", &number); err != nil {
		t.Fatal(err)
	}
	until("not noted", func() bool {
		task, err := push.Task(t.Context(), number)
		return err == nil && task.Failures == 1 && time.Until(task.NotBefore) > 10*time.Second
	})
	locked := p.o.Ben
	locked.Login = false
	if err := p.o.Console.Directory().UpdateAccount(t.Context(), locked); err != nil {
		t.Fatal(err)
	}
	until("a person who may not sign in is told", gone)
}

func TestPushSubscriptionsAreChecked(t *testing.T) {
	s := storetest.Open(t, func(*store.Options) {})
	p := newPushService(t, s)
	const good = `"deviceClientId":"d","url":"https://push.example.test/x"`
	for object, want := range map[string]string{
		`{"url":"https://push.example.test/"}`:                           "deviceClientId",
		`{"deviceClientId":"","url":"https://push.example.test/"}`:       "deviceClientId",
		`{"deviceClientId":"d","url":"http://push.example.test/"}`:       "url",
		`{"deviceClientId":"d","url":"https://u@push.example.test/"}`:    "url",
		`{` + good + `,"verificationCode":"x"}`:                          "verificationCode",
		`{` + good + `,"expires":"tomorrow"}`:                            "expires",
		`{` + good + `,"expires":"2001-01-01T00:00:00Z"}`:                "over",
		`{` + good + `,"types":[""]}`:                                    "types",
		`{` + good + `,"types":"Email"}`:                                 "types",
		`{` + good + `,"keys":{"p256dh":"AA","auth":"AA"}}`:              "keys",
		`{` + good + `,"keys":{"auth":"AA"}}`:                            "keys",
		`{` + good + `,"id":"W1"}`:                                       "id",
		`[]`:                                                             "not an object",
		`{"deviceClientId":"` + strings.Repeat("x", 257) + `","url":""}`: "deviceClientId",
	} {
		got := p.says("ben", `["PushSubscription/set",{"create":{"a":`+object+`}},"0"]`)
		if !strings.Contains(got, `"invalidProperties"`) || !strings.Contains(got, want) {
			t.Errorf("%s: %s", object, got)
		}
	}
	for calls, want := range map[string]string{
		`["PushSubscription/get",{"accountId":"A1"},"0"]`:                                  "invalidArguments",
		`["PushSubscription/get",{"properties":["url"]},"0"]`:                              "forbidden",
		`["PushSubscription/get",{"properties":["id","keys"]},"0"]`:                        "forbidden",
		`["PushSubscription/set",{"ifInState":"x"},"0"]`:                                   "invalidArguments",
		`["PushSubscription/set",{"destroy":["W999","x"]},"0"]`:                            `"W999":{"type":"notFound"}`,
		`["PushSubscription/set",{"update":{"W999":{"expires":null}}},"0"]`:                "notFound",
		`["PushSubscription/set",{"update":{"W999":{"url":"https://push.test/"}}},"0"]`:    "invalidProperties",
		`["PushSubscription/set",{"update":{"W999":{"types/0":"Email"}}},"0"]`:             "invalidPatch",
		`["PushSubscription/set",{"update":{"W999":{"types":["Email",7],"keys":{}}}},"0"]`: "invalidProperties",
	} {
		if got := p.says("ben", calls); !strings.Contains(got, want) {
			t.Errorf("%s: %s", calls, got)
		}
	}
	// As many as there may be, with ends no later than allowed.
	for i := range 21 {
		got := p.says("ben", fmt.Sprintf(`["PushSubscription/set",{"create":{"a":{"deviceClientId":"d","url":"%s/many","expires":"2999-01-01T00:00:00Z"}}},"0"]`, p.tls.URL))
		if made := strings.Contains(got, `"notCreated":null`); made != (i < 20) || made && strings.Contains(got, "2999") {
			t.Errorf("%d: %s", i, got)
		}
	}
	if got := p.subscriptions("cleo"); !strings.Contains(got, `"list":[]`) {
		t.Errorf("those of others: %s", got)
	}
	// Another credential of the same person sees none of them.
	token, err := p.o.Console.Directory().AddToken(t.Context(), p.o.Anna.ID, store.Token{Name: "t", Mask: postroom.AllRights})
	if err != nil {
		t.Fatal(err)
	}
	p.subscribe("anna", "/anna", "")
	r, err := http.NewRequestWithContext(t.Context(), "POST", p.o.http.URL+"/jmap/api",
		strings.NewReader(`{"using":["urn:ietf:params:jmap:core"],"methodCalls":[["PushSubscription/get",{},"0"]]}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if b, _ := io.ReadAll(res.Body); !strings.Contains(string(b), `"list":[]`) {
		t.Errorf("by another credential: %s", b)
	}
}

func TestTheSessionTellsTheKey(t *testing.T) {
	s := storetest.Open(t, func(*store.Options) {})
	p := newPushService(t, s)
	var with, without struct{ Capabilities map[string]json.RawMessage }
	if err := json.NewDecoder(p.o.get(t, "ben", "/jmap/session").Body).Decode(&with); err != nil {
		t.Fatal(err)
	}
	var offer struct{ ApplicationServerKey string }
	const capability = "urn:ietf:params:jmap:webpush-vapid"
	if err := json.Unmarshal(with.Capabilities[capability], &offer); err != nil || len(offer.ApplicationServerKey) != 87 {
		t.Errorf("%s %v", with.Capabilities[capability], err)
	}
	gate := httpauth.New(httpauth.Options{Store: s, Exposure: httpauth.LoopbackToo})
	bare := jmapserver.New(jmapserver.Options{Challenge: httpauth.Challenge, Logger: slog.New(slog.DiscardHandler),
		Session: func(r *http.Request) (*store.Session, error) { return gate.Session(r, "jmap") }, Base: gate.Base})
	defer bare.Close()
	p.o.http.Config.Handler = bare
	if err := json.NewDecoder(p.o.get(t, "ben", "/jmap/session").Body).Decode(&without); err != nil || without.Capabilities[capability] != nil {
		t.Errorf("without push: %s %v", without.Capabilities[capability], err)
	}
	if got := p.says("ben", `["PushSubscription/set",{"create":{"a":{}}},"0"]`); !strings.Contains(got, "forbidden") {
		t.Errorf("without push: %s", got)
	}
}

// What is pushed to who gave keys is encrypted.
func TestPushIsEncrypted(t *testing.T) {
	s := storetest.Open(t, func(*store.Options) {})
	p := newPushService(t, s)
	got := p.says("ben", fmt.Sprintf(`["PushSubscription/set",{"create":{"a":{"deviceClientId":"d","url":"%s/sealed","keys":{`+
		`"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}},"0"]`, p.tls.URL))
	if !strings.Contains(got, `"notCreated":null`) {
		t.Fatal(got)
	}
	sent := p.next("/sealed")
	if sent.header.Get("Content-Encoding") != "aes128gcm" || len(sent.body) < 200 || strings.Contains(sent.body, "PushVerification") {
		t.Errorf("%v %q", sent.header, sent.body)
	}
	if again := p.subscriptions("ben"); strings.Contains(again, "p256dh") || strings.Contains(again, "sealed") {
		t.Errorf("told again: %s", again)
	}
}
