package postroom

import "time"

// Actor is who does something, through what. It is fixed at sign-in.
type Actor struct {
	Account AccountID // zero for the console and the system itself
	Address string    // address, "console" or "system"
	// Credential names the password, app password or token used.
	Credential string
	// Protocol is imap, smtp, lmtp, http, sieve or socket.
	Protocol string
	// Remote is the network address of the client, without a port.
	Remote string
}

// AuditRecord is one line of the audit log. Hash covers the record and the
// hash before it, so that no line can be changed or removed unseen.
type AuditRecord struct {
	Seq    int64
	Org    OrgID
	At     time.Time
	Actor  Actor
	Action string // dotted: message.delete, grant.add, session.open, message.send
	// Target is the account acted upon, zero when there is none.
	Target        AccountID
	TargetAddress string
	Collection    string            // path, when there is one
	Details       map[string]string // action's own facts
	Previous      [32]byte
	Hash          [32]byte
}
