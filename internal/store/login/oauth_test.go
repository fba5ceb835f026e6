package login_test

import (
	"strings"
	"testing"

	"github.com/emersion/go-sasl"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

func TestOAuth(t *testing.T) {
	h := storetest.NewHouse(t, storetest.Open(t, func(*store.Options) {}))
	h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, rights.Manager)
	token, err := h.SignIn("anna").Directory().AddToken(t.Context(), h.Anna.ID, store.Token{Name: "mail", Mask: postroom.AllRights, MaySend: true})
	if err != nil {
		t.Fatal(err)
	}
	begin := func(mechanism string) func() *login.OAuth {
		return func() *login.OAuth {
			return login.NewOAuth(t.Context(), h.Store, login.OAuthOptions{Mechanism: mechanism, Protocol: "imap", Remote: "192.0.2.1"})
		}
	}
	bearer, xoauth := begin("OAUTHBEARER"), begin("XOAUTH2")
	for _, tt := range []struct {
		name   string
		begin  func() *login.OAuth
		first  string
		home   postroom.AccountID
		status string
	}{
		{"own", bearer, "n,a=anna@example.test,^host=mail.example.test^port=993^auth=Bearer TOKEN^^", h.Anna.ID, ""},
		{"nobody named", bearer, "n,,^auth=Bearer TOKEN^^", h.Anna.ID, ""},
		{"a client that could bind", bearer, "y,,^auth=bearer TOKEN^^", h.Anna.ID, ""},
		{"delegated", bearer, "n,a=info@example.test,^auth=Bearer TOKEN^^", h.Info.ID, ""},
		{"delegated, both named", bearer, "n,a=info@example.test*anna@example.test,^auth=Bearer TOKEN^^", h.Info.ID, ""},
		{"delegated, another actor", bearer, "n,a=info@example.test*ben@example.test,^auth=Bearer TOKEN^^", 0, "invalid_token"},
		{"what is not shared", bearer, "n,a=ben@example.test,^auth=Bearer TOKEN^^", 0, "invalid_token"},
		{"what is not there", bearer, "n,a=nobody@example.test,^auth=Bearer TOKEN^^", 0, "invalid_token"},
		{"a wrong token", bearer, "n,,^auth=Bearer TOKENx^^", 0, "invalid_token"},
		{"a password", bearer, "n,a=anna@example.test,^auth=Bearer " + storetest.Password + "^^", 0, "invalid_token"},
		{"empty", bearer, "", 0, "invalid_request"},
		{"no end", bearer, "n,,^auth=Bearer TOKEN^", 0, "invalid_request"},
		{"no token", bearer, "n,,^auth=Bearer ^^", 0, "invalid_request"},
		{"no auth", bearer, "n,,^host=x^^", 0, "invalid_request"},
		{"two tokens", bearer, "n,,^auth=Bearer x^auth=Bearer TOKEN^^", 0, "invalid_request"},
		{"another scheme", bearer, "n,,^auth=Basic TOKEN^^", 0, "invalid_request"},
		{"binding", bearer, "p=tls-exporter,,^auth=Bearer TOKEN^^", 0, "invalid_request"},
		{"a name that is none", bearer, "n,a=a=b,^auth=Bearer TOKEN^^", 0, "invalid_request"},
		{"no header", bearer, "^auth=Bearer TOKEN^^", 0, "invalid_request"},
		{"a pair that is none", bearer, "n,,^x^auth=Bearer TOKEN^^", 0, "invalid_request"},
		{"own by XOAUTH2", xoauth, "user=anna@example.test^auth=Bearer TOKEN^^", h.Anna.ID, ""},
		{"delegated by XOAUTH2", xoauth, "user=info@example.test^auth=Bearer TOKEN^^", h.Info.ID, ""},
		{"a wrong token by XOAUTH2", xoauth, "user=anna@example.test^auth=Bearer x^^", 0, "invalid_token"},
		{"nobody by XOAUTH2", xoauth, "user=^auth=Bearer TOKEN^^", 0, "invalid_request"},
		{"empty by XOAUTH2", xoauth, "", 0, "invalid_request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := tt.begin()
			if c, done, err := e.Next(nil); len(c) > 0 || done || err != nil {
				t.Fatal(c, done, err)
			}
			challenge, done, err := e.Next([]byte(strings.NewReplacer("^", "\x01", "TOKEN", token).Replace(tt.first)))
			if tt.home != 0 {
				if err != nil || !done || e.Session().Home() != tt.home || e.Session().Actor().Account != h.Anna.ID {
					t.Fatal(string(challenge), done, err)
				}
				return
			}
			if err != nil || done || string(challenge) != `{"schemes":"bearer","status":"`+tt.status+`"}` || e.Session() != nil {
				t.Fatal(string(challenge), done, err)
			}
			_, done, err = e.Next([]byte{1})
			want(t, err, postroom.SignInFailed)
			if done || e.Session() != nil {
				t.Error("it went on")
			}
		})
	}
	// A client of somebody else's.
	client := sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: "anna@example.test", Token: token, Host: "mail.example.test", Port: 993})
	_, first, err := client.Start()
	if err != nil {
		t.Fatal(err)
	}
	if _, done, err := bearer().Next(first); !done || err != nil {
		t.Error(done, err)
	}
}

// FuzzOAuth: whatever is said, nobody comes in without the token.
func FuzzOAuth(f *testing.F) {
	h := storetest.NewHouse(f, storetest.Open(f, func(*store.Options) {}))
	for _, seed := range []string{"n,a=anna@example.test,\x01auth=Bearer x\x01\x01", "user=anna@example.test\x01auth=Bearer x\x01\x01", "", "n,,\x01\x01",
		"n,a==2C,\x01auth=Bearer x\x01\x01"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, first []byte) {
		for _, mechanism := range []string{"OAUTHBEARER", "XOAUTH2"} {
			e := login.NewOAuth(t.Context(), h.Store, login.OAuthOptions{Mechanism: mechanism, Protocol: "imap"})
			if first == nil {
				first = []byte{}
			}
			challenge, done, err := e.Next(first)
			if done || err != nil || len(challenge) == 0 {
				t.Fatal(string(challenge), done, err)
			}
			if _, done, err := e.Next(nil); done || err == nil {
				t.Fatal("it went on")
			}
		}
	})
}
