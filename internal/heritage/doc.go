// Package heritage holds what other servers say they have: accounts, lists,
// rights. Below it are the readers, one for each server; each turns the text
// that server's own tools print into steps, in the words of this one, and says
// of every row it cannot take, or takes with another meaning, which and why.
//
// A translation never gives anybody more than they had: where two servers
// differ, the difference is a loss that is told.
package heritage

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxLine is the longest line that is read, in bytes.
const MaxLine = 1 << 20

// Place is where something was read. Line counts from 1.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// Act is what a step does.
type Act string

// The acts, in the order in which they are done: first what is there, then
// what closes and denies, then what gives.
const (
	MakePlan     Act = "plan"
	MakeAccount  Act = "account"
	MakeGroup    Act = "group"
	AddAlias     Act = "alias"
	AddMember    Act = "member"
	Set          Act = "set"
	SetDelegable Act = "delegable"
	SetReply     Act = "out-of-office"
	SetForward   Act = "forwarding"
	MakeFolder   Act = "folder"
	Close        Act = "close"
	PutSendRight Act = "send-right"
	PutGrant     Act = "grant"
	MakeIdentity Act = "identity"
)

var order = []Act{MakePlan, MakeAccount, MakeGroup, AddAlias, AddMember, Set, SetDelegable, SetReply, SetForward, MakeFolder, Close,
	PutSendRight, PutGrant, MakeIdentity}

// Step is one thing to do.
type Step struct {
	Place
	Act Act `json:"act"`
	// Target is an address, ADDRESS:/path for folders and grants, or the name
	// of a plan.
	Target string `json:"target"`
	// Flat marks a path of a server that has no special mailboxes by name:
	// Spam is its Junk.
	Flat bool `json:"flat,omitempty"`
	// Grantee is a word of the command line: an address, domain:D, plan:P,
	// org, public, guest:A; of a member and an alias its address.
	Grantee string `json:"grantee,omitempty"`
	// Person says that the grantee is one person: if that person is not here,
	// a step that restricts them is not missed.
	Person bool `json:"person,omitempty"`
	// Rights of a grant are Zimbra letters, or those of RFC 4314 with IMAP.
	Rights   string     `json:"rights,omitempty"`
	IMAP     bool       `json:"imap,omitempty"`
	Negative bool       `json:"negative,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
	// Right is a send right, which Deny denies.
	Right string `json:"right,omitempty"`
	Deny  bool   `json:"deny,omitempty"`
	// Addresses are those delegates may use.
	Addresses []string `json:"addresses,omitempty"`
	Entry     *Facts   `json:"entry,omitempty"`
	Identity  *Persona `json:"identity,omitempty"`
	Reply     *Reply   `json:"reply,omitempty"`
	Forward   *Forward `json:"forward,omitempty"`
}

// Facts are what is known of a plan, an account or a group; what is empty or nil
// stays as it is.
type Facts struct {
	Name        string            `json:"name,omitempty"`
	Kind        string            `json:"kind,omitempty"`  // person, shared, resource
	State       string            `json:"state,omitempty"` // active, locked, disabled
	Plan        string            `json:"plan,omitempty"`
	QuotaBytes  *int64            `json:"quota_bytes,omitempty"`
	HideInGAL   *bool             `json:"hide_in_gal,omitempty"`
	Sent        string            `json:"sent,omitempty"`
	Notify      *bool             `json:"notify_new_members,omitempty"`
	Subscribe   string            `json:"subscribe,omitempty"`
	Unsubscribe string            `json:"unsubscribe,omitempty"`
	Settings    map[string]string `json:"settings,omitempty"`
}

// Persona is a From of an account.
type Persona struct {
	Name          string            `json:"name"`
	Display       string            `json:"display,omitempty"`
	Address       string            `json:"address,omitempty"`
	ReplyTo       string            `json:"reply_to,omitempty"`
	Signature     string            `json:"signature,omitempty"`
	SignatureHTML string            `json:"signature_html,omitempty"`
	Settings      map[string]string `json:"settings,omitempty"`
}

// Reply is an automatic reply; what is empty is as it is without.
type Reply struct {
	Enabled     bool       `json:"enabled,omitempty"`
	From        *time.Time `json:"from,omitempty"`
	Until       *time.Time `json:"until,omitempty"`
	Subject     string     `json:"subject,omitempty"`
	Text        string     `json:"text"`
	Outsiders   string     `json:"outsiders,omitempty"` // same, other, none
	OutsideText string     `json:"outside_text,omitempty"`
	Days        int        `json:"days,omitempty"`
	Addresses   []string   `json:"addresses,omitempty"`
}

// Forward is where mail goes on to: addresses the account chose, and fixed ones
// of its administrator.
type Forward struct {
	To     []string `json:"to,omitempty"`
	Fixed  []string `json:"fixed,omitempty"`
	NoCopy bool     `json:"no_copy,omitempty"`
}

// Restricts reports whether a step keeps somebody from something: steps that
// give must not be done without it.
func (s *Step) Restricts() bool {
	switch s.Act {
	case MakeFolder, Close:
		return true
	case PutGrant:
		return s.Negative || s.Rights == ""
	case PutSendRight:
		return s.Deny || s.Right == "sendTo"
	}
	return false
}

// Gives reports whether a step gives a right.
func (s *Step) Gives() bool {
	return s.Act == PutGrant && !s.Negative && s.Rights != "" || s.Act == PutSendRight && !s.Deny
}

// Verdict on a row.
type Verdict string

// Refused rows were not taken. Differs: taken, with another meaning. LeftOut:
// there is nothing to take.
const (
	Refused Verdict = "refused"
	Differs Verdict = "differs"
	LeftOut Verdict = "left out"
)

// Remark is what there is to say about a row.
type Remark struct {
	Place
	Verdict Verdict `json:"verdict"`
	Row     string  `json:"row,omitempty"`
	Why     string  `json:"why"`
}

// Estate is what was read.
type Estate struct {
	Steps   []Step   `json:"steps"`
	Remarks []Remark `json:"remarks"`
}

// maxRow bounds how much of a row a remark repeats, in bytes.
const maxRow = 200

// Remark notes something about a row.
func (e *Estate) Remark(at Place, v Verdict, row, why string) {
	if len(row) > maxRow {
		row = strings.ToValidUTF8(row[:maxRow], "") + "…"
	}
	e.Remarks = append(e.Remarks, Remark{Place: at, Verdict: v, Row: row, Why: why})
}

// Add adds a step.
func (e *Estate) Add(s Step) { e.Steps = append(e.Steps, s) }

// Put makes the steps ready to be done: in order, each once.
func (e *Estate) Put() {
	seen := make(map[string]int)
	kept := e.Steps[:0:0]
	for _, s := range e.Steps {
		k := s.key()
		if at, twice := seen[k]; twice {
			if s.Until != nil && kept[at].Until == nil {
				kept[at].Until = s.Until // one of the two tools does not tell it
			}
			continue
		}
		seen[k] = len(kept)
		kept = append(kept, s)
	}
	slices.SortStableFunc(kept, func(a, b Step) int { return cmp.Compare(a.rank(), b.rank()) })
	e.Steps = kept
	slices.SortStableFunc(e.Remarks, func(a, b Remark) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// rank puts what restricts before what gives.
func (s *Step) rank() int {
	n := slices.Index(order, s.Act)
	if n < 0 {
		n = len(order)
	}
	if s.Act == PutSendRight || s.Act == PutGrant {
		n = slices.Index(order, PutSendRight)
		if !s.Restricts() {
			n++
		}
	}
	return n
}

// key tells whether two steps are the same one.
func (s *Step) key() string {
	sign := ""
	if s.Negative || s.Deny {
		sign = "-"
	}
	name, entry := "", ""
	if s.Identity != nil {
		name = s.Identity.Name
	}
	if s.Act == Set {
		entry = s.File + ":" + strconv.Itoa(s.Line) // each dump of an entry is of its own
	}
	return strings.ToLower(strings.Join([]string{string(s.Act), s.Target, s.Grantee, s.Right, sign, name, entry}, "\x00"))
}

// Move writes every address of a domain with another domain.
func (e *Estate) Move(from, to string) {
	move := func(s string) string { return moved(s, from, to) }
	for i := range e.Steps {
		s := &e.Steps[i]
		address, path := s.Target, ""
		if at := strings.Index(s.Target, ":/"); at >= 0 {
			address, path = s.Target[:at], s.Target[at:]
		}
		s.Target, s.Grantee = move(address)+path, move(s.Grantee)
		for n := range s.Addresses {
			s.Addresses[n] = move(s.Addresses[n])
		}
		if s.Identity != nil {
			s.Identity.Address, s.Identity.ReplyTo = move(s.Identity.Address), move(s.Identity.ReplyTo)
			moveSettings(s.Identity.Settings, move)
		}
		if s.Forward != nil {
			for _, list := range [][]string{s.Forward.To, s.Forward.Fixed} {
				for n := range list {
					list[n] = move(list[n])
				}
			}
		}
		if s.Entry != nil {
			moveSettings(s.Entry.Settings, move)
		}
	}
}

// moveSettings moves the values that are addresses, several of them on lines of
// their own.
func moveSettings(settings map[string]string, move func(string) string) {
	for name, value := range settings {
		if !strings.Contains(name, "Address") {
			continue
		}
		lines := strings.Split(value, "\n")
		for i := range lines {
			lines[i] = move(lines[i])
		}
		settings[name] = strings.Join(lines, "\n")
	}
}

func moved(s, from, to string) string {
	for _, before := range []string{"@", "domain:"} {
		if n := len(s) - len(from); n >= len(before) && strings.EqualFold(s[n:], from) && strings.HasSuffix(s[:n], before) {
			return s[:n] + to
		}
	}
	return s
}
