package store

import (
	"postroom"
	"postroom/internal/store/internal/db"
)

// Forward is what an account that got mail does with it.
type Forward struct {
	Account postroom.AccountID
	// Address is the primary one of the account: mail that has been delivered
	// to it before is not forwarded again, and bounces of what it forwards go
	// to it.
	Address string
	// Inside are accounts of this server that can take the mail now.
	Inside []postroom.AccountID
	// Outside are the other addresses, for the queue: outside ones, groups,
	// and those that cannot take the mail now.
	Outside []string
	// NoCopy leaves none in the account.
	NoCopy bool
}

// maxForwarded bounds the accounts that one message goes through by forwards;
// the rest is for the queue.
const maxForwarded = 200

// follow adds to a route what its accounts forward, however long the chain.
func (d *DeliverySession) follow(tx *db.Tx, r *Route, forwarding []postroom.AccountID) error {
	seen := make(map[postroom.AccountID]bool)
	for i := 0; i < len(forwarding); i++ {
		id := forwarding[i]
		if seen[id] {
			continue
		}
		seen[id] = true
		f, next, err := forwardOf(tx, id)
		if err != nil {
			return err
		}
		if len(seen) > maxForwarded {
			f.Inside, next = nil, nil
			all, err := readForwarding(tx, id)
			if err != nil {
				return err
			}
			f.Outside = all.All()
		}
		r.Forwards = append(r.Forwards, f)
		forwarding = append(forwarding, next...)
	}
	return nil
}

// forwardOf tells what an account forwards to, and which of those accounts
// forward themselves.
func forwardOf(tx *db.Tx, id postroom.AccountID) (f Forward, next []postroom.AccountID, err error) {
	settings, err := readForwarding(tx, id)
	if err != nil {
		return f, nil, err
	}
	t, err := readTarget(tx, postroom.SendTarget{Account: id})
	if err != nil {
		return f, nil, err
	}
	f = Forward{Account: id, Address: t.address, NoCopy: settings.NoCopy}
	plan, err := planOfAccount(tx, id)
	if err != nil {
		return f, nil, err
	}
	for _, address := range settings.All() {
		if !plan.Features.Has(postroom.UseForwardingOutside) {
			inside, err := isInside(tx, t.org, address)
			if err != nil {
				return f, nil, err
			}
			if !inside {
				f.NoCopy = false // it must stay somewhere
				continue
			}
		}
		a, err := canonical(address)
		if err != nil {
			return f, nil, err
		}
		r, found, err := receiverOf(tx, a)
		if err != nil {
			return f, nil, err
		}
		if !found || r.Account == 0 || r.state == postroom.Disabled || r.overQuota && !r.noCopy {
			f.Outside = append(f.Outside, address)
			continue
		}
		f.Inside = append(f.Inside, r.Account)
		if r.forwards {
			next = append(next, r.Account)
		}
	}
	return f, next, nil
}

// forwardingAmong lists those of some accounts that forward.
func forwardingAmong(tx *db.Tx, accounts []postroom.AccountID) (list []postroom.AccountID, err error) {
	for _, id := range accounts {
		forwards, err := exists(tx, `SELECT 1 FROM forwarding WHERE account_id = $1 AND addresses > 0`, id)
		if err != nil {
			return nil, err
		}
		if forwards {
			list = append(list, id)
		}
	}
	return list, nil
}
