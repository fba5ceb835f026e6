package queue

import (
	"fmt"
	"strings"
	"time"

	"postroom/internal/message"
)

// reportWords are the texts of reports in one language.
type reportWords struct {
	system    string // fmt of the host
	from      string // who writes
	nothing   string // in the place of a subject
	until     string // fmt of the time
	date      string // layout of package time
	titles    map[message.DSNAction]string
	sentences map[message.DSNAction]string
}

var reportsInEnglish = reportWords{
	system: "This is the mail system at %s.", from: "Mail Delivery System", nothing: "%s mail", until: "until %s", date: time.RFC1123Z,
	titles: map[message.DSNAction]string{message.DSNDelivered: "Delivered", message.DSNRelayed: "Delivered", message.DSNDelayed: "Delayed",
		message.DSNFailed: "Undelivered"},
	sentences: map[message.DSNAction]string{
		message.DSNDelivered: "Your message was delivered to:",
		message.DSNRelayed:   "Your message was handed on to the mail server of these recipients, which may send no further report:",
		message.DSNDelayed: "Your message could not be delivered yet. You need not send it again: it will be tried until " +
			"the time given below. Recipients:",
		message.DSNFailed: "Your message could not be delivered to these recipients, and will not be tried again:",
	},
}

var reportsInGerman = reportWords{
	system: "Das schreibt der Mailserver %s.", from: "Mailzustellung", nothing: "%s", until: "bis %s", date: "02.01.2006 15:04 MST",
	titles: map[message.DSNAction]string{message.DSNDelivered: "Zugestellt", message.DSNRelayed: "Zugestellt", message.DSNDelayed: "Verzögert",
		message.DSNFailed: "Nicht zugestellt"},
	sentences: map[message.DSNAction]string{
		message.DSNDelivered: "Ihre Nachricht wurde zugestellt an:",
		message.DSNRelayed:   "Ihre Nachricht wurde dem Mailserver dieser Empfänger übergeben, der vielleicht nichts Weiteres meldet:",
		message.DSNDelayed: "Ihre Nachricht konnte noch nicht zugestellt werden. Sie müssen sie nicht noch einmal senden: Bis zu dem " +
			"Zeitpunkt unten wird es weiter versucht. Empfänger:",
		message.DSNFailed: "Ihre Nachricht konnte diesen Empfängern nicht zugestellt werden und wird nicht noch einmal versucht:",
	},
}

// reportOrder is that of the parts of a report: the worst of them comes last.
var reportOrder = []message.DSNAction{message.DSNDelivered, message.DSNRelayed, message.DSNDelayed, message.DSNFailed}

// reportWordsFor are those of a locale: German, or English for every other.
func reportWordsFor(locale string) *reportWords {
	if lang := strings.ToLower(locale); lang == "de" || strings.HasPrefix(lang, "de_") || strings.HasPrefix(lang, "de-") {
		return &reportsInGerman
	}
	return &reportsInEnglish
}

// report is the subject and the text of a report. What other servers said stays
// in their words.
func (w *reportWords) report(news []message.DSNRecipient, original, host string, zone *time.Location) (subject, text string) {
	byAction := map[message.DSNAction][]message.DSNRecipient{}
	for _, n := range news {
		byAction[n.Action] = append(byAction[n.Action], n)
	}
	subject = w.titles[message.DSNDelivered]
	var b strings.Builder
	fmt.Fprintf(&b, w.system+"\r\n", host)
	for _, action := range reportOrder {
		list := byAction[action]
		if len(list) == 0 {
			continue
		}
		subject = w.titles[action]
		fmt.Fprintf(&b, "\r\n%s\r\n", w.sentences[action])
		for _, n := range list {
			fmt.Fprintf(&b, "\r\n    <%s>\r\n", n.Final)
			if n.Diagnostic != "" {
				fmt.Fprintf(&b, "        %s\r\n", n.Diagnostic)
			}
			if !n.WillRetryUntil.IsZero() {
				fmt.Fprintf(&b, "        "+w.until+"\r\n", n.WillRetryUntil.In(zone).Format(w.date))
			}
		}
	}
	if original != "" {
		return subject + ": " + original, b.String()
	}
	return fmt.Sprintf(w.nothing, subject), b.String()
}

// zoneOf is a time zone by its name, UTC where it is not known.
func zoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil && name != "Local" {
		return zone
	}
	return time.UTC
}
