package store

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"postroom"
	"postroom/internal/store/internal/db"
)

// defaultPlan is the plan every organisation has.
const defaultPlan = "default"

const planColumns = `SELECT id, uuid, org_id, name, quota_bytes, features, message_bytes, max_aliases, created FROM plan`

func scanPlan(scan func(...any) error) (p postroom.Plan, err error) {
	var created int64
	err = scan(&p.ID, &p.UUID, &p.Org, &p.Name, &p.QuotaBytes, &p.Features, &p.MessageBytes, &p.MaxAliases, &created)
	p.Created = db.Time(created)
	return p, err
}

// planOf finds a plan of the caller's organisation, or by its UUID anywhere the
// caller may look. org limits the search when it is not zero.
func planOf(tx *db.Tx, c *caller, org postroom.OrgID, name string) (postroom.Plan, error) {
	if org == 0 {
		org = c.account.Org
	}
	var found []postroom.Plan
	err := tx.Each(planColumns+` WHERE name_key = $1 OR uuid = $2 ORDER BY id`, []any{strings.ToLower(name), name},
		func(scan func(...any) error) error {
			p, err := scanPlan(scan)
			if err == nil && c.within(p.Org) && (org == 0 || org == p.Org || p.UUID == name) {
				found = append(found, p)
			}
			return err
		})
	switch {
	case err != nil:
		return postroom.Plan{}, err
	case len(found) == 0:
		return postroom.Plan{}, noSuch("plan", name)
	}
	return found[0], nil
}

func (d *Directory) insertPlan(tx *db.Tx, p postroom.Plan) (postroom.Plan, error) {
	id, err := nextID(tx)
	if err != nil {
		return p, err
	}
	p.ID, p.UUID, p.Created = postroom.PlanID(id), uuid.NewString(), db.Time(db.Micros(d.session.store.now()))
	_, err = tx.Exec(`INSERT INTO plan (id, uuid, org_id, name, name_key, quota_bytes, created, features, message_bytes, max_aliases)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		p.ID, p.UUID, p.Org, p.Name, strings.ToLower(p.Name), p.QuotaBytes, p.Created, p.Features, p.MessageBytes, p.MaxAliases)
	return p, err
}

func cleanPlan(p *postroom.Plan) (err error) {
	p.Name, err = cleanName("the name", p.Name)
	if err == nil && p.Name == "" {
		err = postroom.Errorf(postroom.Invalid, "the name is empty")
	}
	if p.QuotaBytes == 0 {
		p.QuotaBytes = -1 // nobody means a plan without room for a message
	}
	if p.MessageBytes < 0 || p.Features&^postroom.AllFeatures != 0 {
		err = orError(err, postroom.Errorf(postroom.Invalid, "invalid plan"))
	}
	p.MaxAliases = max(p.MaxAliases, -1)
	return err
}

func freePlanName(tx *db.Tx, p postroom.Plan) error {
	taken, err := exists(tx, `SELECT 1 FROM plan WHERE org_id = $1 AND name_key = $2 AND id <> $3`, p.Org, strings.ToLower(p.Name), p.ID)
	if err != nil || !taken {
		return err
	}
	return postroom.Errorf(postroom.Exists, "plan already exists: %s", printable(p.Name))
}

// CreatePlan adds a plan to an organisation; zero Org is the caller's own. One
// of which only the quota is said has all features, and no other limits.
func (d *Directory) CreatePlan(ctx context.Context, p postroom.Plan) (postroom.Plan, error) {
	if err := cleanPlan(&p); err != nil {
		return p, err
	}
	p.ID = 0
	if p.Features == 0 && p.MessageBytes == 0 && p.MaxAliases == 0 {
		p.Features, p.MaxAliases = postroom.AllFeatures, -1
	}
	err := d.change(ctx, func(tx *db.Tx, c *caller) error {
		n := p
		if n.Org == 0 {
			n.Org = c.account.Org
		}
		if err := c.mustAdminister(n.Org, postroom.Errorf(postroom.NotFound, "no such organisation"), postroom.ManagePlans); err != nil {
			return err
		}
		if found, err := exists(tx, `SELECT 1 FROM organisation WHERE id = $1`, n.Org); err != nil || !found {
			return orError(err, postroom.Errorf(postroom.NotFound, "no such organisation"))
		}
		if err := freePlanName(tx, n); err != nil {
			return err
		}
		var err error
		if n, err = d.insertPlan(tx, n); err != nil {
			return err
		}
		p = n
		return d.session.recordOn(tx, "plan.create", n.Org, "", planDetails(n))
	})
	return p, err
}

// Plan finds a plan by name in the caller's organisation; the console finds the
// first of that name.
func (d *Directory) Plan(ctx context.Context, name string) (p postroom.Plan, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		p, err = planOf(tx, c, 0, name)
		return err
	})
	return p, err
}

// Plans lists the plans that the caller may know of.
func (d *Directory) Plans(ctx context.Context) (all []postroom.Plan, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		all = nil
		err := tx.Each(planColumns+` ORDER BY org_id`, nil, func(scan func(...any) error) error {
			p, err := scanPlan(scan)
			if err == nil && c.within(p.Org) {
				all = append(all, p)
			}
			return err
		})
		sorted(all, func(p *postroom.Plan) string { return p.Name })
		return err
	})
	return all, err
}

// UpdatePlan stores all but whose it is. It counts at once, in open sessions too.
func (d *Directory) UpdatePlan(ctx context.Context, p postroom.Plan) error {
	if err := cleanPlan(&p); err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		old, err := scanPlan(tx.QueryRow(planColumns+` WHERE id = $1`, p.ID).Scan)
		if noRow(err) {
			return noSuch("plan", p.Name)
		}
		if err != nil {
			return err
		}
		if err := c.mustAdminister(old.Org, noSuch("plan", p.Name), postroom.ManagePlans); err != nil {
			return err
		}
		if old.Name == defaultPlan && p.Name != defaultPlan {
			return postroom.Errorf(postroom.Invalid, "the plan default keeps its name")
		}
		old.Name, old.QuotaBytes = p.Name, p.QuotaBytes
		old.Features, old.MessageBytes, old.MaxAliases = p.Features, p.MessageBytes, p.MaxAliases
		if err := freePlanName(tx, old); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE plan SET name = $1, name_key = $2, quota_bytes = $3, features = $5, message_bytes = $6, max_aliases = $7
			WHERE id = $4`, old.Name, strings.ToLower(old.Name), old.QuotaBytes, old.ID, old.Features, old.MessageBytes, old.MaxAliases)
		if err != nil {
			return err
		}
		if err := d.refillPlan(tx, c, old.Org); err != nil {
			return err
		}
		if err := d.session.store.rightsChanged(tx, old.Org); err != nil {
			return err
		}
		return d.session.recordOn(tx, "plan.update", old.Org, "", planDetails(old))
	})
}

// DeletePlan needs it to be unused (NotEmpty).
func (d *Directory) DeletePlan(ctx context.Context, id postroom.PlanID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		p, err := scanPlan(tx.QueryRow(planColumns+` WHERE id = $1`, id).Scan)
		if noRow(err) {
			return postroom.Errorf(postroom.NotFound, "no such plan")
		}
		if err != nil {
			return err
		}
		if err := c.mustAdminister(p.Org, noSuch("plan", p.Name), postroom.ManagePlans); err != nil {
			return err
		}
		if p.Name == defaultPlan {
			return postroom.Errorf(postroom.Invalid, "the plan default cannot be deleted")
		}
		if usual, err := isUsualPlan(tx, id); err != nil || usual {
			return orError(err, postroom.Errorf(postroom.NotEmpty, "new accounts still get the plan %s", p.Name))
		}
		if used, err := exists(tx, `SELECT 1 FROM account WHERE plan_id = $1 LIMIT 1`, id); err != nil || used {
			return orError(err, postroom.Errorf(postroom.NotEmpty, "accounts still have the plan %s", p.Name))
		}
		if err := d.dropGrantee(tx, postroom.Grantee{Kind: postroom.GranteePlan, ID: int64(id)}); err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM plan WHERE id = $1`,
			`UPDATE organisation SET person_plan = 0 WHERE person_plan = $1`,
			`UPDATE organisation SET shared_plan = 0 WHERE shared_plan = $1`,
			`UPDATE organisation SET resource_plan = 0 WHERE resource_plan = $1`,
		} {
			if _, err := tx.Exec(query, id); err != nil {
				return err
			}
		}
		if err := d.session.store.rightsChanged(tx, p.Org); err != nil {
			return err
		}
		return d.session.recordOn(tx, "plan.delete", p.Org, "", map[string]string{"name": p.Name})
	})
}
