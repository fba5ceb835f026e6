package imapwire

import "time"

// SearchKey is one condition of SEARCH: one of the Search... types below, as
// a value. Use a type switch.
type SearchKey interface{ searchKey() }

// The conditions (RFC 9051 §6.4.4). Keys of the base that mean the same are one
// type: UNSEEN is SearchNot{SearchFlag{FlagSeen}}, NEW is RECENT and UNSEEN.
type (
	// SearchAll matches every message.
	SearchAll struct{}
	// SearchAnd matches when all keys do. It has at least one key.
	SearchAnd struct{ Keys []SearchKey }
	// SearchOr matches when A or B does.
	SearchOr struct{ A, B SearchKey }
	// SearchNot matches when Key does not.
	SearchNot struct{ Key SearchKey }
	// SearchFuzzy asks for a tolerant match of Key (RFC 6203).
	SearchFuzzy struct{ Key SearchKey }
	// SearchFlag matches messages with a flag or keyword.
	SearchFlag struct{ Flag Flag }
	// SearchSeq matches by message number. The set may be "$".
	SearchSeq struct{ Set SeqSet }
	// SearchUID matches by UID. The set may be "$".
	SearchUID struct{ Set SeqSet }
	// SearchText looks for a text, in UTF-8, without case, as a substring.
	SearchText struct {
		In   SearchField
		Text string
	}
	// SearchHeader looks for a substring in a header field; an empty Text
	// asks whether the field is there.
	SearchHeader struct{ Field, Text string }
	// SearchDate compares a day.
	SearchDate struct {
		Of   SearchDay
		Op   DateOp
		Date time.Time // midnight UTC
	}
	// SearchLarger and SearchSmaller compare the size in octets.
	SearchLarger struct{ Size uint64 }
	// SearchSmaller matches messages of less than Size octets.
	SearchSmaller struct{ Size uint64 }
	// SearchYounger and SearchOlder compare the age by the internal date
	// (RFC 5032).
	SearchYounger struct{ Within time.Duration }
	// SearchOlder matches messages that came before Within ago.
	SearchOlder struct{ Within time.Duration }
	// SearchModSeq matches a mod-sequence of at least ModSeq (RFC 7162
	// §3.1.5). Entry and EntryType are rarely given and may be ignored.
	SearchModSeq struct {
		Entry, EntryType string
		ModSeq           uint64
	}
	// SearchEmailID and SearchThreadID match object ids (RFC 8474).
	SearchEmailID struct{ ID string }
	// SearchThreadID matches the messages of a thread.
	SearchThreadID struct{ ID string }
	// SearchSaveDateSupported matches when the mailbox has save dates
	// (RFC 8514).
	SearchSaveDateSupported struct{}
)

func (SearchAll) searchKey()               {}
func (SearchAnd) searchKey()               {}
func (SearchOr) searchKey()                {}
func (SearchNot) searchKey()               {}
func (SearchFuzzy) searchKey()             {}
func (SearchFlag) searchKey()              {}
func (SearchSeq) searchKey()               {}
func (SearchUID) searchKey()               {}
func (SearchText) searchKey()              {}
func (SearchHeader) searchKey()            {}
func (SearchDate) searchKey()              {}
func (SearchLarger) searchKey()            {}
func (SearchSmaller) searchKey()           {}
func (SearchYounger) searchKey()           {}
func (SearchOlder) searchKey()             {}
func (SearchModSeq) searchKey()            {}
func (SearchEmailID) searchKey()           {}
func (SearchThreadID) searchKey()          {}
func (SearchSaveDateSupported) searchKey() {}

// SearchField is where SearchText looks.
type SearchField uint8

// The places of SearchText.
const (
	InText SearchField = iota // header and body
	InBody
	InSubject
	InFrom
	InTo
	InCc
	InBcc
)

// SearchDay is the day SearchDate compares.
type SearchDay uint8

// The days of SearchDate.
const (
	InternalDay SearchDay = iota // BEFORE, ON, SINCE
	SentDay                      // the Date field: SENTBEFORE, ...
	SaveDay                      // RFC 8514: SAVEDBEFORE, ...
)

// DateOp is how SearchDate compares.
type DateOp uint8

// The comparisons of SearchDate.
const (
	Before DateOp = iota
	On
	Since // that day or later
)

// flagKeys are the keys that test system flags.
var flagKeys = map[string]SearchKey{
	"ALL": SearchAll{}, "SAVEDATESUPPORTED": SearchSaveDateSupported{},
	"ANSWERED": SearchFlag{FlagAnswered}, "UNANSWERED": SearchNot{SearchFlag{FlagAnswered}},
	"DELETED": SearchFlag{FlagDeleted}, "UNDELETED": SearchNot{SearchFlag{FlagDeleted}},
	"DRAFT": SearchFlag{FlagDraft}, "UNDRAFT": SearchNot{SearchFlag{FlagDraft}},
	"FLAGGED": SearchFlag{FlagFlagged}, "UNFLAGGED": SearchNot{SearchFlag{FlagFlagged}},
	"SEEN": SearchFlag{FlagSeen}, "UNSEEN": SearchNot{SearchFlag{FlagSeen}},
	"RECENT": SearchFlag{FlagRecent}, "OLD": SearchNot{SearchFlag{FlagRecent}},
	"NEW": SearchAnd{[]SearchKey{SearchFlag{FlagRecent}, SearchNot{SearchFlag{FlagSeen}}}},
}

var textKeys = map[string]SearchField{
	"TEXT": InText, "BODY": InBody, "SUBJECT": InSubject,
	"FROM": InFrom, "TO": InTo, "CC": InCc, "BCC": InBcc,
}

var dateKeys = map[string]SearchDate{
	"BEFORE": {Of: InternalDay, Op: Before}, "ON": {Of: InternalDay, Op: On}, "SINCE": {Of: InternalDay, Op: Since},
	"SENTBEFORE": {Of: SentDay, Op: Before}, "SENTON": {Of: SentDay, Op: On}, "SENTSINCE": {Of: SentDay, Op: Since},
	"SAVEDBEFORE": {Of: SaveDay, Op: Before}, "SAVEDON": {Of: SaveDay, Op: On}, "SAVEDSINCE": {Of: SaveDay, Op: Since},
}

// searchProgram takes search-key *(SP search-key).
func (d *Decoder) searchProgram() SearchKey {
	keys := []SearchKey{d.searchKey()}
	for d.err == nil && d.accept(' ') {
		if d.pos == len(d.line) {
			break // a space at the end is forgiven
		}
		keys = append(keys, d.searchKey())
	}
	return all(keys)
}

func all(keys []SearchKey) SearchKey {
	if len(keys) == 1 {
		return keys[0]
	}
	return SearchAnd{keys}
}

func (d *Decoder) searchKey() SearchKey {
	if !d.enter() || !d.term() {
		return nil
	}
	defer d.leave()
	switch c := d.peek(); {
	case c == '(':
		var keys []SearchKey
		d.list(func() { keys = append(keys, d.searchKey()) })
		return all(keys)
	case isDigit(c) || c == '*' || c == '$':
		return SearchSeq{d.seqSet()}
	}
	word := d.keyword()
	if key, ok := flagKeys[word]; ok {
		return key
	}
	if word == "" {
		return nil
	}
	d.space()
	if in, ok := textKeys[word]; ok {
		return SearchText{In: in, Text: d.text()}
	}
	if key, ok := dateKeys[word]; ok {
		key.Date = d.date()
		return key
	}
	return d.searchArgument(word)
}

// searchArgument takes the keys with arguments of other kinds.
func (d *Decoder) searchArgument(word string) SearchKey {
	switch word {
	case "UID":
		return SearchUID{d.seqSet()}
	case "NOT":
		return SearchNot{d.searchKey()}
	case "FUZZY":
		return SearchFuzzy{d.searchKey()}
	case "OR":
		a := d.searchKey()
		d.space()
		return SearchOr{a, d.searchKey()}
	case "KEYWORD":
		return SearchFlag{d.flag()}
	case "UNKEYWORD":
		return SearchNot{SearchFlag{d.flag()}}
	case "HEADER":
		field := d.fieldName()
		d.space()
		return SearchHeader{Field: field, Text: d.text()}
	case "LARGER":
		return SearchLarger{d.number64()}
	case "SMALLER":
		return SearchSmaller{d.number64()}
	case "YOUNGER":
		return SearchYounger{time.Duration(d.nonZero32()) * time.Second}
	case "OLDER":
		return SearchOlder{time.Duration(d.nonZero32()) * time.Second}
	case "EMAILID":
		return SearchEmailID{d.text()}
	case "THREADID":
		return SearchThreadID{d.text()}
	case "MODSEQ":
		return d.modSeqKey()
	}
	d.fail("unknown search key")
	return nil
}

// modSeqKey takes [SP entry-name SP entry-type] SP mod-sequence.
func (d *Decoder) modSeqKey() SearchKey {
	var k SearchModSeq
	if d.peek() == '"' {
		k.Entry = d.quoted()
		d.space()
		k.EntryType = d.keyword()
		if k.EntryType != "PRIV" && k.EntryType != "SHARED" && k.EntryType != "ALL" {
			d.fail("expected priv, shared or all")
		}
		d.space()
	}
	k.ModSeq = d.number64()
	return k
}
