package imapserver_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// follower is a client that keeps results as it is told of their changes (RFC
// 5267 §4.3).
type follower struct {
	*client
	results map[string][]int
	sorted  map[string]bool
}

var (
	changeTold   = regexp.MustCompile(`^\* ESEARCH \(TAG "(\w+)"\)(?: UID)?(?: REMOVEFROM \(([\d:, ]+)\))?(?: ADDTO \(([\d:, ]+)\))?$`)
	expungedTold = regexp.MustCompile(`^\* (\d+) EXPUNGE$`)
)

// numbersOf reads a set such as 2,4:6.
func numbersOf(set string) (list []int) {
	for part := range strings.SplitSeq(set, ",") {
		from, to, _ := strings.Cut(part, ":")
		first, _ := strconv.Atoi(from)
		last, _ := strconv.Atoi(to)
		for n := first; n <= max(first, last); n++ {
			list = append(list, n)
		}
	}
	return list
}

// hear applies what a command's answer tells.
func (f *follower) hear(lines []string) {
	f.t.Helper()
	for _, line := range lines {
		if m := expungedTold.FindStringSubmatch(line); m != nil {
			gone, _ := strconv.Atoi(m[1])
			for tag, list := range f.results {
				if strings.HasPrefix(tag, "n") {
					f.renumber(tag, list, gone)
				}
			}
		}
		m := changeTold.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		words := strings.Fields(m[2])
		for i := 0; i+1 < len(words); i += 2 {
			f.remove(m[1], words[i], numbersOf(words[i+1]))
		}
		words = strings.Fields(m[3])
		for i := 0; i+1 < len(words); i += 2 {
			f.add(m[1], words[i], numbersOf(words[i+1]))
		}
	}
}

func (f *follower) renumber(tag string, list []int, gone int) {
	f.t.Helper()
	for i, n := range list {
		if n == gone {
			f.t.Fatalf("%s: %d was expunged while in the result", tag, gone)
		}
		if n > gone {
			list[i]--
		}
	}
}

func (f *follower) remove(tag, place string, numbers []int) {
	f.t.Helper()
	if f.sorted[tag] {
		at, _ := strconv.Atoi(place)
		if at < 1 || at-1+len(numbers) > len(f.results[tag]) || !slices.Equal(f.results[tag][at-1:at-1+len(numbers)], numbers) {
			f.t.Fatalf("%s: %v are not at %s of %v", tag, numbers, place, f.results[tag])
		}
		f.results[tag] = slices.Delete(f.results[tag], at-1, at-1+len(numbers))
		return
	}
	for _, n := range numbers {
		i := slices.Index(f.results[tag], n)
		if i < 0 {
			f.t.Fatalf("%s: %d is not in %v", tag, n, f.results[tag])
		}
		f.results[tag] = slices.Delete(f.results[tag], i, i+1)
	}
}

func (f *follower) add(tag, place string, numbers []int) {
	f.t.Helper()
	if f.sorted[tag] {
		at, _ := strconv.Atoi(place)
		f.results[tag] = slices.Insert(f.results[tag], at-1, numbers...)
		return
	}
	f.results[tag] = append(f.results[tag], numbers...)
	slices.Sort(f.results[tag])
	if len(slices.Compact(slices.Clone(f.results[tag]))) != len(f.results[tag]) {
		f.t.Fatalf("%s: twice in %v", tag, f.results[tag])
	}
}

// ask gives the result of a search as it is now.
func (f *follower) ask(command string) (list []int) {
	f.t.Helper()
	lines := f.must(command)
	for _, line := range lines {
		if m := regexp.MustCompile(`^\* (?:SEARCH|SORT)(.*)$`).FindStringSubmatch(line); m != nil {
			for _, word := range strings.Fields(m[1]) {
				n, _ := strconv.Atoi(word)
				list = append(list, n)
			}
		}
	}
	f.hear(lines)
	return list
}

// TestUpdatesFollow changes a mailbox at random, and has a client keep results
// by what it is told: after every command they are what a search finds.
func TestUpdatesFollow(t *testing.T) {
	h := newHouse(t)
	r := rand.New(rand.NewPCG(5267, 1))
	const box = "Shared/info@example.test/INBOX"
	subjects := []string{"apples", "pears", "plums", "figs", "dates"}
	deliver := func() {
		h.Deliver(fmt.Sprintf("From: a@example.test\r\nSubject: %s\r\n\r\nHello %s.\r\n", subjects[r.IntN(5)], subjects[r.IntN(5)]), h.Info)
	}
	for range 8 {
		deliver()
	}
	f := &follower{h.as("anna"), map[string][]int{}, map[string]bool{"u3": true, "u4": true, "n3": true}}
	f.must("SELECT " + box)
	searches := map[string]string{
		"u1": "UID SEARCH UNSEEN", "u2": `UID SEARCH OR SUBJECT pl NOT KEYWORD todo`, "u3": "UID SORT (SUBJECT) UTF-8 NOT FLAGGED",
		"u4": "UID SORT (REVERSE SUBJECT ARRIVAL) UTF-8 ALL", "n1": "SEARCH FLAGGED", "n2": "SEARCH BODY figs", "n3": "SORT (SUBJECT) UTF-8 UNSEEN",
		"u5": "UID SEARCH UID 12:*",
	}
	for tag, command := range searches {
		f.results[tag] = f.ask(command)
		verb, rest, _ := strings.Cut(command, "SEARCH")
		if f.sorted[tag] {
			verb, rest, _ = strings.Cut(command, "SORT")
			rest = "SORT RETURN (UPDATE)" + rest
		} else {
			rest = "SEARCH RETURN (UPDATE)" + rest
		}
		f.send(tag + " " + verb + rest)
		for line := ""; !strings.HasPrefix(line, tag+" OK"); line = f.line() {
		}
	}
	other := h.as("ben")
	other.must("SELECT " + box)
	flags := []string{`\Seen`, `\Flagged`, "todo"}
	for step := range 150 {
		actor := other
		if r.IntN(3) == 0 {
			actor = f.client
		}
		var lines []string
		flag, sign, n := flags[r.IntN(3)], "+-"[r.IntN(2):][:1], 1+r.IntN(30)
		switch r.IntN(7) {
		case 0, 1:
			deliver()
		case 2:
			lines = append(actor.must(fmt.Sprintf(`UID STORE %d:%d +FLAGS.SILENT (\Deleted)`, n, n+1)), actor.must("EXPUNGE")...)
		default:
			lines = actor.must(fmt.Sprintf("UID STORE %d:%d %sFLAGS (%s)", n, n+r.IntN(3), sign, flag))
		}
		if actor == f.client {
			f.hear(lines)
		}
		if r.IntN(2) == 0 { // tells no expunges
			f.hear(f.must("FETCH 1 (UID)"))
		}
		f.hear(f.must("NOOP"))
		for tag, command := range searches {
			want := f.ask(command)
			if got := f.results[tag]; !slices.Equal(got, want) {
				t.Fatalf("step %d, %s: followed %v, found %v", step, command, got, want)
			}
		}
	}
}
