package thread

import "slices"

const (
	// maxReferences bounds the references followed in all, beyond which only
	// the last of a message counts: a mailbox can hold ten million of them.
	maxReferences = 1 << 21
	// stepsEach bounds the search for loops, for each message and reference on
	// average. Threads of people come near it by no means.
	stepsEach = 64
	nobody    = -1
)

// forest has messages and those that are only referred to, by index: first the
// messages, in their order.
type forest struct {
	list   []Message
	parent []int32
	parted []bool // has or had children
	byID   map[uint64]int32
	steps  int // left for looking for loops
}

// link joins messages by their references (RFC 5256 §3 step 1).
func link(list []Message) *forest {
	f := &forest{list: list, parent: make([]int32, len(list)), parted: make([]bool, len(list)), byID: make(map[uint64]int32, len(list))}
	total := 0
	for i := range list {
		f.parent[i] = nobody
		if id := list[i].ID; id != 0 {
			if _, taken := f.byID[id]; !taken { // of duplicates the first has the name
				f.byID[id] = int32(i)
			}
		}
		total += len(list[i].References)
	}
	f.steps = stepsEach * (len(list) + min(total, maxReferences) + 1000)
	left := maxReferences
	for i := range list {
		refs := list[i].References
		if left -= len(refs); left < 0 && len(refs) > 1 {
			refs = refs[len(refs)-1:]
		}
		f.follow(int32(i), refs)
	}
	return f
}

// follow links the references of message i with one another where they have no
// parent yet, and i to the last of them whatever its parent was.
func (f *forest) follow(i int32, refs []uint64) {
	last := int32(nobody)
	for _, id := range refs {
		n, known := f.byID[id]
		if !known {
			n = int32(len(f.parent))
			f.parent, f.parted = append(f.parent, nobody), append(f.parted, false)
			f.byID[id] = n
		}
		if last != nobody && f.parent[n] == nobody {
			f.join(n, last)
		}
		last = n
	}
	f.parent[i] = nobody
	if last != nobody {
		f.join(i, last)
	}
}

// join makes a root a child, unless that would make a loop.
func (f *forest) join(child, parent int32) {
	if child == parent {
		return
	}
	if f.parted[child] { // else it is nobody's ancestor
		for at := parent; at != nobody; at = f.parent[at] {
			if f.steps--; at == child || f.steps < 0 {
				return
			}
		}
	}
	f.parent[child], f.parted[parent] = parent, true
}

// roots gives the threads, without those who are not there but where they hold
// siblings together at the top (steps 2, 3 and 6).
func (f *forest) roots() []*node {
	order := f.downwards()
	nodes := make([]*node, len(f.parent))
	holder := make([]int32, len(f.parent)) // the nearest ancestor that may stay
	for _, n := range order {
		there := int(n) < len(f.list)
		p := f.parent[n]
		if p != nobody && int(p) >= len(f.list) && f.parent[p] != nobody {
			p = holder[p]
		}
		holder[n] = p
		if there {
			nodes[n] = &node{message: &f.list[n]}
		} else if p == nobody {
			nodes[n] = &node{}
		}
	}
	var tops []*node
	for _, n := range slices.Backward(order) { // children before their parents
		at := nodes[n]
		if at == nil {
			continue
		}
		slices.SortFunc(at.children, bySent)
		switch p := holder[n]; {
		case p != nobody:
			nodes[p].children = append(nodes[p].children, at)
		case at.message == nil && len(at.children) == 0:
		case at.message == nil && len(at.children) == 1:
			tops = append(tops, at.children[0])
		default:
			tops = append(tops, at)
		}
	}
	return tops
}

// downwards lists all nodes, parents before their children.
func (f *forest) downwards() []int32 {
	count := make([]int32, len(f.parent)+1)
	for _, p := range f.parent {
		count[p+1]++
	}
	at := make([]int32, len(f.parent)+1) // where the children of p begin
	for p := 1; p <= len(f.parent); p++ {
		at[p] = at[p-1] + count[p-1]
	}
	children := make([]int32, len(f.parent))
	next := slices.Clone(at)
	for n, p := range f.parent {
		children[next[p+1]] = int32(n)
		next[p+1]++
	}
	order := make([]int32, 0, len(f.parent))
	order = append(order, children[:count[0]]...)
	for i := 0; i < len(order); i++ {
		p := order[i] + 1
		order = append(order, children[at[p]:at[p]+count[p]]...)
	}
	return order
}
