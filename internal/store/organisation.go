package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"postroom"
	"postroom/internal/store/internal/db"
)

// nextID takes a number that no entry of the directory had before.
func nextID(tx *db.Tx) (id int64, err error) {
	err = tx.QueryRow(`UPDATE directory_sequence SET value = value + 1 WHERE id = 1 RETURNING value`).Scan(&id)
	return id, err
}

const organisationColumns = `SELECT id, uuid, name, displayed, locale, created, audit_days, person_plan, shared_plan, resource_plan,
	max_accounts, max_shared, max_domains, break_glass FROM organisation`

func scanOrganisation(scan func(...any) error) (o postroom.Organisation, err error) {
	var created, glass int64
	err = scan(&o.ID, &o.UUID, &o.Name, &o.Displayed, &o.Locale, &created, &o.AuditDays, &o.PersonPlan, &o.SharedPlan, &o.ResourcePlan,
		&o.Limits.Accounts, &o.Limits.Shared, &o.Limits.Domains, &glass)
	o.BreakGlass = time.Duration(glass) * time.Second
	o.Created = db.Time(created)
	return o, err
}

// CreateOrganisation makes an organisation with its plan "default". Only
// administrators of the server may. Exists, Invalid.
func (d *Directory) CreateOrganisation(ctx context.Context, name string) (o postroom.Organisation, err error) {
	name, err = cleanName("the name", name)
	if err != nil {
		return o, err
	}
	if name == "" {
		return o, postroom.Errorf(postroom.Invalid, "the name is empty")
	}
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		if !c.server(postroom.ManageOrganisation) {
			return errDenied()
		}
		if err := freeOrganisationName(tx, name, 0); err != nil {
			return err
		}
		id, err := nextID(tx)
		if err != nil {
			return err
		}
		o = postroom.Organisation{ID: postroom.OrgID(id), UUID: uuid.NewString(), Name: name,
			Created: db.Time(db.Micros(d.session.store.now())),
			Limits:  postroom.OrgLimits{Accounts: -1, Shared: -1, Domains: -1}, BreakGlass: day}
		_, err = tx.Exec(`INSERT INTO organisation (id, uuid, name, name_key, displayed, created) VALUES ($1, $2, $3, $4, $5, $6)`,
			o.ID, o.UUID, o.Name, strings.ToLower(o.Name), o.Displayed, o.Created)
		if err != nil {
			return err
		}
		if _, err := d.insertPlan(tx, postroom.Plan{Org: o.ID, Name: defaultPlan, QuotaBytes: -1,
			Features: postroom.AllFeatures, MaxAliases: -1}); err != nil {
			return err
		}
		return d.session.recordOn(tx, "organisation.create", o.ID, "", map[string]string{"name": o.Name})
	})
	return o, err
}

func freeOrganisationName(tx *db.Tx, name string, self postroom.OrgID) error {
	var id postroom.OrgID
	err := tx.QueryRow(`SELECT id FROM organisation WHERE name_key = $1`, strings.ToLower(name)).Scan(&id)
	if noRow(err) || err == nil && id == self {
		return nil
	}
	if err != nil {
		return err
	}
	return postroom.Errorf(postroom.Exists, "organisation already exists: %s", printable(name))
}

// Organisation finds an organisation by name; "" is the caller's own.
func (d *Directory) Organisation(ctx context.Context, name string) (o postroom.Organisation, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		var err error
		if name == "" {
			o, err = scanOrganisation(tx.QueryRow(organisationColumns+` WHERE id = $1`, c.account.Org).Scan)
		} else {
			o, err = scanOrganisation(tx.QueryRow(organisationColumns+` WHERE name_key = $1 OR uuid = $2`,
				strings.ToLower(name), name).Scan)
		}
		if noRow(err) || err == nil && !c.within(o.ID) {
			o = postroom.Organisation{}
			return noSuch("organisation", name)
		}
		return err
	})
	return o, err
}

// Organisations lists those that the caller may know of, by name.
func (d *Directory) Organisations(ctx context.Context) (all []postroom.Organisation, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		all = nil
		err := tx.Each(organisationColumns, nil, func(scan func(...any) error) error {
			o, err := scanOrganisation(scan)
			if err == nil && c.within(o.ID) {
				all = append(all, o)
			}
			return err
		})
		sorted(all, func(o *postroom.Organisation) string { return o.Name })
		return err
	})
	return all, err
}

// UpdateOrganisation stores what is said of an organisation; other Limits only
// for administrators of the server.
func (d *Directory) UpdateOrganisation(ctx context.Context, o postroom.Organisation) error {
	name, err := cleanName("the name", o.Name)
	if err != nil {
		return err
	}
	if name == "" || o.Displayed > postroom.ShowSender || o.AuditDays < 0 || o.AuditDays > maxAuditDays || o.BreakGlass < 0 || o.BreakGlass > maxBreakGlass ||
		o.Locale != "" && !slices.Contains(Locales(), o.Locale) {
		return postroom.Errorf(postroom.Invalid, "invalid organisation")
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if err := c.mustAdminister(o.ID, noSuch("organisation", name), postroom.ManageOrganisation); err != nil {
			return err
		}
		if err := freeOrganisationName(tx, name, o.ID); err != nil {
			return err
		}
		if err := c.mayLimit(tx, &o); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE organisation SET name = $1, name_key = $2, displayed = $3, audit_days = $5, locale = $6,
			person_plan = $7, shared_plan = $8, resource_plan = $9, max_accounts = $10, max_shared = $11, max_domains = $12,
			break_glass = $13 WHERE id = $4`, name, strings.ToLower(name), o.Displayed, o.ID, o.AuditDays, o.Locale, o.PersonPlan,
			o.SharedPlan, o.ResourcePlan, o.Limits.Accounts, o.Limits.Shared, o.Limits.Domains, int64(o.BreakGlass/time.Second))
		if err != nil {
			return err
		}
		if n == 0 {
			return noSuch("organisation", name)
		}
		if err := d.session.store.rightsChanged(tx, o.ID); err != nil {
			return err
		}
		return d.session.recordOn(tx, "organisation.update", o.ID, "", map[string]string{"name": name,
			"displayed": displayedName(o.Displayed), "audit_days": strconv.Itoa(o.AuditDays)})
	})
}

func displayedName(p postroom.DisplayedSender) string {
	return [...]string{"inherit", "hide", "show"}[min(p, postroom.ShowSender)]
}

// DeleteOrganisation needs it to be empty of domains (NotEmpty).
func (d *Directory) DeleteOrganisation(ctx context.Context, id postroom.OrgID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if !c.server(postroom.ManageOrganisation) {
			return errDenied()
		}
		if used, err := exists(tx, `SELECT 1 FROM domain WHERE org_id = $1 LIMIT 1`, id); err != nil || used {
			return orError(err, postroom.Errorf(postroom.NotEmpty, "the organisation still has domains"))
		}
		n, err := tx.Exec(`DELETE FROM organisation WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return postroom.Errorf(postroom.NotFound, "no such organisation")
		}
		for _, query := range []string{`DELETE FROM plan WHERE org_id = $1`, `DELETE FROM guest WHERE org_id = $1`,
			`DELETE FROM wording WHERE org_id = $1`} {
			if _, err := tx.Exec(query, id); err != nil {
				return err
			}
		}
		if err := dropReviews(tx, id); err != nil {
			return err
		}
		if err := d.session.store.rightsChanged(tx, id); err != nil {
			return err
		}
		return d.session.recordOn(tx, "organisation.delete", id, "", nil)
	})
}

// sorted sorts by a text, byte by byte: the two databases do not agree on the
// order of text.
func sorted[T any](list []T, key func(*T) string) {
	slices.SortStableFunc(list, func(a, b T) int { return strings.Compare(key(&a), key(&b)) })
}

// exists reports whether a query has a row.
func exists(tx *db.Tx, query string, args ...any) (bool, error) {
	var one int
	err := tx.QueryRow(query, args...).Scan(&one)
	if noRow(err) {
		return false, nil
	}
	return err == nil, err
}

// orError is err, or otherwise when err is nil.
func orError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
