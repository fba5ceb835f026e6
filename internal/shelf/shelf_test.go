package shelf_test

import (
	"slices"
	"testing"

	"postroom/internal/shelf"
)

func always(string) bool { return true }

// What was asked for last stays, as much as there is room for.
func TestShelf(t *testing.T) {
	s := shelf.New[int, string](10)
	holds := func(when string, want ...string) {
		t.Helper()
		if got := s.All(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	s.Put(1, "a", 4, nil)
	s.Put(2, "b", 4, nil)
	s.Put(3, "c", 2, nil)
	holds("full", "c", "b", "a")
	if v, ok := s.Get(1); v != "a" || !ok {
		t.Errorf("got %q, %v", v, ok)
	}
	s.Put(4, "d", 1, nil)
	holds("one more: the one not asked for longest goes", "d", "a", "c")
	if v, ok := s.Get(2); v != "" || ok {
		t.Errorf("what is gone gives %q, %v", v, ok)
	}
	if v := s.Put(1, "A", 9, nil); v != "a" {
		t.Errorf("what was there gave way to %q", v)
	}
	if v := s.Put(1, "A", 9, func(old string) bool { return old != "a" }); v != "a" {
		t.Errorf("what was there gave way to %q, though it was not to", v)
	}
	holds("nothing replaced", "d", "a", "c")
	if v := s.Put(3, "C", 3, always); v != "C" {
		t.Errorf("%q is there now", v)
	}
	holds("replaced where it stood", "d", "a", "C")
	s.Put(3, "CC", 5, always)
	holds("all that there is room for", "d", "a", "CC")
	s.Put(3, "CCC", 6, always)
	holds("a heavier one, which is the last", "d", "a")
	s.Put(5, "e", 11, nil)
	holds("what alone is too much")
	s.Put(6, "f", 10, nil)
	holds("nothing of what went weighs any more", "f")
	s.Clear()
	holds("cleared")
	s.Put(7, "g", 10, nil)
	holds("and weighed no more", "g")
}
