package sharing

import (
	"cmp"
	"strconv"

	"postroom/internal/wording"
)

// mentionWords are the texts about mentions in notes of one language.
type mentionWords struct {
	mentionSubject, mentionLead, mentionsLead string
	noSubject, mentionWhere, mentionWhy       string
}

// mention is the body between greeting and footer: who mentions the person in
// which conversation. What a note says is not in it: it is read where the right
// to read it is asked.
func (w *writer) mention() []block {
	n := w.notice
	s := &n.Shares[0]
	lead := w.words.mentionLead
	if n.Count > 1 {
		lead = w.words.mentionsLead
	}
	lead = fill(lead, "{by}", w.mentioner(), "{who}", named(s.Name, s.Address), "{count}", strconv.Itoa(n.Count))
	return []block{{text: w.filled(w.own.Intro, wording.MaxText, lead),
		items: []item{{head: cmp.Or(n.Subject, w.words.noSubject), lines: []string{w.words.date(n.At.In(w.zone))}}}},
		{text: w.words.mentionWhere}, {text: w.words.mentionWhy}}
}

func (w *writer) mentionedSubject() string {
	n := w.notice
	return fill(w.words.mentionSubject, "{by}", w.mentioner(), "{what}", cmp.Or(n.Subject, n.Shares[0].Address))
}

// mentioner is who wrote the last of the notes.
func (w *writer) mentioner() string {
	if w.notice.By.Address == "" {
		return w.words.administrator
	}
	return plain(w.notice.By.Name, w.notice.By.Address)
}
