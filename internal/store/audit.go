package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// maxAuditDetail bounds one value of Details, in bytes.
const maxAuditDetail = 2000

// record appends to the audit log in tx. It is a no-op for acts of the owner
// on their own mail, and for what the server's services do with mail;
// everything about grants, accounts, groups and sign-in as another is recorded
// whoever does it.
func (s *Session) record(tx *db.Tx, action string, target postroom.CollectionRef, details map[string]string) error {
	if !s.recorded(action, target.Account) {
		return nil
	}
	_, err := s.write(tx, action, target, details)
	return err
}

// recorded reports whether an act on an account goes into the log.
func (s *Session) recorded(action string, target postroom.AccountID) bool {
	if !strings.HasPrefix(action, "message.") && !strings.HasPrefix(action, "collection.") {
		return true
	}
	return !s.owns(target) && (s.warrant.Purpose == mint.Person || s.warrant.Purpose == mint.Console)
}

// write appends a record about a collection and returns its number.
func (s *Session) write(tx *db.Tx, action string, target postroom.CollectionRef, details map[string]string) (int64, error) {
	v, err := s.seat(tx, target.Account)
	if err != nil {
		return 0, err
	}
	return s.writeIn(tx, v, action, target, details)
}

// seat is what a record says of an account: its tree, nil without any.
func (s *Session) seat(tx *db.Tx, account postroom.AccountID) (v view, err error) {
	if account == 0 {
		return v, nil
	}
	var epoch int64
	if v.moved, epoch, err = s.store.facts.now(tx, account); err == nil {
		v.tree, err = v.moved.tree(account, epoch)
	}
	return v, err
}

// writeIn is write with what tx has shown of the account.
func (s *Session) writeIn(tx *db.Tx, v view, action string, target postroom.CollectionRef, details map[string]string) (int64, error) {
	r := postroom.AuditRecord{Action: action, Target: target.Account, Details: details}
	if t := v.tree; t != nil {
		r.Org, r.TargetAddress = t.owner.Org, t.address
		if n := t.nodes[target.Collection]; n != nil {
			r.Collection = n.path
		}
		text, err := s.through(v.moved, t, t.epoch, target, action)
		if err != nil {
			return 0, err
		}
		r.Details = with(r.Details, "through", text)
	}
	return s.append(tx, r)
}

// with adds a value to details; an empty one, or one that is there, is passed
// over. The map given is left as it is.
func with(details map[string]string, key, value string) map[string]string {
	if value == "" || details[key] != "" {
		return details
	}
	all := map[string]string{key: value}
	for k, v := range details {
		all[k] = v
	}
	return all
}

// recordOn is record for a target that is no account: its address is given.
func (s *Session) recordOn(tx *db.Tx, action string, org postroom.OrgID, address string, details map[string]string) error {
	if strings.HasPrefix(action, "group.") || strings.HasPrefix(action, "sendright.") {
		t, found, err := entryNamed(tx, address)
		if err != nil {
			return err
		}
		if found && t.Group != 0 {
			text, err := s.throughSend(tx, t, postroom.Own, address)
			if err != nil {
				return err
			}
			details = with(details, "through", text)
		}
	}
	_, err := s.append(tx, postroom.AuditRecord{Action: action, Org: org, TargetAddress: address, Details: details})
	return err
}

// append puts a record at the end of the chain. The row of audit_head is locked
// until the commit, so that the chain is one line.
func (s *Session) append(tx *db.Tx, r postroom.AuditRecord) (int64, error) {
	r.Actor = s.warrant.Actor
	r.At = db.Time(db.Micros(s.store.now()))
	for k, v := range r.Details {
		if len(v) > maxAuditDetail {
			v = strings.ToValidUTF8(v[:maxAuditDetail], "") + "…"
		}
		// What is exported as JSON must have the same hash when it is read.
		r.Details[k] = strings.ToValidUTF8(v, "�")
	}
	for _, text := range []*string{&r.Actor.Address, &r.Actor.Credential, &r.Actor.Remote, &r.TargetAddress, &r.Collection} {
		*text = strings.ToValidUTF8(*text, "�")
	}
	var previous string
	err := tx.QueryRow(`SELECT seq, hash FROM audit_head WHERE id = 1`+tx.Dialect().ForUpdate()).Scan(&r.Seq, &previous)
	if err != nil {
		return 0, err
	}
	r.Seq++
	if _, err := hex.Decode(r.Previous[:], []byte(previous)); err != nil {
		return 0, err
	}
	details := postroom.AuditDetails(r.Details)
	hash := r.Sum(details)
	_, err = tx.Exec(`INSERT INTO audit (seq, org_id, at, actor_account, actor_address, credential, protocol, remote,
		action, target_account, target_address, collection, details, previous, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		r.Seq, r.Org, r.At, r.Actor.Account, r.Actor.Address, r.Actor.Credential, r.Actor.Protocol, r.Actor.Remote,
		r.Action, r.Target, r.TargetAddress, r.Collection, details,
		hex.EncodeToString(r.Previous[:]), hex.EncodeToString(hash[:]))
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1`, r.Seq, hex.EncodeToString(hash[:]))
	return r.Seq, err
}

// AuditRecords lists audit records in order. An administrator of an
// organisation gets those of the organisation, a person those about their own
// account.
func (d *Directory) AuditRecords(ctx context.Context, f AuditFilter) (records []postroom.AuditRecord, err error) {
	if f.Max <= 0 {
		f.Max = 1000
	}
	f.Max = min(f.Max, maxAuditRecords)
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		records = nil
		var only postroom.OrgID
		switch {
		case c.server(postroom.ReadAudit):
		case c.administers(c.account.Org, postroom.ReadAudit):
			only = c.account.Org
		case c.account.ID != 0 && f.Target == c.account.ID:
		default:
			return errDenied()
		}
		search, ok, err := searchAudit(tx, f, only)
		if err != nil || !ok {
			return err
		}
		query, args := search.query(auditOrder[f.Latest], f.Max)
		err = tx.Each(query, args, func(scan func(...any) error) error {
			r, _, err := scanAudit(scan)
			records = append(records, r)
			return err
		})
		if f.Latest {
			slices.Reverse(records)
		}
		return err
	})
	return records, err
}

const auditColumns = `SELECT seq, org_id, at, actor_account, actor_address, credential, protocol, remote, action,
	target_account, target_address, collection, details, previous, hash FROM audit`

func scanAudit(scan func(...any) error) (r postroom.AuditRecord, details string, err error) {
	var at int64
	var previous, hash string
	err = scan(&r.Seq, &r.Org, &at, &r.Actor.Account, &r.Actor.Address, &r.Actor.Credential, &r.Actor.Protocol,
		&r.Actor.Remote, &r.Action, &r.Target, &r.TargetAddress, &r.Collection, &details, &previous, &hash)
	if err != nil {
		return r, "", err
	}
	r.At = db.Time(at)
	// What was tampered with need not decode; VerifyAudit tells.
	_ = json.Unmarshal([]byte(details), &r.Details)
	decodeHash(&r.Previous, previous)
	decodeHash(&r.Hash, hash)
	return r, details, nil
}

func decodeHash(to *[32]byte, text string) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(to) {
		copy(to[:], b)
	}
}

// VerifyAudit recomputes the whole chain and returns the number of records, or
// an Invalid error that names the first record that does not fit.
func (d *Directory) VerifyAudit(ctx context.Context) (count int64, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		count = 0
		if !c.server(postroom.ReadAudit) {
			return errDenied()
		}
		chain := postroom.AuditChain{}
		err := tx.Each(auditColumns+` WHERE action = $1 ORDER BY seq`, []any{postroom.AuditErase}, func(scan func(...any) error) error {
			r, _, err := scanAudit(scan)
			return orError(err, chain.Cover(r))
		})
		if err != nil {
			return err
		}
		err = tx.Each(auditColumns+" ORDER BY seq", nil, func(scan func(...any) error) error {
			r, details, err := scanAudit(scan)
			return orError(err, chain.Add(r, details))
		})
		if err == nil {
			err = chain.End()
		}
		if err != nil {
			return err
		}
		count = chain.Records
		var seq int64
		var head string
		if err := tx.QueryRow(`SELECT seq, hash FROM audit_head WHERE id = 1`).Scan(&seq, &head); err != nil {
			return err
		}
		if seq != count || count > 0 && head != hex.EncodeToString(chain.LastHash[:]) {
			return postroom.Errorf(postroom.Invalid, "the audit log ends at record %d instead of %d", count, seq)
		}
		return nil
	})
	return count, err
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
