package imapserver

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/imapserver/search"
	"postroom/internal/imapserver/search/thread"
	"postroom/internal/imapwire"
)

// search answers SEARCH and UID SEARCH (RFC 9051 §6.4.4), in the old form or as
// ESEARCH.
func (c *conn) search(ctx context.Context, tag string, cmd *imapwire.Search) {
	var scores []int
	picked, ok := c.find(ctx, tag, cmd.Key, cmd.Return, func(m *search.Finder, picked []int) ([]int, error) {
		scores = m.Scores(picked, cmd.Return)
		return picked, nil
	})
	if !ok {
		return
	}
	c.startUpdates(cmd.Return, update{tag: tag, byUID: cmd.UID, Result: search.Result{Key: cmd.Key}}, picked)
	s := c.selected
	highest := c.highestFound(cmd.Key, cmd.Return, picked)
	if cmd.Return != nil && cmd.Return.Save {
		s.saved = saveResult(s, picked, cmd.Return)
	}
	numbers := s.numbers(picked, cmd.UID)
	options := cmd.Return
	if options == nil && c.rev2 {
		options = &imapwire.SearchReturn{All: true}
	}
	if options == nil {
		c.enc.SearchFound(numbers, uint64(highest))
	} else {
		c.writeFound(&imapwire.ESearchData{Tag: tag, UID: cmd.UID, ModSeq: uint64(highest), Relevancy: scores}, options, numbers)
	}
	if c.sync(ctx, expungesFor(cmd.UID)) {
		c.answerOK(tag, "", cmd.Name()+" done")
	}
}

// sort answers SORT and UID SORT (RFC 5256 §3), with RETURN as ESEARCH in the
// order of the result (RFC 5267 §3).
func (c *conn) sort(ctx context.Context, tag string, cmd *imapwire.Sort) {
	var scores []int
	picked, ok := c.find(ctx, tag, cmd.Key, cmd.Return, func(m *search.Finder, picked []int) ([]int, error) {
		picked, err := m.Sort(ctx, picked, cmd.Criteria)
		scores = m.Scores(picked, cmd.Return)
		return picked, err
	})
	if !ok {
		return
	}
	c.startUpdates(cmd.Return, update{tag: tag, byUID: cmd.UID, Result: search.Result{Key: cmd.Key, Criteria: cmd.Criteria}}, picked)
	s := c.selected
	highest := c.highestFound(cmd.Key, cmd.Return, picked)
	if cmd.Return != nil && cmd.Return.Save {
		s.saved = saveResult(s, picked, cmd.Return)
	}
	numbers := s.numbers(picked, cmd.UID)
	if cmd.Return == nil {
		c.enc.SortFound(numbers, uint64(highest))
	} else {
		c.writeFound(&imapwire.ESearchData{Tag: tag, UID: cmd.UID, ModSeq: uint64(highest), Relevancy: scores}, cmd.Return, numbers)
	}
	if c.sync(ctx, expungesFor(cmd.UID)) {
		c.answerOK(tag, "", cmd.Name()+" done")
	}
}

// thread answers THREAD and UID THREAD (RFC 5256 §3).
func (c *conn) thread(ctx context.Context, tag string, cmd *imapwire.Thread) {
	var threads []*imapwire.ThreadNode
	_, ok := c.find(ctx, tag, cmd.Key, nil, func(m *search.Finder, picked []int) ([]int, error) {
		list, err := m.Threads(ctx, picked, func(place int) uint32 {
			if cmd.UID {
				return uint32(m.Items[place].UID)
			}
			return uint32(place + 1)
		})
		threads = thread.Threads(cmd.Algorithm, list)
		return picked, err
	})
	if !ok {
		return
	}
	c.enc.Threads(threads)
	if c.sync(ctx, expungesFor(cmd.UID)) {
		c.answerOK(tag, "", cmd.Name()+" done")
	}
}

// find looks for the messages that match, and has then do with them what else
// takes long. If it fails it has answered.
func (c *conn) find(ctx context.Context, tag string, key imapwire.SearchKey, r *imapwire.SearchReturn,
	then func(*search.Finder, []int) ([]int, error)) ([]int, bool) {
	if !c.stillAllowed(ctx) {
		return nil, false
	}
	s := c.selected
	if r != nil && r.Update && s.updating(tag) {
		c.answerBad(tag, "the tag is that of a search whose changes are told")
		return nil, false
	}
	m := &search.Finder{Picture: s.picture(), Mailbox: s.mailbox, Now: c.server.now()}
	var picked []int
	var err error
	c.patiently(tag, func() {
		if picked, err = m.Find(ctx, key); err == nil && then != nil {
			picked, err = then(m, picked)
		}
	})
	if err == search.ErrNumber {
		c.answerBad(tag, err.Error())
		return nil, false
	}
	if err != nil {
		if r != nil && r.Save {
			s.saved = imapwire.SeqSet{} // RFC 9051 §6.4.4.1
		}
		c.answerSelected(tag, err)
		return nil, false
	}
	return picked, true
}

// highestFound is the mod-sequence told with a result, or 0 when the key does
// not ask for one (RFC 7162 §3.1.5).
func (c *conn) highestFound(key imapwire.SearchKey, r *imapwire.SearchReturn, picked []int) postroom.ModSeq {
	if !imapwire.AsksModSeq(key) {
		return 0
	}
	c.enableCondStore()
	return c.selected.highest(picked, r)
}

// writeFound writes ESEARCH; numbers are in the order of the result.
func (c *conn) writeFound(data *imapwire.ESearchData, r *imapwire.SearchReturn, numbers []uint32) {
	if r.OnlySave() {
		return // SAVE alone: no data (RFC 9051 §6.4.4.1)
	}
	if n := len(numbers); n > 0 {
		if r.Min {
			data.Min = numbers[0]
		}
		if r.Max {
			data.Max = numbers[n-1]
		}
		if r.All {
			data.All = imapwire.SeqSetOf(numbers...)
		}
	} else {
		data.ModSeq = 0
	}
	if r.Count {
		count := uint32(len(numbers))
		data.Count = &count
	}
	if r.Partial != nil {
		data.Partial, data.PartialSet = r.Partial, imapwire.SeqSetOf(within(numbers, r.Partial)...)
		data.Relevancy = within(data.Relevancy, r.Partial)
	}
	c.enc.ESearch(data)
}

// within is the part of a result that PARTIAL asks for (RFC 9394 §3.1): places
// from 1, or from -1 at the end backwards.
func within[T any](list []T, r *imapwire.ResultRange) []T {
	n := int64(len(list))
	first, last := r.First, r.Last
	if first < 0 {
		first, last = n+1+last, n+1+first
	}
	first, last = max(first, 1), min(last, n)
	if first > last {
		return nil
	}
	return list[first-1 : last]
}

// highest is the mod-sequence told with a result: that of the ends when just
// those were asked for, else the highest of all (RFC 7162 §3.1.10).
func (s *selected) highest(picked []int, r *imapwire.SearchReturn) postroom.ModSeq {
	if r != nil && (r.Min || r.Max || r.Partial != nil) && !r.All && !r.Count {
		picked = part(picked, r)
	}
	highest := postroom.ModSeq(0)
	for _, i := range picked {
		highest = max(highest, s.view.Items[i].ModSeq)
	}
	return highest
}

// part is what MIN, MAX and PARTIAL ask for of a result, ascending.
func part(picked []int, r *imapwire.SearchReturn) (list []int) {
	if len(picked) == 0 {
		return nil
	}
	if r.Min {
		list = append(list, picked[0])
	}
	if r.Max {
		list = append(list, picked[len(picked)-1])
	}
	if r.Partial != nil {
		list = append(list, within(picked, r.Partial)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// saveResult is what "$" means after a search with SAVE: all, or with only MIN,
// MAX or PARTIAL just those (RFC 9051 §6.4.4.2, RFC 9394 §3.2).
func saveResult(s *selected, picked []int, r *imapwire.SearchReturn) imapwire.SeqSet {
	if (r.Min || r.Max || r.Partial != nil) && !r.All && !r.Count {
		picked = part(picked, r)
	}
	return imapwire.SeqSetOf(s.numbers(picked, true)...).Resolve(s.largestUID())
}
