package imapwire

// commands has the parser of each command, by its upper-case name.
var commands = map[string]func(*Decoder) Command{
	"CAPABILITY":     func(*Decoder) Command { return &Capability{} },
	"NOOP":           func(*Decoder) Command { return &Noop{} },
	"LOGOUT":         func(*Decoder) Command { return &Logout{} },
	"STARTTLS":       func(*Decoder) Command { return &StartTLS{} },
	"UNAUTHENTICATE": func(*Decoder) Command { return &Unauthenticate{} },
	"NAMESPACE":      func(*Decoder) Command { return &Namespace{} },
	"CHECK":          func(*Decoder) Command { return &Check{} },
	"CLOSE":          func(*Decoder) Command { return &Close{} },
	"UNSELECT":       func(*Decoder) Command { return &Unselect{} },
	"IDLE":           func(*Decoder) Command { return &Idle{} },
	"GETJMAPACCESS":  func(*Decoder) Command { return &GetJMAPAccess{} },
	"COMPRESS":       (*Decoder).compress,
	"AUTHENTICATE":   (*Decoder).authenticate,
	"LOGIN":          (*Decoder).login,
	"ENABLE":         (*Decoder).enable,
	"ID":             (*Decoder).id,
	"SELECT":         (*Decoder).selectMailbox,
	"EXAMINE":        (*Decoder).selectMailbox,
	"CREATE":         (*Decoder).create,
	"DELETE":         func(d *Decoder) Command { d.space(); return &Delete{Mailbox: d.mailbox()} },
	"RENAME":         (*Decoder).rename,
	"SUBSCRIBE":      func(d *Decoder) Command { d.space(); return &Subscribe{Mailbox: d.mailbox()} },
	"UNSUBSCRIBE":    func(d *Decoder) Command { d.space(); return &Unsubscribe{Mailbox: d.mailbox()} },
	"LIST":           (*Decoder).list_,
	"LSUB":           (*Decoder).lsub,
	"STATUS":         (*Decoder).status,
	"APPEND":         (*Decoder).append_,
	"REPLACE":        func(d *Decoder) Command { return d.replace(bySeq) },
	"EXPUNGE":        func(*Decoder) Command { return &Expunge{} },
	"SEARCH":         func(d *Decoder) Command { return d.search(bySeq) },
	"ESEARCH":        (*Decoder).esearch,
	"SORT":           func(d *Decoder) Command { return d.sort(bySeq) },
	"THREAD":         func(d *Decoder) Command { return d.thread(bySeq) },
	"FETCH":          func(d *Decoder) Command { return d.fetch(bySeq) },
	"STORE":          func(d *Decoder) Command { return d.store(bySeq) },
	"COPY":           func(d *Decoder) Command { return d.copy(bySeq) },
	"MOVE":           func(d *Decoder) Command { return d.move(bySeq) },
	"SETACL":         (*Decoder).setACL,
	"DELETEACL":      (*Decoder).deleteACL,
	"GETACL":         func(d *Decoder) Command { d.space(); return &GetACL{Mailbox: d.mailbox()} },
	"LISTRIGHTS":     (*Decoder).listRights,
	"MYRIGHTS":       func(d *Decoder) Command { d.space(); return &MyRights{Mailbox: d.mailbox()} },
	"GETMETADATA":    (*Decoder).getMetadata,
	"SETMETADATA":    (*Decoder).setMetadata,
	"GETQUOTA":       func(d *Decoder) Command { d.space(); return &GetQuota{Root: d.text()} },
	"GETQUOTAROOT":   func(d *Decoder) Command { d.space(); return &GetQuotaRoot{Mailbox: d.mailbox()} },
	"SETQUOTA":       (*Decoder).setQuota,
	"NOTIFY":         (*Decoder).notify,
	"CANCELUPDATE":   (*Decoder).cancelUpdate,
}

// uidCommands has the parsers of the commands behind "UID".
var uidCommands = map[string]func(*Decoder) Command{
	"EXPUNGE": (*Decoder).uidExpunge,
	"SEARCH":  func(d *Decoder) Command { return d.search(byUID) },
	"SORT":    func(d *Decoder) Command { return d.sort(byUID) },
	"THREAD":  func(d *Decoder) Command { return d.thread(byUID) },
	"FETCH":   func(d *Decoder) Command { return d.fetch(byUID) },
	"STORE":   func(d *Decoder) Command { return d.store(byUID) },
	"COPY":    func(d *Decoder) Command { return d.copy(byUID) },
	"MOVE":    func(d *Decoder) Command { return d.move(byUID) },
	"REPLACE": func(d *Decoder) Command { return d.replace(byUID) },
}

// numbering says what the numbers of a command are.
type numbering bool

const (
	bySeq numbering = false
	byUID numbering = true
)

// uidName puts "UID " in front of the name of a UID form.
func uidName(uid bool, name string) string {
	if uid {
		return "UID " + name
	}
	return name
}

// The commands without arguments.
type (
	// Capability asks what the server can do (RFC 9051 §6.1.1).
	Capability struct{}
	// Noop does nothing; updates are sent before its reply (RFC 9051 §6.1.2).
	Noop struct{}
	// Logout ends the session (RFC 9051 §6.1.3).
	Logout struct{}
	// StartTLS begins TLS after its OK (RFC 9051 §6.2.1). See Decoder.Buffered.
	StartTLS struct{}
	// Unauthenticate goes back to the not authenticated state (RFC 8437).
	Unauthenticate struct{}
	// Namespace asks for the namespaces (RFC 9051 §6.3.10).
	Namespace struct{}
	// Check is a checkpoint of IMAP4rev1 (RFC 3501 §6.4.1).
	Check struct{}
	// Close expunges and deselects (RFC 9051 §6.4.1).
	Close struct{}
	// Unselect deselects without expunging (RFC 9051 §6.4.2).
	Unselect struct{}
	// Idle sends updates until DONE (RFC 9051 §6.3.13): send a continuation,
	// then call Decoder.IdleDone.
	Idle struct{}
	// GetJMAPAccess asks for the JMAP session URL (RFC 9698).
	GetJMAPAccess struct{}
)

// Name implements Command.
func (*Capability) Name() string { return "CAPABILITY" }

// Name implements Command.
func (*Noop) Name() string { return "NOOP" }

// Name implements Command.
func (*Logout) Name() string { return "LOGOUT" }

// Name implements Command.
func (*StartTLS) Name() string { return "STARTTLS" }

// Name implements Command.
func (*Unauthenticate) Name() string { return "UNAUTHENTICATE" }

// Name implements Command.
func (*Namespace) Name() string { return "NAMESPACE" }

// Name implements Command.
func (*Check) Name() string { return "CHECK" }

// Name implements Command.
func (*Close) Name() string { return "CLOSE" }

// Name implements Command.
func (*Unselect) Name() string { return "UNSELECT" }

// Name implements Command.
func (*Idle) Name() string { return "IDLE" }

// Name implements Command.
func (*GetJMAPAccess) Name() string { return "GETJMAPACCESS" }
