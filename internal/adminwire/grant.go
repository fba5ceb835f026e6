package adminwire

import "time"

// Grantee is who a grant is for.
type Grantee struct {
	Kind string `json:"kind" doc:"account, group, domain, plan, org, all, public or guest"`
	Name string `json:"name,omitempty" doc:"Address, domain or plan name"`
	UUID string `json:"uuid,omitempty"`
}

// Word is the grantee as it is written on the command line.
func (g Grantee) Word() string {
	switch g.Kind {
	case "domain", "plan", "guest":
		return g.Kind + ":" + g.Name
	case "org", "all", "public":
		return g.Kind
	}
	return g.Name
}

// Grant is rights given on a collection and what lies below it.
type Grant struct {
	Account string  `json:"account"`
	UUID    string  `json:"account_uuid"`
	Path    string  `json:"path"`
	ID      int64   `json:"collection"`
	Grantee Grantee `json:"grantee"`
	// Rights in Zimbra letters; Names has every right by its long name, also
	// those that have no letter of their own.
	Rights   string     `json:"rights"`
	Names    []string   `json:"right_names"`
	Role     string     `json:"role"`
	Negative bool       `json:"negative,omitempty"`
	Mode     string     `json:"mode" doc:"automount or offer"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"`
	By       string     `json:"by" doc:"Address, or console"`
	Reason   string     `json:"reason,omitempty" doc:"Why the glass was broken; of no other grants"`
	Version  string     `json:"version" doc:"For replaces: another when it was changed"`
}

// BreakGlass lets an administrator read a mailbox in an emergency.
type BreakGlass struct {
	Target string    `json:"target" doc:"Address of the account"`
	With   string    `json:"with,omitempty" doc:"Who reads; the caller when absent"`
	Until  time.Time `json:"until" doc:"No longer than the organisation allows"`
	Reason string    `json:"reason" doc:"Why; it is told to the owner and audited"`
}

// NewGrant makes or replaces a grant. Target is ADDRESS or ADDRESS:/path,
// Grantee the word of the command line, Rights letters, long names or a role.
type NewGrant struct {
	Target   string     `json:"target"`
	Grantee  string     `json:"grantee"`
	Rights   string     `json:"rights"`
	Negative bool       `json:"negative,omitempty"`
	Mode     string     `json:"mode,omitempty" enum:"automount,offer"`
	Until    *time.Time `json:"until,omitempty"`
	Replaces string     `json:"replaces,omitempty" doc:"The version of the grant that is there; refused when it has another"`
	Quiet    bool       `json:"quiet,omitempty" doc:"Send no notice"`
}

// SendRight is an entry of who may send as, on behalf of or to a target, or
// owns it.
type SendRight struct {
	TargetType      string     `json:"target_type" doc:"account or group"`
	Target          string     `json:"target"`
	TargetUUID      string     `json:"target_uuid"`
	Grantee         Grantee    `json:"grantee"`
	Right           string     `json:"right"`
	Deny            bool       `json:"deny,omitempty"`
	DisplayedSender string     `json:"displayed_sender"`
	AddAddresses    []string   `json:"add_addresses,omitempty"`
	DropAddresses   []string   `json:"drop_addresses,omitempty"`
	Since           time.Time  `json:"since"`
	Until           *time.Time `json:"until,omitempty"`
	By              string     `json:"by"`
	Version         string     `json:"version" doc:"For replaces: another when it was changed"`
}

// NewSendRight makes or replaces an entry.
type NewSendRight struct {
	Target          string     `json:"target"`
	Grantee         string     `json:"grantee"`
	Right           string     `json:"right" enum:"sendAs,sendOnBehalfOf,sendTo,own"`
	Deny            bool       `json:"deny,omitempty"`
	DisplayedSender string     `json:"displayed_sender,omitempty" enum:"inherit,hide,show"`
	AddAddresses    []string   `json:"add_addresses,omitempty"`
	DropAddresses   []string   `json:"drop_addresses,omitempty"`
	Until           *time.Time `json:"until,omitempty"`
	Quiet           bool       `json:"quiet,omitempty" doc:"Send no notice"`
}

// Share is a whole mailbox shared by a preset.
type Share struct {
	Target  string     `json:"target"`
	Grantee string     `json:"grantee"`
	Preset  string     `json:"preset" enum:"read,full,full+send,send"`
	Mount   string     `json:"mount,omitempty" enum:"automount,offer"`
	Until   *time.Time `json:"until,omitempty"`
	Quiet   bool       `json:"quiet,omitempty" doc:"Send no notice"`
}

// Collection is one folder of an account. With Owner set it is seen through a
// share.
type Collection struct {
	ID      int64  `json:"id"`
	Path    string `json:"path"`
	Name    string `json:"name"`
	Role    string `json:"role,omitempty"`
	Kind    string `json:"kind"`
	Inherit bool   `json:"inherit"`
	Seen    string `json:"seen" doc:"Read state: inherit, shared or per-user"`
	Total   int    `json:"total"`
	Unseen  int    `json:"unseen"`
	Bytes   int64  `json:"bytes"`
	// Rights in Zimbra letters, of the one for whom the list was made.
	Rights    string `json:"rights,omitempty"`
	Owner     string `json:"owner,omitempty"`
	OwnerUUID string `json:"owner_uuid,omitempty"`
	Mount     string `json:"mount,omitempty" doc:"What the person calls the share that begins here"`
}

// CollectionChange creates (Path), renames (NewPath) or opens and closes
// (Inherit) a folder.
type CollectionChange struct {
	Path    string  `json:"path"`
	NewPath *string `json:"new_path,omitempty"`
	Inherit *bool   `json:"inherit,omitempty"`
	Seen    *string `json:"seen,omitempty" enum:"inherit,shared,per-user" doc:"Whose read state it shows"`
}
