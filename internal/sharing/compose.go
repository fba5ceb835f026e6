package sharing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/wording"
)

// Settings of an account that choose how it is written to.
const (
	localeSetting   = "zimbraPrefLocale"
	timeZoneSetting = "zimbraPrefTimeZoneId"
)

// Compose writes the mail of a notice, as text and as HTML, in the language of
// the person it is for. message.ErrBadField is the only error.
func Compose(n *store.Notice, now time.Time) ([]byte, error) {
	w := newWriter(n)
	subject := w.subject()
	body := w.body()
	domain := n.To.Address[strings.LastIndexByte(n.To.Address, '@')+1:]
	return message.Notice{
		Heading: message.Heading{FromName: "Postroom", From: "postmaster@" + domain, To: []string{n.To.Address},
			Subject: subject, Date: now, MessageID: "notice." + n.Key + "@" + domain},
		Text: asText(body), HTML: asHTML(w.words.code, subject, body),
	}.Build()
}

// HTML is the HTML part of a notice.
func HTML(n *store.Notice) string {
	w := newWriter(n)
	return asHTML(w.words.code, w.subject(), w.body())
}

// newWriter chooses the language: the person's own, or that of the organisation.
func newWriter(n *store.Notice) *writer {
	locale := cmp.Or(n.To.Settings[localeSetting], n.Organisation.Locale)
	w := &writer{notice: n, words: wordsFor(locale), zone: zoneFor(n.To.Settings[timeZoneSetting])}
	w.own = w.wordingFor()
	return w
}

// wordsFor finds the words of a locale such as de or de_AT.
func wordsFor(locale string) *words {
	if lang := strings.ToLower(locale); lang == "de" || strings.HasPrefix(lang, "de_") || strings.HasPrefix(lang, "de-") {
		return &german
	}
	return &english
}

func zoneFor(name string) *time.Location {
	if name == "" || name == "Local" {
		return time.UTC
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}

// block is a paragraph, or a list of what there is.
type block struct {
	text  string
	link  string // what the text, an address, is called in HTML; "" for no link
	items []item
}

// item is one thing shared: what it is, and what is to say of it.
type item struct {
	head  string
	lines []string
	// link is a mail address that the head leads to, or empty.
	link string
}

type writer struct {
	notice *store.Notice
	words  *words
	zone   *time.Location
	own    postroom.Wording // of the organisation
}

// fill puts values into a text: {name}, {by}, …
func fill(text string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(text)
}

func (w *writer) subject() string {
	return w.filled(w.own.Subject, wording.MaxSubject, w.usualSubject())
}

func (w *writer) usualSubject() string {
	n := w.notice
	switch n.Kind {
	case store.ShareAnswered:
		return w.answeredSubject()
	case store.GroupLeft, store.GroupDeleted, store.ThingDeleted:
		return w.lostSubject()
	case store.GlassBroken, store.GlassEnded, store.AdministratorActed:
		return fill(w.words.ownerSubjects[n.Kind], "{what}", n.Shares[0].Address)
	case store.Mentioned:
		return w.mentionedSubject()
	case store.GroupJoined:
		return fill(w.words.joinedSubject, "{group}", n.Group)
	}
	s := &n.Shares[0]
	set := w.words.subjects[n.Kind]
	text := set.mailbox
	switch {
	case s.Kind == 0:
		text = set.group
	case len(s.Folders) == 0:
		text = set.send
	}
	return fill(text, "{what}", w.what(s), "{date}", w.words.date(n.At.In(w.zone)))
}

// what names the thing shared: the address, or the one folder.
func (w *writer) what(s *store.NoticeShare) string {
	if len(s.Folders) == 1 && s.Folders[0].Path != "/" {
		return fill(w.words.folderOf, "{folder}", strings.TrimPrefix(s.Folders[0].Path, "/"), "{address}", s.Address)
	}
	return s.Address
}

func (w *writer) body() []block {
	n := w.notice
	name := n.To.Name
	if name == "" {
		name = n.To.Address
	}
	hello := block{text: fill(w.words.hello, "{name}", name)}
	if n.Kind == store.ShareAnswered {
		return append(append([]block{hello}, w.answers()...), w.foot()...)
	}
	if lost(n.Kind) {
		return append(append([]block{hello}, w.losses()...), w.foot()...)
	}
	if n.Kind == store.Mentioned {
		return append(append([]block{hello}, w.mention()...), w.foot()...)
	}
	if n.Kind >= store.GlassBroken {
		return append(append([]block{hello}, w.ownerNews()...), w.foot()...)
	}
	blocks := []block{hello, {text: w.filled(w.own.Intro, wording.MaxText, w.lead())}}
	ended := n.Kind == store.ShareRevoked || n.Kind == store.ShareExpired
	if n.Group != "" && n.Kind != store.GroupJoined {
		text := w.words.viaGroup
		if ended {
			text = w.words.wasViaGroup
		}
		blocks = append(blocks, block{text: fill(text, "{group}", n.Group)})
	}
	for i := range n.Shares {
		s := &n.Shares[i]
		intro := w.words.youCan
		if ended {
			intro = w.words.youCould
		}
		if n.Kind == store.GroupJoined {
			intro = fill(w.words.youCanOn, "{who}", named(s.Name, s.Address))
		}
		blocks = append(blocks, block{text: intro, items: w.items(s, ended)})
	}
	switch {
	case ended:
		blocks = append(blocks, block{text: w.words.nothingToDo})
	case w.hasMail():
		blocks = append(blocks, block{text: w.words.appears})
	}
	return append(blocks, w.foot()...)
}

// foot ends a notice: what the organisation wants to add, and who wrote it.
func (w *writer) foot() []block {
	foot := []block{{text: w.words.footer}}
	if closing := w.filled(w.own.Closing, wording.MaxText, ""); closing != "" {
		foot = slices.Insert(foot, 0, block{text: closing})
	}
	return foot
}

// lead says in one sentence what happened, and who did it.
func (w *writer) lead() string {
	n := w.notice
	by := w.words.administrator
	if n.By.Address != "" {
		by = named(n.By.Name, n.By.Address)
	}
	leads, who, group := w.words.leads, "", n.Group
	if n.Kind != store.GroupJoined {
		s := &n.Shares[0]
		who = named(s.Name, s.Address)
		switch {
		case s.Kind == 0:
			leads = w.words.groupLeads
		case len(s.Folders) == 0:
			leads = w.words.sendLeads
		}
	}
	return fill(leads[n.Kind], "{by}", by, "{who}", who, "{group}", group, "{date}", w.words.date(n.At.In(w.zone)))
}

func named(name, address string) string {
	if name == "" || name == address {
		return address
	}
	return name + " <" + address + ">"
}

// items lists folders and rights to send.
func (w *writer) items(s *store.NoticeShare, ended bool) []item {
	var items []item
	for _, f := range s.Folders {
		it := item{head: w.folder(f), lines: []string{w.words.rights(f.Rights, f.Kind)}}
		if !ended {
			if !f.Until.IsZero() {
				it.lines = append(it.lines, fill(w.words.until, "{date}", w.words.date(f.Until.In(w.zone))))
			}
			if f.Rights.Has(postroom.Lookup) && f.Kind == postroom.MailCollection {
				it.lines = append(it.lines, fill(w.words.place, "{place}", MailboxName(s, f.Path)))
			}
		}
		items = append(items, it)
	}
	for _, r := range s.Send {
		it := item{head: fill(w.words.send[r.Right], "{address}", s.Address)}
		if !ended && !r.Until.IsZero() {
			it.lines = append(it.lines, fill(w.words.until, "{date}", w.words.date(r.Until.In(w.zone))))
		}
		items = append(items, it)
	}
	return items
}

func (w *writer) folder(f store.NoticeFolder) string {
	if f.Path == "/" {
		return w.words.wholeMailbox
	}
	return fill(w.words.folders[f.Kind], "{folder}", strings.TrimPrefix(f.Path, "/"))
}

func (w *writer) hasMail() bool {
	for _, s := range w.notice.Shares {
		for _, f := range s.Folders {
			if f.Kind == postroom.MailCollection && f.Rights.Has(postroom.Lookup) {
				return true
			}
		}
	}
	return false
}

// MailboxName is where IMAP shows a folder of a share: persons' stand under
// Other Users, shared accounts under Shared, each by address.
func MailboxName(s *store.NoticeShare, path string) string {
	name := "Shared/"
	if s.Kind == postroom.Person {
		name = "Other Users/"
	}
	name += s.Address
	switch path = strings.TrimPrefix(path, "/"); {
	case path == "":
		return name
	case path == "Inbox" || strings.HasPrefix(path, "Inbox/"):
		path = "INBOX" + path[len("Inbox"):]
	}
	return name + "/" + path
}

func asText(blocks []block) string {
	var b strings.Builder
	for i, bl := range blocks {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == len(blocks)-1 {
			b.WriteString("-- \n")
		}
		b.WriteString(bl.text + "\n")
		for _, it := range bl.items {
			b.WriteString("\n* " + it.head + "\n")
			for _, l := range it.lines {
				b.WriteString("  " + l + "\n")
			}
		}
	}
	return b.String()
}
