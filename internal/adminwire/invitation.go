package adminwire

import "time"

// Invitation is an invitation that waits to be accepted.
type Invitation struct {
	Account string    `json:"account"`
	To      string    `json:"to,omitempty" doc:"Where it was mailed"`
	By      string    `json:"by,omitempty" doc:"Who invited; empty for the console"`
	Created time.Time `json:"created"`
	Until   time.Time `json:"until"`
	Expired bool      `json:"expired,omitempty"`
	Link    string    `json:"link,omitempty" doc:"Once, when it is made and not mailed"`
}

// NewInvitation issues an invitation; an earlier link is void.
type NewInvitation struct {
	To    string     `json:"to,omitempty" doc:"Outside address to mail it to; without, the link is in the answer"`
	Until *time.Time `json:"until,omitempty" doc:"7 days when not given"`
}

// AcceptInvitation uses an invitation up.
type AcceptInvitation struct {
	Token    string `json:"token" doc:"The secret in the link"`
	Password string `json:"password"`
}

// Accepted tells whose invitation it was.
type Accepted struct {
	Address string `json:"address"`
}
