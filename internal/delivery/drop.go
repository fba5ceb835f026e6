package delivery

import (
	"context"

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
	addresses []string // recipients

	targets []target
	// copies, one an account; copyOf finds them.
	copies []store.ArrivalCopy
	copyOf map[postroom.AccountID]int
}

// target is what one recipient resolved to.
type target struct {
	address addr.Address // canonical
	route   store.Route
	err     error
}

// run delivers to every recipient.
func (d *drop) run(ctx context.Context) []error {
	d.resolve(ctx)
	d.plan()
	failed := d.file(ctx)
	results := make([]error, len(d.targets))
	for i, t := range d.targets {
		results[i] = t.result(failed)
		if results[i] == nil && len(t.route.Outside) > 0 {
			results[i] = d.forward(ctx, t)
		}
	}
	return results
}

func (d *drop) resolve(ctx context.Context) {
	header := message.HeaderOf(d.raw)
	d.targets = make([]target, len(d.addresses))
	for i, address := range d.addresses {
		t := &d.targets[i]
		if t.address, t.err = addr.Parse(address); t.err != nil {
			t.err = postroom.Errorf(postroom.NotFound, "no such user: %v", t.err)
			continue
		}
		t.address = t.address.Canonical()
		t.route, t.err = d.agent.opts.Store.Resolve(ctx, t.address.String(), d.sender, d.signedIn)
		if t.err == nil && len(t.route.Outside) > 0 && hasDeliveredTo(header, t.address.String()) {
			t.err = postroom.Errorf(postroom.Denied, "mail loop: the message has been delivered to %s before", t.address)
		}
	}
}

// plan makes one copy for each account, whatever the number of ways that lead to
// it. A copy that came by a group only says so with List-Id.
func (d *drop) plan() {
	d.copyOf = map[postroom.AccountID]int{}
	direct := d.prefix(nil)
	hasListID := message.HeaderOf(d.raw).Count("List-Id") > 0
	byGroup := map[postroom.GroupID][]byte{}
	for _, t := range d.targets {
		if t.err != nil {
			continue
		}
		prefix := direct
		if g := t.route.Group; g != 0 && !hasListID {
			if byGroup[g] == nil {
				byGroup[g] = d.prefix(listID(t.address))
			}
			prefix = byGroup[g]
		}
		for _, account := range t.route.Accounts {
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

// file stores the copies: all at once, and one by one when a fault of a single
// account stood against all of them. It returns the accounts that failed.
func (d *drop) file(ctx context.Context) map[postroom.AccountID]error {
	if len(d.copies) == 0 {
		return nil
	}
	failed := map[postroom.AccountID]error{}
	err := d.deliver(ctx, d.copies)
	switch {
	case err == nil:
		return nil
	case len(d.copies) == 1 || !ofOneAccount(err):
		for _, c := range d.copies {
			failed[c.Account] = err
		}
		return failed
	}
	for _, c := range d.copies {
		if err := d.deliver(ctx, []store.ArrivalCopy{c}); err != nil {
			failed[c.Account] = err
		}
	}
	return failed
}

// ofOneAccount reports whether an error can be one account's own.
func ofOneAccount(err error) bool {
	switch postroom.KindOf(err) {
	case postroom.OverQuota, postroom.NotFound, postroom.Unavailable, postroom.Denied, postroom.Limit:
		return true
	}
	return false
}

func (d *drop) deliver(ctx context.Context, copies []store.ArrivalCopy) error {
	return d.agent.opts.Store.Deliver(ctx, store.Arrival{
		Raw: d.raw, Received: d.agent.opts.Now(), Sender: d.sender, Copies: copies,
	})
}

// result is what became of a recipient. A group has been reached when one of its
// members was: a refusal now would make the sender write to all of them again.
func (t *target) result(failed map[postroom.AccountID]error) error {
	if t.err != nil {
		return t.err
	}
	var first error
	n := 0
	for _, account := range t.route.Accounts {
		if err := failed[account]; err != nil {
			n++
			if first == nil {
				first = err
			}
		}
	}
	if t.route.Group != 0 && n < len(t.route.Accounts)+len(t.route.Outside) {
		return nil
	}
	return first
}

// forward queues the message for the outside addresses of a route. Their bounces
// do not go to the author: for a forward they go to who forwards (RFC 5321 §3.9.1 lets
// the reverse-path stand, SPF does not), for a group to nobody (§3.9.2).
func (d *drop) forward(ctx context.Context, t target) error {
	report := store.NewReport{SMTPUTF8: d.utf8, Sender: t.address.String()}
	if d.sender == "" || t.route.Group != 0 {
		report.Sender = ""
	}
	for _, outside := range t.route.Outside {
		r := store.Recipient{Address: outside}
		if report.Sender == "" {
			r.Notify = "NEVER"
		}
		report.Recipients = append(report.Recipients, r)
	}
	var list []byte
	if t.route.Group != 0 && message.HeaderOf(d.raw).Count("List-Id") == 0 {
		list = listID(t.address)
	}
	report.Raw = join([]byte("Delivered-To: "+t.address.String()+"\r\n"), list, d.trace, d.raw)
	_, err := d.agent.opts.Queue.Enqueue(ctx, report)
	return err
}
