package store

import (
	"cmp"
	"context"
	"slices"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/fts"
)

// Scored is a message that was found, and how well it fits: from 1 to 100
// (RFC 6203 §4).
type Scored struct {
	UID   postroom.UID
	Score int
}

// SearchFuzzy returns, of the UIDs given, those that have all words of query, in
// ascending order. Words may be beginnings of those in the message, accents make
// no difference, and in words of four letters one may be wrong, of eight two;
// the first must be right. A query without words is searched as it is.
// Needs Read.
func (m *Mailbox) SearchFuzzy(ctx context.Context, field TextField, query string, uids []postroom.UID) (list []Scored, err error) {
	words := message.QueryWords(query, message.Typos)
	if len(words) == 0 {
		uids, err := m.SearchText(ctx, field, query, uids)
		for _, uid := range uids {
			list = append(list, Scored{uid, 100})
		}
		return list, err
	}
	unread, err := m.among(ctx, uids, func(tx *db.Tx) (func(postroom.ItemMeta), error) {
		scores, err := m.session.store.terms.Score(tx, m.ref.Account, indexed[field], words)
		list = nil
		return func(it postroom.ItemMeta) {
			if score := scores[it.Email]; score > 0 {
				list = append(list, Scored{it.UID, score})
			}
		}, err
	})
	if err != nil {
		return nil, err
	}
	err = m.eachText(ctx, unread, func(uid postroom.UID, t *searchable) {
		d := t.document(0)
		if score := d.Score(indexed[field], words); score > 0 {
			list = append(list, Scored{uid, score})
		}
	})
	slices.SortFunc(list, func(a, b Scored) int { return cmp.Compare(a.UID, b.UID) })
	return list, err
}

// sift divides uids by the index: those it finds, and those that are not in it
// yet. What is gone is left out.
func (m *Mailbox) sift(ctx context.Context, uids []postroom.UID, match func(*db.Tx) (*fts.Set, error)) (found, unread []postroom.UID, err error) {
	unread, err = m.among(ctx, uids, func(tx *db.Tx) (func(postroom.ItemMeta), error) {
		matches, err := match(tx)
		found = nil
		return func(it postroom.ItemMeta) {
			if matches.Has(it.Email) {
				found = append(found, it.UID)
			}
		}, err
	})
	return found, unread, err
}

// among shows those of uids that are there and in the index, in ascending
// order, to what begin gives; the others that are there are returned. All is seen
// at one moment; begin may be called again.
func (m *Mailbox) among(ctx context.Context, uids []postroom.UID, begin func(*db.Tx) (func(postroom.ItemMeta), error)) (unread []postroom.UID, err error) {
	uids = ascending(uids)
	err = m.withItems(ctx, func(tx *db.Tx, items []postroom.ItemMeta) error {
		unread = nil
		show, err := begin(tx)
		if err != nil || len(uids) == 0 {
			return err
		}
		todo, err := unindexed(tx, m.ref.Account)
		if err != nil {
			return err
		}
		at := 0
		for i := range items {
			for at < len(uids) && uids[at] < items[i].UID {
				at++
			}
			switch {
			case at == len(uids):
				return nil
			case uids[at] != items[i].UID:
			case todo[items[i].Email]:
				unread = append(unread, items[i].UID)
			default:
				show(items[i])
			}
		}
		return nil
	})
	return unread, err
}
