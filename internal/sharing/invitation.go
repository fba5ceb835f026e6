package sharing

import (
	"time"

	"postroom/internal/message"
	"postroom/internal/store"
)

// invitationWords are the words of an invitation in one language.
type invitationWords struct {
	subject, hello, lead, leadBy, what, link, until, once, ignore, footer string
}

var englishInvitation = invitationWords{
	subject: "Your mailbox {address}",
	hello:   "Hello {name},",
	lead:    "a mailbox has been set up for you at {org}: {address}",
	leadBy:  "{by} has set up a mailbox for you at {org}: {address}",
	what:    "To begin, open this page and choose a password:",
	link:    "Choose a password",
	until:   "The link holds until {date}.",
	once:    "It can be used once. Whoever has it can open your mailbox: do not pass it on.",
	ignore:  "If you did not expect this, you need not do anything.",
	footer:  "This message was written by the mail server of {org}.",
}

var germanInvitation = invitationWords{
	subject: "Ihr Postfach {address}",
	hello:   "Guten Tag {name},",
	lead:    "bei {org} wurde ein Postfach für Sie eingerichtet: {address}",
	leadBy:  "{by} hat bei {org} ein Postfach für Sie eingerichtet: {address}",
	what:    "Öffnen Sie zum Beginnen diese Seite und wählen Sie ein Passwort:",
	link:    "Passwort wählen",
	until:   "Der Link gilt bis {date}.",
	once:    "Er kann einmal verwendet werden. Wer ihn hat, kann Ihr Postfach öffnen: Geben Sie ihn nicht weiter.",
	ignore:  "Wenn Sie dies nicht erwartet haben, müssen Sie nichts tun.",
	footer:  "Diese Nachricht hat der Mailserver von {org} geschrieben.",
}

// ComposeInvitation writes the mail of an invitation, as text and as HTML, in
// the language of the account. link is the address of the page.
// message.ErrBadField is the only error.
func ComposeInvitation(l *store.InvitationLetter, link string) ([]byte, error) {
	all, say := wordsFor(l.Account.Settings[localeSetting]), &englishInvitation
	if all == &german {
		say = &germanInvitation
	}
	name := l.Account.Name
	if name == "" {
		name = l.Account.Address
	}
	lead := say.lead
	if l.By.Address != "" {
		lead = say.leadBy
	}
	zone := zoneFor(l.Account.Settings[timeZoneSetting])
	put := func(text string) string {
		return fill(text, "{name}", name, "{address}", l.Account.Address, "{org}", l.Organisation,
			"{by}", named(l.By.Name, l.By.Address), "{date}", all.date(l.Until.In(zone)))
	}
	body := []block{{text: put(say.hello)}, {text: put(lead)}, {text: put(say.what)}, {text: link, link: say.link},
		{text: put(say.until) + " " + put(say.once)}, {text: put(say.ignore)}, {text: put(say.footer)}}
	subject := put(say.subject)
	return message.Notice{
		Heading: message.Heading{FromName: l.Organisation, From: "postmaster@" + l.Domain.Name, To: []string{l.To},
			Subject: subject, Date: l.Now, MessageID: "invitation." + stamp(l.Now) + "." + l.Account.UUID + "@" + l.Domain.Name},
		Text: asText(body), HTML: asHTML(all.code, subject, body),
	}.Build()
}

// stamp is a time as part of an identifier.
func stamp(t time.Time) string { return t.UTC().Format("20060102150405") }
