package db

import (
	"context"
	"errors"
	"strings"
)

// liteClock is the time of the change; without one it is that of the database.
const liteClock = `(SELECT CASE at WHEN 0 THEN CAST(unixepoch('subsec') * 1000000 AS integer) ELSE at END FROM history_clock)`

// watchSQLite makes the triggers of the one connection that writes. They are
// temporary: no later migration stumbles over them, and they are always those
// of this program.
func (d *DB) watchSQLite(ctx context.Context, q querier) error {
	statements := []string{`CREATE TEMP TABLE history_clock (at integer NOT NULL)`, `INSERT INTO history_clock (at) VALUES (0)`}
	for _, w := range watchedTables {
		t := d.watched[w.name]
		kept, keys := t.names("", isKept), t.names("", isKey)
		statements = append(statements,
			`CREATE TEMP TRIGGER `+t.name+`_made AFTER INSERT ON main.`+t.name+` BEGIN `+t.begun(liteClock)+`; END`,
			`CREATE TEMP TRIGGER `+t.name+`_gone AFTER DELETE ON main.`+t.name+` BEGIN `+t.ended(liteClock)+`; END`,
			`CREATE TEMP TRIGGER `+t.name+`_changed AFTER UPDATE OF `+strings.Join(kept, ", ")+` ON main.`+t.name+
				` WHEN `+equal(" IS NOT ", " OR ", kept, "OLD.", "NEW.")+` BEGIN `+t.ended(liteClock)+`; `+
				t.begun(liteClock)+` WHERE `+equal(" IS NOT ", " OR ", keys, "OLD.", "NEW.")+`; END`)
	}
	for _, s := range statements {
		if _, err := q.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// undate takes the time away after a transaction that had one.
func (d *DB) undate(tx *Tx) error {
	if !tx.hasDate {
		return nil
	}
	return d.command(`UPDATE history_clock SET at = 0`)
}

// keepHistorySQLite does it in one transaction.
func (d *DB) keepHistorySQLite(ctx context.Context) (err error) {
	if err := d.command("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := d.keepHistory(ctx, d.writer.raw); err != nil {
		return errors.Join(err, d.command("ROLLBACK"))
	}
	return d.command("COMMIT")
}
