package sharing

import (
	"context"
	"strings"
	"time"

	"postroom/internal/message"
	"postroom/internal/store"
)

// requestWords are the texts of one language about requests to join or leave a
// group. The first of each pair is for joining.
type requestWords struct {
	confirmSubject, confirmLead [2]string
	confirmHow, confirmNot      string
	decideSubject, decideLead   [2]string
	decideHow                   string
	approveItem, refuseItem     string
	decideFirst                 string
	doneSubject, doneLead       [2]string
	refusedSubject, refusedLead [2]string
	expiredSubject, expiredLead [2]string
	lateSubject                 string
	lateApproved, lateRefused   string
	lateExpired, nobody         string
}

var requestsInEnglish = requestWords{
	confirmSubject: [2]string{"Please confirm: join {group}", "Please confirm: leave {group}"},
	confirmLead: [2]string{"A message in your name asks that {who} becomes a member of the group {group}.",
		"A message in your name asks that {who} leaves the group {group}."},
	confirmHow:    "If you want this, answer this message, or write to this address, by {date}:",
	confirmNot:    "If you did not ask for it, you need not do anything: nothing happens.",
	decideSubject: [2]string{"{who} asks to join {group}", "{who} asks to leave {group}"},
	decideLead: [2]string{"{who} asks to become a member of the group {group}. You are asked because you manage it.",
		"{who} asks to leave the group {group}. You are asked because you manage it."},
	decideHow:   "To approve, answer this message. Or write an empty message to one of these addresses by {date}; they are yours alone:",
	approveItem: "Approve", refuseItem: "Refuse",
	decideFirst:    "When several people manage the group, the first answer counts.",
	doneSubject:    [2]string{"You are now a member of {group}", "You are no longer a member of {group}"},
	doneLead:       [2]string{"Your request was granted: you are now a member of the group {group}.", "Your request was granted: you are no longer a member of the group {group}."},
	refusedSubject: [2]string{"Your request to join {group} was refused", "Your request to leave {group} was refused"},
	refusedLead:    [2]string{"Those who manage the group {group} have refused your request to join it.", "Those who manage the group {group} have refused your request to leave it."},
	expiredSubject: [2]string{"Your request to join {group} has expired", "Your request to leave {group} has expired"},
	expiredLead:    [2]string{"Nobody who manages the group {group} has answered your request to join it. You can ask again.", "Nobody who manages the group {group} has answered your request to leave it. You can ask again."},
	lateSubject:    "The request of {who} to {group} was already answered",
	lateApproved:   "Your answer came after another: the request of {who} to {group} was approved by {by} on {date}.",
	lateRefused:    "Your answer came after another: the request of {who} to {group} was refused by {by} on {date}.",
	lateExpired:    "Your answer came too late: the request of {who} to {group} expired on {date}.",
	nobody:         "an administrator",
}

var requestsInGerman = requestWords{
	confirmSubject: [2]string{"Bitte bestätigen: {group} beitreten", "Bitte bestätigen: {group} verlassen"},
	confirmLead: [2]string{"Eine Nachricht in Ihrem Namen bittet darum, {who} in die Gruppe {group} aufzunehmen.",
		"Eine Nachricht in Ihrem Namen bittet darum, dass {who} die Gruppe {group} verlässt."},
	confirmHow:    "Wenn Sie das möchten, antworten Sie bis {date} auf diese Nachricht oder schreiben Sie an diese Adresse:",
	confirmNot:    "Wenn Sie nicht darum gebeten haben, brauchen Sie nichts zu tun: Es geschieht nichts.",
	decideSubject: [2]string{"{who} möchte {group} beitreten", "{who} möchte {group} verlassen"},
	decideLead: [2]string{"{who} möchte Mitglied der Gruppe {group} werden. Sie werden gefragt, weil Sie die Gruppe verwalten.",
		"{who} möchte die Gruppe {group} verlassen. Sie werden gefragt, weil Sie die Gruppe verwalten."},
	decideHow:   "Um zuzustimmen, antworten Sie auf diese Nachricht. Oder schreiben Sie bis {date} eine leere Nachricht an eine dieser Adressen; nur Sie kennen sie:",
	approveItem: "Zustimmen", refuseItem: "Ablehnen",
	decideFirst:    "Wenn mehrere die Gruppe verwalten, gilt die erste Antwort.",
	doneSubject:    [2]string{"Sie sind jetzt Mitglied von {group}", "Sie sind nicht mehr Mitglied von {group}"},
	doneLead:       [2]string{"Ihrer Bitte wurde entsprochen: Sie sind jetzt Mitglied der Gruppe {group}.", "Ihrer Bitte wurde entsprochen: Sie sind nicht mehr Mitglied der Gruppe {group}."},
	refusedSubject: [2]string{"Ihre Bitte, {group} beizutreten, wurde abgelehnt", "Ihre Bitte, {group} zu verlassen, wurde abgelehnt"},
	refusedLead:    [2]string{"Wer die Gruppe {group} verwaltet, hat Ihre Bitte abgelehnt, ihr beizutreten.", "Wer die Gruppe {group} verwaltet, hat Ihre Bitte abgelehnt, sie zu verlassen."},
	expiredSubject: [2]string{"Ihre Bitte, {group} beizutreten, ist abgelaufen", "Ihre Bitte, {group} zu verlassen, ist abgelaufen"},
	expiredLead:    [2]string{"Niemand, der die Gruppe {group} verwaltet, hat auf Ihre Bitte geantwortet, ihr beizutreten. Sie können erneut fragen.", "Niemand, der die Gruppe {group} verwaltet, hat auf Ihre Bitte geantwortet, sie zu verlassen. Sie können erneut fragen."},
	lateSubject:    "Die Bitte von {who} an {group} ist schon beantwortet",
	lateApproved:   "Ihre Antwort kam nach einer anderen: Der Bitte von {who} an {group} hat {by} am {date} zugestimmt.",
	lateRefused:    "Ihre Antwort kam nach einer anderen: Die Bitte von {who} an {group} hat {by} am {date} abgelehnt.",
	lateExpired:    "Ihre Antwort kam zu spät: Die Bitte von {who} an {group} ist am {date} abgelaufen.",
	nobody:         "jemand aus der Verwaltung",
}

// ComposeLetter writes a letter about a request, as text and as HTML, in the
// language of whom it is for. message.ErrBadField is the only error.
func ComposeLetter(l *store.GroupLetter, now time.Time) ([]byte, error) {
	base, w := wordsFor(l.To.Settings[localeSetting]), &requestsInEnglish
	if base == &german {
		w = &requestsInGerman
	}
	by := w.nobody
	if l.DecidedBy.Address != "" {
		by = named(l.DecidedBy.Name, l.DecidedBy.Address)
	}
	until := l.Request.Expires
	if l.Kind == store.LetterLate && !l.Request.Decided.IsZero() {
		until = l.Request.Decided
	}
	fields := []string{"{group}", l.Group.Address, "{who}", named(l.Asker.Name, l.Asker.Address), "{by}", by,
		"{date}", base.date(until.In(zoneFor(l.To.Settings[timeZoneSetting])))}
	subject, blocks, reply := w.letter(l)
	subject = fill(subject, fields...)
	for i := range blocks {
		blocks[i].text = fill(blocks[i].text, fields...)
	}
	name := l.To.Name
	if name == "" {
		name = l.To.Address
	}
	blocks = append([]block{{text: fill(base.hello, "{name}", name)}}, append(blocks, block{text: base.footer})...)
	domain := l.Group.Address[strings.LastIndexByte(l.Group.Address, '@')+1:]
	h := message.Heading{FromName: "Postroom", From: "postmaster@" + domain, To: []string{l.To.Address}, Subject: subject, Date: now,
		MessageID: "request." + l.Key + "@" + domain}
	if reply != "" {
		line, err := message.FormatField("Reply-To", "<"+reply+">")
		if err != nil {
			return nil, err
		}
		h.Extra = append(h.Extra, line)
	}
	return message.Notice{Heading: h, Text: asText(blocks), HTML: asHTML(base.code, subject, blocks)}.Build()
}

// letter is what a letter says, and the address to which an answer goes.
func (w *requestWords) letter(l *store.GroupLetter) (subject string, blocks []block, reply string) {
	i := 0
	if l.Request.Act == store.LeaveGroup {
		i = 1
	}
	switch l.Kind {
	case store.LetterConfirm:
		return w.confirmSubject[i], []block{{text: w.confirmLead[i]}, {text: w.confirmHow, items: []item{mailTo(l.Confirm, l.Confirm)}},
			{text: w.confirmNot}}, l.Confirm
	case store.LetterDecide:
		return w.decideSubject[i], []block{{text: w.decideLead[i]}, {text: w.decideHow, items: []item{
			mailTo(w.approveItem, l.Approve), mailTo(w.refuseItem, l.Refuse)}}, {text: w.decideFirst}}, l.Approve
	case store.LetterLate:
		text := w.lateExpired
		switch l.Request.State {
		case store.RequestDone:
			text = w.lateApproved
		case store.RequestRefused:
			text = w.lateRefused
		}
		return w.lateSubject, []block{{text: text}}, ""
	}
	switch l.Request.State {
	case store.RequestDone:
		return w.doneSubject[i], []block{{text: w.doneLead[i]}}, ""
	case store.RequestRefused:
		return w.refusedSubject[i], []block{{text: w.refusedLead[i]}}, ""
	}
	return w.expiredSubject[i], []block{{text: w.expiredLead[i]}}, ""
}

// mailTo is an item with an address to write to.
func mailTo(head, address string) item {
	it := item{head: head, link: address}
	if head != address {
		it.lines = []string{address}
	}
	return it
}

// answer writes the letters about requests that are due.
func (s *Service) answer(ctx context.Context) (sent int, err error) {
	for {
		l, err := s.opts.Notices.NextLetter(ctx)
		if err != nil || l == nil {
			return sent, err
		}
		raw, err := ComposeLetter(l, s.opts.Now())
		if err == nil {
			err = s.opts.Notices.DeliverLetter(ctx, l, raw)
		}
		if err != nil {
			if ctx.Err() != nil {
				return sent, err
			}
			// The others must not wait for this one.
			s.opts.Logger.Warn("a letter about a group is put off", "to", l.To.Address, "error", err)
			if err := s.opts.Notices.PostponeLetter(ctx, l, s.opts.Retry); err != nil {
				return sent, err
			}
			continue
		}
		sent++
	}
}
