package delivery

import (
	"cmp"
	"context"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/message"
	"postroom/internal/store"
)

// drop is one delivery under way.
type drop struct {
	agent     *Agent
	sender    string
	signedIn  *postroom.Actor
	raw       []byte
	trace     []byte // Authentication-Results and Received
	utf8      bool
	forged    bool                // the envelope sender is probably not who sent it
	addresses []string            // recipients
	queued    store.QueuedMessage // where it comes from, zero when not from the queue

	header  message.Header // of raw
	targets []target
	// copies, one an account; copyOf finds them.
	copies []store.ArrivalCopy
	copyOf map[postroom.AccountID]int
	// onward is what is queued in the transaction that stores the copies.
	onward []store.NewReport
	// redirected are the accounts that have forwarded it.
	redirected map[postroom.AccountID]bool
	replies    []store.Reply
}

// target is what one recipient resolved to.
type target struct {
	address addr.Address // canonical
	// name is the primary address where it is known, else address.
	name  string
	route store.Route
	err   error
}

// run delivers to every recipient it can, all or none of them, and says what
// became of each.
func (d *drop) run(ctx context.Context) []error {
	d.resolve(ctx)
	d.answerGroups(ctx)
	d.plan()
	failed := d.file(ctx)
	results := make([]error, len(d.targets))
	for i, t := range d.targets {
		results[i] = cmp.Or(t.err, failed)
	}
	return results
}

func (d *drop) resolve(ctx context.Context) {
	d.header = message.HeaderOf(d.raw)
	d.targets = make([]target, len(d.addresses))
	for i, address := range d.addresses {
		t := &d.targets[i]
		if t.address, t.err = addr.Parse(address); t.err != nil {
			t.err = postroom.Errorf(postroom.NotFound, "no such user: %v", t.err)
			continue
		}
		t.address = t.address.Canonical()
		t.route, t.err = d.agent.opts.Store.Resolve(ctx, t.address.String(), d.sender, d.signedIn)
		if t.err != nil {
			continue
		}
		t.name = cmp.Or(t.route.GroupAddress, t.address.String())
		if len(t.route.Outside) > 0 && hasDeliveredTo(d.header, t.name) {
			t.err = postroom.Errorf(postroom.Denied, "mail loop: the message has been delivered to %s before", t.name)
		}
	}
}

// plan makes one copy for each account, whatever the number of ways that lead to
// it, and a message for the outside addresses of each recipient. A copy that came
// by a group only says so with List-Id.
func (d *drop) plan() {
	d.copyOf, d.redirected = map[postroom.AccountID]int{}, map[postroom.AccountID]bool{}
	direct := d.prefix(nil)
	byGroup := map[postroom.GroupID][]byte{}
	for _, t := range d.targets {
		if t.err != nil {
			continue
		}
		if len(t.route.Outside) > 0 {
			d.onward = append(d.onward, d.forward(t))
		}
		prefix := direct
		if g := t.route.Group; g != 0 {
			if byGroup[g] == nil {
				byGroup[g] = d.prefix(d.list(t))
			}
			prefix = byGroup[g]
		}
		d.answer(t)
		for _, account := range d.takers(t) {
			i, seen := d.copyOf[account]
			if !seen {
				i = len(d.copies)
				d.copyOf[account] = i
				d.copies = append(d.copies, store.ArrivalCopy{Account: account, Prefix: prefix})
			} else if t.route.Group == 0 {
				d.copies[i].Prefix = direct // addressed directly too
			}
		}
	}
}

// prefix is what final delivery puts before the message (RFC 5321 §4.4).
func (d *drop) prefix(list []byte) []byte {
	delivered := ""
	if len(d.addresses) == 1 && d.targets[0].err == nil {
		delivered = "Delivered-To: " + d.targets[0].address.String() + "\r\n"
	}
	return join([]byte("Return-Path: <"+d.sender+">\r\n"+delivered), list, d.trace)
}

// file stores the copies and queues what goes onward, all or none.
func (d *drop) file(ctx context.Context) error {
	if len(d.copies)+len(d.onward) == 0 {
		return nil
	}
	return d.agent.opts.Store.Deliver(ctx, store.Arrival{
		Raw: d.raw, Received: d.agent.opts.Now(), Sender: d.sender, Copies: d.copies, Onward: d.onward,
		Replies: d.replies, QueuedID: d.queued.ID, Settles: d.settled(),
	})
}

// settled are the places in the queued message of those who have it once the copies
// are stored. Of whom the sender is to be told is left to the queue, which reports.
func (d *drop) settled() (places []int) {
	takes := map[string]bool{}
	for i, t := range d.targets {
		takes[d.addresses[i]] = t.err == nil
	}
	for n, r := range d.queued.Recipients {
		if r.State == store.Waiting && takes[r.Address] && !strings.Contains(strings.ToUpper(r.Notify), "SUCCESS") {
			places = append(places, n)
		}
	}
	return places
}

// forward is the message for the outside members of a group. Bounces go to an owner
// of it, not to the author (RFC 5321 §3.9.2, and SPF); to nobody when there is none.
func (d *drop) forward(t target) store.NewReport {
	report := store.NewReport{SMTPUTF8: d.utf8}
	if d.sender != "" && len(t.route.Owners) > 0 { // a report stays one
		report.Sender = t.route.Owners[0]
	}
	for _, outside := range t.route.Outside {
		r := store.Recipient{Address: outside}
		if report.Sender == "" {
			r.Notify = "NEVER"
		}
		report.Recipients = append(report.Recipients, r)
	}
	report.Raw = join([]byte("Delivered-To: "+t.name+"\r\n"), d.list(t), d.trace, d.raw)
	return report
}
