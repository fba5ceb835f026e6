package store

import (
	"errors"
	"slices"
	"sync"

	"postroom"
	"postroom/internal/shelf"
	"postroom/internal/store/internal/db"
)

// maxPictureBytes bounds the memory of all pictures: about four million items.
const maxPictureBytes = 192 << 20

// itemBytes is the memory of one item in a picture; keywords, of which items
// share one copy, are not counted. entryBytes is that of the picture itself.
const itemBytes, entryBytes = 40, 300

// pictureKey names a picture: of a mailbox, for one reader where each has
// their own read state, else for everybody (reader zero).
type pictureKey struct {
	ref    postroom.CollectionRef
	reader postroom.AccountID
}

// picture is what a mailbox held at one ModSeq. items is never changed but by
// appending past the end.
type picture struct {
	modseq postroom.ModSeq
	items  []postroom.ItemMeta
	gist   *gist
	// box is the mailbox as the reader sees it, in the state of the account that
	// stamp says; a zero stamp is of none.
	stamp stamp
	box   postroom.Collection
}

// pictures keeps the pictures that were asked for last. Nothing in it is
// trusted without the mailbox's ModSeq of the reading transaction.
type pictures struct {
	by *shelf.Shelf[pictureKey, *entry]
}

type entry struct {
	key pictureKey
	// mu is held while the picture is brought up to date: one does it, the
	// others wait and find it done.
	mu  sync.Mutex
	now picture
}

func newPictures() *pictures {
	return &pictures{by: shelf.New[pictureKey, *entry](maxPictureBytes)}
}

// entry finds or makes the entry of a key.
func (p *pictures) entry(key pictureKey) *entry {
	if e, ok := p.by.Get(key); ok {
		return e
	}
	return p.by.Put(key, &entry{key: key}, entryBytes, nil)
}

// weigh counts the memory of an entry anew. Who holds a picture that is dropped
// keeps it alive.
func (p *pictures) weigh(e *entry) {
	p.by.Put(e.key, e, entryBytes+itemBytes*cap(e.now.items), func(old *entry) bool { return old == e })
}

// newest is the ModSeq of a mailbox as the reader of the picture sees it: what
// others read, where each reader has their own read state, does not move it. It
// never goes back, as what makes a state of the reader's go moves that of the
// mailbox. shared is that of the mailbox.
func (key pictureKey) newest(tx *db.Tx, shared postroom.ModSeq) (postroom.ModSeq, error) {
	if key.reader == 0 {
		return shared, nil
	}
	var own postroom.ModSeq
	err := tx.QueryRow(`SELECT COALESCE(MAX(modseq), 0) FROM read_state
		WHERE account_id = $1 AND collection_id = $2 AND reader_id = $3`, key.ref.Account, key.ref.Collection, key.reader).Scan(&own)
	return max(own, shared), err
}

// items returns the items of a mailbox as tx sees them. at is the ModSeq of
// the mailbox in tx. ok is false when somebody with a newer snapshot was
// faster: then the caller begins anew.
func (p *pictures) items(tx *db.Tx, key pictureKey, at postroom.ModSeq) (items []postroom.ItemMeta, ok bool, err error) {
	e := p.entry(key)
	e.mu.Lock()
	defer e.mu.Unlock()
	items = e.now.items
	switch {
	case e.now.modseq == at:
	case e.now.modseq > at:
		return nil, false, nil
	case e.now.modseq == 0:
		items, err = readItems(tx, key)
	default:
		items, err = catchUp(tx, key, e.now)
		if errors.Is(err, errForgotten) {
			items, err = readItems(tx, key)
		}
	}
	if err != nil {
		// The picture stays what it was: others go on from it.
		return nil, false, err
	}
	if e.now.modseq != at {
		e.now = picture{modseq: at, items: items, gist: &gist{items: items}}
		p.weigh(e)
	}
	return slices.Clip(e.now.items), true, nil
}

// stamped keeps with a picture which mailbox it is of, and of which state of the
// account it is.
func (p *pictures) stamped(key pictureKey, st stamp, box postroom.Collection) (*View, bool) {
	e := p.entry(key)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now.modseq == box.ModSeq {
		e.now.stamp, e.now.box = st, box
	}
	return e.now.view(st)
}

// view is the picture, if it is of a state of its account.
func (p *picture) view(st stamp) (*View, bool) {
	if p.stamp != st || st.modseq == 0 {
		return nil, false
	}
	return &View{Collection: p.box, Items: slices.Clip(p.items), gist: p.gist}, true
}

// kept is the picture of a mailbox in one state of its account, if that is what
// is kept.
func (p *pictures) kept(key pictureKey, st stamp) (*View, bool) {
	e, ok := p.by.Get(key)
	if !ok {
		return nil, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now.view(st)
}

// advance applies all that happened to a mailbox between two ModSeqs to the
// picture of the first, if that is what is kept.
func (p *pictures) advance(key pictureKey, from, to postroom.ModSeq, changed []postroom.ItemMeta) {
	e, ok := p.by.Get(key)
	if !ok {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now.modseq != from || from == 0 {
		return
	}
	items := make([]postroom.ItemMeta, len(e.now.items), len(e.now.items)+8)
	copy(items, e.now.items)
	items = patch(items, changed)
	e.now = picture{modseq: to, items: items, gist: &gist{items: items}}
	p.weigh(e)
}

const (
	sharedItems = `SELECT i.uid, i.flags, i.modseq, i.email_id, i.keywords FROM item i
		WHERE i.account_id = $1 AND i.collection_id = $2`
	// A reader's own state stands over the item's.
	ownItems = `SELECT i.uid, CASE WHEN r.seen IS NULL THEN i.flags ELSE i.flags - i.flags % 2 + r.seen END,
		CASE WHEN r.modseq > i.modseq THEN r.modseq ELSE i.modseq END, i.email_id, i.keywords
		FROM item i LEFT JOIN read_state r ON r.account_id = i.account_id AND r.collection_id = i.collection_id
		AND r.reader_id = $3 AND r.uid = i.uid
		WHERE i.account_id = $1 AND i.collection_id = $2`
)

// readItems reads all items in ascending UID order.
func readItems(tx *db.Tx, key pictureKey) ([]postroom.ItemMeta, error) {
	var total int
	err := tx.QueryRow(`SELECT total FROM collection WHERE account_id = $1 AND collection_id = $2`,
		key.ref.Account, key.ref.Collection).Scan(&total)
	if err != nil {
		return nil, err
	}
	items := make([]postroom.ItemMeta, 0, total+total/16+8)
	if key.reader == 0 {
		return scanItems(tx, items, sharedItems+` ORDER BY i.uid`, key.ref.Account, key.ref.Collection)
	}
	return scanItems(tx, items, ownItems+` ORDER BY i.uid`, key.ref.Account, key.ref.Collection, key.reader)
}

func scanItems(tx *db.Tx, items []postroom.ItemMeta, query string, args ...any) ([]postroom.ItemMeta, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var keywords keywordTable
	var uid, flags, modseq, email int64
	var words string
	dest := []any{&uid, &flags, &modseq, &email, &words}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		items = append(items, postroom.ItemMeta{UID: postroom.UID(uid), Flags: postroom.Flags(flags),
			ModSeq: postroom.ModSeq(modseq), Email: postroom.EmailID(email), Keywords: keywords.one(words)})
	}
	return items, rows.Err()
}

// keywordTable keeps one copy of each set of keywords.
type keywordTable map[string]string

func (t *keywordTable) one(s string) string {
	if s == "" {
		return ""
	}
	if known, ok := (*t)[s]; ok {
		return known
	}
	if *t == nil {
		*t = make(keywordTable)
	}
	(*t)[s] = s
	return s
}

// catchUp applies what changed since a picture. New items alone are appended,
// which those who hold the old picture do not see; else a copy is made.
func catchUp(tx *db.Tx, key pictureKey, old picture) ([]postroom.ItemMeta, error) {
	changed, err := readChanged(tx, key, old.modseq)
	if err != nil {
		return nil, err
	}
	gone, err := readVanished(tx, key.ref, old.modseq)
	if err != nil {
		return nil, err
	}
	var last postroom.UID
	if n := len(old.items); n > 0 {
		last = old.items[n-1].UID
	}
	if len(gone) == 0 && (len(changed) == 0 || changed[0].UID > last) {
		return append(old.items, changed...), nil
	}
	items := make([]postroom.ItemMeta, 0, len(old.items)+len(changed)+8)
	if len(gone) == 0 {
		return patch(append(items, old.items...), changed), nil
	}
	for _, it := range old.items {
		for len(gone) > 0 && gone[0] < it.UID {
			gone = gone[1:]
		}
		if len(gone) > 0 && gone[0] == it.UID {
			continue
		}
		if len(changed) > 0 && changed[0].UID == it.UID {
			it, changed = changed[0], changed[1:]
		}
		items = append(items, it)
	}
	return append(items, changed...), nil
}

// patch replaces the items that changed and appends those that are new.
func patch(items, changed []postroom.ItemMeta) []postroom.ItemMeta {
	from := 0
	for i, c := range changed {
		at, ok := placeOf(items[from:], c.UID)
		if !ok {
			return append(items, changed[i:]...)
		}
		from += at
		items[from] = c
	}
	return items
}

// placeOf is where a UID is among items, or would be: the sooner it comes the
// less is looked at, so that going through many UIDs is a walk.
func placeOf(items []postroom.ItemMeta, uid postroom.UID) (int, bool) {
	n := 1
	for n < len(items) && items[n-1].UID < uid {
		n *= 2
	}
	at, ok := slices.BinarySearchFunc(items[n/2:min(n, len(items))], uid, func(it postroom.ItemMeta, uid postroom.UID) int {
		return int(int64(it.UID) - int64(uid))
	})
	return n/2 + at, ok
}

// readChanged reads the items changed since a ModSeq in ascending UID order.
func readChanged(tx *db.Tx, key pictureKey, since postroom.ModSeq) ([]postroom.ItemMeta, error) {
	account, collection := key.ref.Account, key.ref.Collection
	runs, err := changedRuns(tx, key.ref, since)
	if err != nil {
		return nil, err
	}
	query, args := sharedItems+` AND i.modseq > $3`, []any{account, collection, since}
	if key.reader != 0 {
		query, args = ownItems+` AND i.modseq > $4`, []any{account, collection, key.reader, since}
	}
	var changed []postroom.ItemMeta
	for query, args := range inRuns(query, args, runs) {
		if changed, err = scanItems(tx, changed, query, args...); err != nil {
			return nil, err
		}
	}
	if key.reader != 0 {
		// The reader's own changes, by the index on read_state.
		changed, err = scanItems(tx, changed, ownItems+` AND i.uid IN (SELECT uid FROM read_state
			WHERE account_id = $1 AND collection_id = $2 AND reader_id = $3 AND modseq > $4)`,
			account, collection, key.reader, since)
	}
	slices.SortFunc(changed, func(a, b postroom.ItemMeta) int { return int(int64(a.UID) - int64(b.UID)) })
	return slices.CompactFunc(changed, func(a, b postroom.ItemMeta) bool { return a.UID == b.UID }), err
}

// Forget empties what is kept of mailboxes and emails, for measuring and counting
// without it.
func Forget(s *Store) {
	s.pictures.by.Clear()
	s.counted.by.Clear()
	s.mailFacts.by.Clear()
	s.mailTexts.by.Clear()
	s.traits.by.Clear()
	s.grounds.clear()
}
