package message

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// Summary is what a mailbox listing needs of a message without opening it.
type Summary struct {
	// Size is the length of the message in bytes.
	Size int64
	// Sent is the Date of the message, zero if it has none that can be read.
	Sent     time.Time
	Envelope *Envelope
	// Structure is nil for a message of more than 1,000 parts: open that one.
	Structure *BodyStructure
	// BaseSubject is the base subject of RFC 5256 §2.1, in its own case.
	BaseSubject string
	// MessageID, InReplyTo and References are without angle brackets.
	MessageID             string
	InReplyTo, References []string
	// Preview is the beginning of the text on one line, at most 256 characters
	// (RFC 8970).
	Preview       string
	HasAttachment bool
	// ListID is the identifier of List-Id (RFC 2919), without brackets.
	ListID string
	// AutoSubmitted is the keyword of Auto-Submitted (RFC 3834) in lower case.
	AutoSubmitted string
	// Precedence is the old hint "bulk", "list" or "junk", in lower case.
	Precedence string
}

// ErrBadSummary says that bytes are no summary of a known version.
var ErrBadSummary = errors.New("message: bad summary")

const (
	summaryVersion      = 1
	maxSummaryParts     = 1000
	maxSummaryAddresses = 100000
)

// Summarize reads a message.
func Summarize(raw []byte) *Summary { return Index(raw).Summarize(raw) }

// Summarize gives the summary of the message p is the root of.
func (p *Part) Summarize(raw []byte) *Summary {
	h := p.Header(raw)
	s := &Summary{Size: int64(len(raw)), Envelope: EnvelopeOf(h), Preview: p.Preview(raw)}
	parts := 0
	p.Walk(func(q *Part) bool {
		parts++
		s.HasAttachment = s.HasAttachment || q.IsAttachment()
		return true
	})
	if parts <= maxSummaryParts {
		s.Structure = p.Structure(raw)
	}
	s.Sent, _ = ParseDate(s.Envelope.Date)
	s.BaseSubject, _ = BaseSubject(s.Envelope.Subject)
	if ids := ParseMessageIDs(s.Envelope.MessageID); len(ids) > 0 {
		s.MessageID = ids[0]
	}
	s.InReplyTo = ParseMessageIDs(s.Envelope.InReplyTo)
	s.References = h.MessageIDs("References")
	s.readHints(h)
	return s
}

func (s *Summary) readHints(h Header) {
	for f := range h.Fields() {
		switch {
		case f.Is("List-Id") && s.ListID == "":
			id := f.Text()
			if _, after, ok := strings.Cut(id, "<"); ok {
				id, _, _ = strings.Cut(after, ">")
			}
			s.ListID = clip(oneLine(guessString(strings.TrimSpace(id))), 512)
		case f.Is("Auto-Submitted") && s.AutoSubmitted == "":
			s.AutoSubmitted = keyword(f)
		case f.Is("Precedence") && s.Precedence == "":
			s.Precedence = keyword(f)
		}
	}
}

func keyword(f Field) string {
	token, _ := parseParameterized(f.Value)
	return clip(strings.ToLower(token), 64)
}

// MarshalBinary gives the compact form that [Summary.UnmarshalBinary] reads. The
// error is always nil.
func (s *Summary) MarshalBinary() ([]byte, error) {
	w := summaryWriter{b: make([]byte, 0, 512)}
	w.b = append(w.b, summaryVersion)
	w.number(uint64(s.Size))
	if s.Sent.IsZero() {
		w.flag(false)
	} else {
		_, offset := s.Sent.Zone()
		w.flag(true)
		w.b = binary.AppendVarint(w.b, s.Sent.Unix())
		w.b = binary.AppendVarint(w.b, int64(offset))
	}
	w.strings([]string{s.BaseSubject, s.MessageID, s.Preview, s.ListID, s.AutoSubmitted, s.Precedence})
	w.strings(s.InReplyTo)
	w.strings(s.References)
	w.flag(s.HasAttachment)
	w.envelope(s.Envelope)
	w.structure(s.Structure)
	return w.b, nil
}

type summaryWriter struct{ b []byte }

func (w *summaryWriter) number(n uint64) { w.b = binary.AppendUvarint(w.b, n) }

func (w *summaryWriter) flag(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func (w *summaryWriter) text(s string) {
	w.number(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *summaryWriter) strings(list []string) {
	w.number(uint64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

func (w *summaryWriter) params(list []Param) {
	w.number(uint64(len(list)))
	for _, p := range list {
		w.text(p.Name)
		w.text(p.Value)
	}
}

func (w *summaryWriter) envelope(e *Envelope) {
	w.flag(e != nil)
	if e == nil {
		return
	}
	texts := []string{e.Date, e.Subject, e.InReplyTo, e.MessageID}
	if e.Blank != 0 { // summaries have been stored that know nothing of it
		texts = append(texts, string([]byte{byte(e.Blank)}))
	}
	w.strings(texts)
	for _, list := range [][]Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
		w.number(uint64(len(list)))
		for _, a := range list {
			w.b = append(w.b, byte(a.Kind))
			w.strings([]string{a.Name, a.Route, a.Mailbox, a.Host})
		}
	}
}

func (w *summaryWriter) structure(s *BodyStructure) {
	w.flag(s != nil)
	if s == nil {
		return
	}
	w.strings([]string{s.Type, s.Subtype, s.ID, s.Description, s.Encoding, s.MD5, s.Disposition, s.Location})
	w.params(s.Params)
	w.params(s.DispositionParams)
	w.strings(s.Language)
	w.number(uint64(s.Size))
	w.number(uint64(s.Lines))
	w.envelope(s.Envelope)
	w.structure(s.Message)
	w.number(uint64(len(s.Children)))
	for _, c := range s.Children {
		w.structure(c)
	}
}

// UnmarshalBinary reads the form [Summary.MarshalBinary] writes. Damaged data gives
// [ErrBadSummary] and may leave a part of it in s.
func (s *Summary) UnmarshalBinary(b []byte) error {
	r, err := s.unmarshal(b)
	if err != nil {
		return err
	}
	s.Structure = r.structure(0)
	if r.bad || len(r.b) != 0 {
		return ErrBadSummary
	}
	return nil
}

// UnmarshalFields is UnmarshalBinary without the Structure: all that searching,
// sorting and threading ask for, in a fraction of the time.
func (s *Summary) UnmarshalFields(b []byte) error {
	_, err := s.unmarshal(b)
	return err
}

// unmarshal reads all but the Structure. The texts share one copy of b.
func (s *Summary) unmarshal(b []byte) (*summaryReader, error) {
	*s = Summary{}
	r := &summaryReader{nodes: maxSummaryParts, addresses: maxSummaryAddresses}
	if len(b) == 0 || b[0] != summaryVersion {
		return r, ErrBadSummary
	}
	r.b = string(b[1:])
	s.Size = int64(r.number())
	if r.flag() {
		s.Sent = r.date()
	}
	r.fixed(&s.BaseSubject, &s.MessageID, &s.Preview, &s.ListID, &s.AutoSubmitted, &s.Precedence)
	s.InReplyTo, s.References = r.strings(), r.strings()
	s.HasAttachment = r.flag()
	s.Envelope = r.envelope()
	if r.bad || s.Envelope == nil || s.Size < 0 {
		return r, ErrBadSummary
	}
	return r, nil
}

// SummarySent reads the Date from the first 40 bytes of a summary. It is false
// for a message without one that can be read.
func SummarySent(b []byte) (time.Time, bool) {
	if len(b) == 0 || b[0] != summaryVersion {
		return time.Time{}, false
	}
	r := &summaryReader{b: string(b[1:])}
	r.number()
	if !r.flag() {
		return time.Time{}, false
	}
	at := r.date()
	return at, !r.bad
}

// SummaryAttached reads from a summary HasAttachment alone; false of what is none.
func SummaryAttached(b []byte) bool {
	if len(b) == 0 || b[0] != summaryVersion {
		return false
	}
	r := &summaryReader{b: string(b[1:])}
	r.number()
	if r.flag() {
		r.date()
	}
	for range 3 { // the texts, In-Reply-To, References
		for n := r.count(); n > 0 && !r.bad; n-- {
			r.text()
		}
	}
	return r.flag()
}

type summaryReader struct {
	b                string
	nodes, addresses int
	bad              bool
}

func (r *summaryReader) fail() {
	r.bad, r.b = true, ""
}

func (r *summaryReader) number() uint64 {
	v, shift := uint64(0), 0
	for i := 0; i < len(r.b) && i < binary.MaxVarintLen64; i++ {
		c := r.b[i]
		if c < 0x80 {
			if i == binary.MaxVarintLen64-1 && c > 1 {
				break
			}
			r.b = r.b[i+1:]
			return v | uint64(c)<<shift
		}
		v |= uint64(c&0x7f) << shift
		shift += 7
	}
	r.fail()
	return 0
}

// signed reads what binary.AppendVarint wrote.
func (r *summaryReader) signed() int64 {
	v := r.number()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *summaryReader) date() time.Time {
	unix, offset := r.signed(), r.signed()
	switch {
	case offset < -86400 || offset > 86400:
		r.bad = true
		return time.Time{}
	case offset == 0:
		return time.Unix(unix, 0).UTC()
	}
	return time.Unix(unix, 0).In(time.FixedZone("", int(offset)))
}

// count reads the length of a list, whose entries need at least a byte each.
func (r *summaryReader) count() int {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *summaryReader) flag() bool {
	if len(r.b) == 0 || r.b[0] > 1 {
		r.fail()
		return false
	}
	v := r.b[0] == 1
	r.b = r.b[1:]
	return v
}

func (r *summaryReader) text() string {
	n := r.count()
	s := r.b[:n]
	r.b = r.b[n:]
	return s
}

func (r *summaryReader) strings() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]string, 0, min(n, 1024))
	for i := 0; i < n && !r.bad; i++ {
		list = append(list, r.text())
	}
	return list
}

func (r *summaryReader) fixed(into ...*string) {
	if r.count() != len(into) {
		r.fail()
		return
	}
	for _, p := range into {
		*p = r.text()
	}
}

func (r *summaryReader) params() []Param {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]Param, 0, min(n, maxParams))
	for i := 0; i < n && !r.bad; i++ {
		list = append(list, Param{r.text(), r.text()})
	}
	return list
}

// texts reads the four texts, and which of them are blank if any is.
func (r *summaryReader) texts(e *Envelope) {
	n := r.count()
	if n != 4 && n != 5 {
		r.fail()
		return
	}
	e.Date, e.Subject, e.InReplyTo, e.MessageID = r.text(), r.text(), r.text(), r.text()
	if n == 5 {
		blank := r.text()
		if len(blank) != 1 || blank[0] == 0 {
			r.fail()
			return
		}
		e.Blank = EnvelopeTexts(blank[0])
	}
}

func (r *summaryReader) envelope() *Envelope {
	if !r.flag() {
		return nil
	}
	e := &Envelope{}
	r.texts(e)
	for _, list := range []*[]Address{&e.From, &e.Sender, &e.ReplyTo, &e.To, &e.Cc, &e.Bcc} {
		n := r.count()
		if r.addresses -= n; r.addresses < 0 {
			r.fail()
			return e
		}
		for i := 0; i < n && !r.bad; i++ {
			var a Address
			a.Kind = AddressKind(r.number())
			r.fixed(&a.Name, &a.Route, &a.Mailbox, &a.Host)
			if a.Kind > GroupEnd {
				r.fail()
			}
			*list = append(*list, a)
		}
	}
	return e
}

func (r *summaryReader) structure(depth int) *BodyStructure {
	if !r.flag() {
		return nil
	}
	if r.nodes--; r.nodes < 0 || depth > MaxDepth {
		r.fail()
		return nil
	}
	s := &BodyStructure{}
	r.fixed(&s.Type, &s.Subtype, &s.ID, &s.Description, &s.Encoding, &s.MD5, &s.Disposition, &s.Location)
	s.Params, s.DispositionParams, s.Language = r.params(), r.params(), r.strings()
	s.Size, s.Lines = int(r.number()), int(r.number())
	s.Envelope = r.envelope()
	s.Message = r.structure(depth + 1)
	if (s.Envelope == nil) != (s.Message == nil) || s.Size < 0 || s.Lines < 0 {
		r.fail()
	}
	n := r.count()
	for i := 0; i < n && !r.bad; i++ {
		c := r.structure(depth + 1)
		if c == nil {
			r.fail()
			return s
		}
		s.Children = append(s.Children, c)
	}
	return s
}
