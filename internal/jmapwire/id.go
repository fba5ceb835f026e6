package jmapwire

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"postroom"
)

// ID is an Id (RFC 8620 §1.2): 1 to 255 letters, digits, "-" and "_".
type ID string

var errID = errors.New("not an id")

func (i ID) valid() bool {
	if i == "" || len(i) > 255 {
		return false
	}
	for _, c := range []byte(i) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// UnmarshalJSON reads an id; nothing else.
func (i *ID) UnmarshalJSON(b []byte) error {
	var s string
	if !isString(b) || json.Unmarshal(b, &s) != nil || !ID(s).valid() {
		return errID
	}
	*i = ID(s)
	return nil
}

// Ref is an id, or "#" and the id under which the object was created in the
// same request (RFC 8620 §5.3).
type Ref string

// UnmarshalJSON reads either form.
func (r *Ref) UnmarshalJSON(b []byte) error {
	var s string
	if !isString(b) || json.Unmarshal(b, &s) != nil || !ID(strings.TrimPrefix(s, "#")).valid() {
		return errID
	}
	*r = Ref(s)
	return nil
}

// maxInt is the largest number all programs agree on (RFC 8620 §1.3).
const maxInt = 1<<53 - 1

// Int is an Int, UInt an UnsignedInt (RFC 8620 §1.3).
type (
	Int  int64
	UInt int64
)

var errNumber = errors.New("not an integer in range")

// UnmarshalJSON reads a number without fraction and exponent.
func (i *Int) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || n < -maxInt || n > maxInt {
		return errNumber
	}
	*i = Int(n)
	return nil
}

// UnmarshalJSON reads a number that is not negative.
func (u *UInt) UnmarshalJSON(b []byte) error {
	var i Int
	if err := i.UnmarshalJSON(b); err != nil || i < 0 {
		return errNumber
	}
	*u = UInt(i)
	return nil
}

// Ids are those IMAP shows as MAILBOXID, EMAILID and THREADID (RFC 8474): the
// same object has the same id in both.

// AccountID is the id of an account.
func AccountID(a postroom.AccountID) ID { return ID("A" + strconv.FormatInt(int64(a), 10)) }

// ParseAccountID is the inverse of AccountID.
func ParseAccountID(id ID) (postroom.AccountID, bool) {
	n, ok := number(string(id), "A")
	return postroom.AccountID(n), ok
}

// MailboxID is the id of a mailbox.
func MailboxID(r postroom.CollectionRef) ID { return ID(r.String()) }

// ParseMailboxID gives the number of a mailbox of an account; false when the id
// is of none.
func ParseMailboxID(a postroom.AccountID, id ID) (postroom.CollectionID, bool) {
	n, ok := number(string(id), strconv.FormatInt(int64(a), 10)+"-")
	return postroom.CollectionID(n), ok
}

// EmailID is the id of an email.
func EmailID(a postroom.AccountID, e postroom.EmailID) ID {
	return ID("E" + strconv.FormatInt(int64(a), 10) + "-" + strconv.FormatInt(int64(e), 10))
}

// ParseEmailID gives the number of an email of an account.
func ParseEmailID(a postroom.AccountID, id ID) (postroom.EmailID, bool) {
	n, ok := number(string(id), "E"+strconv.FormatInt(int64(a), 10)+"-")
	return postroom.EmailID(n), ok
}

// ThreadID is the id of a thread.
func ThreadID(a postroom.AccountID, t postroom.ThreadID) ID {
	return ID("T" + strconv.FormatInt(int64(a), 10) + "-" + strconv.FormatInt(int64(t), 10))
}

// ParseThreadID gives the number of a thread of an account.
func ParseThreadID(a postroom.AccountID, id ID) (postroom.ThreadID, bool) {
	n, ok := number(string(id), "T"+strconv.FormatInt(int64(a), 10)+"-")
	return postroom.ThreadID(n), ok
}

// number reads the number after a prefix, in its one spelling.
func number(s, prefix string) (int64, bool) {
	rest, ok := strings.CutPrefix(s, prefix)
	n, err := strconv.ParseInt(rest, 10, 64)
	return n, ok && err == nil && n > 0 && strconv.FormatInt(n, 10) == rest
}

// UTCDate writes a time as a UTCDate (RFC 8620 §1.4).
func UTCDate(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return strings.TrimRight(t.Format("2006-01-02T15:04:05.000000000"), "0") + "Z"
}

// Date writes a time as a Date, in its own zone.
func Date(t time.Time) string { return t.Format("2006-01-02T15:04:05Z07:00") }

// ParseUTCDate reads a UTCDate: upper case, no fraction that is zero, "Z".
func ParseUTCDate(s string) (time.Time, bool) {
	t, ok := ParseDate(s)
	return t, ok && strings.HasSuffix(s, "Z")
}

// ParseDate reads a Date (RFC 3339 in upper case, without a fraction of zero).
func ParseDate(s string) (time.Time, bool) {
	if len(s) < 20 || s[10] != 'T' || strings.ContainsAny(s, "tz,") {
		return time.Time{}, false
	}
	if s[19] == '.' {
		digits := strings.TrimLeft(s[20:], "0123456789")
		if fraction := s[20 : len(s)-len(digits)]; strings.Trim(fraction, "0") == "" {
			return time.Time{}, false
		}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

// EmailBlobID is the id of the bytes of an email, or of the decoded bytes of
// the part with a number ("1.2").
func EmailBlobID(a postroom.AccountID, e postroom.EmailID, part string) ID {
	id := "B" + strconv.FormatInt(int64(a), 10) + "-" + strconv.FormatInt(int64(e), 10)
	return ID(id + blobPart(part))
}

func blobPart(part string) string {
	if part == "" {
		return ""
	}
	return "_" + strings.ReplaceAll(part, ".", "_")
}

// Valid reports whether an id is one, for those that are keys of a map.
func (i ID) Valid() bool { return i.valid() }

// UploadBlobID is the id of uploaded bytes.
func UploadBlobID(a postroom.AccountID, upload int64) ID {
	return ID("U" + strconv.FormatInt(int64(a), 10) + "-" + strconv.FormatInt(upload, 10))
}

// Blob is what a blob id names: an email or what was uploaded, and a part of it
// ("" for the whole).
type Blob struct {
	Email  postroom.EmailID
	Upload int64
	Part   string
}

// ParseBlobID is the inverse of EmailBlobID and UploadBlobID, for an account.
func ParseBlobID(a postroom.AccountID, id ID) (b Blob, ok bool) {
	whole, part, partly := strings.Cut(string(id), "_")
	if partly && part == "" {
		return b, false
	}
	b.Part = strings.ReplaceAll(part, "_", ".")
	if n, ok := number(whole, "B"+strconv.FormatInt(int64(a), 10)+"-"); ok {
		b.Email = postroom.EmailID(n)
		return b, true
	}
	b.Upload, ok = number(whole, "U"+strconv.FormatInt(int64(a), 10)+"-")
	return b, ok
}

// PartOf is the id of a part of a blob.
func PartOf(id ID, part string) ID { return id + ID(blobPart(part)) }
