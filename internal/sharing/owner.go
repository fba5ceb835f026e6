package sharing

import "postroom/internal/store"

// ownerWords are the texts about what administrators do, of one language.
type ownerWords struct {
	ownerSubjects                    map[store.NoticeKind]string
	glassLeads                       map[store.NoticeKind]string
	glassReason, glassWhy, glassHelp string
	acts                             map[store.OwnerAct]string
	actHelp                          string
}

// ownerNews is the body between greeting and footer: what an administrator did
// to a mailbox, for those who answer for it.
func (w *writer) ownerNews() []block {
	n := w.notice
	by, reader := w.words.administrator, w.words.administrator
	if n.By.Address != "" {
		by = named(n.By.Name, n.By.Address)
	}
	if n.Reader.Address != "" {
		reader = named(n.Reader.Name, n.Reader.Address)
	}
	s := &n.Shares[0]
	values := []string{"{by}", by, "{reader}", reader, "{who}", named(s.Name, s.Address), "{detail}", n.Reason,
		"{date}", w.words.date(n.At.In(w.zone))}
	if n.Kind == store.AdministratorActed {
		return []block{{text: fill(w.words.acts[n.Act], values...)}, {text: w.words.actHelp}}
	}
	blocks := []block{{text: fill(w.words.glassLeads[n.Kind], values...)}, {text: fill(w.words.glassReason, values...)}}
	if n.Kind == store.GlassBroken {
		blocks = append(blocks, block{text: w.words.glassWhy})
	}
	return append(blocks, block{text: w.words.glassHelp})
}
