package exchange

import (
	"strings"

	"postroom/internal/heritage"
)

// Estate puts together what was read.
func (r *Reader) Estate() heritage.Estate {
	for i := range r.rows {
		w := &r.rows[i]
		switch w.kind {
		case mailboxPermissions, recipientPermissions:
			r.permission(w)
		case sendOnBehalf:
			r.behalf(w)
		case members:
			r.member(w)
		}
	}
	r.estate.Put()
	return r.estate
}

func (r *Reader) refuse(w *row, why string) {
	r.estate.Remark(w.Place, heritage.Refused, w.text, why)
}

// target is the mailbox or group a row is about; it has told why there is
// none.
func (r *Reader) target(w *row) (string, bool) {
	why := "which mailbox this is about is not said"
	for _, c := range targetColumns {
		name := strings.TrimSpace(w.cells[c])
		if name == "" {
			continue
		}
		address, reason := r.known.find(name)
		if reason == "" {
			return address, true
		}
		why = reason
	}
	r.refuse(w, why)
	return "", false
}

// self are the owner and the system; they have what they need here.
func self(name string) bool {
	n := strings.ToUpper(strings.TrimSpace(name))
	for _, s := range []string{`\SELF`, `\SYSTEM`, `\NETWORK SERVICE`, `\SELBST`} {
		if strings.HasSuffix(n, s) {
			return true
		}
	}
	return n == "S-1-5-10" || n == "S-1-5-18" || n == "S-1-5-20"
}

// permission takes a row of mailbox or recipient permissions.
func (r *Reader) permission(w *row) {
	name := w.first("trustee", "user")
	inherited, ok := truth(w.cells["isinherited"])
	deny, known := truth(w.cells["deny"])
	switch control := strings.ToLower(w.first("accesscontroltype")); control {
	case "", "allow", "0":
	case "deny":
		deny = true
	default:
		known = false
	}
	switch {
	case !ok || !known:
		r.refuse(w, "whether this row is inherited, or denies, is not known: True or False is expected")
		r.mayDeny(w, name)
		return
	case self(name):
		r.estate.Remark(w.Place, heritage.LeftOut, w.text, "what a mailbox, or the system, has on itself")
		return
	case inherited:
		r.estate.Remark(w.Place, heritage.LeftOut, w.text, "inherited from the server or the organisation: administrators have no rights on mailboxes here")
		return
	}
	target, ok := r.target(w)
	if !ok {
		return
	}
	grantee, why := r.known.find(name)
	if why != "" {
		r.refuse(w, why)
		if !deny || strings.HasPrefix(why, "an account that is no more") {
			return
		}
		grantee = name // the server refuses it, and with it what else would be given here
	}
	if grantee == "" {
		return
	}
	step := heritage.Step{Place: w.Place, Target: target, Grantee: grantee, Person: r.known.person(grantee), Deny: deny}
	taken := false
	for _, right := range words(w.first("accessrights") + "," + w.first("extendedrights")) {
		taken = r.right(w, step, right) || taken
	}
	if !taken && why == "" {
		r.estate.Remark(w.Place, heritage.LeftOut, w.text, "no right of this row has a counterpart")
	}
}

// mayDeny keeps a row that may deny from being overlooked: what is given on its
// mailbox is refused.
func (r *Reader) mayDeny(w *row, name string) {
	for _, c := range targetColumns {
		if address, why := r.known.find(w.cells[c]); why == "" && name != "" {
			r.estate.Add(heritage.Step{Place: w.Place, Act: heritage.PutGrant, Target: address + ":/", Grantee: "?" + name, Rights: manager, Negative: true})
			return
		}
	}
}

// manager are the rights of FullAccess: those of the preset full.
const manager = "rwidx"

// without tells of rights that have no counterpart.
var without = map[string]string{
	"readpermission":   "to read the permissions of a mailbox is not to read its mail, and is not taken",
	"changepermission": "to change permissions is not taken: \"postroom grant add\" with a lets somebody",
	"changeowner":      "to become the owner has no counterpart",
	"deleteitem":       "to delete the mailbox itself has no counterpart",
	"externalaccount":  "an account of another forest has no counterpart: give the right to an account here",
}

// right takes one right of a row.
func (r *Reader) right(w *row, step heritage.Step, right string) (taken bool) {
	switch strings.ToLower(strings.ReplaceAll(right, "-", "")) {
	case "fullaccess":
		step.Act, step.Target, step.Rights, step.Negative, step.Deny = heritage.PutGrant, step.Target+":/", manager, step.Deny, false
		if r.known.groups[strings.TrimSuffix(step.Target, ":/")] {
			r.refuse(w, "a group has no mailbox")
			return true
		}
	case "sendas":
		step.Act, step.Right = heritage.PutSendRight, "sendAs"
	case "sendonbehalf", "sendonbehalfof":
		step.Act, step.Right = heritage.PutSendRight, "sendOnBehalfOf"
	default:
		why := without[strings.ToLower(right)]
		if why == "" {
			why = "this right has no counterpart: " + right
		}
		r.refuse(w, why)
		return true
	}
	r.estate.Add(step)
	return true
}

// words are the values of a cell with several.
func words(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" ,;|{}\r\n\t", c) })
}

// behalf takes those who may send on behalf of a mailbox.
func (r *Reader) behalf(w *row) {
	text := w.first(behalfColumn)
	if text == "" || text == "{}" {
		return
	}
	target, ok := r.target(w)
	if !ok {
		return
	}
	if strings.HasPrefix(text, "Microsoft.") || strings.HasPrefix(text, "System.") {
		r.refuse(w, "who it is, is not in it: "+joined("GrantSendOnBehalfTo"))
		return
	}
	for _, name := range r.several(strings.Trim(text, "{}")) {
		grantee, why := r.known.find(name)
		if why != "" {
			r.refuse(w, why)
			continue
		}
		r.estate.Add(heritage.Step{Place: w.Place, Act: heritage.PutSendRight, Target: target, Grantee: grantee,
			Person: r.known.person(grantee), Right: "sendOnBehalfOf"})
	}
}

// several are the names of a cell: one that is known as it stands, else what
// is between semicolons and line ends, else between commas.
func (r *Reader) several(text string) (names []string) {
	if _, why := r.known.find(text); why == "" {
		return []string{text}
	}
	names = strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(";|\r\n", c) })
	if len(names) == 1 && !strings.Contains(strings.ToUpper(text), "CN=") {
		names = strings.Split(text, ",")
	}
	return names
}

// member takes a member of a group.
func (r *Reader) member(w *row) {
	group, why := r.known.find(w.first(groupColumns...))
	if why != "" {
		r.refuse(w, why)
		return
	}
	why = "who the member is, is not said"
	for _, c := range memberColumns {
		name := strings.TrimSpace(w.cells[c])
		if name == "" {
			continue
		}
		address, reason := r.known.find(name)
		if reason != "" {
			why = reason
			continue
		}
		r.estate.Add(heritage.Step{Place: w.Place, Act: heritage.MakeGroup, Target: group})
		r.estate.Add(heritage.Step{Place: w.Place, Act: heritage.AddMember, Target: group, Grantee: address})
		return
	}
	r.refuse(w, why)
}
