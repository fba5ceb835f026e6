package store

import (
	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// Absence is what delivery needs to answer for an account that is away.
type Absence struct {
	Account postroom.AccountID
	// Version of what is answered: it must still be that one when the reply
	// is stored.
	Version int64
	// Name of the account, for From.
	Name string
	// Addresses are the account's own, and those that count as such. Mail to
	// subaddresses of them is mail to it too.
	Addresses []string
	// Subject and Text for this sender; Subject may be empty.
	Subject, Text string
	// Domain of the address written to, with its key.
	Domain postroom.Domain
}

// Reply is an automatic reply to be sent with a delivery.
type Reply struct {
	Absence *Absence
	// To is who is answered: the envelope sender.
	To       string
	Raw      []byte
	SMTPUTF8 bool
}

// maxAnswered bounds how many senders an account remembers, and so how many it
// answers in a period: a flood with forged senders ends here.
const maxAnswered = 10_000

// absence tells how an account answers a sender now; nil when it does not: it
// is not away, has answered already, or does not answer outsiders.
func (d *DeliverySession) absence(tx *db.Tx, id postroom.AccountID, to addr.Address, sender string) (*Absence, error) {
	o, version, err := readOutOfOffice(tx, id)
	now := d.session.store.now()
	if err != nil || !o.Active(now) {
		return nil, err
	}
	from, err := canonical(sender)
	if err != nil {
		return nil, nil // nowhere to send a reply
	}
	told, err := exists(tx, `SELECT 1 FROM out_of_office_told WHERE account_id = $1 AND sender = $2 AND again > $3`, id, from.String(), now)
	if err != nil || told {
		return nil, err
	}
	a, err := readAccount(tx, id)
	if err != nil {
		return nil, err
	}
	text, err := replyText(tx, o, a.Org, from.Domain)
	if err != nil || text == "" {
		return nil, err
	}
	own, err := addressesOf(tx, postroom.SendTarget{Account: id})
	if err != nil {
		return nil, err
	}
	r := &Absence{Account: id, Version: version, Name: a.Name, Addresses: o.Addresses, Subject: o.Subject, Text: text}
	for _, address := range own {
		r.Addresses = append(r.Addresses, address.address)
	}
	r.Domain, err = domainNamed(tx, to.Domain)
	return r, err
}

// replyText is what senders of a domain are told, "" for nothing.
func replyText(tx *db.Tx, o postroom.OutOfOffice, org postroom.OrgID, domain string) (string, error) {
	if o.Outsiders == postroom.SameText {
		return o.Text, nil
	}
	dom, err := domainNamed(tx, domain)
	switch {
	case err == nil && dom.Org == org:
		return o.Text, nil
	case err != nil && postroom.KindOf(err) != postroom.NotFound:
		return "", err
	case o.Outsiders == postroom.OtherText:
		return o.OutsideText, nil
	}
	return "", nil
}

// reply queues an automatic reply, unless the sender has been answered in the
// meantime or the account has changed what it answers.
func (s *Store) reply(tx *db.Tx, draft *blob.Draft, r Reply) error {
	var days int
	err := tx.QueryRow(`SELECT days FROM out_of_office WHERE account_id = $1 AND version = $2`, r.Absence.Account, r.Absence.Version).Scan(&days)
	if noRow(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var told int
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM out_of_office_told WHERE account_id = $1 LIMIT $2) AS t`,
		r.Absence.Account, maxAnswered).Scan(&told)
	if err != nil || told >= maxAnswered {
		return err
	}
	now := s.now()
	n, err := tx.Exec(`INSERT INTO out_of_office_told (account_id, sender, again) VALUES ($1, $2, $3)
		ON CONFLICT (account_id, sender) DO UPDATE SET again = excluded.again WHERE out_of_office_told.again <= $4`,
		r.Absence.Account, canonicalOrSelf(r.To), now.AddDate(0, 0, days), now)
	if err != nil || n == 0 {
		return err
	}
	// Nobody hears of a reply that cannot be delivered.
	_, err = s.enqueue(tx, draft, queued{smtputf8: r.SMTPUTF8, recipients: []Recipient{{Address: r.To, Notify: "NEVER"}}})
	return err
}
