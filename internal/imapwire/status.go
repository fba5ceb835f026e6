package imapwire

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// StatusKind is the first word of a status response.
type StatusKind string

// The kinds (RFC 9051 §7.1).
const (
	OK      StatusKind = "OK"
	NO      StatusKind = "NO"
	BAD     StatusKind = "BAD"
	BYE     StatusKind = "BYE"     // untagged only
	PREAUTH StatusKind = "PREAUTH" // greeting only
)

// Status is a status response. Without a Tag it is untagged.
type Status struct {
	Tag  string
	Kind StatusKind
	Code Code
	Text string // one line for people
}

// Code is a response code without its brackets, such as "READ-ONLY".
type Code string

// Response codes without arguments (RFC 9051 §7.1 and RFC 5530).
const (
	CodeAlert                Code = "ALERT"
	CodeAlreadyExists        Code = "ALREADYEXISTS"
	CodeAuthenticationFailed Code = "AUTHENTICATIONFAILED"
	CodeAuthorizationFailed  Code = "AUTHORIZATIONFAILED"
	CodeCannot               Code = "CANNOT"
	CodeClientBug            Code = "CLIENTBUG"
	CodeClosed               Code = "CLOSED"
	CodeCompressionActive    Code = "COMPRESSIONACTIVE"
	CodeContactAdmin         Code = "CONTACTADMIN"
	CodeCorruption           Code = "CORRUPTION"
	CodeExpired              Code = "EXPIRED"
	CodeExpungeIssued        Code = "EXPUNGEISSUED"
	CodeHasChildren          Code = "HASCHILDREN"
	CodeInUse                Code = "INUSE"
	CodeLimit                Code = "LIMIT"
	CodeMetadataTooMany      Code = "METADATA TOOMANY"
	CodeMetadataNoPrivate    Code = "METADATA NOPRIVATE"
	CodeNoModSeq             Code = "NOMODSEQ"
	CodeNonExistent          Code = "NONEXISTENT"
	CodeNoPerm               Code = "NOPERM"
	CodeNotificationOverflow Code = "NOTIFICATIONOVERFLOW"
	CodeNotSaved             Code = "NOTSAVED"
	CodeOverQuota            Code = "OVERQUOTA"
	CodeParse                Code = "PARSE"
	CodePrivacyRequired      Code = "PRIVACYREQUIRED"
	CodeReadOnly             Code = "READ-ONLY"
	CodeReadWrite            Code = "READ-WRITE"
	CodeServerBug            Code = "SERVERBUG"
	CodeTooBig               Code = "TOOBIG"
	CodeTryCreate            Code = "TRYCREATE"
	CodeUIDNotSticky         Code = "UIDNOTSTICKY"
	CodeUnavailable          Code = "UNAVAILABLE"
	CodeUnknownCTE           Code = "UNKNOWN-CTE"
	CodeUseAttr              Code = "USEATTR"
)

func numberCode(name string, n uint64) Code {
	return Code(name + " " + strconv.FormatUint(n, 10))
}

// CodeUIDNext predicts the next UID.
func CodeUIDNext(uid uint32) Code { return numberCode("UIDNEXT", uint64(uid)) }

// CodeUIDValidity tells the UIDVALIDITY of the mailbox being selected.
func CodeUIDValidity(v uint32) Code { return numberCode("UIDVALIDITY", uint64(v)) }

// CodeUnseen tells the first unseen message (IMAP4rev1).
func CodeUnseen(seq uint32) Code { return numberCode("UNSEEN", uint64(seq)) }

// CodeHighestModSeq is of RFC 7162 §3.1.2.1.
func CodeHighestModSeq(n uint64) Code { return numberCode("HIGHESTMODSEQ", n) }

// CodeMetadataLongEntries tells the size of the largest value left out.
func CodeMetadataLongEntries(size uint64) Code { return numberCode("METADATA LONGENTRIES", size) }

// CodeMetadataMaxSize tells the largest value that can be set.
func CodeMetadataMaxSize(size uint64) Code { return numberCode("METADATA MAXSIZE", size) }

// CodeMailboxID is of RFC 8474 §4.1.
func CodeMailboxID(id string) Code { return Code("MAILBOXID (" + id + ")") }

// CodeModified lists the messages that UNCHANGEDSINCE left alone (RFC 7162
// §3.1.3).
func CodeModified(set SeqSet) Code { return Code("MODIFIED " + set.String()) }

// CodeAppendUID tells the UIDs of appended messages (RFC 9051 §7.1).
func CodeAppendUID(uidValidity uint32, uids SeqSet) Code {
	return numberCode("APPENDUID", uint64(uidValidity)) + Code(" "+uids.String())
}

// CodeCopyUID tells the UIDs of copied messages (RFC 9051 §7.1). Both sets have
// the same order.
func CodeCopyUID(uidValidity uint32, from, to SeqSet) Code {
	return numberCode("COPYUID", uint64(uidValidity)) + Code(" "+from.String()+" "+to.String())
}

// CodePermanentFlags tells the flags that can be changed for good.
func CodePermanentFlags(flags []Flag) Code {
	words := make([]string, len(flags))
	for i, f := range flags {
		words[i] = string(f)
	}
	return Code("PERMANENTFLAGS (" + strings.Join(words, " ") + ")")
}

// CodeCapability lists the capabilities in a greeting or after signing in.
func CodeCapability(caps []string) Code { return Code("CAPABILITY " + strings.Join(caps, " ")) }

// Status writes a status response. The tag, code and text are cleaned of line
// ends.
func (e *Encoder) Status(s Status) {
	if s.Tag == "" {
		e.octet('*')
	} else {
		e.raw(oneLine(s.Tag))
	}
	e.octet(' ')
	e.raw(string(s.Kind))
	e.octet(' ')
	if s.Code != "" {
		e.octet('[')
		e.raw(oneLine(string(s.Code)))
		e.raw("] ")
	}
	e.text(s.Text)
	e.crlf()
}

// Continue writes a continuation request with a text.
func (e *Encoder) Continue(text string) {
	e.raw("+ ")
	e.text(text)
	e.crlf()
}

// text writes resp-text, which is not empty and does not begin with "[".
func (e *Encoder) text(text string) {
	text = oneLine(text)
	if text == "" || text[0] == '[' {
		text = "- " + text
	}
	e.raw(text)
}

// oneLine replaces control octets by spaces.
func oneLine(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= 0x20 && s[i] != 0x7f
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// Challenge writes the base64 of a SASL challenge as a continuation request.
// An empty challenge is "+ " (RFC 9051 §6.2.2).
func (e *Encoder) Challenge(raw []byte) {
	e.raw("+ ")
	if e.err == nil {
		e.buf = base64.StdEncoding.AppendEncode(e.buf[:0], raw)
		e.bytes(e.buf)
	}
	e.crlf()
}
