package imapserver_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"postroom"
	"postroom/internal/imapserver"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a served organisation: anna and ben are the group info-team@, which
// has the whole of info@; cleo has nothing.
type house struct {
	*storetest.House
	team   postroom.Group
	server *imapserver.Server
	addr   string
	tls    string // address of the listener with implicit TLS
	sent   int    // messages delivered so far
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return houseWith(t, nothing, func(*imapserver.Options) {})
}

// houseWith is newHouse with other options.
func houseWith(t testing.TB, ofStore func(*store.Options), ofServer func(*imapserver.Options)) *house {
	t.Helper()
	st := storetest.Open(t, ofStore)
	h := &house{House: storetest.NewHouse(t, st)}
	h.makeTeam()
	o := imapserver.Options{Store: st, Hostname: "mail.example.test", Logger: storetest.Logger(t),
		PlainSignIn: imapserver.Allowed, TLS: certificate(t)}
	ofServer(&o)
	h.server = imapserver.New(o)
	h.addr = h.listen(h.server.Serve)
	h.tls = h.listen(h.server.ServeTLS)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
		defer cancel()
		if err := h.server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return h
}

func (h *house) listen(serve func(net.Listener) error) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.T.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(l) }()
	h.T.Cleanup(func() {
		l.Close()
		if err := <-ended; err != nil {
			h.T.Errorf("serve: %v", err)
		}
	})
	return l.Addr().String()
}

func (h *house) makeTeam() {
	ctx, d := context.Background(), h.Console.Directory()
	var err error
	if h.team, err = d.CreateGroup(ctx, postroom.Group{Org: h.Org.ID, Domain: h.Info.Domain, Address: "info-team@example.test"}); err != nil {
		h.T.Fatal(err)
	}
	if err := d.AddMembers(ctx, h.team.ID, []string{"anna@example.test", "ben@example.test"}); err != nil {
		h.T.Fatal(err)
	}
	h.give("info-team", h.Info, "/", rights.Manager)
}

// account finds one by the local part of its address.
func (h *house) account(name string) postroom.Account {
	h.T.Helper()
	a, err := h.Console.Directory().Account(context.Background(), name+"@example.test")
	if err != nil {
		h.T.Fatal(err)
	}
	return a
}

func (h *house) grantee(name string) postroom.Grantee {
	h.T.Helper()
	if name != "anyone" && name != "all" {
		name += "@example.test"
	}
	g, err := h.Console.Directory().FindGrantee(context.Background(), h.Info.ID, strings.Replace(name, "anyone", "all", 1))
	if err != nil {
		h.T.Fatal(err)
	}
	return g
}

func (h *house) collection(owner postroom.Account, path string) postroom.CollectionRef {
	h.T.Helper()
	c, err := h.Console.Directory().FindCollection(context.Background(), owner.Address, path)
	if err != nil {
		h.T.Fatal(err)
	}
	return c.Ref
}

// give grants rights on a collection, or takes all back when there are none.
func (h *house) give(to string, owner postroom.Account, path string, r postroom.Rights) {
	h.T.Helper()
	d, ref := h.Console.Directory(), h.collection(owner, path)
	var err error
	if r == postroom.NoRights {
		err = d.RemoveGrant(context.Background(), ref, h.grantee(to), store.Positive)
	} else {
		err = d.PutGrant(context.Background(), postroom.Grant{Target: ref, Grantee: h.grantee(to), Rights: r})
	}
	if err != nil {
		h.T.Fatalf("grant %s on %s%s: %v", to, owner.Address, path, err)
	}
}

// letter delivers a simple message to an inbox.
func (h *house) letter(to postroom.Account) {
	h.T.Helper()
	h.sent++
	h.Deliver(storetest.Message(h.sent, "Good day, what is the price?"), to)
}

// client is a connection, read and written line by line.
type client struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
	tag  string // of the last command
}

const patience = 20 * time.Second

func (h *house) dial() *client {
	h.T.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		h.T.Fatal(err)
	}
	h.T.Cleanup(func() { conn.Close() })
	return newClient(h, conn)
}

func newClient(h *house, conn net.Conn) *client {
	return &client{t: h.T, conn: conn, in: bufio.NewReader(conn)}
}

// toTheEnd reads to the end of a command or of the connection.
func (c *client) toTheEnd() (heard []string) {
	for {
		line, err := c.read()
		if err != nil {
			return append(heard, "closed")
		}
		if heard = append(heard, line); strings.HasPrefix(line, "t ") {
			return heard
		}
	}
}

// as signs in; user is a name or a whole spelling.
func (h *house) as(user string) *client {
	h.T.Helper()
	c := h.dial()
	c.line()
	if !strings.Contains(user, "@") {
		user += "@example.test"
	}
	c.must(`LOGIN "` + strings.ReplaceAll(user, `\`, `\\`) + `" "` + storetest.Password + `"`)
	return c
}

func (c *client) send(line string) {
	c.t.Helper()
	c.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := c.conn.Write([]byte(line + "\r\n")); err != nil {
		c.t.Fatalf("sending %.80q: %v", line, err)
	}
}

// read reads a line without its end; an error says that there is none.
func (c *client) read() (string, error) {
	c.conn.SetReadDeadline(time.Now().Add(patience))
	line, err := c.in.ReadString('\n')
	return strings.TrimSuffix(line, "\r\n"), err
}

func (c *client) line() string {
	c.t.Helper()
	line, err := c.read()
	if err != nil {
		c.t.Fatalf("reading: %v (after %q)", err, line)
	}
	return line
}

// do runs a command and returns the untagged lines and the tagged one without
// its tag.
func (c *client) do(command string) (untagged []string, result string) {
	c.t.Helper()
	c.send("t " + command)
	for {
		line := c.line()
		if rest, ok := strings.CutPrefix(line, "t "); ok {
			return untagged, rest
		}
		untagged = append(untagged, line)
	}
}

// must is do for a command that has to succeed.
func (c *client) must(command string) []string {
	c.t.Helper()
	untagged, result := c.do(command)
	if !strings.HasPrefix(result, "OK") {
		c.t.Fatalf("%.80s: %s", command, result)
	}
	return untagged
}

// certificate is self-signed for mail.example.test.
func certificate(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example.test"},
		DNSNames: []string{"mail.example.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// group makes a group with members.
func (h *house) group(name string, members ...string) {
	h.T.Helper()
	ctx, d := context.Background(), h.Console.Directory()
	g, err := d.CreateGroup(ctx, postroom.Group{Org: h.Org.ID, Domain: h.Info.Domain, Address: name + "@example.test"})
	if err != nil {
		h.T.Fatal(err)
	}
	for _, m := range members {
		if err := d.AddMembers(ctx, g.ID, []string{m + "@example.test"}); err != nil {
			h.T.Fatal(err)
		}
	}
}

// nothing is changed of the store's options.
func nothing(*store.Options) {}

// plain is the response of SASL PLAIN in base64.
func plain(authzid, authcid string) string {
	return base64.StdEncoding.EncodeToString([]byte(authzid + "\x00" + authcid + "\x00" + storetest.Password))
}
