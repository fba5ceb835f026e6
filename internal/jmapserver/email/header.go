// Package email makes the Email object of JMAP (RFC 8621 §4) of the bytes of a
// message, and bytes of an Email object. It is pure.
package email

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"postroom/internal/jmapwire"
	"postroom/internal/message"
)

// Form is how a header field is read (RFC 8621 §4.1.2).
type Form string

// The forms.
const (
	AsRaw              Form = "asRaw"
	AsText             Form = "asText"
	AsAddresses        Form = "asAddresses"
	AsGroupedAddresses Form = "asGroupedAddresses"
	AsMessageIDs       Form = "asMessageIds"
	AsDate             Form = "asDate"
	AsURLs             Form = "asURLs"
)

// HeaderProperty is "header:name[:form][:all]" (RFC 8621 §4.1.3).
type HeaderProperty struct {
	Name string
	Form Form
	All  bool
}

// Address is an EmailAddress object.
type Address struct {
	Name  *string `json:"name"`
	Email string  `json:"email"`
}

// AddressGroup is an EmailAddressGroup object.
type AddressGroup struct {
	Name      *string   `json:"name"`
	Addresses []Address `json:"addresses"`
}

// forms tells in which forms a field of a standard may be read, besides as it
// is; a field of no standard may be read in all.
var forms = map[string][]Form{
	"from": addressForms, "sender": addressForms, "reply-to": addressForms, "to": addressForms, "cc": addressForms, "bcc": addressForms,
	"resent-from": addressForms, "resent-sender": addressForms, "resent-reply-to": addressForms, "resent-to": addressForms,
	"resent-cc": addressForms, "resent-bcc": addressForms,
	"subject": {AsText}, "comments": {AsText}, "keywords": {AsText}, "list-id": {AsText},
	"message-id": {AsMessageIDs}, "in-reply-to": {AsMessageIDs}, "references": {AsMessageIDs}, "resent-message-id": {AsMessageIDs},
	"date": {AsDate}, "resent-date": {AsDate},
	"list-help": {AsURLs}, "list-unsubscribe": {AsURLs}, "list-subscribe": {AsURLs}, "list-post": {AsURLs}, "list-owner": {AsURLs},
	"list-archive": {AsURLs}, "return-path": {}, "received": {},
}

var addressForms = []Form{AsAddresses, AsGroupedAddresses}

var allForms = []Form{AsText, AsAddresses, AsGroupedAddresses, AsMessageIDs, AsDate, AsURLs}

// ParseHeaderProperty reads the name of a property that is a header field; is
// tells whether it begins like one.
func ParseHeaderProperty(property string) (h HeaderProperty, is bool, err *jmapwire.Error) {
	rest, is := strings.CutPrefix(property, "header:")
	if !is {
		return h, false, nil
	}
	parts := strings.Split(rest, ":")
	h.Name, h.Form, parts = parts[0], AsRaw, parts[1:]
	if len(parts) > 0 && strings.HasPrefix(parts[0], "as") {
		h.Form, parts = Form(parts[0]), parts[1:]
	}
	if len(parts) > 0 && parts[0] == "all" {
		h.All, parts = true, parts[1:]
	}
	if len(parts) > 0 || !fieldName(h.Name) || !h.allowed() {
		return h, true, jmapwire.InvalidArguments("no such property: " + property[:min(len(property), 200)])
	}
	return h, true, nil
}

func (h HeaderProperty) allowed() bool {
	allowed, standard := forms[strings.ToLower(h.Name)]
	if !standard {
		allowed = allForms
	}
	return h.Form == AsRaw || slices.Contains(allowed, h.Form)
}

// fieldName reports whether text can be the name of a field (RFC 5322 §2.2).
func fieldName(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return s != "" && len(s) <= 200
}

// Of reads the property from a header: of several fields of the name the last,
// or all; nil when there is none.
func (h HeaderProperty) Of(header message.Header) any {
	var all []any
	for f := range header.Fields() {
		if f.Is(h.Name) {
			all = append(all, h.value(f))
		}
	}
	switch {
	case h.All && all == nil:
		return []any{}
	case h.All:
		return all
	case all == nil:
		return nil
	}
	return all[len(all)-1]
}

func (h HeaderProperty) value(f message.Field) any {
	switch h.Form {
	case AsText:
		return Text(f.Text())
	case AsAddresses:
		return Addresses(message.ParseAddresses(f.Text()))
	case AsGroupedAddresses:
		return grouped(message.ParseAddresses(f.Text()))
	case AsMessageIDs:
		if ids := message.ParseMessageIDs(f.Text()); len(ids) > 0 {
			return ids
		}
		return nil
	case AsDate:
		if t, ok := message.ParseDate(f.Text()); ok {
			return jmapwire.Date(t)
		}
		return nil
	case AsURLs:
		return urls(f.Text())
	}
	return Raw(f.Value)
}

// Raw is a value as it stands in the header, as valid UTF-8 without NUL.
func Raw(value []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(value), string(utf8.RuneError)), "\x00", "")
}

// Text is an unfolded value decoded for people.
func Text(value string) string {
	return norm.NFC.String(strings.ReplaceAll(strings.TrimLeft(message.DecodeWords(value), " \t"), "\x00", ""))
}

// Addresses are the mailboxes of a list, those in groups too; never nil.
func Addresses(list []message.Address) []Address {
	all := []Address{}
	for _, a := range list {
		if a.Kind == message.Mailbox {
			all = append(all, address(a))
		}
	}
	return all
}

func address(a message.Address) Address {
	out := Address{Email: strings.ToValidUTF8(a.String(), string(utf8.RuneError))}
	if a.Host == "" { // a word that is no address
		out.Email = strings.ToValidUTF8(a.Mailbox, string(utf8.RuneError))
	}
	if name := a.DisplayName(); name != "" {
		name = norm.NFC.String(name)
		out.Name = &name
	}
	return out
}

func grouped(list []message.Address) []AddressGroup {
	all := []AddressGroup{}
	loose := false // the last group is of addresses in none
	for _, a := range list {
		switch a.Kind {
		case message.GroupStart:
			name := Text(a.Mailbox)
			all, loose = append(all, AddressGroup{Name: &name, Addresses: []Address{}}), true
		case message.GroupEnd:
			loose = false
		default:
			if !loose {
				all, loose = append(all, AddressGroup{Addresses: []Address{}}), true
			}
			last := &all[len(all)-1]
			last.Addresses = append(last.Addresses, address(a))
		}
	}
	return all
}

// urls are those in angle brackets (RFC 2369 §2); nil when there is none.
func urls(value string) any {
	var all []string
	for {
		_, rest, found := strings.Cut(value, "<")
		if !found {
			break
		}
		url, after, closed := strings.Cut(rest, ">")
		if !closed {
			break
		}
		if url = strings.Join(strings.Fields(url), ""); url != "" {
			all = append(all, strings.ToValidUTF8(url, string(utf8.RuneError)))
		}
		value = after
	}
	if all == nil {
		return nil
	}
	return all
}

// SentAt is a Date of a message as a property: null for none.
func SentAt(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return jmapwire.Date(t)
}
