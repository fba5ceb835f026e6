package imapserver

import (
	"context"

	"postroom"
	"postroom/internal/imapserver/search"
	"postroom/internal/imapwire"
)

// search answers SEARCH and UID SEARCH (RFC 9051 §6.4.4), in the old form or as
// ESEARCH.
func (c *conn) search(ctx context.Context, tag string, cmd *imapwire.Search) {
	if cmd.Return != nil && cmd.Return.Partial != nil {
		c.answerBad(tag, "PARTIAL is not offered; see CAPABILITY")
		return
	}
	if !c.stillAllowed(ctx) {
		return
	}
	s := c.selected
	m := &search.Finder{Picture: s.picture(), Mailbox: s.mailbox, Now: c.server.now()}
	var picked []int
	var err error
	c.patiently(tag, func() { picked, err = m.Find(ctx, cmd.Key) })
	if err == search.ErrNumber {
		c.answerBad(tag, err.Error())
		return
	}
	if err != nil {
		if cmd.Return != nil && cmd.Return.Save {
			s.saved = imapwire.SeqSet{} // RFC 9051 §6.4.4.1
		}
		c.answerSelected(tag, err)
		return
	}
	highest := postroom.ModSeq(0)
	if imapwire.AsksModSeq(cmd.Key) {
		c.enableCondStore()
		highest = s.highest(picked, cmd.Return)
	}
	if cmd.Return != nil && cmd.Return.Save {
		s.saved = saveResult(s, picked, cmd.Return)
	}
	c.writeFound(tag, cmd, s.numbers(picked, cmd.UID), highest)
	if c.sync(ctx, expungesFor(cmd.UID)) {
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
	if options.OnlySave() {
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

// highest is the mod-sequence told with a result: that of the ends when just
// those were asked for, else the highest of all (RFC 7162 §3.1.10).
func (s *selected) highest(picked []int, r *imapwire.SearchReturn) postroom.ModSeq {
	if r != nil && (r.Min || r.Max) && !r.All && !r.Count {
		picked = ends(picked, r)
	}
	highest := postroom.ModSeq(0)
	for _, i := range picked {
		highest = max(highest, s.view.Items[i].ModSeq)
	}
	return highest
}

// ends are the first and the last of picked, as MIN and MAX ask for them.
func ends(picked []int, r *imapwire.SearchReturn) (list []int) {
	if len(picked) == 0 {
		return nil
	}
	if r.Min {
		list = append(list, picked[0])
	}
	if last := picked[len(picked)-1]; r.Max && (!r.Min || last != picked[0]) {
		list = append(list, last)
	}
	return list
}

// saveResult is what "$" means after a search with SAVE: all, or with only MIN
// or MAX just those (RFC 9051 §6.4.4.2).
func saveResult(s *selected, picked []int, r *imapwire.SearchReturn) imapwire.SeqSet {
	if (r.Min || r.Max) && !r.All && !r.Count {
		picked = ends(picked, r)
	}
	return imapwire.SeqSetOf(s.numbers(picked, true)...).Resolve(s.largestUID())
}
