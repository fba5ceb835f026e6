package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"postroom"
	"postroom/internal/store/internal/db"
)

const (
	// maxReplyText bounds the text of an automatic reply, in bytes.
	maxReplyText = 64 << 10
	// maxReplyAddresses bounds the addresses a person has elsewhere.
	maxReplyAddresses = 100
)

// tended reads an account of which the caller may set where its mail goes on
// to and what is answered to it: as an administrator, as the account itself,
// and for a shared account as who holds Administer on the whole of it.
func (d *Directory) tended(tx *db.Tx, c *caller, id postroom.AccountID) (postroom.Account, error) {
	a, err := d.changeable(tx, c, id, postroom.ChangeAccounts)
	if postroom.KindOf(err) != postroom.Denied || a.Kind == postroom.Person || !d.session.whole() {
		return a, err
	}
	have, rightsErr := d.session.rightsOn(tx, postroom.CollectionRef{Account: id, Collection: postroom.RootCollection})
	switch {
	case rightsErr != nil:
		return a, rightsErr
	case have.Has(postroom.Administer):
		return a, nil
	}
	return a, err
}

// OutOfOffice tells the automatic reply of an account, its zero value when
// none was ever set. The account itself, its administrators and, for a shared
// account, who holds Administer on its root may ask. NotFound, Denied.
func (d *Directory) OutOfOffice(ctx context.Context, id postroom.AccountID) (o postroom.OutOfOffice, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.tended(tx, c, id); err != nil {
			return err
		}
		o, _, err = readOutOfOffice(tx, id)
		return err
	})
	return o, err
}

// SetOutOfOffice stores the automatic reply of an account; the zero value takes
// it away. Who was answered before is answered anew when what is answered or
// when has changed, or when it was off meanwhile. Those of OutOfOffice may.
// NotFound, Denied, Invalid (enabled without a text; an end that has passed or
// comes before the beginning), TooLarge.
func (d *Directory) SetOutOfOffice(ctx context.Context, id postroom.AccountID, o postroom.OutOfOffice) error {
	if err := checkOutOfOffice(&o, d.session.store.now()); err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.tended(tx, c, id); err != nil {
			return err
		}
		old, _, err := readOutOfOffice(tx, id)
		if err != nil {
			return err
		}
		if old.Enabled != o.Enabled || !old.From.Equal(o.From) || old.Subject != o.Subject || old.Text != o.Text ||
			old.Outsiders != o.Outsiders || old.OutsideText != o.OutsideText || old.Days != o.Days {
			if _, err := tx.Exec(`DELETE FROM out_of_office_told WHERE account_id = $1`, id); err != nil {
				return err
			}
		}
		if err := writeOutOfOffice(tx, id, o); err != nil {
			return err
		}
		wakeAccount(tx, id)
		return d.session.record(tx, "absence.set", postroom.CollectionRef{Account: id}, absenceDetails(o))
	})
}

func absenceDetails(o postroom.OutOfOffice) map[string]string {
	details := map[string]string{"enabled": map[bool]string{false: "off", true: "on"}[o.Enabled], "outsiders": o.Outsiders.String()}
	for name, at := range map[string]time.Time{"from": o.From, "until": o.Until} {
		if !at.IsZero() {
			details[name] = at.UTC().Format(time.RFC3339)
		}
	}
	return details
}

// checkOutOfOffice brings it into the form it is stored in.
func checkOutOfOffice(o *postroom.OutOfOffice, now time.Time) (err error) {
	if o.Subject, err = cleanName("the subject", o.Subject); err != nil {
		return err
	}
	for _, text := range []string{o.Text, o.OutsideText} {
		switch {
		case len(text) > maxReplyText:
			return postroom.Errorf(postroom.TooLarge, "the text of the reply is too long")
		case strings.ContainsFunc(text, badInText):
			return postroom.Errorf(postroom.Invalid, "the text of the reply has a character that is not allowed")
		}
	}
	if o.Days == 0 {
		o.Days = postroom.DefaultReplyDays
	}
	if o.Outsiders > postroom.NoReply || o.Days < 1 || o.Days > postroom.MaxReplyDays {
		return postroom.Errorf(postroom.Invalid, "a sender is answered again after 1 to %d days", postroom.MaxReplyDays)
	}
	o.From, o.Until = o.From.Truncate(time.Microsecond), o.Until.Truncate(time.Microsecond)
	switch {
	case !o.Until.IsZero() && !o.Until.After(o.From):
		return postroom.Errorf(postroom.Invalid, "the automatic reply would end before it begins")
	case o.Enabled && !o.Until.IsZero() && !o.Until.After(now):
		return postroom.Errorf(postroom.Invalid, "the end of the automatic reply is in the past")
	case o.Enabled && strings.TrimSpace(o.Text) == "":
		return postroom.Errorf(postroom.Invalid, "the automatic reply has no text")
	case o.Enabled && o.Outsiders == postroom.OtherText && strings.TrimSpace(o.OutsideText) == "":
		return postroom.Errorf(postroom.Invalid, "the automatic reply has no text for senders outside")
	}
	if len(o.Addresses) > maxReplyAddresses {
		return postroom.Errorf(postroom.Limit, "too many addresses")
	}
	o.Addresses, err = canonicalAll(o.Addresses)
	return err
}

// badInText tells what has no place in plain text.
func badInText(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || r == unicode.ReplacementChar
}

// canonicalAll is canonical for a list; each address comes once.
func canonicalAll(list []string) (all []string, err error) {
	for _, address := range list {
		a, err := canonical(address)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(all, a.String()) {
			all = append(all, a.String())
		}
	}
	return all, nil
}

// readOutOfOffice reads what an account has set, with the version of it.
func readOutOfOffice(tx *db.Tx, id postroom.AccountID) (o postroom.OutOfOffice, version int64, err error) {
	var from, until int64
	var addresses string
	err = tx.QueryRow(`SELECT enabled, from_at, until_at, subject, body, outsiders, outside_body, days, addresses, version
		FROM out_of_office WHERE account_id = $1`, id).Scan(&o.Enabled, &from, &until, &o.Subject, &o.Text, &o.Outsiders,
		&o.OutsideText, &o.Days, &addresses, &version)
	if noRow(err) {
		return postroom.OutOfOffice{}, 0, nil
	}
	if err != nil {
		return o, 0, err
	}
	o.From, o.Until = db.Time(from), db.Time(until)
	return o, version, json.Unmarshal([]byte(addresses), &o.Addresses)
}

func writeOutOfOffice(tx *db.Tx, id postroom.AccountID, o postroom.OutOfOffice) error {
	addresses, err := json.Marshal(append([]string{}, o.Addresses...))
	if err != nil {
		return err
	}
	// Every state has its own number, also after it was taken away.
	version, err := nextID(tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM out_of_office WHERE account_id = $1`, id); err != nil {
		return err
	}
	if !o.Enabled && o.Text == "" && o.OutsideText == "" && o.Subject == "" && len(o.Addresses) == 0 && o.From.IsZero() &&
		o.Until.IsZero() && o.Outsiders == postroom.SameText && o.Days == postroom.DefaultReplyDays {
		return nil
	}
	_, err = tx.Exec(`INSERT INTO out_of_office (account_id, enabled, from_at, until_at, subject, body, outsiders, outside_body,
		days, addresses, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, id, o.Enabled, o.From, o.Until,
		o.Subject, o.Text, o.Outsiders, o.OutsideText, o.Days, string(addresses), version)
	return err
}

// dropAbsence removes what an account that is deleted has set.
func dropAbsence(tx *db.Tx, id postroom.AccountID) error {
	for _, query := range []string{
		`DELETE FROM out_of_office WHERE account_id = $1`,
		`DELETE FROM out_of_office_told WHERE account_id = $1`,
		`DELETE FROM forwarding WHERE account_id = $1`,
		`DELETE FROM forwarding_address WHERE account_id = $1`,
	} {
		if _, err := tx.Exec(query, id); err != nil {
			return err
		}
	}
	return nil
}

// checkSettings refuses preferences that are not kept as such: they would seem
// to be set and do nothing.
func checkSettings(old, settings map[string]string) error {
	for name, value := range settings {
		lower := strings.ToLower(name)
		what := ""
		switch {
		case strings.HasPrefix(lower, "zimbraprefoutofoffice") && lower != "zimbraprefoutofofficestatusalertonlogin":
			what = "out-of-office"
		case lower == "zimbraprefmailforwardingaddress", lower == "zimbramailforwardingaddress", lower == "zimbraprefmaillocaldeliverydisabled":
			what = "forwarding"
		}
		if what != "" && old[name] != value {
			return postroom.Errorf(postroom.Invalid, "%s is no preference: it is set with %s", printable(name), what)
		}
	}
	return nil
}
