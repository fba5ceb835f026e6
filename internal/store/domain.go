package store

import (
	"context"
	"crypto/x509"
	"encoding/pem"

	"github.com/google/uuid"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store/internal/db"
)

const domainColumns = `SELECT id, uuid, org_id, name, dkim_selector, dkim_key, created FROM domain`

func scanDomain(scan func(...any) error) (dom postroom.Domain, err error) {
	var created int64
	err = scan(&dom.ID, &dom.UUID, &dom.Org, &dom.Name, &dom.DKIMSelector, &dom.DKIMKey, &created)
	dom.Created = db.Time(created)
	return dom, err
}

// domainNamed finds a domain by its canonical name or UUID.
func domainNamed(tx *db.Tx, name string) (postroom.Domain, error) {
	dom, err := scanDomain(tx.QueryRow(domainColumns+` WHERE name = $1 OR uuid = $2`, addr.CanonicalDomain(name), name).Scan)
	if noRow(err) {
		return postroom.Domain{}, noSuch("domain", name)
	}
	return dom, err
}

// shown is a domain as the caller may see it: the private key is for
// administrators.
func (c *caller) shown(dom postroom.Domain) postroom.Domain {
	if !c.administers(dom.Org, postroom.ManageDomains) {
		dom.DKIMKey = ""
	}
	return dom
}

// newSigningKey makes a DKIM key.
func (s *Store) newSigningKey() (string, error) {
	key, err := s.opts.SigningKey()
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// CreateDomain adds a domain with a new DKIM key.
func (d *Directory) CreateDomain(ctx context.Context, org postroom.OrgID, name string) (dom postroom.Domain, err error) {
	canonicalName, err := addr.ParseDomain(name)
	if err != nil {
		return dom, err
	}
	if _, literal := addr.IPLiteral(canonicalName); literal || canonicalName[0] == '[' {
		return dom, postroom.Errorf(postroom.Invalid, "a domain is a name, not an address: %s", printable(name))
	}
	key, err := d.session.store.newSigningKey()
	if err != nil {
		return dom, err
	}
	now := db.Time(db.Micros(d.session.store.now()))
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		if !c.server(postroom.ManageDomains) {
			return errDenied()
		}
		if found, err := exists(tx, `SELECT 1 FROM organisation WHERE id = $1`, org); err != nil || !found {
			return orError(err, postroom.Errorf(postroom.NotFound, "no such organisation"))
		}
		if err := mayHaveDomain(tx, org); err != nil {
			return err
		}
		if taken, err := exists(tx, `SELECT 1 FROM domain WHERE name = $1`, canonicalName); err != nil || taken {
			return orError(err, postroom.Errorf(postroom.Exists, "domain already exists: %s", canonicalName))
		}
		id, err := nextID(tx)
		if err != nil {
			return err
		}
		dom = postroom.Domain{ID: postroom.DomainID(id), UUID: uuid.NewString(), Org: org, Name: canonicalName,
			DKIMSelector: "postroom" + now.Format("200601"), DKIMKey: key, Created: now}
		_, err = tx.Exec(`INSERT INTO domain (id, uuid, org_id, name, dkim_selector, dkim_key, created) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			dom.ID, dom.UUID, dom.Org, dom.Name, dom.DKIMSelector, dom.DKIMKey, dom.Created)
		if err != nil {
			return err
		}
		if err := d.session.store.rightsChanged(tx, org); err != nil {
			return err
		}
		return d.session.recordOn(tx, "domain.create", org, "", map[string]string{"name": dom.Name})
	})
	return dom, err
}

// Domain finds a domain by name. DKIMKey is shown to administrators only.
func (d *Directory) Domain(ctx context.Context, name string) (dom postroom.Domain, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		found, err := domainNamed(tx, name)
		if err != nil {
			return err
		}
		if !c.within(found.Org) {
			return noSuch("domain", name)
		}
		dom = c.shown(found)
		return nil
	})
	return dom, err
}

// Domains lists the domains that the caller may know of, by name.
func (d *Directory) Domains(ctx context.Context) (all []postroom.Domain, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		all = nil
		err := tx.Each(domainColumns, nil, func(scan func(...any) error) error {
			dom, err := scanDomain(scan)
			if err == nil && c.within(dom.Org) {
				all = append(all, c.shown(dom))
			}
			return err
		})
		sorted(all, func(d *postroom.Domain) string { return d.Name })
		return err
	})
	return all, err
}

// UpdateDomain stores the DKIM selector and key.
func (d *Directory) UpdateDomain(ctx context.Context, dom postroom.Domain) error {
	if _, err := addr.ParseDomain(dom.DKIMSelector + ".example"); dom.DKIMSelector != "" && err != nil {
		return postroom.Errorf(postroom.Invalid, "invalid selector: %s", printable(dom.DKIMSelector))
	}
	if block, _ := pem.Decode([]byte(dom.DKIMKey)); dom.DKIMKey != "" {
		if block == nil {
			return postroom.Errorf(postroom.Invalid, "the key is not in PEM")
		}
		if _, err := x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
			return postroom.Errorf(postroom.Invalid, "the key is not a PKCS#8 private key")
		}
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		old, err := scanDomain(tx.QueryRow(domainColumns+` WHERE id = $1`, dom.ID).Scan)
		if noRow(err) {
			return noSuch("domain", dom.Name)
		}
		if err != nil {
			return err
		}
		if err := c.mustAdminister(old.Org, noSuch("domain", dom.Name), postroom.ManageDomains); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE domain SET dkim_selector = $1, dkim_key = $2 WHERE id = $3`, dom.DKIMSelector, dom.DKIMKey, dom.ID)
		if err != nil {
			return err
		}
		return d.session.recordOn(tx, "domain.update", old.Org, "", map[string]string{"name": old.Name, "selector": dom.DKIMSelector})
	})
}

// DeleteDomain needs it to be empty of accounts and groups (NotEmpty).
func (d *Directory) DeleteDomain(ctx context.Context, id postroom.DomainID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		dom, err := scanDomain(tx.QueryRow(domainColumns+` WHERE id = $1`, id).Scan)
		if noRow(err) {
			return postroom.Errorf(postroom.NotFound, "no such domain")
		}
		if err != nil {
			return err
		}
		if !c.server(postroom.ManageDomains) {
			return errDenied()
		}
		for _, query := range []string{
			`SELECT 1 FROM account WHERE domain_id = $1 LIMIT 1`,
			`SELECT 1 FROM mail_group WHERE domain_id = $1 LIMIT 1`,
		} {
			if used, err := exists(tx, query, id); err != nil || used {
				return orError(err, postroom.Errorf(postroom.NotEmpty, "the domain %s still has accounts or groups", dom.Name))
			}
		}
		suffix := "@" + dom.Name
		used, err := exists(tx, `SELECT 1 FROM address WHERE substr(address, length(address) - length($1) + 1) = $1 LIMIT 1`, suffix)
		if err != nil || used {
			return orError(err, postroom.Errorf(postroom.NotEmpty, "the domain %s still has aliases", dom.Name))
		}
		if err := d.dropGrantee(tx, postroom.Grantee{Kind: postroom.GranteeDomain, ID: int64(id)}); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM domain WHERE id = $1`, id); err != nil {
			return err
		}
		if err := d.session.store.rightsChanged(tx, dom.Org); err != nil {
			return err
		}
		return d.session.recordOn(tx, "domain.delete", dom.Org, "", map[string]string{"name": dom.Name})
	})
}
