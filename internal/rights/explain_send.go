package rights

import (
	"time"

	"postroom"
)

// SendQuestion asks why a subject may, or may not, use a right to send. The
// fields are the arguments of DecideSend; a Right of zero asks for From, by
// either right, as DecideFrom does.
type SendQuestion struct {
	Subject *Subject
	Target  *SendFacts
	Right   postroom.SendRight
	Address string
	Grants  []postroom.SendGrant
	Now     time.Time
}

// ExplainSend answers a SendQuestion. Allowed and ShowSender always agree with
// DecideSend and DecideFrom.
func ExplainSend(q SendQuestion, dir Directory) Explanation {
	var d SendDecision
	action := "send from " + q.Address
	if q.Right == 0 {
		d = DecideFrom(q.Subject, q.Target, q.Address, q.Grants, q.Now)
	} else {
		d = DecideSend(q.Subject, q.Target, q.Right, q.Address, q.Grants, q.Now)
		action = q.Right.String()
		if d.Right == postroom.SendAs || d.Right == postroom.SendOnBehalfOf {
			action += " " + q.Address
		}
	}
	e := Explanation{
		Subject: subjectName(q.Subject, dir), On: sendTargetName(q.Target, dir), Action: action,
		Allowed: d.Allowed, Because: sendBecause(d), ShowSender: d.Allowed && d.ShowSender, Steps: []Step{},
	}
	explainEntries(&e, q, d, dir)
	if !d.Allowed {
		e.Missing = sendMissing(q, d)
		e.CouldGive = sendGivers(q, dir)
	}
	return e
}

func explainEntries(e *Explanation, q SendQuestion, d SendDecision, dir Directory) {
	ways := findWays(q.Subject, dir)
	for i := range q.Grants {
		g := &q.Grants[i]
		if g.Target != q.Target.Target || !q.Subject.Is(g.Grantee) || !speaks(g, d.Right) &&
			(q.Right != 0 || !speaks(g, postroom.SendAs)) {
			continue
		}
		e.Steps = append(e.Steps, Step{
			Via: ways.to(g.Grantee), Kind: kindName(g.Grantee), On: e.On, Rights: g.Right.String(), Negative: g.Deny,
			By: byName(g.By, dir), Since: g.Since, Until: g.Until, Effect: sendEffect(q, d, g),
		})
	}
}

// sendEffect says what an entry did to decision d.
func sendEffect(q SendQuestion, d SendDecision, g *postroom.SendGrant) Effect {
	right := d.Right
	if !speaks(g, right) {
		// From was asked for, decided by the other right.
		right = postroom.SendAs
	}
	class := classFor(q.Subject, q.Target.Org, g, right)
	from := right == postroom.SendAs || right == postroom.SendOnBehalfOf
	switch {
	case !q.Subject.active:
		return Unusable
	case expired(g.Until, q.Now):
		return Expired
	case class == ClassNone:
		return Foreign
	case right != d.Right && g.Deny:
		return Takes
	case class != d.Class || d.Reason == DeniedByEntry && !g.Deny:
		return Hidden
	case g.Deny:
		return Takes
	case from && !covers(g, q.Target, q.Address):
		return OtherAddress
	}
	return Gives
}

func sendBecause(d SendDecision) string {
	switch d.Reason {
	case Itself:
		return "an account may send as itself"
	case OpenToAll:
		return "the list names nobody, so anyone may post"
	case NotActive:
		return "the account is not active"
	case DeniedByEntry:
		return d.Right.String() + " is denied by an entry of the class " + d.Class.String()
	case AddressNotCovered:
		if d.Class == ClassSelf {
			return "not an address of the account"
		}
		return d.Right.String() + " is held, but not for this address"
	case Granted:
		return d.Right.String() + " is given by an entry of the class " + d.Class.String()
	}
	return "no entry gives " + d.Right.String()
}

// sendMissing names what would have to be there: for From one of two rights.
func sendMissing(q SendQuestion, d SendDecision) []string {
	switch {
	case d.Reason == NotActive:
		return []string{missingActive}
	case d.Reason == AddressNotCovered:
		return []string{"address " + q.Address}
	case q.Right == 0:
		return []string{postroom.SendAs.String(), postroom.SendOnBehalfOf.String()}
	}
	return []string{d.Right.String()}
}

// sendGivers: the account itself for its own mail, owners of a group, and
// administrators.
func sendGivers(q SendQuestion, dir Directory) []Giver {
	var givers []Giver
	if !q.Subject.active {
		return []Giver{{Kind: "administrator"}}
	}
	if q.Target.Target.Account != 0 {
		givers = append(givers, Giver{"owner", dir.name(accountGrantee(q.Target.Target.Account))})
	}
	for i := range q.Grants {
		g := &q.Grants[i]
		if g.Target == q.Target.Target && g.Right == postroom.Own && !g.Deny && !expired(g.Until, q.Now) {
			givers = append(givers, Giver{"owner", dir.name(g.Grantee)})
		}
	}
	return append(givers, Giver{Kind: "administrator"})
}

func sendTargetName(t *SendFacts, dir Directory) string {
	if t.Primary != "" {
		return t.Primary
	}
	if t.Target.Group != 0 {
		return dir.name(postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(t.Target.Group)})
	}
	return dir.name(accountGrantee(t.Target.Account))
}
