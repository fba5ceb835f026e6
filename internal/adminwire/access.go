package adminwire

import "time"

// Access is the answer of access check and access explain.
type Access struct {
	Allowed bool   `json:"allowed"`
	Text    string `json:"text" doc:"The readable reason, many lines"`
	Steps   any    `json:"steps,omitempty"`
}

// Holder is somebody with access to an account, or an account somebody has
// access to.
type Holder struct {
	Address    string   `json:"address"`
	UUID       string   `json:"uuid"`
	Kind       string   `json:"kind"`
	Collection string   `json:"collection,omitempty"`
	Rights     string   `json:"rights,omitempty"`
	Send       []string `json:"send,omitempty"`
	Via        []string `json:"via,omitempty" doc:"The ways by which it comes, each in a sentence"`
	Ways       []Way    `json:"ways,omitempty" doc:"The same ways in their parts"`
}

// Way is a way by which somebody has something, or is denied it.
type Way struct {
	// Text is the sentence that stands in via, too.
	Text string   `json:"text"`
	Via  []string `json:"via" doc:"Names from the person through groups to whom it was given"`
	Kind string   `json:"kind" doc:"Whom it was given to: account, group, domain, plan, org, all, public or guest"`
	// Effect is what it does.
	Effect string `json:"effect" doc:"gives, takes or blocks"`
	On     string `json:"on" doc:"Path of the folder, or address sent for"`
	// Rights in Zimbra letters with the role and the names of each, or a right
	// to send, which has neither.
	Rights string     `json:"rights"`
	Role   string     `json:"role,omitempty" doc:"none, viewer, reviewer, author, editor, manager, admin or custom"`
	Names  []string   `json:"right_names,omitempty"`
	By     string     `json:"by" doc:"Who gave it: address, or console"`
	Since  *time.Time `json:"since,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
	Reason string     `json:"reason,omitempty" doc:"Of emergency access"`
}

// AuditRecord is one line of the audit log. Org, ActorID and TargetID are
// numbers, which the hash covers too.
type AuditRecord struct {
	Seq        int64             `json:"seq"`
	Org        int64             `json:"org,omitempty"`
	At         time.Time         `json:"at"`
	Actor      string            `json:"actor"`
	ActorID    int64             `json:"actor_id,omitempty"`
	Credential string            `json:"credential,omitempty"`
	Protocol   string            `json:"protocol,omitempty"`
	Remote     string            `json:"remote,omitempty"`
	Action     string            `json:"action"`
	Target     string            `json:"target,omitempty"`
	TargetID   int64             `json:"target_id,omitempty"`
	Collection string            `json:"collection,omitempty"`
	Erased     bool              `json:"erased,omitempty" doc:"The contents were erased when their time was over"`
	Details    map[string]string `json:"details,omitempty"`
	Previous   string            `json:"previous"`
	Hash       string            `json:"hash"`
}

// MessageTrail is what the audit log knows of a message.
type MessageTrail struct {
	Places  []MessagePlace `json:"places"`
	Records []AuditRecord  `json:"records"`
}

// MessagePlace is where a message is, or was.
type MessagePlace struct {
	Account string `json:"account"`
	Path    string `json:"path"`
	UID     uint32 `json:"uid"`
	Gone    bool   `json:"gone,omitempty" doc:"Moved away or deleted"`
}

// AuditVerified says how many records were verified.
type AuditVerified struct {
	Records int64  `json:"records"`
	Erased  int64  `json:"erased,omitempty" doc:"Of an export: records whose contents were erased"`
	Missing int64  `json:"missing,omitempty" doc:"Of an export of a part: places where records are missing"`
	Last    int64  `json:"last,omitempty"`
	Hash    string `json:"hash,omitempty" doc:"Of an export: the hash of the last record"`
}

// Queued is a message on its way out.
type Queued struct {
	ID         int64             `json:"id"`
	Sender     string            `json:"sender"`
	Size       int64             `json:"size"`
	Queued     time.Time         `json:"queued"`
	Recipients []QueuedRecipient `json:"recipients"`
	Hold       bool              `json:"hold,omitempty" doc:"An administrator holds it"`
	HeldUntil  *time.Time        `json:"held_until,omitempty" doc:"Its sender wants it to wait"`
}

// QueuedRecipient is one recipient of a queued message.
type QueuedRecipient struct {
	Address  string     `json:"address"`
	State    string     `json:"state"`
	Attempts int        `json:"attempts"`
	Next     *time.Time `json:"next,omitempty"`
	Reply    string     `json:"reply,omitempty"`
	Remote   string     `json:"remote,omitempty"`
}

// Done is the answer of an act that has nothing to tell.
type Done struct {
	Done bool `json:"done"`
}
