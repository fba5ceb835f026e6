package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
)

// elephantClock is the time of the change; without one it is that of the
// database.
const elephantClock = `COALESCE(CAST(NULLIF(current_setting('postroom.now', true), '') AS bigint),
	CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint))`

// watchPostgres makes the triggers. Replacing them waits for everybody who uses
// the table, so it is only done when they are to be others: the comment of the
// function says which they are.
func (d *DB) watchPostgres(ctx context.Context, q querier) error {
	for _, w := range watchedTables {
		t := d.watched[w.name]
		statements := t.triggers()
		sum := sha256.Sum256([]byte(strings.Join(statements, ";")))
		digest := hex.EncodeToString(sum[:])
		var have sql.NullString
		rows, err := q.QueryContext(ctx, `SELECT obj_description(p.oid, 'pg_proc') FROM pg_proc p
			WHERE p.proname = $1 AND p.pronamespace = current_schema()::regnamespace`, t.name+"_history")
		if err != nil {
			return err
		}
		if rows.Next() {
			err = rows.Scan(&have)
		}
		if err := errors.Join(err, rows.Close()); err != nil {
			return err
		}
		if have.String == digest {
			continue
		}
		for _, s := range append(statements, `COMMENT ON FUNCTION `+t.name+`_history() IS '`+digest+`'`) {
			if _, err := q.ExecContext(ctx, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *table) triggers() []string {
	kept, keys := t.names("", isKept), t.names("", isKey)
	on := ` ON ` + t.name
	run := ` FOR EACH ROW EXECUTE FUNCTION ` + t.name + `_history()`
	return []string{
		`CREATE OR REPLACE FUNCTION ` + t.name + `_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		` + t.ended(elephantClock) + `;
	END IF;
	IF TG_OP = 'INSERT' THEN
		` + t.begun(elephantClock) + `;
	ELSIF TG_OP = 'UPDATE' THEN
		` + t.begun(elephantClock) + ` WHERE ` + equal(" IS DISTINCT FROM ", " OR ", keys, "OLD.", "NEW.") + `;
	END IF;
	RETURN NULL;
END $$`,
		`DROP TRIGGER IF EXISTS ` + t.name + `_made` + on,
		`DROP TRIGGER IF EXISTS ` + t.name + `_changed` + on,
		`CREATE TRIGGER ` + t.name + `_made AFTER INSERT OR DELETE` + on + run,
		`CREATE TRIGGER ` + t.name + `_changed AFTER UPDATE OF ` + strings.Join(kept, ", ") + on + ` FOR EACH ROW WHEN (` +
			equal(" IS DISTINCT FROM ", " OR ", kept, "OLD.", "NEW.") + `) EXECUTE FUNCTION ` + t.name + `_history()`,
	}
}

// keepHistoryPostgres has one node do it while the others wait.
func (d *DB) keepHistoryPostgres(ctx context.Context) error {
	tx, err := d.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(1, 2)`); err != nil {
		return err
	}
	if err := d.keepHistory(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}
