package imapwire

import (
	"slices"
	"strings"
)

// Search looks for messages (RFC 9051 §6.4.4).
type Search struct {
	UID bool
	// Return has the result options, or is nil when there was no RETURN: then
	// IMAP4rev1 answers with SEARCH, not ESEARCH.
	Return *SearchReturn
	Key    SearchKey
}

// Name implements Command.
func (c *Search) Name() string { return uidName(c.UID, "SEARCH") }

// SearchReturn has the result options (RFC 9051 §6.4.4). "RETURN ()" is All.
type SearchReturn struct {
	Min, Max, All, Count, Save bool
	Partial                    *ResultRange // RFC 9394, or nil
	Relevancy                  bool         // RFC 6203
	// Update asks to be told changes of the result, and UpdateItems to FETCH
	// what is new in it (RFC 5267 §4.3, RFC 5465 §7).
	Update      bool
	UpdateItems []FetchItem
	Context     bool // a hint that more of the same will be asked (RFC 5267 §4.2)
}

// OnlySave tells whether SAVE is all that was asked for of the result: then no
// ESEARCH is sent (RFC 9051 §6.4.4.1).
func (r *SearchReturn) OnlySave() bool {
	return r.Save && !r.Min && !r.Max && !r.All && !r.Count && r.Partial == nil && !r.Relevancy
}

// isEmpty tells whether nothing was asked for; a hint asks for nothing.
func (r *SearchReturn) isEmpty() bool {
	return !r.Save && !r.Min && !r.Max && !r.All && !r.Count && r.Partial == nil && !r.Relevancy && !r.Update
}

// AsksModSeq tells whether a key has a MODSEQ anywhere: then the answer has one
// too (RFC 7162 §3.1.5).
func AsksModSeq(key SearchKey) bool {
	return asks(key, func(k SearchKey) bool { _, ok := k.(SearchModSeq); return ok })
}

// AsksFuzzy tells whether a key has a FUZZY anywhere: RELEVANCY is only for those
// (RFC 6203 §4, §6).
func AsksFuzzy(key SearchKey) bool {
	switch k := key.(type) {
	case SearchFuzzy:
		return true
	case SearchNot:
		return AsksFuzzy(k.Key)
	case SearchOr:
		return AsksFuzzy(k.A) || AsksFuzzy(k.B)
	case SearchAnd:
		return slices.ContainsFunc(k.Keys, AsksFuzzy)
	}
	return false
}

// checkRelevancy refuses relevancy of what is not fuzzy.
func (d *Decoder) checkRelevancy(r *SearchReturn, criteria []SortCriterion, key SearchKey) {
	asked := r != nil && r.Relevancy || slices.ContainsFunc(criteria, func(c SortCriterion) bool { return c.Key == SortRelevancy })
	if d.err == nil && asked && !AsksFuzzy(key) {
		d.fail("RELEVANCY is for FUZZY keys")
	}
}

// AsksNumbers tells whether a key refers to message numbers anywhere: with UIDONLY
// that is refused (RFC 9586 §3). "$" is of UIDs.
func AsksNumbers(key SearchKey) bool {
	return asks(key, func(k SearchKey) bool { s, ok := k.(SearchSeq); return ok && !s.Set.Saved })
}

// AsksSaved tells whether a key refers to "$" anywhere.
func AsksSaved(key SearchKey) bool {
	return asks(key, func(k SearchKey) bool {
		seq, _ := k.(SearchSeq)
		uid, _ := k.(SearchUID)
		return seq.Set.Saved || uid.Set.Saved
	})
}

func asks(key SearchKey, test func(SearchKey) bool) bool {
	switch k := key.(type) {
	case SearchNot:
		return asks(k.Key, test)
	case SearchFuzzy:
		return asks(k.Key, test)
	case SearchOr:
		return asks(k.A, test) || asks(k.B, test)
	case SearchAnd:
		return slices.ContainsFunc(k.Keys, func(sub SearchKey) bool { return asks(sub, test) })
	}
	return test(key)
}

func (d *Decoder) search(by numbering) Command {
	c := &Search{UID: by == byUID}
	d.space()
	c.Return = d.searchReturn()
	d.optionalCharset()
	c.Key = d.searchProgram()
	d.checkRelevancy(c.Return, nil, c.Key)
	return c
}

// ahead tells whether the next word is w, and takes it and the space behind it.
func (d *Decoder) ahead(w string) bool {
	rest := d.line[d.pos:]
	if len(rest) <= len(w) || rest[len(w)] != ' ' || !strings.EqualFold(string(rest[:len(w)]), w) {
		return false
	}
	d.pos += len(w) + 1
	return true
}

// listAhead takes the space before a list, if a list is what follows.
func (d *Decoder) listAhead() bool {
	if d.peek() != ' ' || d.pos+1 >= len(d.line) || d.line[d.pos+1] != '(' {
		return false
	}
	d.pos++
	return true
}

// searchReturn takes ["RETURN" SP "(" options ")" SP].
func (d *Decoder) searchReturn() *SearchReturn {
	if !d.ahead("RETURN") {
		return nil
	}
	r := &SearchReturn{}
	d.maybeEmpty(func() {
		switch d.keyword() {
		case "MIN":
			r.Min = true
		case "MAX":
			r.Max = true
		case "ALL":
			r.All = true
		case "COUNT":
			r.Count = true
		case "SAVE":
			r.Save = true
		case "RELEVANCY":
			r.Relevancy = true
		case "PARTIAL":
			d.space()
			r.Partial = d.resultRange()
		case "CONTEXT":
			r.Context = true
		case "UPDATE":
			r.Update = true
			if d.listAhead() {
				d.list(func() { r.UpdateItems = append(r.UpdateItems, d.fetchItem()) })
			}
		default:
			d.fail("unknown result option")
		}
	})
	d.space()
	if r.isEmpty() {
		r.All = true
	}
	if r.All && r.Partial != nil {
		d.fail("ALL and PARTIAL exclude each other") // RFC 9394 §3.1
	}
	return r
}

// optionalCharset takes ["CHARSET" SP charset SP].
func (d *Decoder) optionalCharset() {
	if d.ahead("CHARSET") {
		d.charset()
		d.space()
	}
}

// charset takes a charset and refuses all but UTF-8 and its subset US-ASCII;
// an IMAP4rev2 client uses nothing else (RFC 9051 §6.4.4).
func (d *Decoder) charset() {
	name := d.astring()
	if !strings.EqualFold(name, "UTF-8") && !strings.EqualFold(name, "US-ASCII") && d.err == nil {
		d.failWith(&CommandError{
			Kind: NO, Code: "BADCHARSET (US-ASCII UTF-8)", Text: "charset is not supported",
		})
	}
}

// ESearch searches in several mailboxes (RFC 7377).
type ESearch struct {
	// In has the mailboxes; empty means the selected mailbox.
	In     []MailboxFilter
	Return *SearchReturn // nil is RETURN (ALL)
	Key    SearchKey
}

// Name implements Command.
func (*ESearch) Name() string { return "ESEARCH" }

func (d *Decoder) esearch() Command {
	c := &ESearch{}
	d.space()
	if d.ahead("IN") {
		d.list(func() { c.In = append(c.In, d.mailboxFilter()) })
		d.space()
	}
	c.Return = d.searchReturn()
	d.optionalCharset()
	c.Key = d.searchProgram()
	d.checkRelevancy(c.Return, nil, c.Key)
	return c
}
