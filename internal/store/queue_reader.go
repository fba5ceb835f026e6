package store

import (
	"cmp"
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Preferences of an account that say how a person reads.
const (
	localeSetting   = "zimbraPrefLocale"
	timeZoneSetting = "zimbraPrefTimeZoneId"
)

// Reader tells in which language and time zone mail of the server for an
// address is read: as the account prefers, or else its organisation. Both are
// empty where nothing is known, as of addresses elsewhere.
func (q *QueueSession) Reader(ctx context.Context, address string) (locale, zone string, err error) {
	err = q.session.store.db.Read(ctx, func(tx *db.Tx) error {
		locale, zone = "", ""
		t, found, err := entryNamed(tx, address)
		if err != nil || !found {
			return err
		}
		var org postroom.OrgID
		if t.Account != 0 {
			a, err := readAccount(tx, t.Account)
			if err != nil {
				return err
			}
			org, locale, zone = a.Org, a.Settings[localeSetting], a.Settings[timeZoneSetting]
		} else {
			g, err := readGroup(tx, t.Group)
			if err != nil {
				return err
			}
			org = g.Org
		}
		o, err := scanOrganisation(tx.QueryRow(organisationColumns+` WHERE id = $1`, org).Scan)
		locale = cmp.Or(locale, o.Locale)
		return err
	})
	return locale, zone, err
}
