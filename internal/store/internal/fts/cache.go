package fts

import (
	"slices"

	"postroom"
	"postroom/internal/shelf"
	"postroom/internal/store/internal/db"
)

// maxCacheBytes bounds what a Cache holds: the index of about half a million
// messages.
const maxCacheBytes = 96 << 20

// Cache keeps what was read last of segments, which never change. It is safe for
// concurrent use.
type Cache struct {
	by *shelf.Shelf[cacheKey, cached]
}

// cacheKey names a page, or by page -1 the dictionary of a segment.
type cacheKey struct {
	account postroom.AccountID
	segment int64
	page    int
}

// cached is a dictionary or a page.
type cached struct {
	dictionary *dictionary
	page       []byte
}

// cachedBytes is the memory of one beside what is in it.
const cachedBytes = 100

// NewCache makes an empty cache.
func NewCache() *Cache { return &Cache{by: shelf.New[cacheKey, cached](maxCacheBytes)} }

// reader reads one segment in a transaction.
type reader struct {
	tx    *db.Tx
	cache *Cache // nil: nothing is kept
	meta  meta
	dict  *dictionary
	// The page read last, and room for lists that lie on two.
	number  int
	page    []byte
	scratch []byte
}

// openSegment reads the dictionary of a segment.
func openSegment(tx *db.Tx, cache *Cache, m meta) (*reader, error) {
	r := &reader{tx: tx, cache: cache, meta: m, number: -1}
	key := cacheKey{m.account, m.id, -1}
	if cache != nil {
		if e, ok := cache.by.Get(key); ok {
			r.dict = e.dictionary
			return r, nil
		}
	}
	head := m.docsSize + m.termsSize
	if m.docsSize < 0 || m.termsSize < 0 || head > m.bytes {
		return nil, errDamaged
	}
	data, err := r.fresh(0, head)
	if err != nil {
		return nil, err
	}
	r.dict, err = open(data[:m.docsSize], data[m.docsSize:], m.bytes-head)
	if err != nil {
		return nil, err
	}
	if len(r.dict.docs) != m.docs {
		return nil, errDamaged
	}
	if cache != nil {
		cache.by.Put(key, cached{dictionary: r.dict}, r.dict.bytes()+cachedBytes, nil)
	}
	return r, nil
}

// fresh reads bytes past the cache, into memory of their own.
func (r *reader) fresh(from, to int) ([]byte, error) {
	data := make([]byte, 0, to-from)
	for at := from; at < to; {
		page, err := r.stored(at / pageSize)
		if err != nil {
			return nil, err
		}
		part := page[min(at%pageSize, len(page)):]
		if len(part) == 0 {
			return nil, errDamaged
		}
		part = part[:min(len(part), to-at)]
		data = append(data, part...)
		at += len(part)
	}
	return data, nil
}

func (r *reader) stored(n int) (page []byte, err error) {
	err = r.tx.QueryRow(`SELECT data FROM search_page WHERE account_id = $1 AND segment_id = $2 AND page = $3`,
		r.meta.account, r.meta.id, n).Scan(&page)
	return page, err
}

// turn makes a page the present one.
func (r *reader) turn(n int) error {
	if r.number == n {
		return nil
	}
	key := cacheKey{r.meta.account, r.meta.id, n}
	if r.cache != nil {
		if e, ok := r.cache.by.Get(key); ok {
			r.number, r.page = n, e.page
			return nil
		}
	}
	page, err := r.stored(n)
	if err != nil {
		return err
	}
	r.number, r.page = n, page
	if r.cache != nil {
		r.cache.by.Put(key, cached{page: page}, len(page)+cachedBytes, nil)
	}
	return nil
}

// postings reads the list of a term; it holds until the next call.
func (r *reader) postings(i int) ([]byte, error) {
	head := r.meta.docsSize + r.meta.termsSize
	from, to := r.dict.span(i)
	from, to = from+head, to+head
	r.scratch = r.scratch[:0]
	for at := from; at < to; {
		if err := r.turn(at / pageSize); err != nil {
			return nil, err
		}
		part := r.page[min(at%pageSize, len(r.page)):]
		if len(part) == 0 {
			return nil, errDamaged
		}
		if len(part) >= to-at && at == from {
			return part[:to-at], nil
		}
		part = part[:min(len(part), to-at)]
		r.scratch = append(r.scratch, part...)
		at += len(part)
	}
	return slices.Clip(r.scratch), nil
}
