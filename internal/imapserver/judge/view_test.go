package judge_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// view is what a client knows of its mailbox by what it was told (RFC 9051
// §2.3.1.2): numbers change by EXPUNGE and VANISHED alone, new messages come by
// EXISTS.
type view struct {
	uids    []int // by number; 0 is not known yet
	flags   map[int]flagSet
	qresync bool
}

func newView() *view { return &view{flags: map[int]flagSet{}} }

// hear takes a response to a command, or one that came by itself.
func (v *view) hear(command string, r response) error {
	if r.tag != "*" {
		return nil
	}
	switch r.name {
	case "EXISTS":
		if r.number < len(v.uids) {
			return fmt.Errorf("EXISTS shrinks from %d to %d", len(v.uids), r.number)
		}
		for len(v.uids) < r.number {
			v.uids = append(v.uids, 0)
		}
	case "EXPUNGE":
		return v.expunge(command, r.number)
	case "VANISHED":
		return v.vanish(command, r)
	case "FETCH":
		return v.fetched(r)
	}
	return nil
}

// keepsNumbers are the commands during which numbers must not change (RFC 9051
// §7.5.1).
func keepsNumbers(command string) bool {
	word, _, _ := strings.Cut(command, " ")
	return word == "FETCH" || word == "STORE" || word == "SEARCH"
}

func (v *view) expunge(command string, n int) error {
	switch {
	case v.qresync:
		return fmt.Errorf("EXPUNGE after ENABLE QRESYNC")
	case keepsNumbers(command):
		return fmt.Errorf("EXPUNGE during %s", command)
	case n < 1 || n > len(v.uids):
		return fmt.Errorf("EXPUNGE %d of %d", n, len(v.uids))
	}
	delete(v.flags, v.uids[n-1])
	v.uids = slices.Delete(v.uids, n-1, n)
	return nil
}

func (v *view) vanish(command string, r response) error {
	earlier := len(r.values) == 2
	if !v.qresync || len(r.values) == 0 {
		return fmt.Errorf("VANISHED without ENABLE QRESYNC")
	}
	if !earlier && keepsNumbers(command) {
		return fmt.Errorf("VANISHED during %s", command)
	}
	set := readSet(r.values[len(r.values)-1].text)
	if !earlier { // each is one less, also of those whose UID is not known yet
		for _, uid := range each(set) {
			if i := slices.Index(v.uids, 0); i >= 0 && !slices.Contains(v.uids, uid) {
				v.uids = slices.Delete(v.uids, i, i+1)
			}
		}
	}
	for i := len(v.uids) - 1; i >= 0; i-- {
		if uid := v.uids[i]; uid != 0 && contains(set, uid, 0) {
			if earlier && strings.Contains(command, "FETCH") {
				return fmt.Errorf("VANISHED (EARLIER) of UID %d that is there", uid)
			}
			delete(v.flags, uid)
			v.uids = slices.Delete(v.uids, i, i+1)
		}
	}
	return nil
}

func (v *view) fetched(r response) error {
	if r.number < 1 || r.number > len(v.uids) {
		return fmt.Errorf("FETCH %d of %d", r.number, len(v.uids))
	}
	items := r.items()
	if uid, ok := items["UID"]; ok {
		n, _ := strconv.Atoi(uid.text)
		if known := v.uids[r.number-1]; known != 0 && known != n {
			return fmt.Errorf("message %d was UID %d and is UID %d", r.number, known, n)
		}
		v.uids[r.number-1] = n
	}
	if flags, ok := items["FLAGS"]; ok {
		uid := v.uids[r.number-1]
		if uid == 0 {
			return nil // its UID will come
		}
		var list []string
		for _, f := range flags.list {
			list = append(list, f.text)
		}
		v.flags[uid] = flagsOf(list...)
	}
	return nil
}

// readSet reads a set as a server writes it.
func readSet(text string) (set []span) {
	for _, word := range strings.Split(text, ",") {
		a, b, ranged := strings.Cut(word, ":")
		first, _ := strconv.Atoi(a)
		last := first
		if ranged {
			last, _ = strconv.Atoi(b)
		}
		set = append(set, span{first, last})
	}
	return set
}

// each are the numbers of a set, in its own order.
func each(set []span) (list []int) {
	for _, r := range set {
		for n := r.first; n <= r.last; n++ {
			list = append(list, n)
		}
	}
	return list
}

// named are the UIDs of the view that a set names; ok is false for a number that
// is not there.
func (v *view) named(set []span, byUID bool) (uids []int, ok bool) {
	largest := len(v.uids)
	if byUID && largest > 0 {
		largest = v.uids[largest-1]
	}
	for _, r := range set {
		if !byUID && (r.first > len(v.uids) || r.last > len(v.uids)) {
			return nil, false
		}
	}
	for i, uid := range v.uids {
		n := i + 1
		if byUID {
			n = uid
		}
		if contains(set, n, largest) {
			uids = append(uids, uid)
		}
	}
	return uids, true
}
