package imapserver

import (
	"context"

	"postroom"
	"postroom/internal/imapwire"
)

// search answers SEARCH and UID SEARCH (RFC 9051 §6.4.4), in the old form or as
// ESEARCH.
func (c *conn) search(ctx context.Context, tag string, cmd *imapwire.Search) {
	s := c.selected
	m := &matcher{ctx: ctx, s: s, now: c.server.now()}
	picked, err := m.find(cmd.Key)
	if err != nil {
		if err == errNumber {
			c.answerBad(tag, err.Error())
			return
		}
		c.answerError(tag, err)
		return
	}
	if m.usedModSeq {
		c.enableCondStore()
	}
	numbers := s.numbers(picked, cmd.UID)
	highest := postroom.ModSeq(0)
	if m.usedModSeq {
		for _, i := range picked {
			highest = max(highest, s.view.Items[i].ModSeq)
		}
	}
	if cmd.Return != nil && cmd.Return.Save {
		s.saved = saveResult(s, picked, cmd.Return)
	}
	c.writeFound(tag, cmd, numbers, highest)
	mode := withoutExpunges
	if cmd.UID {
		mode = withExpunges
	}
	if c.sync(ctx, mode) {
		c.answerOK(tag, "", cmd.Name()+" done")
	}
}

// writeFound writes SEARCH for IMAP4rev1 clients that gave no RETURN, ESEARCH
// for all others.
func (c *conn) writeFound(tag string, cmd *imapwire.Search, numbers []uint32, highest postroom.ModSeq) {
	options := cmd.Return
	if options == nil {
		if !c.rev2 {
			c.enc.SearchFound(numbers, uint64(highest))
			return
		}
		options = &imapwire.SearchReturn{All: true}
	}
	if options.Save && !options.Min && !options.Max && !options.All && !options.Count && options.Partial == nil {
		return // SAVE alone: no data (RFC 9051 §6.4.4.1)
	}
	data := &imapwire.ESearchData{Tag: tag, UID: cmd.UID, ModSeq: uint64(highest)}
	if n := len(numbers); n > 0 {
		if options.Min {
			data.Min = numbers[0]
		}
		if options.Max {
			data.Max = numbers[n-1]
		}
		if options.All {
			data.All = imapwire.SeqSetOf(numbers...)
		}
	} else {
		data.ModSeq = 0
	}
	if options.Count {
		count := uint32(len(numbers))
		data.Count = &count
	}
	c.enc.ESearch(data)
}

// saveResult is what "$" means after a search with SAVE: all, or with only MIN
// or MAX just those (RFC 9051 §6.4.4.2).
func saveResult(s *selected, picked []int, r *imapwire.SearchReturn) imapwire.SeqSet {
	if (r.Min || r.Max) && !r.All && !r.Count && len(picked) > 0 {
		var ends []int
		if r.Min {
			ends = append(ends, picked[0])
		}
		if last := picked[len(picked)-1]; r.Max && (!r.Min || last != picked[0]) {
			ends = append(ends, last)
		}
		picked = ends
	}
	return imapwire.SeqSetOf(s.numbers(picked, true)...).Resolve(s.largestUID())
}
