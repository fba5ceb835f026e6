package adminwire

import "time"

// OutOfOffice is the automatic reply of an account.
type OutOfOffice struct {
	Enabled     bool       `json:"enabled"`
	Active      bool       `json:"active" doc:"Enabled, and between from and until"`
	From        *time.Time `json:"from,omitempty"`
	Until       *time.Time `json:"until,omitempty"`
	Subject     string     `json:"subject,omitempty" doc:"Stands before the subject that is answered; Auto: when empty"`
	Text        string     `json:"text"`
	Outsiders   string     `json:"outsiders" doc:"What senders of other organisations get: the same text, the other text, or none"`
	OutsideText string     `json:"outside_text,omitempty"`
	Days        int        `json:"days" doc:"For how long one sender is not answered again"`
	Addresses   []string   `json:"addresses,omitempty" doc:"Addresses elsewhere that count as the account's own"`
}

// OutOfOfficeChange changes it; what is absent stays. A zero time takes a bound
// away.
type OutOfOfficeChange struct {
	Enabled     *bool      `json:"enabled,omitempty"`
	From        *time.Time `json:"from,omitempty"`
	Until       *time.Time `json:"until,omitempty"`
	Subject     *string    `json:"subject,omitempty"`
	Text        *string    `json:"text,omitempty"`
	Outsiders   *string    `json:"outsiders,omitempty" enum:"same,other,none"`
	OutsideText *string    `json:"outside_text,omitempty"`
	Days        *int       `json:"days,omitempty" minimum:"1" maximum:"365"`
	Addresses   *[]string  `json:"addresses,omitempty"`
}

// Forwarding is where mail for an account goes on to.
type Forwarding struct {
	To    []string `json:"to" doc:"Chosen by the account"`
	Fixed []string `json:"fixed" doc:"Chosen by an administrator; the account sees them"`
	Keep  bool     `json:"keep" doc:"A copy stays in the account; without an address it always does"`
}

// ForwardingChange changes it; what is absent stays.
type ForwardingChange struct {
	To    *[]string `json:"to,omitempty"`
	Fixed *[]string `json:"fixed,omitempty"`
	Keep  *bool     `json:"keep,omitempty"`
}
