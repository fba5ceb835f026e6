package judge_test

import (
	"maps"
	"slices"
	"strings"
)

// model is what the standard says of an account, as plainly as it can be put:
// lists that are gone through from end to end.
type model struct {
	boxes    map[string]*box
	sessions [connections]session
	// subscribed has what a person said of a name; what was not said is up to
	// the server.
	subscribed map[string]bool
}

type box struct {
	messages []*message
	next     int // UID
	changes  int // counts: the mod-sequence
	gone     []tomb
}

type tomb struct{ uid, change int }

type message struct {
	uid, size, change int
	flags             flagSet
}

type session struct {
	box      *box
	readOnly bool
	stale    bool // another session, or this one beside, changed the mailbox
	qresync  bool
}

type flagSet map[string]bool

func flagsOf(list ...string) flagSet {
	set := flagSet{}
	for _, f := range list {
		if !strings.EqualFold(f, `\Recent`) { // RFC 9051 has it no more
			set[strings.ToLower(f)] = true
		}
	}
	return set
}

func (f flagSet) String() string { return strings.Join(slices.Sorted(maps.Keys(f)), " ") }

// stored is the set after a STORE.
func (f flagSet) stored(mode string, change flagSet) flagSet {
	if mode == "" {
		return maps.Clone(change)
	}
	out := maps.Clone(f)
	for flag := range change {
		if mode == "+" {
			out[flag] = true
		} else {
			delete(out, flag)
		}
	}
	return out
}

func newModel() *model { return &model{boxes: map[string]*box{}, subscribed: map[string]bool{}} }

// touched makes all stale who look at a mailbox.
func (m *model) touched(b *box) {
	b.changes++
	for i := range m.sessions {
		if m.sessions[i].box == b {
			m.sessions[i].stale = true
		}
	}
}

func (m *model) add(b *box, size int, flags flagSet) int {
	m.touched(b)
	b.messages = append(b.messages, &message{uid: b.next, size: size, change: b.changes, flags: maps.Clone(flags)})
	b.next++
	return b.next - 1
}

func (b *box) find(uid int) *message {
	for _, msg := range b.messages {
		if msg.uid == uid {
			return msg
		}
	}
	return nil
}

// store changes the flags of those that are still there and did not change
// since; it returns those that did.
func (m *model) store(b *box, uids []int, mode string, flags flagSet, since int) (modified []int) {
	m.touched(b)
	for _, uid := range uids {
		msg := b.find(uid)
		if msg == nil {
			continue
		}
		if since >= 0 && msg.change > since {
			modified = append(modified, uid)
			continue
		}
		if after := msg.flags.stored(mode, flags); !maps.Equal(after, msg.flags) {
			msg.flags, msg.change = after, b.changes
		}
	}
	return modified
}

// remove takes messages away.
func (m *model) remove(b *box, which func(*message) bool) (uids []int) {
	m.touched(b)
	var left []*message
	for _, msg := range b.messages {
		if which(msg) {
			uids = append(uids, msg.uid)
			b.gone = append(b.gone, tomb{msg.uid, b.changes})
		} else {
			left = append(left, msg)
		}
	}
	b.messages = left
	return uids
}

// expunge removes what is deleted; with a set, only of that.
func (m *model) expunge(b *box, set []int) []int {
	return m.remove(b, func(msg *message) bool {
		return msg.flags[`\deleted`] && (set == nil || slices.Contains(set, msg.uid))
	})
}

// move copies, and takes the originals away if it is a MOVE.
func (m *model) transfer(from, to *box, uids []int, move bool) (source, target []int) {
	for _, uid := range uids {
		if msg := from.find(uid); msg != nil {
			source = append(source, uid)
			target = append(target, m.add(to, msg.size, msg.flags))
		}
	}
	if move {
		m.remove(from, func(msg *message) bool { return slices.Contains(source, msg.uid) })
	}
	return source, target
}

func (b *box) uids() []int {
	list := make([]int, len(b.messages))
	for i, msg := range b.messages {
		list[i] = msg.uid
	}
	return list
}

// children are the names below a name.
func (m *model) children(name string) []string {
	var list []string
	for other := range m.boxes {
		if strings.HasPrefix(other, name+"/") {
			list = append(list, other)
		}
	}
	return list
}

// inUse reports whether a session has the mailbox, or one below it, selected.
func (m *model) inUse(name string) bool {
	for _, n := range append(m.children(name), name) {
		for i := range m.sessions {
			if m.boxes[n] != nil && m.sessions[i].box == m.boxes[n] {
				return true
			}
		}
	}
	return false
}

func (m *model) rename(from, to string) {
	for _, name := range append(m.children(from), from) {
		m.boxes[to+name[len(from):]] = m.boxes[name]
		delete(m.boxes, name)
	}
}

// matches is the pattern of LIST, letter by letter.
func matches(pattern, name string) bool {
	if pattern == "" {
		return name == ""
	}
	if pattern[0] == '*' || pattern[0] == '%' {
		for i := 0; i <= len(name); i++ {
			if matches(pattern[1:], name[i:]) {
				return true
			}
			if i < len(name) && pattern[0] == '%' && name[i] == '/' {
				return false
			}
		}
		return false
	}
	return name != "" && pattern[0] == name[0] && matches(pattern[1:], name[1:])
}

// tree is a search key of the model.
type tree struct {
	op   string // ALL, FLAG, LARGER, UID, NUMBER, AND, OR, NOT
	flag string
	size int
	set  []span
	kids []*tree
}

// holds tests one message of a view without gaps.
func (k *tree) holds(msg *message, number int, b *box) bool {
	switch k.op {
	case "FLAG":
		return msg.flags[strings.ToLower(k.flag)]
	case "LARGER":
		return msg.size > k.size
	case "UID":
		return contains(k.set, msg.uid, b.largest())
	case "NUMBER":
		return contains(k.set, number, len(b.messages))
	case "NOT":
		return !k.kids[0].holds(msg, number, b)
	case "AND":
		return k.kids[0].holds(msg, number, b) && k.kids[1].holds(msg, number, b)
	case "OR":
		return k.kids[0].holds(msg, number, b) || k.kids[1].holds(msg, number, b)
	}
	return true
}

func (b *box) largest() int {
	if len(b.messages) == 0 {
		return 0
	}
	return b.messages[len(b.messages)-1].uid
}

// span is a range of a set; 0 is "*".
type span struct{ first, last int }

func contains(set []span, n, largest int) bool {
	for _, r := range set {
		a, b := r.first, r.last
		if a == 0 {
			a = largest
		}
		if b == 0 {
			b = largest
		}
		if n >= min(a, b) && n <= max(a, b) {
			return true
		}
	}
	return false
}
