package thread

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"postroom/internal/imapwire"
)

// messages reads "ID<REF,REF Subject" lines; the Nth is number N, sent N.
func messages(lines ...string) (list []Message) {
	for i, line := range lines {
		head, subject, _ := strings.Cut(line, " ")
		id, refs, _ := strings.Cut(head, "<")
		m := Message{Number: uint32(i + 1), ID: Hash(id), Sent: int64(i), Received: int64(i)}
		for _, ref := range strings.FieldsFunc(refs, func(r rune) bool { return r == ',' }) {
			m.References = append(m.References, Hash(ref))
		}
		m.Subject, m.Reply = strings.CutPrefix(subject, "Re: ")
		list = append(list, m)
	}
	return list
}

func wire(nodes []*imapwire.ThreadNode) string {
	var out bytes.Buffer
	e := imapwire.NewEncoder(bufio.NewWriter(&out))
	e.Threads(nodes)
	e.Flush()
	return strings.TrimSpace(strings.TrimPrefix(out.String(), "* THREAD"))
}

func TestThreads(t *testing.T) {
	for _, c := range []struct {
		name, algorithm, want string
		list                  []Message
	}{
		{"chain", "REFERENCES", "(1 2 3)", messages("a x", "b<a x", "c<a,b x")},
		{"fork", "REFERENCES", "(1 (2)(3 4))", messages("a x", "b<a x", "c<a x", "d<a,c x")},
		{"missing parent with one answer", "REFERENCES", "(1)", messages("b<a x")},
		{"missing parent with two answers", "REFERENCES", "((1)(2))", messages("b<a x", "c<a y")},
		{"missing in the middle", "REFERENCES", "(1 2)", messages("a x", "c<a,b y")},
		{"missing chain", "REFERENCES", "((1)(2))", messages("c<a,b x", "d<a,z y")},
		{"answer before question", "REFERENCES", "(2 1)", messages("b<a x", "a x")},
		{"loop", "REFERENCES", "(2 1)", messages("a<b x", "b<a x")},
		{"itself", "REFERENCES", "(1)", messages("a<a x")},
		{"truncated references are mended", "REFERENCES", "(1 2 3)", messages("a x", "b<a x", "c<a,b x")},
		{"duplicate id", "REFERENCES", "(1 3)(2)", messages("a x", "a y", "b<a x")},
		{"one subject", "REFERENCES", "(1 (2)(3))", messages("a hello", "b Re: hello", "c Re: hello")},
		{"one subject without a beginning", "REFERENCES", "((1)(2))", messages("a hello", "b hello")},
		{"three of a subject", "REFERENCES", "((1)(2)(3))", messages("a hello", "b hello", "c hello")},
		{"answer first", "REFERENCES", "(2 1)", messages("a Re: hello", "b hello")},
		{"dummy and subject", "REFERENCES", "((1)(2)(3))", messages("a<x hello", "b<x hello", "c hello")},
		{"two dummies", "REFERENCES", "((1)(2)(3)(4))", messages("a<x hello", "b<x hello", "c<y hello", "d<y hello")},
		{"no subject", "REFERENCES", "(1)(2)", messages("a ", "b ")},
		{"no ids", "REFERENCES", "(1)(2)", messages(" x", " y")},
		{"refs leave subjects alone", "REFS", "(2)(1 3)", messages("a hello", "b Re: hello", "c<a hello")},
		{"ordered subject", "ORDEREDSUBJECT", "(1 (3)(5))(2 4)", messages("a x", "b y", "c Re: x", "d<a Re: y", "e x")},
		{"nothing", "REFERENCES", "", nil},
	} {
		if got := wire(Threads(c.algorithm, c.list)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// What a message says of its own parent counts more than what others said.
func TestOwnReferenceWins(t *testing.T) {
	for want, list := range map[string][]Message{
		"(3 1 2 4)":  messages("c<a,b x", "a y", "b z", "d<b,c,a w"), // that b has no parent is its own word
		"(3 2 1)(4)": messages("d<b,c x", "c<a y", "a z", "b w"),
	} {
		if got := wire(Threads("REFERENCES", list)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whatever the references say, every message is there once, soon.
func TestHostileReferences(t *testing.T) {
	const n = 20_000
	chain := make([]Message, n) // each names the next: a thread as deep as long
	loops := make([]Message, n)
	rng := rand.New(rand.NewPCG(1, 2))
	wild := make([]Message, n)
	for i := range n {
		id := func(k int) uint64 { return Hash(fmt.Sprint(k)) }
		chain[i] = Message{Number: uint32(i + 1), ID: id(i), References: []uint64{id(i + 1)}, Sent: int64(i)}
		loops[i] = Message{Number: uint32(i + 1), ID: id(i), References: []uint64{id(i - 1), id(n - 1 - i), id((i + 1) % n), id(i)}}
		wild[i] = Message{Number: uint32(i + 1), ID: id(rng.IntN(n)), Sent: rng.Int64N(100), Subject: fmt.Sprint(rng.IntN(50)), Reply: rng.IntN(2) == 0}
		for range 100 {
			wild[i].References = append(wild[i].References, id(rng.IntN(4*n)))
		}
	}
	for name, list := range map[string][]Message{"chain": chain, "loops": loops, "wild": wild} {
		for _, algorithm := range []string{"REFERENCES", "REFS", "ORDEREDSUBJECT"} {
			seen := map[uint32]int{}
			rest := Threads(algorithm, list)
			for len(rest) > 0 {
				last := rest[len(rest)-1]
				rest = append(rest[:len(rest)-1], last.Children...)
				if last.Number != 0 {
					seen[last.Number]++
				}
			}
			if len(seen) != n {
				t.Errorf("%s %s: %d of %d messages", name, algorithm, len(seen), n)
			}
			for number, times := range seen {
				if times != 1 {
					t.Fatalf("%s %s: %d is there %d times", name, algorithm, number, times)
				}
			}
		}
	}
}

func FuzzThreads(f *testing.F) {
	f.Add([]byte("abcabc"))
	f.Add([]byte{1, 2, 1, 2, 3, 1, 3, 3, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var list []Message
		for i := 0; i+2 < len(raw) && i < 600; i += 3 {
			list = append(list, Message{Number: uint32(len(list) + 1), ID: uint64(raw[i] % 16), Subject: string(rune('a' + raw[i]%5)),
				Reply: raw[i+2]&1 == 0, References: []uint64{uint64(raw[i+1]%20) + 1, uint64(raw[i+2]%20) + 1}, Sent: int64(raw[i+1])})
		}
		for _, algorithm := range []string{"REFERENCES", "REFS", "ORDEREDSUBJECT"} {
			n := 0
			rest := Threads(algorithm, list)
			for len(rest) > 0 {
				last := rest[len(rest)-1]
				rest = append(rest[:len(rest)-1], last.Children...)
				if last.Number != 0 {
					n++
				} else if len(last.Children) < 2 {
					t.Fatalf("%s: an empty place holds %d", algorithm, len(last.Children))
				}
			}
			if n != len(list) {
				t.Fatalf("%s: %d of %d", algorithm, n, len(list))
			}
		}
	})
}
