// Package message reads Internet messages (RFC 5322, MIME RFC 2045–2049) as
// they are, not as they should be: nothing in a message makes it fail, no byte
// of it is lost, and the cost is linear in its length. It works on the bytes of
// a whole message and gives back offsets into them.
//
// The package is pure: times and identifiers are passed in, nothing is read
// from or written to the outside.
//
// Two readers of addresses live here on purpose. [ParseAddresses] is lenient and
// serves display (ENVELOPE, search); [OriginAddresses] is strict and serves the
// decision who may send: what it cannot understand without doubt is an error.
package message

// Limits of what is kept of one message. Past them bytes are still counted and
// still readable as part of the whole, they only get no structure of their own.
const (
	// MaxDepth bounds the nesting of multiparts and embedded messages.
	MaxDepth = 100
	// MaxParts bounds the number of parts; the rest is one opaque leaf.
	MaxParts = 10000
	// MaxAddresses bounds the addresses kept of all fields of one name.
	MaxAddresses = 1000
	// MaxReferences bounds the message identifiers kept of one message.
	MaxReferences = 100

	maxValue  = 256 << 10 // bytes of one field value that are looked at
	maxText   = 8 << 10   // bytes kept of one unstructured value
	maxParams = 64        // parameters kept of one field
)
