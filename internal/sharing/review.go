package sharing

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/wording"
)

// reviewWords are the texts of one language about access reviews.
type reviewWords struct {
	subjects, leads  map[store.ReviewLetterKind]string
	lapses, stays    string
	entries, more    string
	how, from        string
	show, keep, take string
	grant, member    string
	gives, given     string
	givesMore        string
	since            string
	group, domain    string
	plan, org, all   string
	public, guest    string
	console, behalf  string
}

var reviewsInEnglish = reviewWords{
	subjects: map[store.ReviewLetterKind]string{
		store.LetterStart:    "Who has access? Please answer by {date}",
		store.LetterReminder: "Reminder: who has access? Please answer by {date}",
		store.LetterPutOff:   "More time: who has access? Please answer by {date}",
	},
	leads: map[store.ReviewLetterKind]string{
		store.LetterStart:    "Please look at who has access to what you answer for, and say of each entry below whether it stays. Your answers are awaited until {date}.",
		store.LetterReminder: "Some answers of yours are still awaited in the review of who has access: until {date}.",
		store.LetterPutOff:   "The mail server was not there all the time, so you have longer to answer in the review of who has access: until {date}.",
	},
	lapses:  "What nobody has confirmed by then is revoked.",
	stays:   "What is not answered stays as it is.",
	entries: "These entries wait for you ({count}):",
	more:    "And {count} more.",
	how:     "To answer:",
	show:    "See all entries", keep: "Confirm entries, or all of them", take: "Revoke entries, at once",
	from:  "With --server and --as you can do this from your own computer. Your administrator can do it for you.",
	grant: "{number}. {who}: {what}", member: "{number}. {who}: member of {group}",
	gives: "By the group: {what}", givesMore: "And more by the group.", given: "Given by {by} on {date}.", since: "Member since {date}.",
	group: "the group {name}", domain: "everybody at {name}", plan: "everybody with the plan {name}",
	org: "everybody in the organisation", all: "everybody who can sign in", public: "anybody, without signing in",
	guest: "the guest {name}", console: "the administration",
	behalf: "Send mail on behalf of {address}; who sends is shown too",
}

var reviewsInGerman = reviewWords{
	subjects: map[store.ReviewLetterKind]string{
		store.LetterStart:    "Wer hat Zugriff? Bitte antworten Sie bis {date}",
		store.LetterReminder: "Erinnerung: Wer hat Zugriff? Bitte antworten Sie bis {date}",
		store.LetterPutOff:   "Mehr Zeit: Wer hat Zugriff? Bitte antworten Sie bis {date}",
	},
	leads: map[store.ReviewLetterKind]string{
		store.LetterStart:    "Bitte sehen Sie nach, wer Zugriff auf das hat, wofür Sie zuständig sind, und sagen Sie zu jedem Eintrag unten, ob er bleibt. Ihre Antworten werden bis {date} erwartet.",
		store.LetterReminder: "In der Überprüfung, wer Zugriff hat, fehlen noch Antworten von Ihnen. Sie werden bis {date} erwartet.",
		store.LetterPutOff:   "Der Mailserver war nicht immer erreichbar. Deshalb haben Sie in der Überprüfung, wer Zugriff hat, länger Zeit: bis {date}.",
	},
	lapses:  "Was bis dahin niemand bestätigt hat, wird entzogen.",
	stays:   "Was nicht beantwortet wird, bleibt, wie es ist.",
	entries: "Diese Einträge warten auf Sie ({count}):",
	more:    "Und {count} weitere.",
	how:     "So antworten Sie:",
	show:    "Alle Einträge ansehen", keep: "Einträge bestätigen, oder alle", take: "Einträge entziehen, sofort",
	from:  "Mit --server und --as geht das vom eigenen Rechner aus. Ihre Verwaltung kann es für Sie tun.",
	grant: "{number}. {who}: {what}", member: "{number}. {who}: Mitglied von {group}",
	gives: "Durch die Gruppe: {what}", givesMore: "Durch die Gruppe noch weiteres.", given: "Gegeben von {by} am {date}.", since: "Mitglied seit {date}.",
	group: "die Gruppe {name}", domain: "alle bei {name}", plan: "alle mit dem Tarif {name}",
	org: "alle in der Organisation", all: "alle, die sich anmelden können", public: "alle, ohne Anmeldung",
	guest: "der Gast {name}", console: "der Verwaltung",
	behalf: "Im Auftrag von {address} senden; wer sendet, wird mit angezeigt",
}

// reviewWriter says what entries are in one language.
type reviewWriter struct {
	base *words
	own  *reviewWords
	zone *time.Location
	most int // lines about what one group gives; zero is no bound
}

// maxLetterGifts bounds, in a letter, the lines about what one group gives: it
// has an entry for each member.
const maxLetterGifts = 5

func newReviewWriter(locale, zone string) reviewWriter {
	w := reviewWriter{base: wordsFor(locale), own: &reviewsInEnglish, zone: zoneFor(zone)}
	if w.base == &german {
		w.own = &reviewsInGerman
	}
	return w
}

// ReviewEntry says in words who an entry of a review is about and what they
// have, and what more is to be said of it; in the language of a locale, with
// times in UTC.
func ReviewEntry(i *store.ReviewItem, locale string) (head string, lines []string) {
	w := newReviewWriter(locale, "")
	it := w.item(i)
	return strings.TrimPrefix(it.head, strconv.Itoa(i.Number)+". "), it.lines
}

func (w reviewWriter) item(i *store.ReviewItem) item {
	fields := []string{"{number}", strconv.Itoa(i.Number), "{who}", w.grantee(i), "{group}", i.Address}
	date := w.base.date(i.Since.In(w.zone))
	if i.Kind == store.ReviewMember {
		it := item{head: fill(w.own.member, fields...)}
		gives, more := i.Gives, i.GivesMore
		if w.most > 0 && len(gives) > w.most {
			gives, more = gives[:w.most], true
		}
		for _, g := range gives {
			it.lines = append(it.lines, fill(w.own.gives, "{what}", w.gift(g)))
		}
		if more {
			it.lines = append(it.lines, w.own.givesMore)
		}
		return item{head: it.head, lines: append(it.lines, fill(w.own.since, "{date}", date))}
	}
	it := item{}
	if i.Kind == store.ReviewGrant {
		it.head = fill(w.own.grant, append(fields, "{what}", w.place(i.Path, i.Holds, i.Address))...)
		it.lines = append(it.lines, w.base.rights(i.Rights, i.Holds))
	} else {
		it.head = fill(w.own.grant, append(fields, "{what}", w.send(i.Send, i.Address))...)
	}
	by := i.By
	if by == "" || by == "console" {
		by = w.own.console
	}
	it.lines = append(it.lines, fill(w.own.given, "{by}", by, "{date}", date))
	if !i.Until.IsZero() {
		it.lines = append(it.lines, fill(w.base.until, "{date}", w.base.date(i.Until.In(w.zone))))
	}
	return it
}

// place is a collection with its account.
func (w reviewWriter) place(path string, holds postroom.CollectionKind, address string) string {
	place := w.base.wholeMailbox
	if path != "/" {
		place = fill(w.base.folders[holds], "{folder}", strings.TrimPrefix(path, "/"))
	}
	return fill(w.base.folderOf, "{folder}", place, "{address}", address)
}

// send is a right to send, of somebody else.
func (w reviewWriter) send(right postroom.SendRight, address string) string {
	text := w.base.send[right]
	if right == postroom.SendOnBehalfOf {
		text = w.own.behalf
	}
	return fill(text, "{address}", address)
}

// gift is what the members of a group have by it.
func (w reviewWriter) gift(g store.ReviewGift) string {
	if g.Send != 0 {
		return w.send(g.Send, g.Address) + "."
	}
	return w.place(g.Path, g.Holds, g.Address) + ": " + w.base.rights(g.Rights, g.Holds)
}

// grantee is who has something.
func (w reviewWriter) grantee(i *store.ReviewItem) string {
	text, name := "{name}", i.Name
	switch i.Grantee.Kind {
	case postroom.GranteeGroup:
		text = w.own.group
	case postroom.GranteeDomain:
		text, name = w.own.domain, strings.TrimPrefix(name, "domain:")
	case postroom.GranteePlan:
		text, name = w.own.plan, strings.TrimPrefix(name, "plan:")
	case postroom.GranteeOrg:
		text = w.own.org
	case postroom.GranteeAll:
		text = w.own.all
	case postroom.GranteePublic:
		text = w.own.public
	case postroom.GranteeGuest:
		text, name = w.own.guest, strings.TrimPrefix(name, "guest:")
	case postroom.GranteeAccount:
	}
	return fill(text, "{name}", name)
}

// reviewText is what a letter about a review says.
func reviewText(l *store.ReviewLetter) (code, subject string, blocks []block) {
	locale := cmp.Or(l.To.Settings[localeSetting], l.Organisation.Locale)
	w := newReviewWriter(locale, l.To.Settings[timeZoneSetting])
	w.most = maxLetterGifts
	due := []string{"{date}", w.base.date(l.Review.Due.In(w.zone))}
	org := newWriter(&store.Notice{To: l.To, Organisation: l.Organisation, At: l.Review.Due})
	org.own = postroom.Wording{}
	for _, o := range l.Wordings {
		if o.Kind == store.ReviewWording && o.Locale == w.base.code {
			org.own = o
		}
	}
	subject = org.filled(org.own.Subject, wording.MaxSubject, fill(w.own.subjects[l.Kind], due...))
	end := w.own.stays
	if l.Review.Lapse {
		end = w.own.lapses
	}
	list := block{text: fill(w.own.entries, "{count}", strconv.Itoa(l.Open))}
	for i := range l.Items {
		list.items = append(list.items, w.item(&l.Items[i]))
	}
	blocks = []block{{text: fill(w.base.hello, "{name}", cmp.Or(l.To.Name, l.To.Address))},
		{text: org.filled(org.own.Intro, wording.MaxText, fill(w.own.leads[l.Kind], due...))}, {text: end}, list}
	if more := l.Open - len(l.Items); more > 0 {
		blocks = append(blocks, block{text: fill(w.own.more, "{count}", strconv.Itoa(more))})
	}
	id := strconv.FormatInt(l.Review.ID, 10)
	blocks = append(blocks, block{text: w.own.how, items: []item{
		{head: w.own.show, lines: []string{"postroom review show " + id}},
		{head: w.own.keep, lines: []string{"postroom review confirm " + id + " 1 2 3", "postroom review confirm " + id + " --all"}},
		{head: w.own.take, lines: []string{"postroom review revoke " + id + " 1 2 3"}},
	}}, block{text: w.own.from})
	return w.base.code, subject, append(blocks, org.foot()...)
}

// ReviewText is the subject and the plain text of a letter about a review, and
// the page.
func ReviewText(l *store.ReviewLetter) (subject, text, page string) {
	code, subject, blocks := reviewText(l)
	return subject, asText(blocks), asHTML(code, subject, blocks)
}

// ComposeReview writes a letter about a review, as text and as HTML, in the
// language of whom it is for. message.ErrBadField is the only error.
func ComposeReview(l *store.ReviewLetter, now time.Time) ([]byte, error) {
	subject, text, page := ReviewText(l)
	domain := l.To.Address[strings.LastIndexByte(l.To.Address, '@')+1:]
	return message.Notice{
		Heading: message.Heading{FromName: "Postroom", From: "postmaster@" + domain, To: []string{l.To.Address},
			Subject: subject, Date: now, MessageID: l.Key + "@" + domain},
		Text: text, HTML: page,
	}.Build()
}

// SampleReview is a letter about a review as it would be written to somebody, to
// look at a wording.
func SampleReview(to postroom.Account, o postroom.Organisation, list []postroom.Wording, now time.Time) store.ReviewLetter {
	share := store.ReviewItem{Number: 1, Kind: store.ReviewSend, Address: to.Address, Name: to.Address, Send: postroom.SendAs, Since: now, By: to.Address,
		Grantee: postroom.Grantee{Kind: postroom.GranteeAccount}}
	return store.ReviewLetter{Kind: store.LetterStart, To: to, Organisation: o, Wordings: list, Key: "sample",
		Review: store.Review{ID: 1, Due: now.Add(28 * 24 * time.Hour).Truncate(time.Minute)}, Items: []store.ReviewItem{share}, Open: 1}
}

// askReviewers writes the letters about reviews that are due.
func (s *Service) askReviewers(ctx context.Context) (sent int, err error) {
	for {
		l, err := s.opts.Notices.NextReviewLetter(ctx)
		if err != nil || l == nil {
			return sent, err
		}
		var raw []byte
		if len(l.Items) > 0 {
			raw, err = ComposeReview(l, s.opts.Now())
		}
		if err == nil {
			err = s.opts.Notices.DeliverReviewLetter(ctx, l, raw)
		}
		if err != nil {
			if ctx.Err() != nil {
				return sent, err
			}
			// The others must not wait for this one.
			s.opts.Logger.Warn("a letter about an access review is put off", "to", l.To.Address, "error", err)
			if err := s.opts.Notices.PostponeReviewLetter(ctx, l, s.opts.Retry); err != nil {
				return sent, err
			}
			continue
		}
		if len(raw) > 0 {
			sent++
		}
	}
}
