// Package smtpserver speaks SMTP (RFC 5321) and LMTP (RFC 2033) to the outside:
// the MX on port 25, LMTP on 24, message submission on 587 (RFC 6409) and 465
// (RFC 8314). It parses, asks a service, and answers; rules are not made here.
// What arrives for this server goes to package delivery, what a signed-in person
// sends goes to package submission.
//
// # Line ends
//
// A line ends in CRLF and in nothing else. The end of DATA is CRLF "." CRLF, in
// exactly these octets; a message with a CR or LF that is not part of a CRLF, or
// with a NUL, is refused as a whole after it has been read, with DATA and with
// BDAT alike, so that what one server calls the end of a message can never be the
// middle of it for another. A command line with such an octet is refused too.
//
// That is why the protocol is read here and not by a library: the octets
// decide, and they have to be seen before anything has unstuffed a dot, taken a
// bare LF for a line end or dropped a CR.
//
// # Durability
//
// A positive reply to the end of a message is sent after the store has committed
// it, never before.
package smtpserver
