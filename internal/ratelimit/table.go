package ratelimit

import (
	"container/list"
	"strings"
	"time"
)

// table is a bounded map of leaky buckets, ordered by last use.
type table[K comparable] struct {
	size    int
	entries map[K]*list.Element
	order   *list.List // of *bucket[K], the last used in front
}

// bucket fills by one with each failure and drains steadily.
type bucket[K comparable] struct {
	key   K
	level float64
	at    time.Time // when level was true
}

func newTable[K comparable](size int) table[K] {
	return table[K]{size: size, entries: make(map[K]*list.Element), order: list.New()}
}

// drained is the level at now, of a bucket that drains limit in window.
func (b *bucket[K]) drained(limit int, window time.Duration, now time.Time) float64 {
	passed := max(0, now.Sub(b.at))
	return max(0, b.level-float64(passed)/float64(window)*float64(limit))
}

// wait is the time until there is room for one more failure.
func (t *table[K]) wait(k K, limit int, window time.Duration, now time.Time) time.Duration {
	e, ok := t.entries[k]
	if !ok {
		return 0
	}
	over := e.Value.(*bucket[K]).drained(limit, window, now) - float64(limit-1)
	// A hair over is rounding, not a failure too many.
	if over <= 1e-9 {
		return 0
	}
	return time.Duration(over / float64(limit) * float64(window))
}

// add counts a failure. The level stops a little above the limit, so that hammering on
// a closed door does not keep it closed for ever.
func (t *table[K]) add(k K, limit int, window time.Duration, now time.Time) {
	b := t.touch(k, time.Time{})
	b.level = min(b.drained(limit, window, now)+1, float64(limit)+1)
	b.at = now
}

// touch brings the bucket of k to the front, makes it if needed, and drops the last one
// when there are too many. A time that is not zero is set.
func (t *table[K]) touch(k K, at time.Time) *bucket[K] {
	e, ok := t.entries[k]
	if ok {
		t.order.MoveToFront(e)
	} else {
		if t.order.Len() >= t.size {
			last := t.order.Back()
			delete(t.entries, last.Value.(*bucket[K]).key)
			t.order.Remove(last)
		}
		e = t.order.PushFront(&bucket[K]{key: own(k)})
		t.entries[e.Value.(*bucket[K]).key] = e
	}
	b := e.Value.(*bucket[K])
	if !at.IsZero() {
		b.at = at
	}
	return b
}

// own copies the strings of a key, so that it does not hold a larger one alive.
func own[K comparable](k K) K {
	switch v := any(k).(type) {
	case string:
		return any(strings.Clone(v)).(K)
	case pair:
		v.account = strings.Clone(v.account)
		return any(v).(K)
	}
	return k
}

func (t *table[K]) at(k K) (time.Time, bool) {
	e, ok := t.entries[k]
	if !ok {
		return time.Time{}, false
	}
	return e.Value.(*bucket[K]).at, true
}

func (t *table[K]) remove(k K) {
	if e, ok := t.entries[k]; ok {
		delete(t.entries, k)
		t.order.Remove(e)
	}
}
