package fts

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/message"
)

// dictionaryOf opens what a builder made.
func dictionaryOf(t *testing.T, e encoded) *dictionary {
	t.Helper()
	head := e.docsSize + e.termsSize
	d, err := open(e.data[:e.docsSize], e.data[e.docsSize:head], len(e.data)-head)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Terms and postings come back as they were put in, and needles find what a
// plain look at each term finds.
func TestSegment(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	b := newBuilder()
	want := map[string]map[int]Fields{}
	for place := range 50 {
		d := Document{Email: postroom.EmailID(3 * (place + 1)), Terms: map[string]Fields{}}
		for range 40 {
			term := strings.Repeat(string(rune('A'+random.IntN(4))), 1+random.IntN(3)) + string(rune('A'+random.IntN(26)))
			d.Terms[term] |= 1 << random.IntN(7)
			d.Terms[term] |= 1 << random.IntN(7)
		}
		for term, f := range d.Terms {
			if want[term] == nil {
				want[term] = map[int]Fields{}
			}
			want[term][place] = f
		}
		b.add(d)
	}
	e := b.bytes()
	d := dictionaryOf(t, e)
	terms := slices.Sorted(maps.Keys(want))
	if d.n != len(terms) || len(d.docs) != 50 || d.docs[49] != 150 {
		t.Fatal(d.n, len(terms), d.docs)
	}
	stream := e.data[e.docsSize+e.termsSize:]
	for i, term := range terms {
		if string(d.term(i)) != term {
			t.Fatalf("%q, want %q", d.term(i), term)
		}
		from, to := d.span(i)
		got := map[int]Fields{}
		if err := decode(stream[from:to], 50, func(place int, f Fields) { got[place] = f }); err != nil || !maps.Equal(got, want[term]) {
			t.Fatalf("%q: %v %v, want %v", term, got, err, want[term])
		}
	}
	for _, text := range append(terms, "A", "AA", "B", "Z", "AB", "", "ZZZ", "AAAAAA") {
		for mode := message.TermIs; mode <= message.TermHolds; mode++ {
			n := message.Needle{Text: text, Mode: mode}
			var got, want []int
			if err := d.find(n, func(i int) error { got = append(got, i); return nil }); err != nil {
				t.Fatal(err)
			}
			for i, term := range terms {
				if n.Meets(term) {
					want = append(want, i)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v: %v, want %v", n, got, want)
			}
		}
	}
}

// A damaged segment gives an error or wrong answers, but no harm.
func FuzzSegment(f *testing.F) {
	b := newBuilder()
	for i := range 3 {
		b.add(Document{Email: postroom.EmailID(i + 7), Terms: map[string]Fields{"A": Body, "AB": Header | Subject | Cc, "É": From}})
	}
	e := b.bytes()
	f.Add(e.data, e.docsSize, e.termsSize, "A")
	f.Add(e.data, e.docsSize, e.termsSize, "")
	f.Add(emptyTerms, 0, 13, "B")
	f.Fuzz(func(t *testing.T, data []byte, docs, terms int, needle string) {
		if docs < 0 || terms < 0 || docs > len(data) || terms > len(data)-docs {
			return
		}
		postings := data[docs+terms:]
		d, err := open(data[:docs], data[docs:docs+terms], len(postings))
		if err != nil {
			return
		}
		for mode := message.TermIs; mode <= message.TermHolds; mode++ {
			found := 0
			_ = d.find(message.Needle{Text: needle, Mode: mode}, func(i int) error {
				if found++; found > d.n {
					t.Fatal("a term was found twice")
				}
				from, to := d.span(i)
				return decode(postings[from:to], len(d.docs), func(place int, _ Fields) { _ = d.docs[place] })
			})
		}
	})
}
