package store

import "postroom"

// ThreadWork is where a conversation stands, as far as queries ask.
type ThreadWork struct {
	Status postroom.WorkStatus
	// Assignee is the address of whose work it is; empty for nobody's.
	Assignee string
}

// Work tells where every conversation of the index stands, by the same rules as
// Session.Work.
func (x *MailIndex) Work() map[postroom.ThreadID]ThreadWork {
	type latest struct {
		ThreadWork
		any, in, named int64 // when the message came that says so
	}
	all := make(map[postroom.ThreadID]latest)
	for i := range x.Rows {
		r := &x.Rows[i]
		w, known := all[r.Thread]
		if !known {
			w = latest{any: -1, in: -1, named: -1}
		}
		if x.incoming[r.Mailbox] && r.Received >= w.in {
			w.in, w.Status = r.Received, statusOf(r.Keywords)
		} else if w.in < 0 && r.Received >= w.any {
			w.any, w.Status = r.Received, statusOf(r.Keywords)
		}
		if address, ok := assigneeOf(r.Keywords); ok && r.Received >= w.named {
			w.named, w.Assignee = r.Received, address
		}
		all[r.Thread] = w
	}
	found := make(map[postroom.ThreadID]ThreadWork, len(all))
	for thread, w := range all {
		found[thread] = w.ThreadWork
	}
	return found
}
