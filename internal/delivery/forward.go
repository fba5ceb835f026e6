package delivery

import (
	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store"
)

// takers are the accounts that get a copy of what came to a target: those of its
// route, and those they forward to. What is for others is put onward, in the same
// transaction. A message that has been to an account before is kept there and goes no
// further, so circles end; and when a circle leaves nobody, who was addressed keeps it.
func (d *drop) takers(t target) []postroom.AccountID {
	if len(t.route.Forwards) == 0 {
		return t.route.Accounts
	}
	forwards := map[postroom.AccountID]*store.Forward{}
	for i := range t.route.Forwards {
		f := &t.route.Forwards[i]
		if !hasDeliveredTo(d.header, f.Address) {
			forwards[f.Account] = f
		}
	}
	var takers []postroom.AccountID
	for _, account := range t.route.Accounts {
		takers = append(takers, d.followed(t, account, forwards)...)
	}
	return takers
}

// followed is where mail for one account ends.
func (d *drop) followed(t target, account postroom.AccountID, forwards map[postroom.AccountID]*store.Forward) (takers []postroom.AccountID) {
	steps := []postroom.AccountID{account}
	seen := map[postroom.AccountID]bool{account: true}
	onward := false
	for i := 0; i < len(steps); i++ {
		f := forwards[steps[i]]
		if f == nil {
			takers = append(takers, steps[i])
			continue
		}
		if len(f.Outside) > 0 {
			d.redirect(t, f)
			onward = true
		}
		// Nobody would hear if a report could not be forwarded.
		if !f.NoCopy || d.sender == "" && len(f.Outside) > 0 {
			takers = append(takers, f.Account)
		}
		for _, inside := range f.Inside {
			if !seen[inside] {
				seen[inside] = true
				steps = append(steps, inside)
			}
		}
	}
	if len(takers) == 0 && !onward {
		takers = append(takers, account)
	}
	return takers
}

// redirect puts onward what an account forwards by way of the queue, once. The
// envelope sender is the account: SPF holds, and bounces, which bring the whole
// message back, end there.
func (d *drop) redirect(t target, f *store.Forward) {
	if d.redirected[f.Account] {
		return
	}
	d.redirected[f.Account] = true
	r := store.NewReport{Account: f.Account, Sender: f.Address, SMTPUTF8: d.utf8, Return: "FULL"}
	notify := ""
	if d.sender == "" { // a report stays one
		r.Sender, r.Return, notify = "", "", "NEVER"
	} else if own, err := addr.Parse(f.Address); err == nil && own.NeedsSMTPUTF8() {
		r.SMTPUTF8 = true
	}
	for _, outside := range f.Outside {
		r.Recipients = append(r.Recipients, store.Recipient{Address: outside, Notify: notify})
	}
	r.Raw = join([]byte("Delivered-To: "+f.Address+"\r\n"), d.list(t), d.trace, d.raw)
	d.onward = append(d.onward, r)
}

// list is the List-Id field for what came by a group, nil when it has one.
func (d *drop) list(t target) []byte {
	if t.route.Group == 0 || d.header.Count("List-Id") > 0 {
		return nil
	}
	return listID(t.name)
}
