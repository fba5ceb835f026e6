package store

import (
	"context"
	"fmt"

	"postroom/internal/store/internal/db"
)

// ExplainAuditForTest is how the database goes about a search of the audit log:
// the narrowing to a time, the actions there are, and the records.
func (s *Store) ExplainAuditForTest(ctx context.Context, f AuditFilter) (plan []string, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		plan = nil
		explain := func(query string, args ...any) error {
			head, columns := "EXPLAIN ", 1
			if tx.Dialect() == db.SQLite {
				head, columns = "EXPLAIN QUERY PLAN ", 4
			}
			return tx.Each(head+query, args, func(scan func(...any) error) error {
				line := make([]any, columns)
				for i := range line {
					line[i] = new(any)
				}
				err := scan(line...)
				plan = append(plan, fmt.Sprint(*line[columns-1].(*any)))
				return err
			})
		}
		search, _, err := searchAudit(tx, f, 0)
		if err != nil {
			return err
		}
		if !f.From.IsZero() || !f.To.IsZero() {
			err = explain(auditWithin, f.From, f.To)
		}
		if err == nil && f.Action != "" {
			err = explain(actionsInLog)
		}
		if err != nil {
			return err
		}
		query, args := search.query(auditOrder[f.Latest], 1000)
		return explain(query, args...)
	})
	return plan, err
}

// TamperForTest runs a statement behind the store's back.
func (s *Store) TamperForTest(ctx context.Context, query string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(query)
		return err
	})
}
