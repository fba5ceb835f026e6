package sharing

import (
	"postroom"
	"postroom/internal/store"
	"postroom/internal/wording"
)

// lossWords are the texts about groups left and things deleted of one language.
type lossWords struct {
	subjects, leads                          map[store.NoticeKind]string
	severalDeleted, foldersDeleted, leftSelf string
}

// lost reports whether a notice tells what somebody no longer reaches.
func lost(k store.NoticeKind) bool { return k >= store.GroupLeft && k <= store.ThingDeleted }

func (w *writer) lostSubject() string {
	n, l := w.notice, &w.words.lossWords
	s := &n.Shares[0]
	what := s.Address
	if n.Folder {
		what = w.what(s)
		if len(s.Folders) > 1 {
			return fill(l.severalDeleted, "{address}", s.Address)
		}
	}
	return fill(l.subjects[n.Kind], "{group}", n.Group, "{what}", what)
}

// losses are the body between greeting and footer.
func (w *writer) losses() []block {
	n, l := w.notice, &w.words.lossWords
	by := w.words.administrator
	if n.By.Address != "" {
		by = named(n.By.Name, n.By.Address)
	}
	s := &n.Shares[0]
	lead := l.leads[n.Kind]
	switch {
	case n.Kind == store.GroupLeft && n.By.ID != 0 && n.By.ID == n.To.ID:
		lead = l.leftSelf
	case n.Kind == store.ThingDeleted && n.Folder:
		lead = l.foldersDeleted
	}
	lead = fill(lead, "{by}", by, "{group}", n.Group, "{who}", named(s.Name, s.Address))
	blocks := []block{{text: w.filled(w.own.Intro, wording.MaxText, lead)}}
	for i := range n.Shares {
		s := &n.Shares[i]
		intro := w.words.youCould
		if n.Kind != store.ThingDeleted {
			intro = fill(w.words.youCanOn, "{who}", named(s.Name, s.Address))
		}
		blocks = append(blocks, block{text: intro, items: w.items(s, true)})
	}
	return append(blocks, block{text: w.words.nothingToDo})
}

// sampleLoss is the part of a sample that only notices of losses have.
func sampleLoss(n *store.Notice, to postroom.Account) {
	if n.Group = to.Address; n.Kind == store.ThingDeleted {
		n.Group, n.Folder = "", true
	}
}
