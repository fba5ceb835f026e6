package fts

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Tidy merges the small segments of an account, until they are few. Messages
// that are gone are left out.
func Tidy(ctx context.Context, d *db.DB, account postroom.AccountID) error {
	for {
		did, err := rewrite(ctx, d, account, func(_ *db.Tx, list []meta) ([]meta, error) { return mergeable(list), nil })
		if err != nil || !did {
			return err
		}
	}
}

// Purge writes those segments of an account anew in which messages are that are
// gone, one by one, so that no word of theirs is left.
func Purge(ctx context.Context, d *db.DB, account postroom.AccountID) error {
	for {
		did, err := rewrite(ctx, d, account, func(tx *db.Tx, list []meta) ([]meta, error) {
			for i, m := range list {
				r := &reader{tx: tx, meta: m, number: -1}
				data, err := r.fresh(0, m.docsSize)
				if err != nil {
					return nil, err
				}
				dict, err := open(data, emptyTerms, 0)
				if err != nil {
					return nil, err
				}
				there, err := alive(tx, account, dict.docs)
				if err != nil {
					return nil, err
				}
				if there.Len() < len(dict.docs) {
					return list[i : i+1], nil
				}
			}
			return nil, nil
		})
		if err != nil || !did {
			return err
		}
	}
}

// emptyTerms is the section of a segment without terms.
var emptyTerms = make([]byte, 13)

// Accounts lists the accounts that have an index.
func Accounts(tx *db.Tx) (list []postroom.AccountID, err error) {
	err = tx.Each(`SELECT DISTINCT account_id FROM search_segment`, nil, func(scan func(...any) error) error {
		var id postroom.AccountID
		err := scan(&id)
		list = append(list, id)
		return err
	})
	return list, err
}

// rewrite replaces the segments chosen by one. It is prepared outside of the
// transaction that does it; if another was faster nothing is done.
func rewrite(ctx context.Context, d *db.DB, account postroom.AccountID,
	choose func(*db.Tx, []meta) ([]meta, error)) (did bool, err error) {
	var old []meta
	var merged encoded
	err = d.Read(ctx, func(tx *db.Tx) error {
		list, err := segments(tx, account)
		if err != nil {
			return err
		}
		if old, err = choose(tx, list); err != nil || len(old) == 0 {
			return err
		}
		merged, err = merge(tx, account, old)
		return err
	})
	if err != nil || len(old) == 0 {
		return false, err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		did = false
		for _, m := range old {
			n, err := tx.Exec(`DELETE FROM search_segment WHERE account_id = $1 AND segment_id = $2`, account, m.id)
			if err != nil {
				return err
			}
			if n == 0 {
				return errFaster
			}
			if _, err := tx.Exec(`DELETE FROM search_page WHERE account_id = $1 AND segment_id = $2`, account, m.id); err != nil {
				return err
			}
		}
		did = true
		if merged.docs == 0 {
			return nil
		}
		return insert(tx, account, merged)
	})
	if err == errFaster {
		return false, nil
	}
	return did, err
}

// alive are those of docs that still exist.
func alive(tx *db.Tx, account postroom.AccountID, docs []postroom.EmailID) (*Set, error) {
	there := &Set{}
	if len(docs) == 0 {
		return there, nil
	}
	err := tx.Each(`SELECT email_id FROM email WHERE account_id = $1 AND email_id BETWEEN $2 AND $3 ORDER BY email_id`,
		[]any{account, docs[0], docs[len(docs)-1]}, func(scan func(...any) error) error {
			var id postroom.EmailID
			err := scan(&id)
			for len(docs) > 0 && docs[0] < id {
				docs = docs[1:]
			}
			if err == nil && len(docs) > 0 && docs[0] == id {
				there.Add(id)
			}
			return err
		})
	return there, err
}

// source is a segment on its way into another.
type source struct {
	*reader
	at     int   // the term it is at
	places []int // where each of its messages is in the new segment; -1: gone
}

// merge makes one segment of several.
func merge(tx *db.Tx, account postroom.AccountID, old []meta) (encoded, error) {
	var sources []*source
	var docs []postroom.EmailID
	for _, m := range old {
		r, err := openSegment(tx, nil, m)
		if err != nil {
			return encoded{}, err
		}
		there, err := alive(tx, account, r.dict.docs)
		if err != nil {
			return encoded{}, err
		}
		for _, id := range r.dict.docs {
			if there.Has(id) {
				docs = append(docs, id)
			}
		}
		sources = append(sources, &source{reader: r})
	}
	slices.Sort(docs)
	docs = slices.Compact(docs)
	for _, s := range sources {
		s.places = make([]int, len(s.dict.docs))
		for i, id := range s.dict.docs {
			s.places[i] = -1
			if at, ok := slices.BinarySearch(docs, id); ok {
				s.places[i] = at
			}
		}
	}
	w, err := mergeTerms(sources)
	if err != nil {
		return encoded{}, err
	}
	return w.bytes(docs), nil
}

// mergeTerms goes through the terms of all sources in order.
func mergeTerms(sources []*source) (*writer, error) {
	type entry struct {
		place  int
		fields Fields
	}
	w := &writer{}
	var entries []entry
	for {
		var term []byte
		for _, s := range sources {
			if s.at < s.dict.n && (term == nil || bytes.Compare(s.dict.term(s.at), term) < 0) {
				term = s.dict.term(s.at)
			}
		}
		if term == nil {
			return w, nil
		}
		entries = entries[:0]
		for _, s := range sources {
			if s.at == s.dict.n || !bytes.Equal(s.dict.term(s.at), term) {
				continue
			}
			list, err := s.postings(s.at)
			if err != nil {
				return nil, err
			}
			err = decode(list, len(s.places), func(place int, f Fields) {
				if s.places[place] >= 0 {
					entries = append(entries, entry{s.places[place], f})
				}
			})
			if err != nil {
				return nil, err
			}
			s.at++
		}
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.place, b.place) })
		var p postings
		for i, e := range entries {
			if i == 0 || e.place != entries[i-1].place {
				p.put(uint64(e.place), e.fields)
			}
		}
		if len(p.data) > 0 {
			w.add(string(term), p.data)
		}
	}
}
