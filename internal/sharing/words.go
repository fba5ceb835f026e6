package sharing

import (
	"fmt"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store"
)

// words are the texts of one language. Values in braces are filled in.
type words struct {
	code                                     string
	subjects                                 map[store.NoticeKind]subjects
	joinedSubject, folderOf                  string
	hello                                    string
	leads, sendLeads, groupLeads             map[store.NoticeKind]string
	administrator                            string
	viaGroup, wasViaGroup                    string
	youCan, youCould, youCanOn               string
	wholeMailbox                             string
	folders                                  map[postroom.CollectionKind]string
	until, place                             string
	send                                     map[postroom.SendRight]string
	nothingToDo, appears, footer             string
	months                                   [12]string
	day                                      string // fmt of day, month, year, hour, minute, zone
	closed, seesOnly, putsIn                 string
	read, seen, write, insert, remove        string
	readEvents, insertEvents, removeEvents   string
	invitations, private, freeBusy, administ string
	and                                      string
	answerWords
	lossWords lossWords
	ownerWords
	mentionWords
}

// subjects of one kind of notice: for mailboxes and folders, for rights to
// send alone, for groups.
type subjects struct{ mailbox, send, group string }

// date is a time in words, with its zone.
func (w *words) date(t time.Time) string {
	zone, _ := t.Zone()
	return fmt.Sprintf(w.day, t.Day(), w.months[t.Month()-1], t.Year(), t.Hour(), t.Minute(), zone)
}

// rights says in words what rights on a collection allow.
func (w *words) rights(r postroom.Rights, kind postroom.CollectionKind) string {
	read, insert, remove := w.read, w.insert, w.remove
	if kind != postroom.MailCollection {
		read, insert, remove = w.readEvents, w.insertEvents, w.removeEvents
	}
	var can []string
	add := func(may bool, what string) {
		if may {
			can = append(can, what)
		}
	}
	add(r.Has(postroom.Read), read)
	add(r.Has(postroom.Lookup) && !r.Has(postroom.Read), w.seesOnly)
	add(r.Has(postroom.Seen) && !r.Has(postroom.Write) && kind == postroom.MailCollection, w.seen)
	add(r.Has(postroom.Write), w.write)
	add(r.Has(postroom.Insert) && r.Has(postroom.Read), insert)
	add(r.Has(postroom.Insert) && !r.Has(postroom.Read), w.putsIn)
	add(r.Any(postroom.DeleteItems|postroom.Expunge), remove)
	add(r.Has(postroom.AnswerInvitations), w.invitations)
	add(r.Has(postroom.SeePrivate), w.private)
	add(r.Has(postroom.FreeBusy) && !r.Has(postroom.Read), w.freeBusy)
	add(r.Has(postroom.Administer), w.administ)
	if len(can) == 0 {
		return w.closed
	}
	text := strings.Join(can, ", ")
	if n := len(can); n > 1 {
		text = strings.Join(can[:n-1], ", ") + w.and + can[n-1]
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
