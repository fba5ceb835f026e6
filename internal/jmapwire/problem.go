package jmapwire

import "postroom"

// Problem is an error about a whole request (RFC 8620 §3.6.1, RFC 7807).
type Problem struct {
	Type   string `json:"type"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Reason is of our own: what Detail is made of (docs/jmap.md).
	Reason *postroom.Reason `json:"reason,omitempty"`
	// Limit names the limit of the Session object that was passed.
	Limit string `json:"limit,omitempty"`
}

// Error is the text of the problem.
func (p *Problem) Error() string { return p.Type + ": " + p.Detail }

const problems = "urn:ietf:params:jmap:error:"

// UnknownCapability refuses a capability this server does not have.
func UnknownCapability(name string) *Problem {
	return &Problem{Type: problems + "unknownCapability", Status: 400, Detail: "this server does not have " + printable(name)}
}

// NotJSON refuses what is no I-JSON.
func NotJSON(detail string) *Problem {
	return &Problem{Type: problems + "notJSON", Status: 400, Detail: detail}
}

// NotRequest refuses JSON that is no Request object.
func NotRequest(detail string) *Problem {
	return &Problem{Type: problems + "notRequest", Status: 400, Detail: detail}
}

// OverLimit refuses what passes a limit of the Session object.
func OverLimit(name string, status int) *Problem {
	return &Problem{Type: problems + "limit", Status: status, Detail: "the limit " + name + " is passed", Limit: name}
}

// printable shortens foreign text for an error.
func printable(s string) string {
	const most = 100
	if len(s) > most {
		s = s[:most] + "…"
	}
	return s
}
