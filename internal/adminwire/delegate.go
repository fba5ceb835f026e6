package adminwire

import "time"

// Delegation is all that somebody has on a whole mailbox and to send for it.
type Delegation struct {
	Grantee string `json:"grantee" doc:"An address, domain:D, plan:P, org, all, public or guest:ADDRESS"`
	Rights  string `json:"rights,omitempty" doc:"Letters, long names or a role; absent: none on the mailbox"`
	Send    string `json:"send,omitempty" enum:"sendAs,sendOnBehalfOf" doc:"Absent: neither"`
	// DisplayedSender is of who sends by this; absent: as the account says.
	DisplayedSender string     `json:"displayed_sender,omitempty" enum:"inherit,hide,show"`
	Mode            string     `json:"mode,omitempty" enum:"automount,offer" doc:"Absent: as it was, or automount"`
	Until           *time.Time `json:"until,omitempty"`
}

// NewDelegation sets what somebody has on a mailbox, all of it.
type NewDelegation struct {
	Target string `json:"target"`
	Delegation
	// Replaces are the versions of the grant and of the rights to send that
	// are there, none for nothing; refused when it is not so. Absent: no condition.
	Replaces *[]string `json:"replaces,omitempty"`
	Quiet    bool      `json:"quiet,omitempty" doc:"Send no notice"`
}
