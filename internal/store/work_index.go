package store

import "postroom"

// ThreadWork is where a conversation stands, as far as queries ask.
type ThreadWork struct {
	Status postroom.WorkStatus
	// Assignee is the address of whose work it is; empty for nobody's.
	Assignee string
}

// Work tells where every conversation of the index stands, by the number of its
// thread and by the same rules as Session.Work.
func (x *MailIndex) Work() []ThreadWork {
	last := postroom.ThreadID(0)
	for i := range x.Rows {
		last = max(last, x.Rows[i].Thread)
	}
	// When the messages came that say so.
	type said struct{ any, in, named int64 }
	found, when := make([]ThreadWork, last+1), make([]said, last+1)
	for i := range when {
		when[i] = said{any: -1, in: -1, named: -1}
	}
	for i := range x.Rows {
		r := &x.Rows[i]
		w, at := &found[r.Thread], &when[r.Thread]
		if x.incoming[r.Mailbox] && r.Received >= at.in {
			at.in, w.Status = r.Received, statusOf(r.Keywords)
		} else if at.in < 0 && r.Received >= at.any {
			at.any, w.Status = r.Received, statusOf(r.Keywords)
		}
		if address, ok := assigneeOf(r.Keywords); ok && r.Received >= at.named {
			at.named, w.Assignee = r.Received, address
		}
	}
	return found
}
