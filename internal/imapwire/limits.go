package imapwire

// Limits bounds what one command may make the Decoder hold or do. All sizes
// are octets. A field that is zero or less allows nothing of its kind, so start
// from PreAuthLimits or SessionLimits.
type Limits struct {
	// Line is the longest line, without its CRLF and without literals.
	Line int
	// Literal is the largest literal that is held in memory (every literal
	// except the messages of APPEND and REPLACE).
	Literal int64
	// NonSync is the largest non-synchronising literal that is held in
	// memory; 4096 is what LITERAL- allows (RFC 7888 §5). Messages may be as
	// large as Message in either form.
	NonSync int64
	// Command is the most that the lines and literals of one command may
	// take together.
	Command int64
	// Literals is the largest number of literals in one command.
	Literals int
	// Message is the largest message APPEND or REPLACE may announce.
	Message int64
	// Skip is how much of a refused command is read and thrown away so that
	// the connection can go on. A client that sends more is to be
	// disconnected (CommandError.Fatal).
	Skip int64
	// Depth is the deepest nesting of search keys.
	Depth int
}

// PreAuthLimits returns limits for a connection that has not signed in:
// enough for LOGIN with literals and a SASL response, hardly more.
func PreAuthLimits() Limits {
	return Limits{
		Line: 16 << 10, Literal: 1 << 10, NonSync: 1 << 10, Command: 20 << 10,
		Literals: 4, Message: 0, Skip: 64 << 10, Depth: 4,
	}
}

// SessionLimits returns limits for a connection that has signed in. Messages
// may be up to message octets.
func SessionLimits(message int64) Limits {
	return Limits{
		Line: 64 << 10, Literal: 256 << 10, NonSync: 4096, Command: 512 << 10,
		Literals: 256, Message: message, Skip: message + 1<<20, Depth: 64,
	}
}
