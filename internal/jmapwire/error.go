package jmapwire

import "postroom"

// Error is what becomes of a method call (RFC 8620 §3.6.2) or of one object of
// a set (§5.3) that fails.
type Error struct {
	Type        string   `json:"type"`
	Description string   `json:"description,omitempty"`
	Properties  []string `json:"properties,omitempty"`
	// Reason is of our own: what Description is made of (docs/jmap.md).
	Reason *postroom.Reason `json:"reason,omitempty"`
	// ExistingID is of alreadyExists (RFC 8621 §4.8).
	ExistingID ID `json:"existingId,omitempty"`
	// NotFound is of blobNotFound (RFC 8621 §4.6).
	NotFound []ID `json:"notFound,omitempty"`
	// MaxSize is of tooLarge (RFC 8621 §7.5).
	MaxSize int64 `json:"maxSize,omitempty"`
	// MaxRecipients is of tooManyRecipients, InvalidRecipients of
	// invalidRecipients (RFC 8621 §7.5).
	MaxRecipients     int      `json:"maxRecipients,omitempty"`
	InvalidRecipients []string `json:"invalidRecipients,omitempty"`
}

// Error is the text for logs.
func (e *Error) Error() string { return e.Type + ": " + e.Description }

// Fail makes an error of a type without a description.
func Fail(kind string) *Error { return &Error{Type: kind} }

// InvalidArguments says what is wrong with the arguments of a call.
func InvalidArguments(what string) *Error { return &Error{Type: "invalidArguments", Description: what} }

// InvalidProperties says which properties of an object are wrong, and why.
func InvalidProperties(why string, names ...string) *Error {
	return &Error{Type: "invalidProperties", Description: why, Properties: names}
}

// InvalidPatch says what is wrong with a PatchObject.
func InvalidPatch(why string) *Error { return &Error{Type: "invalidPatch", Description: why} }
