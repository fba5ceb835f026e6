package imapwire

import "errors"

// ErrLiteralTooLarge is in the chain of a CommandError about a literal that
// is larger than a limit. Nothing of a refused literal has been read;
// CommandError.Fatal tells whether the connection can go on.
var ErrLiteralTooLarge = errors.New("imapwire: literal too large")

// ErrLineTooLong is in the chain of a CommandError about an overlong line.
var ErrLineTooLong = errors.New("imapwire: line too long")

// ErrCancelled is returned by Decoder.SASLResponse when the client cancels
// the exchange with "*" (RFC 9051 §6.2.2). Answer it with a tagged BAD.
var ErrCancelled = errors.New("imapwire: authentication cancelled by the client")

// CommandError says that a command was refused by the Decoder, and how to
// answer it. Send Status(), then, unless Fatal, go on with Decoder.Next.
type CommandError struct {
	// Tag of the command, or "" when not even the tag could be read.
	Tag string
	// Kind is BAD, or NO for a well-formed command that is refused.
	Kind StatusKind
	// Code is the response code, if any, such as CodeTooBig.
	Code Code
	// Text is for people, safe to show.
	Text string
	// Fatal is set when the stream cannot be brought back in step, such as
	// after an announced non-synchronising literal larger than Limits.Skip.
	// Status is then a BYE: send it and close.
	Fatal bool

	cause error
}

// Error returns a one-line description.
func (e *CommandError) Error() string { return "imapwire: " + e.Text }

// Unwrap returns the cause, such as ErrLiteralTooLarge, or nil.
func (e *CommandError) Unwrap() error { return e.cause }

// Status returns the reply to send: a tagged BAD or NO, an untagged BAD when
// the tag is unknown, or an untagged BYE when the error is fatal.
func (e *CommandError) Status() Status {
	if e.Fatal {
		return Status{Kind: BYE, Code: e.Code, Text: e.Text}
	}
	kind := e.Kind
	if e.Tag == "" {
		kind = BAD
	}
	return Status{Tag: e.Tag, Kind: kind, Code: e.Code, Text: e.Text}
}
