package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"postroom/internal/store/internal/db"
)

// DumpForTest writes down every row of every table.
func (s *Store) DumpForTest(ctx context.Context) (string, error) {
	var out strings.Builder
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
		if tx.Dialect() == db.Postgres {
			query = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`
		}
		var tables []string
		err := tx.Each(query, nil, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			tables = append(tables, name)
			return err
		})
		if err != nil {
			return err
		}
		slices.Sort(tables)
		for _, name := range tables {
			if err := dumpTable(tx, &out, name); err != nil {
				return err
			}
		}
		return nil
	})
	return out.String(), err
}

func dumpTable(tx *db.Tx, out *strings.Builder, name string) error {
	rows, err := tx.Query(`SELECT * FROM ` + name)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	var lines []string
	for rows.Next() {
		values, at := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%s %q", name, values))
	}
	slices.Sort(lines)
	out.WriteString(strings.Join(lines, "\n") + "\n")
	return rows.Err()
}

// SimulateWithin is Simulate with other bounds.
func (d *Directory) SimulateWithin(ctx context.Context, pairs, told int, change func(*Directory) error) (Simulation, error) {
	return d.simulate(ctx, bounds{pairs, told}, change)
}
