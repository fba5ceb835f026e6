package adminwire

import "time"

// Leave says what happens to the account of somebody who leaves.
type Leave struct {
	ShareWith   string     `json:"share_with,omitempty" doc:"Who gets the mailbox"`
	Preset      string     `json:"preset,omitempty" enum:"read,full,full+send,send" doc:"full when not given"`
	Forward     []string   `json:"forward,omitempty"`
	OutOfOffice string     `json:"out_of_office,omitempty" doc:"Text of the automatic reply"`
	Until       *time.Time `json:"until,omitempty" doc:"End of the share and the reply"`
}

// Belongings are what hangs on a person besides their mail.
type Belongings struct {
	Account      string      `json:"account"`
	Admin        string      `json:"admin"`
	Groups       []HeldGroup `json:"groups"`
	Given        []HeldShare `json:"given" doc:"Grants on the mailbox"`
	Received     []HeldShare `json:"received" doc:"Grants to the person"`
	SendGiven    []HeldSend  `json:"send_given" doc:"Rights to send as the person"`
	SendReceived []HeldSend  `json:"send_received"`
	Aliases      []string    `json:"aliases"`
	Identities   []string    `json:"identities"`
	AppPasswords []string    `json:"app_passwords"`
	Forwards     []string    `json:"forwards"`
	Queued       []int64     `json:"queued" doc:"Messages in the queue"`
}

// HeldGroup is a group that somebody is a member of, or owns.
type HeldGroup struct {
	Address  string `json:"address"`
	Member   bool   `json:"member"`
	Owner    bool   `json:"owner"`
	Orphaned bool   `json:"orphaned" doc:"Without them nobody who can sign in owns it"`
}

// HeldShare is a grant on a mailbox or folder.
type HeldShare struct {
	Account  string     `json:"account"`
	Path     string     `json:"path"`
	Grantee  string     `json:"grantee"`
	Rights   string     `json:"rights"`
	Negative bool       `json:"negative,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
}

// HeldSend is a right to send.
type HeldSend struct {
	Target  string     `json:"target"`
	Grantee string     `json:"grantee"`
	Right   string     `json:"right"`
	Deny    bool       `json:"deny,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
}

// Conversion makes an account one of another kind.
type Conversion struct {
	Kind string `json:"kind" enum:"person,shared,resource"`
	Plan string `json:"plan,omitempty" doc:"The same when not given"`
}
