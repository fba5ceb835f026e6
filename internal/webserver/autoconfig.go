package webserver

import (
	"context"
	"net/http"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/autoconfig"
	"postroom/internal/httpauth"
	"postroom/internal/store"
)

// discovery answers mail programs that set themselves up. Every address of a
// local domain gets the same answer: nobody learns which of them exist.
type discovery struct{ opts Options }

func (d *discovery) register(mux *http.ServeMux) {
	// Thunderbird asks autoconfig.DOMAIN for the first, DOMAIN for the second.
	mux.HandleFunc("GET /mail/config-v1.1.xml", d.thunderbird)
	mux.HandleFunc("GET /.well-known/autoconfig/mail/config-v1.1.xml", d.thunderbird)
	mux.HandleFunc("POST /autodiscover/autodiscover.xml", d.outlook)
	mux.HandleFunc("POST /Autodiscover/Autodiscover.xml", d.outlook)
	mux.HandleFunc("GET /profile.mobileconfig", d.profile)
}

// settings of the domain of an address, or of the host that was asked.
func (d *discovery) settings(r *http.Request, address string) (s autoconfig.Settings, local bool, err error) {
	domain := strings.TrimPrefix(strings.ToLower(host(r)), "autoconfig.")
	if address != "" {
		a, err := addr.Parse(address)
		if err != nil {
			return s, false, nil
		}
		domain = a.Canonical().Domain
	}
	if local, err = d.opts.Local(r.Context(), domain); err != nil || !local {
		return s, false, err
	}
	s = d.opts.Mail
	s.Domain = domain
	return s, true, nil
}

func host(r *http.Request) string {
	name, _, _ := strings.Cut(r.Host, ":")
	return name
}

func (d *discovery) thunderbird(w http.ResponseWriter, r *http.Request) {
	s, local, err := d.settings(r, r.URL.Query().Get("emailaddress"))
	switch {
	case err != nil:
		d.failed(w, err)
	case !local:
		plain(w, http.StatusNotFound, "no mail of that domain is here\n")
	default:
		out, err := autoconfig.Thunderbird(s)
		d.send(w, "text/xml; charset=utf-8", out, err)
	}
}

func (d *discovery) outlook(w http.ResponseWriter, r *http.Request) {
	address, err := autoconfig.ParseAutodiscover(r.Body)
	if err != nil {
		out, fault := autoconfig.AutodiscoverFault(postroom.TextOf(err))
		d.send(w, "text/xml; charset=utf-8", out, fault)
		return
	}
	s, local, err := d.settings(r, address)
	switch {
	case err != nil:
		d.failed(w, err)
	case !local || address == "":
		out, fault := autoconfig.AutodiscoverFault("no mail of that domain is here")
		d.send(w, "text/xml; charset=utf-8", out, fault)
	default:
		out, err := autoconfig.Autodiscover(s, address)
		d.send(w, "text/xml; charset=utf-8", out, err)
	}
}

// profile answers whoever signs in with a profile of their mailbox and of each
// that they may open; ?for=ADDRESS is one of them alone.
func (d *discovery) profile(w http.ResponseWriter, r *http.Request) {
	session, ok := d.signIn(w, r)
	if !ok {
		return
	}
	accounts, err := session.VisibleAccounts(r.Context())
	if err != nil {
		d.failed(w, err)
		return
	}
	person := session.Actor().Address
	boxes, err := mailboxes(r.Context(), session, accounts, r.URL.Query().Get("for"))
	if err != nil {
		d.failed(w, err)
		return
	}
	s, local, err := d.settings(r, person)
	switch {
	case err != nil:
		d.failed(w, err)
	case !local || len(boxes) == 0:
		plain(w, http.StatusNotFound, "no such mailbox\n")
	default:
		w.Header().Set("Content-Disposition", `attachment; filename="mail.mobileconfig"`)
		d.send(w, "application/x-apple-aspen-config", autoconfig.Profile(s, person, boxes), nil)
	}
}

// mailboxes are the session's own and those of which it may read everything;
// only is the address of one of them, or empty.
func mailboxes(ctx context.Context, session *store.Session, accounts []postroom.Account, only string) (list []autoconfig.Mailbox, err error) {
	person := session.Actor().Address
	for _, a := range accounts {
		if only != "" && !strings.EqualFold(only, a.Address) {
			continue
		}
		have, err := session.MyRights(ctx, postroom.CollectionRef{Account: a.ID, Collection: postroom.RootCollection})
		if err != nil && postroom.KindOf(err) != postroom.NotFound {
			return nil, err
		}
		if !have.Has(postroom.Read) {
			continue // a folder of it is shared: it is found under Other Users
		}
		m := autoconfig.Mailbox{Address: a.Address, Name: a.Name, User: a.Address + "*" + person}
		if a.Address == person {
			m.User = person
		}
		if m.Name == "" {
			m.Name = a.Address
		}
		list = append(list, m)
	}
	return list, nil
}

// signIn tells whose settings they are.
func (d *discovery) signIn(w http.ResponseWriter, r *http.Request) (*store.Session, bool) {
	session, err := d.opts.Gate.Session(r, "http")
	switch postroom.KindOf(err) {
	case postroom.SignInFailed:
		httpauth.Challenge(w, r)
		plain(w, http.StatusUnauthorized, "sign in with your address and password\n")
	case postroom.Denied, postroom.SignInDisabled:
		plain(w, http.StatusForbidden, postroom.TextOf(err)+"\n")
	default:
		if err == nil {
			return session, true
		}
		d.failed(w, err)
	}
	return nil, false
}

func (d *discovery) failed(w http.ResponseWriter, err error) {
	if postroom.KindOf(err) == postroom.Limit {
		plain(w, http.StatusTooManyRequests, postroom.TextOf(err)+"\n")
		return
	}
	d.opts.Logger.Error("settings not answered", "error", err)
	plain(w, http.StatusInternalServerError, "something went wrong\n")
}

func (d *discovery) send(w http.ResponseWriter, kind string, body []byte, err error) {
	if err != nil {
		d.failed(w, err)
		return
	}
	secure(w.Header())
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // a client that has gone is no fault
}
