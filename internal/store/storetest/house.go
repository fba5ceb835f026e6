package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/system"
)

// Password of everybody in a House.
const Password = "correct horse battery"

// House is a small organisation: example.test with persons anna, ben and cleo
// and the shared account info.
type House struct {
	T       testing.TB
	Store   *store.Store
	Console *store.Session
	Org     postroom.Organisation
	Anna    postroom.Account
	Ben     postroom.Account
	Cleo    postroom.Account
	Info    postroom.Account
}

// NewHouse fills an empty store.
func NewHouse(t testing.TB, s *store.Store) *House {
	t.Helper()
	h := &House{T: t, Store: s, Console: system.Console(s)}
	ctx, d := context.Background(), h.Console.Directory()
	var err error
	if h.Org, err = d.CreateOrganisation(ctx, "Example"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateDomain(ctx, h.Org.ID, "example.test"); err != nil {
		t.Fatal(err)
	}
	h.Anna, h.Ben, h.Cleo = h.Person("anna"), h.Person("ben"), h.Person("cleo")
	h.Info = h.account(store.NewAccount{Address: "info@example.test", Name: "Info", Kind: postroom.Shared})
	return h
}

// Person makes a person with an address in example.test.
func (h *House) Person(name string) postroom.Account {
	h.T.Helper()
	return h.account(store.NewAccount{Address: name + "@example.test", Name: strings.ToUpper(name[:1]) + name[1:],
		Kind: postroom.Person, Password: Password})
}

func (h *House) account(n store.NewAccount) postroom.Account {
	h.T.Helper()
	a, err := h.Console.Directory().CreateAccount(context.Background(), n)
	if err != nil {
		h.T.Fatal(err)
	}
	return a
}

// SignIn opens a session; user is a name or any spelling login takes.
func (h *House) SignIn(user string) *store.Session {
	h.T.Helper()
	if !strings.Contains(user, "@") {
		user += "@example.test"
	}
	s, err := login.Authenticate(context.Background(), h.Store,
		login.Credentials{Username: user, Password: Password, Protocol: "imap", Remote: "127.0.0.1"})
	if err != nil {
		h.T.Fatalf("sign in as %s: %v", user, err)
	}
	return s
}

// Grant gives rights on a collection.
func (h *House) Grant(ref postroom.CollectionRef, to postroom.Account, r postroom.Rights) {
	h.T.Helper()
	err := h.Console.Directory().PutGrant(context.Background(), postroom.Grant{Target: ref, Rights: r,
		Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(to.ID)}})
	if err != nil {
		h.T.Fatal(err)
	}
}

// Revoke takes them back.
func (h *House) Revoke(ref postroom.CollectionRef, from postroom.Account) {
	h.T.Helper()
	err := h.Console.Directory().RemoveGrant(context.Background(), ref,
		postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(from.ID)}, store.Positive)
	if err != nil {
		h.T.Fatal(err)
	}
}

// GrantSend gives a right to send as an account.
func (h *House) GrantSend(target, to postroom.Account, r postroom.SendRight) {
	h.T.Helper()
	err := h.Console.Directory().PutSendGrant(context.Background(), postroom.SendGrant{
		Target: postroom.SendTarget{Account: target.ID}, Right: r,
		Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(to.ID)}})
	if err != nil {
		h.T.Fatal(err)
	}
}

// Deliver puts a message into inboxes.
func (h *House) Deliver(raw string, to ...postroom.Account) {
	h.T.Helper()
	a := store.Arrival{Raw: []byte(raw), Sender: "outside@example.org"}
	for _, acc := range to {
		a.Copies = append(a.Copies, store.ArrivalCopy{Account: acc.ID})
	}
	if err := system.Delivery(h.Store).Deliver(context.Background(), a); err != nil {
		h.T.Fatal(err)
	}
}

// Open opens a mailbox of an account by path.
func (h *House) Open(s *store.Session, a postroom.Account, path string) *store.Mailbox {
	h.T.Helper()
	c, err := s.Resolve(context.Background(), a.Address, path)
	if err != nil {
		h.T.Fatalf("resolve %s:%s: %v", a.Address, path, err)
	}
	m, err := s.Mailbox(context.Background(), c.Ref, store.ReadWrite)
	if err != nil {
		h.T.Fatalf("open %s:%s: %v", a.Address, path, err)
	}
	return m
}

// View reads a mailbox.
func (h *House) View(m *store.Mailbox) *store.View {
	h.T.Helper()
	v, err := m.View(context.Background())
	if err != nil {
		h.T.Fatal(err)
	}
	return v
}

// Message makes a simple message.
func Message(number int, body string) string {
	return fmt.Sprintf("From: Outside <outside@example.org>\r\nTo: info@example.test\r\nSubject: Number %d\r\n"+
		"Message-ID: <m%d@example.org>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n%s\r\n", number, number, body)
}

// In names a collection of an account.
func In(a postroom.Account, c postroom.CollectionID) postroom.CollectionRef {
	return postroom.CollectionRef{Account: a.ID, Collection: c}
}
