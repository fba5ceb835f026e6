// Package openidtest is an identity provider for tests, that can be made to lie.
package openidtest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Provider is an identity provider at which everybody is who Claims say.
type Provider struct {
	*httptest.Server
	ClientID, ClientSecret string
	// Claims are put into the ID token, over those that belong there; one that
	// is nil is left out.
	Claims map[string]any
	// Algorithm is what the token says it is signed with; RS256 when empty.
	// With "none" it is not, with HS256 by the client's secret.
	Algorithm string
	// Key signs instead of the key that is published.
	Key *rsa.PrivateKey
	// Refuse answers the token request with this error, when not empty.
	Refuse string
	// Post takes the client's secret in the body alone, and says so.
	Post bool
	// Asked counts the token requests.
	Asked int

	mu        sync.Mutex
	published *rsa.PrivateKey
	codes     map[string]url.Values
}

// New begins one, on loopback, until the test ends.
func New(t *testing.T) *Provider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{ClientID: "postroom", ClientSecret: "a secret", Claims: map[string]any{}, published: key, codes: make(map[string]url.Values)}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		methods := []string{"client_secret_basic", "client_secret_post"}
		if p.Post {
			methods = methods[1:]
		}
		answer(w, 200, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "end_session_endpoint": p.URL + "/end", "id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"},
			"token_endpoint_auth_methods_supported": methods})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256",
			"n": text(key.N.Bytes()), "e": text(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	return p
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func text(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// authorize signs whoever comes in, and sends them back.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, p.Code(r.URL.Query()), http.StatusFound)
}

// Code is where a browser is sent back to that came with a query.
func (p *Provider) Code(q url.Values) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = q
	return q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}.Encode()
}

// token checks the client, the code and what was kept of it (RFC 7636 §4.6).
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Asked++
	q, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	id, secret, basic := r.BasicAuth()
	if !basic || p.Post {
		id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
	}
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	switch {
	case p.Refuse != "":
		answer(w, 400, map[string]string{"error": p.Refuse})
		return
	case !ok || id != p.ClientID || secret != url.QueryEscape(p.ClientSecret) && secret != p.ClientSecret,
		q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") != text(sum[:]), q.Get("redirect_uri") != r.FormValue("redirect_uri"):
		answer(w, 400, map[string]string{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": p.URL, "aud": p.ClientID, "sub": "subject-1", "nonce": q.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	for name, value := range p.Claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	answer(w, 200, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.sign(claims)})
}

func (p *Provider) sign(claims map[string]any) string {
	algorithm := p.Algorithm
	if algorithm == "" {
		algorithm = "RS256"
	}
	head, _ := json.Marshal(map[string]string{"alg": algorithm, "kid": "1", "typ": "JWT"})
	body, _ := json.Marshal(claims)
	signed := text(head) + "." + text(body)
	key := p.published
	if p.Key != nil {
		key = p.Key
	}
	switch algorithm {
	case "none":
		return signed + "."
	case "HS256":
		return signed + "." + text(hmacSHA256(p.ClientSecret, signed))
	}
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + text(signature)
}

func hmacSHA256(key, message string) []byte {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(message))
	return m.Sum(nil)
}
