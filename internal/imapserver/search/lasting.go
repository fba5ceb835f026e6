package search

import "postroom/internal/imapwire"

// Lasting is a key as it is to be asked again later: message numbers and "$"
// mean what they mean now, for good (RFC 5267 §4.3). Numbers beyond the last
// message name nothing (RFC 7377 §2).
func (p Picture) Lasting(key imapwire.SearchKey) imapwire.SearchKey {
	switch k := key.(type) {
	case imapwire.SearchSeq:
		if k.Set.Saved {
			return imapwire.SearchUID{Set: p.Saved}
		}
		picked := p.pickExisting(k.Set)
		return imapwire.SearchUID{Set: imapwire.SeqSetOf(p.NamedByUID(picked)...)}
	case imapwire.SearchUID:
		if k.Set.Saved {
			return imapwire.SearchUID{Set: p.Saved}
		}
	case imapwire.SearchNot:
		return imapwire.SearchNot{Key: p.Lasting(k.Key)}
	case imapwire.SearchFuzzy:
		return imapwire.SearchFuzzy{Key: p.Lasting(k.Key)}
	case imapwire.SearchOr:
		return imapwire.SearchOr{A: p.Lasting(k.A), B: p.Lasting(k.B)}
	case imapwire.SearchAnd:
		keys := make([]imapwire.SearchKey, len(k.Keys))
		for i, inner := range k.Keys {
			keys[i] = p.Lasting(inner)
		}
		return imapwire.SearchAnd{Keys: keys}
	}
	return key
}

// pickExisting returns the places that a set of numbers names, passing over the
// numbers there are not.
func (p Picture) pickExisting(set imapwire.SeqSet) (picked []int) {
	n := uint32(len(p.Items))
	for _, r := range set.Resolve(n).Ranges {
		for i := r.First; i <= min(r.Last, n); i++ {
			picked = append(picked, int(i-1))
		}
	}
	return picked
}
