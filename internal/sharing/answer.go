package sharing

import (
	"strings"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/wording"
)

// answeredSubject is the subject of a notice about answers.
func (w *writer) answeredSubject() string {
	n := w.notice
	if len(n.Answers) != 1 {
		return fill(w.words.answersSubject, "{address}", n.Shares[0].Address)
	}
	a := n.Answers[0]
	return fill(w.words.answered[a.State], "{who}", plain(a.Who.Name, a.Who.Address), "{what}", w.answeredWhat(a))
}

// answeredWhat names what was answered: the address, or the folder of it.
func (w *writer) answeredWhat(a store.NoticeAnswer) string {
	s := w.notice.Shares[0]
	if a.Path == "/" {
		return s.Address
	}
	return fill(w.words.folderOf, "{folder}", strings.TrimPrefix(a.Path, "/"), "{address}", s.Address)
}

// answers are the body between greeting and footer.
func (w *writer) answers() []block {
	s := w.notice.Shares[0]
	b := block{text: w.filled(w.own.Intro, wording.MaxText, fill(w.words.answersLead, "{who}", named(s.Name, s.Address)))}
	for _, a := range w.notice.Answers {
		b.items = append(b.items, item{head: named(a.Who.Name, a.Who.Address),
			lines: []string{fill(w.words.answers[a.State], "{what}", w.folder(store.NoticeFolder{Path: a.Path, Kind: a.Kind}))}})
	}
	return []block{b, {text: w.words.answersKeep}}
}

// plain is a name, or the address where there is none.
func plain(name, address string) string {
	if name == "" {
		return address
	}
	return name
}

// answerWords are the texts about answers of one language.
type answerWords struct {
	answered, answers                        map[postroom.ShareState]string
	answersSubject, answersLead, answersKeep string
}
