package postroom

import (
	"errors"
	"fmt"
)

// ErrorKind says what a caller can do about an error. Every protocol maps the
// kinds to its own answers in one file (reply.go).
type ErrorKind uint8

const (
	// Internal is a fault of the server; the text is not meant for users.
	Internal ErrorKind = iota
	// NotFound is also the answer for what a caller may not look up.
	NotFound
	// Denied: the caller may see the object but lacks the right.
	Denied
	// Exists: an object of that name is already there.
	Exists
	// Invalid: the request itself is wrong.
	Invalid
	// NotEmpty: the object still holds others.
	NotEmpty
	// OverQuota: the owner's storage limit would be exceeded.
	OverQuota
	// TooLarge: one object exceeds a limit.
	TooLarge
	// Limit: too many objects or requests.
	Limit
	// Stale: a condition of the caller (UNCHANGEDSINCE, ifInState) failed.
	Stale
	// SignInFailed: wrong credentials; says nothing about which part.
	SignInFailed
	// SignInDisabled: the account may not sign in.
	SignInDisabled
	// Unavailable: try again later.
	Unavailable
	// ConfirmationNeeded: allowed, once whoever is in this browser has proved
	// again who they are.
	ConfirmationNeeded
)

var kindNames = [...]string{"internal", "notFound", "denied", "exists", "invalid", "notEmpty",
	"overQuota", "tooLarge", "limit", "stale", "signInFailed", "signInDisabled", "unavailable", "confirmationNeeded"}

// String is the stable lower-camel name of the kind, as used in JSON.
func (k ErrorKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// ParseErrorKind is the inverse of String; an unknown name is Internal.
func ParseErrorKind(name string) ErrorKind {
	for k, n := range kindNames {
		if n == name {
			return ErrorKind(k)
		}
	}
	return Internal
}

// Error is a failure with a text that is safe to show to the user who caused
// it. The cause is for the log only.
type Error struct {
	Kind  ErrorKind
	Text  string
	Cause error
	// Reason is what Text was made of.
	Reason Reason
}

// Reason is a text for users as a program can read it: what it is made of, so
// that a client words it in the language of who reads it (ADR 26).
type Reason struct {
	// Template is the text with a verb of fmt where each value goes. It names the
	// reason as long as the text is not changed.
	Template string `json:"template"`
	// Values are what is put in, in order, as text.
	Values []string `json:"values,omitempty"`
}

// Error returns the text and the cause, for logs.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Text + ": " + e.Cause.Error()
	}
	return e.Text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an *Error of the same kind without a text, so
// that errors.Is(err, &Error{Kind: NotFound}) asks for a kind.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Text == "" && t.Kind == e.Kind
}

// Errorf makes an Error of a kind with a text safe for users.
func Errorf(kind ErrorKind, format string, args ...any) *Error {
	e := &Error{Kind: kind, Text: fmt.Sprintf(format, args...), Reason: Reason{Template: format}}
	for _, a := range args {
		e.Reason.Values = append(e.Reason.Values, fmt.Sprint(a))
	}
	return e
}

// By gives an Error its cause, for the log.
func (e *Error) By(cause error) *Error {
	e.Cause = cause
	return e
}

// Restate is err as an Error of another kind: with its text for users, and with
// what that was made of.
func Restate(kind ErrorKind, err error) *Error {
	e := &Error{Kind: kind, Text: TextOf(err)}
	if reason := ReasonOf(err); reason != nil {
		e.Reason = *reason
	}
	return e
}

// ReasonOf returns what the text of err is made of; nil for a fault of the
// server, and for a text that was not made by Errorf.
func ReasonOf(err error) *Reason {
	var e *Error
	if errors.As(err, &e) && e.Kind != Internal && e.Reason.Template != "" {
		return &e.Reason
	}
	return nil
}

// KindOf returns the kind of err, Internal when it is not an *Error.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// TextOf returns the text of err that is safe for users; a fault of the server
// has a fixed one.
func TextOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Kind != Internal {
		return e.Text
	}
	return "internal server error"
}
