package postroom

import "time"

// Flags is the set of system flags of an item (RFC 9051 §2.3.2).
type Flags uint8

const (
	FlagSeen Flags = 1 << iota
	FlagAnswered
	FlagFlagged
	FlagDeleted
	FlagDraft
)

// ItemMeta is the mutable part of a message in a mailbox: what FETCH (FLAGS
// UID MODSEQ) answers. Slices of it are kept in memory by the thousand.
type ItemMeta struct {
	UID    UID
	Flags  Flags
	ModSeq ModSeq
	Email  EmailID
	// Keywords, canonical: lower case, sorted, one space between, no
	// duplicates (RFC 9051 keywords, e.g. "$forwarded $mdnsent").
	Keywords string
}

// Item is a message in a mailbox without its body.
type Item struct {
	ItemMeta
	Thread   ThreadID
	Blob     BlobID
	Size     int64
	Received time.Time // INTERNALDATE
	Saved    time.Time // SAVEDATE (RFC 8514)
	// Summary is the message.Summary in its binary form.
	Summary []byte
}
