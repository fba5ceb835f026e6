package postroom

import "time"

// Outsiders is what an automatic reply gives to senders of other organisations.
type Outsiders uint8

const (
	// SameText gives them what everybody gets (default).
	SameText Outsiders = iota
	// OtherText gives them a text of their own.
	OtherText
	// NoReply gives them nothing.
	NoReply
)

var outsidersNames = [...]string{"same", "other", "none"}

// String is same, other or none.
func (o Outsiders) String() string { return outsidersNames[min(int(o), 2)] }

// ParseOutsiders is the inverse of String.
func ParseOutsiders(name string) (Outsiders, bool) {
	for i, n := range outsidersNames {
		if n == name {
			return Outsiders(i), true
		}
	}
	return 0, false
}

// Limits of how often one sender is answered, in days (RFC 5230 §4.1).
const (
	DefaultReplyDays = 7
	MaxReplyDays     = 365
)

// OutOfOffice is the automatic reply of an account while nobody reads its mail
// (RFC 3834). It covers the account's aliases and subaddresses, and not mail
// that came by a group.
type OutOfOffice struct {
	Enabled bool
	// From and Until bound the time in which it answers: from From on, before
	// Until. Zero is no bound.
	From, Until time.Time
	// Subject stands before the subject that is answered; empty is "Auto:"
	// (RFC 3834 §3.1.5).
	Subject string
	// Text is plain; line ends of any kind.
	Text      string
	Outsiders Outsiders
	// OutsideText is what outsiders get when Outsiders is OtherText.
	OutsideText string
	// Days is how long one sender is not answered again; zero is
	// DefaultReplyDays.
	Days int
	// Addresses of the person elsewhere, from which mail is forwarded to
	// here: they count as the account's own in To and Cc (RFC 5230 §4.5).
	Addresses []string
}

// Active reports whether it answers at a time.
func (o *OutOfOffice) Active(now time.Time) bool {
	return o.Enabled && !now.Before(o.From) && (o.Until.IsZero() || now.Before(o.Until))
}

// Forwarding is where mail for an account goes on to.
type Forwarding struct {
	// To are the addresses that the account chose, Fixed those that its
	// administrator did: the account sees them and cannot change them.
	To, Fixed []string
	// NoCopy leaves no copy in the account. Without an address to forward to
	// it means nothing.
	NoCopy bool
}

// All are the addresses mail goes on to.
func (f *Forwarding) All() []string {
	return append(append(make([]string, 0, len(f.To)+len(f.Fixed)), f.To...), f.Fixed...)
}
