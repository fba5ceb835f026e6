package postroom

// Wording is how an organisation words one kind of notice in one language:
// templates (package wording); what is empty is as the server words it.
type Wording struct {
	Org     OrgID
	Kind    string // new, changed, revoked, expiring, expired, joined, answered
	Locale  string // en, de
	Subject string
	Intro   string // in the place of the sentence that says what happened
	Closing string // before the foot
}
