// Package adminwire holds what is said over the administration API: the typed
// requests and answers, and the words that stand for the values of package
// postroom. It is pure; adminserver answers them, adminclient asks.
//
// Times are RFC 3339 in UTC; a time that is absent means never. Sizes are
// bytes. Entries are named by address or name, or by their 36-character UUID.
package adminwire

import "postroom"

// Prefix is where the API lives in a URL.
const Prefix = "/admin/v1"

// Problem is an error in the form of RFC 9457. Detail is the text for the user.
// Three members are its own: Kind is postroom.ErrorKind's stable name, Reason
// is what Detail was made of, for a client that words it in another language
// (ADR 26), and Errors are the parts of a request that do not fit its schema.
type Problem struct {
	Type   string `json:"type,omitempty" doc:"A URI for what has to be done about it; absent for about:blank"`
	Title  string `json:"title" doc:"The words of the HTTP status"`
	Status int    `json:"status"`
	Detail string `json:"detail" doc:"What is wrong and why, in one line"`
	Kind   string `json:"kind" doc:"Stable name of the sort of error: notFound, denied, exists, invalid, ..."`
	// Reason is absent for a fault of the server. With Errors it is that of the
	// first words of Detail, which goes on with theirs.
	Reason *postroom.Reason `json:"reason,omitempty" doc:"What the detail is made of: a template with a verb of fmt for each value, and the values"`
	Errors []Fault          `json:"errors,omitempty" doc:"What of the request does not fit its schema, part by part; Detail has it in one line"`
}

// Fault is one part of a request that does not fit its schema.
type Fault struct {
	Detail   string `json:"detail" doc:"What is wrong with it"`
	Location string `json:"location" doc:"Which part: body.days, body.entries[2].state, query.max"`
	// Reason is absent where the text is that of a parser.
	Reason *postroom.Reason `json:"reason,omitempty" doc:"What the detail is made of"`
}

// ConfirmationNeeded is the type of the refusal that whoever is in a browser
// answers by POST /auth/confirm; then the same request is taken.
const ConfirmationNeeded = "urn:x-postroom:problem:confirmation-needed"

// ProblemType is the type of a kind of errors; "" stands for about:blank (RFC
// 9457 §4.2.1).
func ProblemType(k postroom.ErrorKind) string {
	if k == postroom.ConfirmationNeeded {
		return ConfirmationNeeded
	}
	return ""
}

// Error is the text for the user.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457 §3.
func (p *Problem) ContentType(string) string { return "application/problem+json" }
