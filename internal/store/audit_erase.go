package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// maxAuditDays bounds the days for which an organisation keeps its records.
const maxAuditDays = 36_500

// eraseChunk bounds what one transaction erases.
const eraseChunk = 500

// eraseExpired empties the records that are older than their organisation
// keeps them. Their numbers and hashes stay, and a record in the chain says
// which were erased. Whole days are erased, so that it is one record a day.
func (s *Store) eraseExpired(ctx context.Context) error {
	days := make(map[postroom.OrgID]int)
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		return tx.Each(`SELECT id, audit_days FROM organisation WHERE audit_days > 0`, nil, func(scan func(...any) error) error {
			var id postroom.OrgID
			var n int
			err := scan(&id, &n)
			days[id] = n
			return err
		})
	})
	if err != nil {
		return err
	}
	for org, n := range days {
		before := s.now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -n)
		for more := true; more; {
			err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = s.eraseSome(tx, org, before)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// eraseSome erases the first records of an organisation up to one that is young
// enough, and reports whether there may be more.
func (s *Store) eraseSome(tx *db.Tx, org postroom.OrgID, before time.Time) (bool, error) {
	var after int64
	err := tx.QueryRow(`SELECT audit_erased FROM organisation WHERE id = $1`, org).Scan(&after)
	if noRow(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var old []postroom.AuditRecord
	looked, young := 0, false
	err = tx.Each(auditColumns+` WHERE org_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`, []any{org, after, eraseChunk},
		func(scan func(...any) error) error {
			r, _, err := scanAudit(scan)
			looked++
			young = young || !r.Erased() && !r.At.Before(before)
			// What says that others were erased stays readable.
			if !young && !r.Erased() && r.Action != postroom.AuditErase {
				old = append(old, r)
			}
			return err
		})
	if err != nil {
		return false, err
	}
	if err := erasePlaces(tx, org, before); err != nil {
		return false, err
	}
	if len(old) == 0 {
		return false, nil
	}
	var digest postroom.EraseDigest
	for _, r := range old {
		digest.Add(r.Seq, r.Hash)
		if err := erase(tx, r.Seq); err != nil {
			return false, err
		}
	}
	if _, err := tx.Exec(`UPDATE organisation SET audit_erased = $1 WHERE id = $2`, digest.To, org); err != nil {
		return false, err
	}
	system := s.NewSession(mint.Seal(mint.Warrant{Purpose: mint.Console, Actor: postroom.Actor{Address: "system"}}))
	return looked == eraseChunk && !young, system.recordOn(tx, postroom.AuditErase, org, "", digest.Details())
}

// erase empties one record.
func erase(tx *db.Tx, seq int64) error {
	for _, query := range []string{
		`UPDATE audit SET at = 0, actor_account = 0, actor_address = '', credential = '', protocol = '', remote = '', action = '',
			target_account = 0, target_address = '', collection = '', details = '{}' WHERE seq = $1`,
		`DELETE FROM audit_span WHERE seq = $1`,
		`DELETE FROM audit_sent WHERE seq = $1`,
	} {
		if _, err := tx.Exec(query, seq); err != nil {
			return err
		}
	}
	return nil
}
