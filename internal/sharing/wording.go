package sharing

import (
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/wording"
)

// wordingFor finds the wording of the organisation for a notice, in the
// language it is written in.
func (w *writer) wordingFor() (found postroom.Wording) {
	for _, o := range w.notice.Wordings {
		if o.Kind == w.notice.Kind.Name() && o.Locale == w.words.code {
			found = o
		}
	}
	return found
}

// filled is a text of the organisation with the values of the notice, or what
// the server says where there is none, or one that cannot be filled in.
func (w *writer) filled(text string, limit int, otherwise string) string {
	if text == "" {
		return otherwise
	}
	t, err := wording.Parse(text, limit)
	if err != nil {
		return otherwise
	}
	n := w.notice
	f := wording.Fields{Person: plain(n.To.Name, n.To.Address), Address: n.To.Address, Organisation: n.Organisation.Name, Group: n.Group}
	if n.By.Address != "" {
		f.By = plain(n.By.Name, n.By.Address)
	}
	if len(n.Shares) == 1 {
		f.What = w.what(&n.Shares[0])
	}
	if !n.At.IsZero() {
		f.Date = w.words.date(n.At.In(w.zone))
	}
	if said, err := t.Fill(f); err == nil && said != "" {
		return said
	}
	return otherwise
}

// Sample is a notice of a kind as it would be written to somebody, to look at a
// wording. NotFound for a kind that there is not.
func Sample(kind string, to postroom.Account, o postroom.Organisation, list []postroom.Wording, now time.Time) (store.Notice, error) {
	n := store.Notice{To: to, Organisation: o, Wordings: list, Key: "sample", Created: now,
		By: postroom.Account{Address: to.Address, Name: to.Name}}
	folder := store.NoticeFolder{Path: "/Inbox", Kind: postroom.MailCollection, Rights: rights.Editor}
	n.Shares = []store.NoticeShare{{Address: to.Address, Name: to.Name, Kind: postroom.Person, Folders: []store.NoticeFolder{folder}}}
	for k := store.ShareNew; k <= store.Mentioned; k++ {
		if k.Name() == kind {
			n.Kind = k
		}
	}
	switch n.Kind {
	case 0:
		return n, postroom.Errorf(postroom.NotFound, "no such notice: %s", kind)
	case store.ShareExpiring, store.ShareExpired:
		n.At = now.Add(24 * time.Hour).Truncate(time.Minute)
	case store.Mentioned:
		n.Subject, n.Count, n.At = to.Name, 1, now
	case store.GroupJoined:
		n.Group = to.Address
	case store.GroupLeft, store.GroupDeleted, store.ThingDeleted:
		sampleLoss(&n, to)
	case store.ShareAnswered:
		n.Answers = []store.NoticeAnswer{{Who: n.By, Path: "/Inbox", Kind: postroom.MailCollection, State: postroom.ShareAccepted}}
	case store.ShareNew, store.ShareChanged, store.ShareRevoked, store.GlassBroken, store.GlassEnded, store.AdministratorActed:
	}
	return n, nil
}

// Text is the subject and the plain text of a notice.
func Text(n *store.Notice) (subject, text string) {
	w := newWriter(n)
	return w.subject(), asText(w.body())
}
