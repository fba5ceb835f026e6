package dns

import (
	"sync"
	"time"
)

const (
	maxTTL         = 24 * time.Hour
	maxNegativeTTL = 5 * time.Minute
)

type question struct {
	name   string
	rrtype uint16
}

type entry struct {
	answer  Answer
	expires time.Time
}

// cache keeps answers for their TTL, at most size of them. A nil cache keeps none.
type cache struct {
	size int
	now  func() time.Time

	mu      sync.Mutex
	entries map[question]entry
}

func newCache(size int, now func() time.Time) *cache {
	return &cache{size: size, now: now, entries: make(map[question]entry)}
}

func (c *cache) get(name string, rrtype uint16) (Answer, bool) {
	if c == nil {
		return Answer{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[question{name, rrtype}]
	if !ok || !c.now().Before(e.expires) {
		return Answer{}, false
	}
	return e.answer, true
}

func (c *cache) put(name string, rrtype uint16, a Answer) {
	if c == nil || a.TTL <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if len(c.entries) >= c.size {
		c.evict(now)
	}
	c.entries[question{name, rrtype}] = entry{a, now.Add(a.TTL)}
}

// evict makes room: everything expired among a few entries, and at least one of them.
// Map order is random, which is as good as any order for a cache this small.
func (c *cache) evict(now time.Time) {
	seen := 0
	for q, e := range c.entries {
		if seen == 0 || !now.Before(e.expires) {
			delete(c.entries, q)
		}
		if seen++; seen >= 16 {
			return
		}
	}
}
