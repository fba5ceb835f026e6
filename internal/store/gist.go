package store

import (
	"sync"

	"postroom"
)

// gist is what SELECT tells of a picture beside its numbers: it is found once a
// picture, not once a session.
type gist struct {
	items  []postroom.ItemMeta
	once   sync.Once
	words  []string
	unseen int
}

// maxWordings bounds the sets of keywords that a gist lists.
const maxWordings = 1000

func (g *gist) find() {
	g.unseen = -1
	known, last := map[string]bool{"": true}, ""
	for i := range g.items {
		it := &g.items[i]
		if g.unseen < 0 && it.Flags&postroom.FlagSeen == 0 {
			g.unseen = i
		}
		if it.Keywords == last || known[it.Keywords] {
			continue
		}
		last = it.Keywords
		if known[last] = true; len(g.words) < maxWordings {
			g.words = append(g.words, last)
		}
	}
}

// Keywords are the sets of keywords in use when the view was taken, in order
// of the first messages that have them; a thousand at most.
func (v *View) Keywords() []string {
	v.gist.once.Do(v.gist.find)
	return v.gist.words
}

// FirstUnseen is the place among the items of the first message that was
// unread when the view was taken, from zero; -1 when there was none.
func (v *View) FirstUnseen() int {
	v.gist.once.Do(v.gist.find)
	return v.gist.unseen
}
