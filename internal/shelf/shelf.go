// Package shelf keeps what was asked for last, within bounds of memory.
package shelf

import (
	"container/list"
	"sync"
)

// Shelf keeps values by their keys; what was not asked for longest goes first. It
// is safe for concurrent use; that of the values is the business of who keeps them.
type Shelf[K comparable, V any] struct {
	mu    sync.Mutex
	most  int
	bytes int
	byKey map[K]*list.Element
	order *list.List // of *item[K, V], the latest first
}

type item[K comparable, V any] struct {
	key   K
	value V
	bytes int
}

// New makes an empty shelf for values of that many bytes in all.
func New[K comparable, V any](most int) *Shelf[K, V] {
	return &Shelf[K, V]{most: most, byKey: make(map[K]*list.Element), order: list.New()}
}

// Get gives the value of a key, if it is kept.
func (s *Shelf[K, V]) Get(key K) (v V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	el := s.byKey[key]
	if el == nil {
		return v, false
	}
	s.order.MoveToFront(el)
	return el.Value.(*item[K, V]).value, true
}

// Put keeps a value and says what it weighs. One that is there already stays,
// unless instead, which is quick and does not use the shelf, says that it is to
// be replaced; nil replaces none. Returned is the value that is there now.
func (s *Shelf[K, V]) Put(key K, v V, bytes int, instead func(old V) bool) V {
	s.mu.Lock()
	defer s.mu.Unlock()
	if el := s.byKey[key]; el == nil {
		s.byKey[key] = s.order.PushFront(&item[K, V]{key, v, bytes})
		s.bytes += bytes
	} else {
		old := el.Value.(*item[K, V])
		if instead == nil || !instead(old.value) {
			return old.value
		}
		s.bytes += bytes - old.bytes
		old.value, old.bytes = v, bytes
	}
	for s.bytes > s.most { // what alone is too much does not stay either
		last := s.order.Remove(s.order.Back()).(*item[K, V])
		delete(s.byKey, last.key)
		s.bytes -= last.bytes
	}
	return v
}

// All are the values that are kept, the latest first.
func (s *Shelf[K, V]) All() (values []V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for el := s.order.Front(); el != nil; el = el.Next() {
		values = append(values, el.Value.(*item[K, V]).value)
	}
	return values
}

// Clear empties the shelf.
func (s *Shelf[K, V]) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes = 0
	clear(s.byKey)
	s.order.Init()
}
