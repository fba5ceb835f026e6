package rights

import (
	"fmt"
	"slices"
	"time"

	"postroom"
)

// Directory tells an explanation what only the keeper of the facts knows. A nil
// function is allowed: names are then kinds with numbers, and a way through
// groups shows its last group only.
type Directory struct {
	// Parents returns the groups of which an account or group is directly a
	// member.
	Parents func(member postroom.Grantee) []postroom.GroupID
	// Name returns an address or name for people.
	Name func(postroom.Grantee) string
}

// AccessQuestion asks why a subject may, or may not, do something to a
// collection. Subject, Owner, Chain and Now are those of Effective.
type AccessQuestion struct {
	Subject   *Subject
	Owner     Owner
	Chain     []Level
	Paths     []string // of the collections of Chain, in the same order
	Operation Operation
	Now       time.Time
}

// Effect is what one grant does to a decision.
type Effect string

const (
	// Gives: the grant counts.
	Gives Effect = "gives"
	// Takes: a negative entry or a deny that counts.
	Takes Effect = "takes"
	// Blocks: an empty grant of the account itself.
	Blocks Effect = "blocks"
	// Overruled: it would count, were the account not blocked.
	Overruled Effect = "overruled by the block"
	// Hidden: a nearer grant to the same grantee, or an entry of an earlier
	// class, counts instead.
	Hidden Effect = "hidden"
	// CutOff: a collection below does not inherit.
	CutOff Effect = "cut off"
	// Expired: the grant has ended.
	Expired Effect = "expired"
	// Foreign: a grant that does not reach into another organisation.
	Foreign Effect = "other organisation"
	// Unusable: the account is not active.
	Unusable Effect = "account not active"
	// OtherAddress: a send right that does not cover the address.
	OtherAddress Effect = "address not covered"
)

// Step is one grant that reaches the subject, with the way it takes.
type Step struct {
	// Via is the way from the subject through groups to the grantee.
	Via []string `json:"via"`
	// Kind of the grantee: account, group, domain, plan, org, all, public or
	// guest.
	Kind string `json:"kind"`
	// On is the path of the collection, or the name of the account or group
	// sent for.
	On string `json:"on"`
	// Rights in Zimbra letters, or the name of a send right; IMAP in RFC 4314
	// letters, empty for send rights.
	Rights string `json:"rights"`
	IMAP   string `json:"imap,omitempty"`
	// Role that the rights are, custom when none, and the long name of each;
	// empty for send rights.
	Role  string   `json:"role,omitempty"`
	Names []string `json:"right_names,omitempty"`
	// Negative: the grant takes the rights away, or denies.
	Negative bool      `json:"negative,omitempty"`
	By       string    `json:"by"`
	Since    time.Time `json:"since,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	// Reason of an emergency access, else empty.
	Reason string `json:"reason,omitempty"`
	Effect Effect `json:"effect"`
}

// Giver is who could give what is missing.
type Giver struct {
	// Kind is owner, delegate (holds a here), administrator.
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
}

// Explanation is a decision with its grounds.
type Explanation struct {
	Subject string `json:"subject"`
	On      string `json:"on"`
	Action  string `json:"action"`
	Allowed bool   `json:"allowed"`
	// Answer is done, denied or notFound; empty for rights to send.
	Answer string `json:"answer,omitempty"`
	// Because is the decision in a few words.
	Because string `json:"because"`
	// Effective rights, in the two alphabets; empty for rights to send.
	Effective postroom.Rights `json:"-"`
	Rights    string          `json:"rights,omitempty"`
	IMAP      string          `json:"imap,omitempty"`
	// Missing is what would have to be there: rights in RFC 4314 letters and
	// Zimbra's x, p, f by their long names (where the operation asks for one
	// of several, any of them); the names of send rights, of which one is
	// enough; "address A"; or "active account".
	Missing []string `json:"missing,omitempty"`
	// ShowSender: the recipients are shown who sent.
	ShowSender bool    `json:"showSender,omitempty"`
	Steps      []Step  `json:"steps"`
	CouldGive  []Giver `json:"couldGive,omitempty"`
}

// Explain answers an AccessQuestion. Effective and Allowed always agree with
// the functions Effective and Decide; the steps are what they come from.
func Explain(q AccessQuestion, dir Directory) Explanation {
	e := Explanation{
		Subject: subjectName(q.Subject, dir),
		On:      dir.name(accountGrantee(q.Owner.Account)) + ":" + pathAt(q.Paths, 0),
		Action:  q.Operation.String(),
		Steps:   []Step{},
	}
	if q.Subject.account != 0 && q.Subject.account == q.Owner.Account {
		e.Effective = postroom.AllRights
		e.Because = "the owner has all rights"
	} else {
		e.Effective, e.Because = explainGrants(&e, q, dir)
	}
	answer := Decide(e.Effective, q.Operation)
	e.Allowed, e.Answer = answer == Done, answer.String()
	e.Rights, e.IMAP = Zimbra(e.Effective), IMAP(e.Effective)
	if !e.Allowed {
		e.Missing = rightNames(Missing(e.Effective, q.Operation))
		if !q.Subject.active {
			e.Missing = []string{missingActive}
		}
		e.CouldGive = accessGivers(q, dir)
	}
	return e
}

const missingActive = "active account"

// explainGrants fills in the steps and adds them up.
func explainGrants(e *Explanation, q AccessQuestion, dir Directory) (postroom.Rights, string) {
	ways := findWays(q.Subject, dir)
	open := true
	var given, taken postroom.Rights
	blocked := false
	for n, level := range q.Chain {
		grants := level.ACL.Grants()
		for i := range grants {
			g := &grants[i]
			if !q.Subject.Is(g.Grantee) {
				continue
			}
			effect := accessEffect(q, n, g)
			if !open {
				effect = CutOff
			}
			switch effect {
			case Gives:
				given |= g.Rights
			case Blocks:
				blocked = true
			case Takes:
				taken |= g.Rights
			}
			e.Steps = append(e.Steps, Step{
				Via: ways.to(g.Grantee), Kind: kindName(g.Grantee), On: pathAt(q.Paths, n), Rights: Zimbra(g.Rights), IMAP: IMAP(g.Rights),
				Role: RoleOf(g.Rights), Names: ZimbraNames(g.Rights),
				Negative: g.Negative, By: byName(g.By, dir), Since: g.Since, Until: g.Until, Reason: g.Reason, Effect: effect,
			})
		}
		open = open && level.Inherit
	}
	switch {
	case !q.Subject.active:
		return postroom.NoRights, "the account is not active"
	case blocked:
		for i := range e.Steps {
			if e.Steps[i].Effect == Gives || e.Steps[i].Effect == Takes {
				e.Steps[i].Effect = Overruled
			}
		}
		return postroom.NoRights, "a grant of none to the account itself blocks it"
	case given == 0:
		return postroom.NoRights, "no grant gives anything"
	case taken&given != 0:
		return given &^ taken, "the sum of the grants, less the negative entries"
	}
	return given &^ taken, "the sum of the grants"
}

// accessEffect says what grant g on level n of the chain does, as long as the
// walk gets there.
func accessEffect(q AccessQuestion, n int, g *postroom.Grant) Effect {
	switch {
	case !q.Subject.active:
		return Unusable
	case !contains(q.Subject.within(q.Owner.Org), g.Grantee):
		return Foreign
	case expired(g.Until, q.Now):
		return Expired
	case hidden(g.Grantee, q.Chain[:n], q.Now, g.Negative):
		return Hidden
	case g.Negative:
		return Takes
	case g.Grantee.Kind == postroom.GranteeAccount:
		if sum, _ := union(q.Chain[n].ACL.of(g.Grantee), q.Now, false); sum == postroom.NoRights {
			return Blocks
		}
	}
	return Gives
}

// accessGivers lists who could change the grants: the owner, those whose
// counting grant holds a, and administrators, who may grant though they have no
// rights themselves.
func accessGivers(q AccessQuestion, dir Directory) []Giver {
	if !q.Subject.active {
		return []Giver{{Kind: "administrator"}}
	}
	givers := []Giver{{"owner", dir.name(accountGrantee(q.Owner.Account))}}
	for n, level := range q.Chain {
		grants := level.ACL.Grants()
		for i := range grants {
			g := &grants[i]
			if !g.Negative && g.Rights.Has(postroom.Administer) && !expired(g.Until, q.Now) &&
				!hidden(g.Grantee, q.Chain[:n], q.Now, false) {
				givers = append(givers, Giver{"delegate", dir.name(g.Grantee)})
			}
		}
		if !level.Inherit {
			break
		}
	}
	return append(givers, Giver{Kind: "administrator"})
}

// rightNames lists rights one by one: RFC 4314 letters, and the long names of
// those that have none.
func rightNames(r postroom.Rights) []string {
	var names []string
	for _, l := range imapLetters {
		if l.char != 'c' && l.char != 'd' && r.Any(l.rights) {
			names = append(names, string(rune(l.char)))
		}
	}
	for _, l := range zimbraLetters {
		if l.rights&(postroom.AnswerInvitations|postroom.SeePrivate|postroom.FreeBusy) != 0 && r.Any(l.rights) {
			names = append(names, l.name)
		}
	}
	return names
}

// ways holds, for each group reached, the member it was first reached from: the
// shortest way.
type ways struct {
	subject *Subject
	dir     Directory
	from    map[postroom.Grantee]postroom.Grantee
}

func findWays(s *Subject, dir Directory) ways {
	w := ways{s, dir, map[postroom.Grantee]postroom.Grantee{}}
	if s.account == 0 || dir.Parents == nil {
		return w
	}
	queue := []postroom.Grantee{accountGrantee(s.account)}
	for len(queue) > 0 {
		member := queue[0]
		queue = queue[1:]
		for _, id := range dir.Parents(member) {
			g := postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(id)}
			if _, seen := w.from[g]; !seen {
				w.from[g] = member
				queue = append(queue, g)
			}
		}
	}
	return w
}

// to returns the names on the way from the subject to a grantee.
func (w ways) to(g postroom.Grantee) []string {
	self := accountGrantee(w.subject.account)
	var way []string
	for g != self {
		way = append(way, w.dir.name(g))
		next, ok := w.from[g]
		if !ok {
			break
		}
		g = next
	}
	way = append(way, subjectName(w.subject, w.dir))
	slices.Reverse(way)
	return way
}

func accountGrantee(id postroom.AccountID) postroom.Grantee {
	return postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)}
}

func subjectName(s *Subject, dir Directory) string {
	if s.account != 0 {
		return dir.name(accountGrantee(s.account))
	}
	return dir.name(s.identities[len(s.identities)-1])
}

func byName(id postroom.AccountID, dir Directory) string {
	if id == 0 {
		return "console"
	}
	return dir.name(accountGrantee(id))
}

func pathAt(paths []string, n int) string {
	if n < len(paths) {
		return paths[n]
	}
	return fmt.Sprintf("level %d", n)
}

var granteeKindNames = [...]string{"", "account", "group", "domain", "plan", "org", "all", "public", "guest"}

func kindName(g postroom.Grantee) string {
	return granteeKindNames[min(int(g.Kind), len(granteeKindNames)-1)]
}

func (d Directory) name(g postroom.Grantee) string {
	if d.Name != nil {
		if name := d.Name(g); name != "" {
			return name
		}
	}
	kind := kindName(g)
	if g.ID == 0 {
		return kind
	}
	return fmt.Sprintf("%s %d", kind, g.ID)
}
