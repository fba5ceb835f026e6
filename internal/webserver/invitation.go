package webserver

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/text/language"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
)

// maxForm bounds what a form may send, in bytes.
const maxForm = 16 << 10

// invitationPage answers the link of an invitation: a form for a password. It
// needs no script.
type invitationPage struct {
	opts   Options
	page   *template.Template
	style  string
	policy string
}

func newInvitationPage(o Options) *invitationPage {
	style, err := pages.ReadFile("invitation.css")
	if err != nil { // it is embedded: cannot be
		panic(err)
	}
	sum := sha256.Sum256(style)
	return &invitationPage{opts: o, page: template.Must(template.ParseFS(pages, "invitation.html")), style: string(style),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"}
}

// shown is what the page says.
type shown struct {
	Words               *invitationWords
	Title, Hostname     string
	Style               template.CSS
	Address, Fault      string
	Least               int
	Invalid, Busy, Done bool
	Services            []Service
}

// get shows the form. It leaves the invitation open: programs that look at
// the links in mails may come here.
func (p *invitationPage) get(w http.ResponseWriter, r *http.Request) {
	if p.elsewhere(w, r) {
		return
	}
	who, err := login.Invitation(r.Context(), p.opts.Store, r.PathValue("token"), "http", remote(r))
	p.form(w, r, who, err, http.StatusOK, "")
}

// post takes the password.
func (p *invitationPage) post(w http.ResponseWriter, r *http.Request) {
	if p.elsewhere(w, r) {
		return
	}
	say := invitationWordsFor(r)
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	fault := ""
	switch err := r.ParseForm(); {
	case err != nil:
		fault = say.TooLong
	case r.PostForm.Get("password") != r.PostForm.Get("again"):
		fault = say.Differ
	}
	token, password := r.PathValue("token"), r.PostForm.Get("password")
	if fault == "" && store.CheckPassword(password) != nil {
		fault = say.Rule
		if len(password) > 3*store.MinPassword {
			fault = say.TooLong
		}
	}
	if fault != "" {
		who, err := login.Invitation(r.Context(), p.opts.Store, token, "http", remote(r))
		p.form(w, r, who, err, http.StatusUnprocessableEntity, fault)
		return
	}
	who, err := login.Accept(r.Context(), p.opts.Store, token, password, "http", remote(r))
	if err != nil {
		p.form(w, r, who, err, http.StatusOK, "")
		return
	}
	p.write(w, http.StatusOK, shown{Words: say, Title: say.DoneTitle, Done: true, Address: who.Address, Services: p.opts.Services})
}

// form shows the form, or why there is none.
func (p *invitationPage) form(w http.ResponseWriter, r *http.Request, who store.Invitee, err error, status int, fault string) {
	say := invitationWordsFor(r)
	switch kind := postroom.KindOf(err); {
	case err == nil:
		p.write(w, status, shown{Words: say, Title: say.Title, Address: who.Address, Fault: fault, Least: store.MinPassword})
	case kind == postroom.NotFound:
		p.write(w, http.StatusNotFound, shown{Words: say, Title: say.InvalidTitle, Invalid: true})
	case kind == postroom.Limit:
		p.write(w, http.StatusTooManyRequests, shown{Words: say, Title: say.BusyTitle, Busy: true})
	default:
		p.opts.Logger.Error("invitation", "error", err)
		p.write(w, http.StatusInternalServerError, shown{Words: say, Title: say.BusyTitle, Busy: true})
	}
}

func (p *invitationPage) write(w http.ResponseWriter, status int, s shown) {
	s.Hostname, s.Style = p.opts.Hostname, template.CSS(p.style)
	secure(w.Header())
	w.Header().Set("Content-Security-Policy", p.policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	if err := p.page.Execute(w, s); err != nil {
		p.opts.Logger.Debug("invitation page not written", "error", err)
	}
}

// elsewhere keeps passwords off connections that others can read: without TLS
// only this machine is answered, where a proxy may stand; others are sent to
// the public address.
func (p *invitationPage) elsewhere(w http.ResponseWriter, r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if r.TLS != nil || err == nil && from.Addr().Unmap().IsLoopback() {
		return false
	}
	if r.Method != http.MethodPost && strings.HasPrefix(p.opts.PublicURL, "https://") {
		secure(w.Header())
		w.Header().Set("Content-Security-Policy", p.policy)
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, p.opts.PublicURL+"/invitation/"+url.PathEscape(r.PathValue("token")), http.StatusFound)
	} else {
		plain(w, http.StatusForbidden, "use https\n")
	}
	return true
}

// remote is the client's address without a port.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// wantsGerman says whether a client would rather have German than English.
func wantsGerman(r *http.Request) bool {
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return false
	}
	_, i, _ := language.NewMatcher([]language.Tag{language.English, language.German}).Match(wanted...)
	return i == 1
}

// invitationWordsFor finds the words of the language a client asks for.
func invitationWordsFor(r *http.Request) *invitationWords {
	if wantsGerman(r) {
		return &german
	}
	return &english
}

// invitationWords are the words of the page in one language.
type invitationWords struct {
	Code                                     string
	Title, Lead, Password, Rule, Again, Save string
	Differ, TooLong                          string
	InvalidTitle, InvalidText                string
	BusyTitle, BusyText                      string
	DoneTitle, DoneText, SetUp               string
}

var english = invitationWords{
	Code: "en", Title: "Choose a password", Lead: "For your mailbox", Password: "Password",
	Rule: "At least 12 characters. Several words in a row are easy to remember.", Again: "The same again", Save: "Save password",
	Differ: "The two passwords are not the same.", TooLong: "The password is too long.",
	InvalidTitle: "This link does not work", InvalidText: "It was used already, was withdrawn or has expired. Ask whoever invited you for a new one.",
	BusyTitle: "Please try again later", BusyText: "There were too many attempts. Wait a quarter of an hour and open the link again.",
	DoneTitle: "Your mailbox is ready", DoneText: "The password is saved. You can now sign in as",
	SetUp: "Set your mail program up with these services:",
}

var german = invitationWords{
	Code: "de", Title: "Passwort wählen", Lead: "Für Ihr Postfach", Password: "Passwort",
	Rule: "Mindestens 12 Zeichen. Mehrere Wörter hintereinander merken sich leicht.", Again: "Noch einmal dasselbe", Save: "Passwort speichern",
	Differ: "Die beiden Passwörter sind nicht gleich.", TooLong: "Das Passwort ist zu lang.",
	InvalidTitle: "Dieser Link gilt nicht", InvalidText: "Er wurde schon verwendet, wurde zurückgezogen oder ist abgelaufen. Bitten Sie um einen neuen, wo Sie eingeladen wurden.",
	BusyTitle: "Bitte später noch einmal", BusyText: "Es gab zu viele Versuche. Warten Sie eine Viertelstunde und öffnen Sie den Link noch einmal.",
	DoneTitle: "Ihr Postfach ist bereit", DoneText: "Das Passwort ist gespeichert. Sie können sich jetzt anmelden als",
	SetUp: "Richten Sie Ihr Mailprogramm mit diesen Diensten ein:",
}
