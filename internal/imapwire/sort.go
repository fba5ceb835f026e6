package imapwire

// SortCriterion is one key of SORT, with the most important first.
type SortCriterion struct {
	Key     SortKey
	Reverse bool
}

// SortKey is what SORT compares.
type SortKey string

// The keys of RFC 5256 §3 and RFC 5957.
const (
	SortArrival     SortKey = "ARRIVAL"
	SortCc          SortKey = "CC"
	SortDate        SortKey = "DATE"
	SortFrom        SortKey = "FROM"
	SortSize        SortKey = "SIZE"
	SortSubject     SortKey = "SUBJECT"
	SortTo          SortKey = "TO"
	SortDisplayFrom SortKey = "DISPLAYFROM"
	SortDisplayTo   SortKey = "DISPLAYTO"
	SortRelevancy   SortKey = "RELEVANCY" // RFC 6203 §6, the best first
)

// Sort is SORT (RFC 5256), with RETURN (RFC 5267).
type Sort struct {
	UID      bool
	Return   *SearchReturn // nil: answer with SORT, not ESEARCH
	Criteria []SortCriterion
	Key      SearchKey
}

// Name implements Command.
func (c *Sort) Name() string { return uidName(c.UID, "SORT") }

func (d *Decoder) sort(by numbering) Command {
	c := &Sort{UID: by == byUID}
	d.space()
	c.Return = d.searchReturn()
	d.list(func() { c.Criteria = append(c.Criteria, d.sortCriterion()) })
	d.space()
	d.charset()
	d.space()
	c.Key = d.searchProgram()
	d.checkRelevancy(c.Return, c.Criteria, c.Key)
	return c
}

func (d *Decoder) sortCriterion() SortCriterion {
	var c SortCriterion
	c.Reverse = d.ahead("REVERSE")
	c.Key = SortKey(d.keyword())
	switch c.Key {
	case SortArrival, SortCc, SortDate, SortFrom, SortSize, SortSubject, SortTo, SortDisplayFrom, SortDisplayTo, SortRelevancy:
	default:
		d.fail("unknown sort key")
	}
	return c
}

// Thread is THREAD (RFC 5256).
type Thread struct {
	UID       bool
	Algorithm string // ORDEREDSUBJECT, REFERENCES or REFS
	Key       SearchKey
}

// Name implements Command.
func (c *Thread) Name() string { return uidName(c.UID, "THREAD") }

func (d *Decoder) thread(by numbering) Command {
	d.space()
	c := &Thread{UID: by == byUID, Algorithm: d.keyword()}
	switch c.Algorithm {
	case "ORDEREDSUBJECT", "REFERENCES", "REFS":
	default:
		d.fail("unknown algorithm")
	}
	d.space()
	d.charset()
	d.space()
	c.Key = d.searchProgram()
	return c
}
