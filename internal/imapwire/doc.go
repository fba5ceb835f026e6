// Package imapwire turns bytes into typed IMAP commands and typed data into
// IMAP replies, for IMAP4rev1 (RFC 3501), IMAP4rev2 (RFC 9051) and the
// extensions named at each command.
//
// A Decoder reads what a client sends: Next returns one Request whose Command
// is a pointer to one of the command structs (Select, Fetch, Append, ...), one
// file a command. A line that cannot be understood is returned as a
// *CommandError, which knows the tag and the reply to send; the rest of the
// bad command has then been, or will be, consumed, so that the stream stays in
// step. Everything a client can make the Decoder hold in memory is bounded by
// Limits; APPEND messages are handed out as streams.
//
// An Encoder writes what a server says. Its errors are sticky: write a whole
// reply and look at the error of Flush.
//
// The package is pure: it knows no network, clock or goroutine. Neither
// Decoder nor Encoder may be used by two goroutines at once; one Decoder and
// one Encoder of the same connection are independent of each other.
package imapwire
