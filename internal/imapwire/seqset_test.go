package imapwire

import (
	"reflect"
	"slices"
	"testing"
)

func TestSeqSet(t *testing.T) {
	for _, c := range []struct {
		in       string
		largest  uint32
		resolved string
		length   uint64
		dynamic  bool
	}{
		{"1", 10, "1", 1, false},
		{"2,4:7,9,12:*", 15, "2,4:7,9,12:15", 10, true}, // RFC 9051 §9
		{"*:4,5:7", 10, "4:10", 7, true},                // RFC 9051 §9
		{"291:*", 100, "100:291", 192, true},
		{"4:2,3", 9, "2:4", 3, false},
		{"5,1,3:3,2,4", 9, "1:5", 5, false},
		{"*", 0, "", 0, true},
		{"1:4294967295", 5, "1:4294967295", 1<<32 - 1, false},
		{"4294967295,4294967294", 5, "4294967294:4294967295", 2, false},
	} {
		s, err := ParseSeqSet(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		r := s.Resolve(c.largest)
		if r.String() != c.resolved || r.Len() != c.length || s.Dynamic() != c.dynamic {
			t.Errorf("%s: %s, %d numbers, dynamic %v", c.in, r, r.Len(), s.Dynamic())
		}
	}
	for _, bad := range []string{"", "0", "a", "1,", ",1", "1:", ":1", "1::2", "1:2:3", "4294967296", "1,$", "$,1", "-1", "+1", "**", "1 "} {
		if s, err := ParseSeqSet(bad); err == nil {
			t.Errorf("%q became %v", bad, s)
		}
	}
	built := SeqSetOf(1, 2, 3, 7, 9, 10)
	built.AddRange(11, 20)
	built.AddRange(0, 4)
	if got := built.String(); got != "1:3,7,9:20" {
		t.Error(got)
	}
	if got := slices.Collect(set("4,2:3,2").Resolve(9).All()); !reflect.DeepEqual(got, []uint32{2, 3, 4}) {
		t.Error(got)
	}
	if s := set("$"); !s.Saved || !s.Dynamic() || s.Empty() || s.String() != "$" {
		t.Error(s)
	}
}

func FuzzSeqSet(f *testing.F) {
	f.Add("2,4:7,9,12:*", uint32(15), uint32(9))
	f.Add("*:4,5:7", uint32(0), uint32(4294967295))
	f.Fuzz(func(t *testing.T, text string, largest, n uint32) {
		s, err := ParseSeqSet(text)
		if err != nil {
			return
		}
		again, err := ParseSeqSet(s.String())
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Fatalf("%q became %q: %v", text, s, err)
		}
		if s.Saved {
			return
		}
		r := s.Resolve(largest)
		if s.Contains(n, largest) != r.ContainsResolved(n) {
			t.Fatalf("%q, largest %d: does it hold %d?", text, largest, n)
		}
		for i, g := range r.Ranges {
			if g.First == 0 || g.Last < g.First || i > 0 && uint64(g.First) <= uint64(r.Ranges[i-1].Last)+1 {
				t.Fatalf("%q resolved to %v", text, r)
			}
		}
	})
}
