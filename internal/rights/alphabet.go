package rights

import (
	"strings"
	"unicode"

	"postroom"
)

// letter is one row of an alphabet: a letter with the rights it stands for.
type letter struct {
	char   byte
	rights postroom.Rights
	name   string // long name, for Zimbra only
}

// zimbraLetters in canonical print order. The letter s is Postroom's own
// addition; it is printed after r, and not at all beside w, which includes it.
var zimbraLetters = [...]letter{
	{'r', postroom.Lookup | postroom.Read, "read"},
	{'s', postroom.Seen, "seen"},
	{'w', postroom.Write | postroom.Seen, "write"},
	{'i', postroom.Insert | postroom.CreateChild, "insert"},
	{'d', postroom.DeleteCollection | postroom.DeleteItems | postroom.Expunge, "delete"},
	{'x', postroom.AnswerInvitations, "workflow"},
	{'a', postroom.Administer, "administer"},
	{'p', postroom.SeePrivate, "private"},
	{'f', postroom.FreeBusy, "freebusy"},
}

// imapLetters in print order (RFC 4314 §2.1, with the obsolete c and d of
// §2.1.1 where its examples put them). RFC 4314 leaves open to which of the
// two obsolete rights x belongs. Here c is k, and d is x, t and e: the same
// sets that the Zimbra letters i and d have always had over IMAP.
var imapLetters = [...]letter{
	{char: 'l', rights: postroom.Lookup},
	{char: 'r', rights: postroom.Read},
	{char: 's', rights: postroom.Seen},
	{char: 'w', rights: postroom.Write},
	{char: 'i', rights: postroom.Insert},
	{char: 'p', rights: postroom.Post},
	{char: 'k', rights: postroom.CreateChild},
	{char: 'x', rights: postroom.DeleteCollection},
	{char: 't', rights: postroom.DeleteItems},
	{char: 'e', rights: postroom.Expunge},
	{char: 'c', rights: postroom.CreateChild},
	{char: 'd', rights: postroom.DeleteCollection | postroom.DeleteItems | postroom.Expunge},
	{char: 'a', rights: postroom.Administer},
}

// Roles, from the smallest to the largest.
const (
	None     = postroom.NoRights
	Viewer   = postroom.Lookup | postroom.Read
	Reviewer = Viewer | postroom.Seen
	Author   = Reviewer | postroom.Write | postroom.Insert | postroom.CreateChild
	Editor   = Author | postroom.DeleteCollection | postroom.DeleteItems | postroom.Expunge
	Manager  = Editor | postroom.AnswerInvitations
	Admin    = Manager | postroom.Administer
)

var roles = [...]struct {
	name   string
	rights postroom.Rights
}{
	{"none", None}, {"viewer", Viewer}, {"reviewer", Reviewer}, {"author", Author},
	{"editor", Editor}, {"manager", Manager}, {"admin", Admin},
}

// MaxRightsText is the longest text of rights that a parser reads, in bytes.
const MaxRightsText = 256

// ParseRole returns the rights of a named role: none, viewer, reviewer,
// author, editor, manager, admin (any case).
func ParseRole(name string) (r postroom.Rights, ok bool) {
	for _, role := range roles {
		if strings.EqualFold(role.name, name) {
			return role.rights, true
		}
	}
	return 0, false
}

// RoleOf returns the name of the role that r is, "custom" when it is none of
// them. SeePrivate is set aside first, as Zimbra does.
func RoleOf(r postroom.Rights) string {
	for _, role := range roles {
		if role.rights == r&^postroom.SeePrivate {
			return role.name
		}
	}
	return "custom"
}

// Parse reads rights as a person writes them: a role, or what ParseZimbra
// reads.
func Parse(text string) (postroom.Rights, error) {
	if r, ok := ParseRole(strings.TrimSpace(text)); ok {
		return r, nil
	}
	return ParseZimbra(text)
}

// ParseZimbra reads Zimbra letters in any order ("rwixd"), or long names
// separated by commas or spaces ("read,write"). The letter c is accepted and
// ignored, as it follows from r and i. The empty text and "none" are no rights.
// An unknown letter or name is an error of kind Invalid.
func ParseZimbra(text string) (postroom.Rights, error) {
	text = strings.TrimSpace(text)
	if len(text) > MaxRightsText {
		return 0, postroom.Errorf(postroom.Invalid, "rights too long")
	}
	if text == "" || strings.EqualFold(text, "none") {
		return postroom.NoRights, nil
	}
	words := strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' })
	if len(words) == 1 {
		if r, ok := zimbraName(words[0]); ok {
			return r, nil
		}
		return zimbraWord(words[0])
	}
	var r postroom.Rights
	for _, word := range words {
		more, ok := zimbraName(word)
		if !ok {
			var err error
			// "r, w" is as good as "rw"; a longer unknown word is a
			// misspelt name and reported whole.
			if more, err = zimbraWord(word); err != nil {
				if len(word) > 1 {
					err = unknownRight(word)
				}
				return 0, err
			}
		}
		r |= more
	}
	return r, nil
}

func zimbraName(word string) (postroom.Rights, bool) {
	for _, l := range zimbraLetters {
		if strings.EqualFold(l.name, word) {
			return l.rights, true
		}
	}
	return 0, false
}

func zimbraWord(word string) (postroom.Rights, error) {
	var r postroom.Rights
next:
	for _, c := range word {
		for _, l := range zimbraLetters {
			if rune(l.char) == c {
				r |= l.rights
				continue next
			}
		}
		if c != 'c' {
			return 0, unknownRight(string(c))
		}
	}
	return r, nil
}

// unknownRight keeps control characters out of the text: it goes to terminals
// and protocol lines.
func unknownRight(word string) error {
	clean := strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || c == unicode.ReplacementChar {
			return '?'
		}
		return c
	}, word)
	return postroom.Errorf(postroom.Invalid, "unknown right: %s", clean)
}

// Zimbra prints r in canonical order: r s w i d x a p f. A letter is printed
// only when all that it stands for is held, so the text never claims more than
// there is; rights without a whole letter (from RFC 4314 clients) are not
// shown. s is left out beside w.
func Zimbra(r postroom.Rights) string {
	var out [len(zimbraLetters)]byte
	n := 0
	for _, l := range zimbraLetters {
		if !r.Has(l.rights) || l.char == 's' && r.Has(postroom.Write) {
			continue
		}
		out[n] = l.char
		n++
	}
	return string(out[:n])
}

// ZimbraNames returns the long names of r in canonical order: read, seen,
// write, insert, delete, workflow, administer, private, freebusy.
func ZimbraNames(r postroom.Rights) []string {
	var names []string
	for _, c := range []byte(Zimbra(r)) {
		for _, l := range zimbraLetters {
			if l.char == c {
				names = append(names, l.name)
			}
		}
	}
	return names
}

// ParseIMAP reads the rights of RFC 4314 in any order, the obsolete c and d
// included (§2.1.1). An unknown or upper-case letter is an error of kind
// Invalid. The leading + or - of SETACL is read by ModifyIMAP.
func ParseIMAP(text string) (postroom.Rights, error) {
	if len(text) > MaxRightsText {
		return 0, postroom.Errorf(postroom.Invalid, "rights too long")
	}
	var r postroom.Rights
next:
	for _, c := range text {
		for _, l := range imapLetters {
			if rune(l.char) == c {
				r |= l.rights
				continue next
			}
		}
		return 0, unknownRight(string(c))
	}
	return r, nil
}

// ModifyIMAP applies the third argument of SETACL to the present rights
// (RFC 4314 §3.1): "+rights" adds, "-rights" removes, plain rights replace.
// Replacing also drops rights without an RFC 4314 letter, so that a client can
// take everything away.
func ModifyIMAP(present postroom.Rights, text string) (postroom.Rights, error) {
	if rest, ok := strings.CutPrefix(text, "+"); ok {
		r, err := ParseIMAP(rest)
		return present | r, err
	}
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		r, err := ParseIMAP(rest)
		return present &^ r, err
	}
	return ParseIMAP(text)
}

// IMAP prints r for ACL and MYRIGHTS. c is shown beside k, and d as soon as one
// of x, t and e is held, as RFC 4314 §2.1.1 demands for older clients.
func IMAP(r postroom.Rights) string {
	var out [len(imapLetters)]byte
	n := 0
	for _, l := range imapLetters {
		if r.Any(l.rights) {
			out[n] = l.char
			n++
		}
	}
	return string(out[:n])
}

// IMAPListRights returns the arguments of a LISTRIGHTS response after the
// identifier (RFC 4314 §3.8) for anyone but the owner: nothing is always
// granted, and every right can be granted alone, so no two letters are tied.
func IMAPListRights() (required string, optional []string) {
	for _, l := range imapLetters {
		optional = append(optional, string(rune(l.char)))
	}
	return "", optional
}

// IMAPOwnerListRights is IMAPListRights for the owner, who always has all.
func IMAPOwnerListRights() (required string, optional []string) {
	return IMAP(postroom.AllRights), nil
}

// IMAPRightsCapability is the value of the RIGHTS= capability: the rights
// beyond RFC 2086 that are supported (RFC 4314 §2.2).
const IMAPRightsCapability = "kxte"
