package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// watchedTable is a table from which it is computed who may do what. What its
// rows were before each change is kept in NAME_history.
type watchedTable struct {
	name string
	// omitted are columns that say nothing about rights: a change of them is
	// not kept, nor is what they held. In the past they read as their default.
	omitted []string
	// owner are the columns, beside the key, by which a row is somebody's.
	owner []string
	// ofOrg finds the rows of the history that are about organisation $1.
	ofOrg string
}

const (
	ownAccounts = `(SELECT id FROM account WHERE org_id = $1 UNION SELECT id FROM account_history WHERE org_id = $1)`
	ownGroups   = `(SELECT id FROM mail_group WHERE org_id = $1 UNION SELECT id FROM mail_group_history WHERE org_id = $1)`
)

// watchedTables are in the order in which their histories are pruned: who owns
// something is found by the last two.
var watchedTables = []watchedTable{
	{name: "organisation", omitted: []string{"audit_erased"}, ofOrg: `id = $1`},
	{name: "domain", omitted: []string{"dkim_selector", "dkim_key"}, owner: []string{"org_id"}, ofOrg: `org_id = $1`},
	{name: "plan", owner: []string{"org_id"}, ofOrg: `org_id = $1`},
	{name: "guest", owner: []string{"org_id"}, ofOrg: `org_id = $1`},
	{name: "address", owner: []string{"account_id", "group_id"}, ofOrg: `(account_id IN ` + ownAccounts + ` OR group_id IN ` + ownGroups + `)`},
	{name: "group_member", ofOrg: `group_id IN ` + ownGroups},
	{name: "access_grant", ofOrg: `account_id IN ` + ownAccounts},
	{name: "send_grant", ofOrg: `(target_account IN ` + ownAccounts + ` OR target_group IN ` + ownGroups + `)`},
	{name: "collection", omitted: []string{"uidvalidity", "uid_next", "modseq", "total", "unseen", "deleted", "bytes"},
		ofOrg: `account_id IN ` + ownAccounts},
	{name: "mail_group", omitted: []string{"settings"}, owner: []string{"org_id"}, ofOrg: `org_id = $1`},
	{name: "account", omitted: []string{"tree_epoch", "settings"}, owner: []string{"org_id"}, ofOrg: `org_id = $1`},
}

// column is one of a watched table, as the catalogue has it.
type column struct {
	name, kind, fallback string
	key, kept, owner     bool
}

// declared is the column as one of history. What was kept before the column was
// there had its default in it.
func (c column) declared() string {
	if c.fallback == "" {
		return c.name + " " + c.kind
	}
	return c.name + " " + c.kind + " DEFAULT " + c.fallback
}

// table is a watched table with its columns.
type table struct {
	watchedTable
	columns []column
}

// names lists the columns that pass, each behind a prefix.
func (t *table) names(prefix string, pass func(column) bool) []string {
	var list []string
	for _, c := range t.columns {
		if pass(c) {
			list = append(list, prefix+c.name)
		}
	}
	return list
}

func isKept(c column) bool  { return c.kept }
func isKey(c column) bool   { return c.key }
func isBegun(c column) bool { return c.key || c.owner }

// equal compares columns of two rows.
func equal(operator, junction string, names []string, a, b string) string {
	var list []string
	for _, n := range names {
		list = append(list, a+n+operator+b+n)
	}
	return strings.Join(list, junction)
}

// querier is a connection or transaction.
type querier interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// catalogue asks for the columns of a table.
func (d Dialect) catalogue(name string) string {
	if d == SQLite {
		return `SELECT name, lower(type), COALESCE(dflt_value, ''), pk > 0 FROM pragma_table_info('` + name + `') ORDER BY cid`
	}
	return `SELECT a.attname, format_type(a.atttypid, a.atttypmod), COALESCE(pg_get_expr(d.adbin, d.adrelid), ''),
		COALESCE(a.attnum = ANY (i.indkey), false)
		FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE a.attrelid = to_regclass('` + name + `') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`
}

func columnsOf(ctx context.Context, q querier, d Dialect, name string) (all []column, err error) {
	rows, err := q.QueryContext(ctx, d.catalogue(name))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := column{kept: true}
		if err := rows.Scan(&c.name, &c.kind, &c.fallback, &c.key); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// keepHistory makes what is missing of the tables of history and of what fills
// them, from the columns that the watched tables have by now.
func (d *DB) keepHistory(ctx context.Context, q querier) error {
	fresh := false
	d.watched = make(map[string]*table)
	for _, w := range watchedTables {
		t := &table{watchedTable: w}
		var err error
		if t.columns, err = columnsOf(ctx, q, d.dialect, w.name); err != nil {
			return err
		}
		for i := range t.columns {
			c := &t.columns[i]
			c.kept, c.owner = !slices.Contains(w.omitted, c.name), slices.Contains(w.owner, c.name)
		}
		d.watched[w.name] = t
		made, err := t.make(ctx, q, d.dialect)
		if err != nil {
			return fmt.Errorf("history of %s: %w", w.name, err)
		}
		fresh = fresh || made
	}
	if fresh {
		_, err := q.ExecContext(ctx, `INSERT INTO history_since (org_id, since) VALUES (0, $1)
			ON CONFLICT (org_id) DO UPDATE SET since = excluded.since`, Micros(d.now()))
		if err != nil {
			return err
		}
	}
	if d.dialect == SQLite {
		return d.watchSQLite(ctx, q)
	}
	return d.watchPostgres(ctx, q)
}

// make makes the table of history, or the columns that it does not have yet,
// and reports whether there was none.
func (t *table) make(ctx context.Context, q querier, d Dialect) (bool, error) {
	have, err := columnsOf(ctx, q, d, t.name+"_history")
	if err != nil {
		return false, err
	}
	var statements []string
	if len(have) == 0 {
		statements = t.create(d)
	}
	for _, c := range t.columns {
		if !c.kept || len(have) == 0 || slices.ContainsFunc(have, func(h column) bool { return h.name == c.name }) {
			continue
		}
		statements = append(statements, `ALTER TABLE `+t.name+`_history ADD COLUMN `+c.declared())
	}
	for _, s := range statements {
		if _, err := q.ExecContext(ctx, s); err != nil {
			return false, err
		}
	}
	return len(have) == 0, nil
}

// create are the statements that make the table of history.
func (t *table) create(d Dialect) []string {
	number, seq, end := "integer", "integer PRIMARY KEY", " STRICT"
	if d == Postgres {
		number, seq, end = "bigint", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", ""
	}
	columns := []string{"h_seq " + seq, "h_at " + number + " NOT NULL", "h_existed " + number + " NOT NULL"}
	for _, c := range t.columns {
		if c.kept {
			columns = append(columns, c.declared())
		}
	}
	return []string{
		`CREATE TABLE ` + t.name + `_history (` + strings.Join(columns, ", ") + `)` + end,
		`CREATE INDEX ` + t.name + `_history_key ON ` + t.name + `_history (` + strings.Join(t.names("", isKey), ", ") + `, h_seq)`,
		`CREATE INDEX ` + t.name + `_history_at ON ` + t.name + `_history (h_at)`,
	}
}

// keep is the statement of a trigger that writes down a row: as it was, or that
// there was none before it.
func (t *table) keep(clock, existed, row string, pass func(column) bool) string {
	return `INSERT INTO ` + t.name + `_history (h_at, h_existed, ` + strings.Join(t.names("", pass), ", ") + `) SELECT ` +
		clock + `, ` + existed + `, ` + strings.Join(t.names(row, pass), ", ")
}

// begun is keep for a row that was made.
func (t *table) begun(clock string) string { return t.keep(clock, "0", "NEW.", isBegun) }

// ended is keep for a row that was changed or removed.
func (t *table) ended(clock string) string { return t.keep(clock, "1", "OLD.", isKept) }

// past is the text of a query for the rows that there were at a time: those
// that did not change since, and of each that did what it was before that.
func (t *table) past(schema string, at int64, d Dialect) string {
	columns := func(row string) string {
		var list []string
		for _, c := range t.columns {
			if c.kept {
				list = append(list, row+c.name)
			} else {
				list = append(list, c.constant(d)+` AS `+c.name)
			}
		}
		return strings.Join(list, ", ")
	}
	keys, after := t.names("", isKey), fmt.Sprintf(".h_at > %d", at)
	history := schema + `.` + t.name + `_history `
	return `SELECT ` + columns("p.") + ` FROM ` + schema + `.` + t.name + ` p WHERE NOT EXISTS (SELECT 1 FROM ` + history + `h WHERE ` +
		equal(" = ", " AND ", keys, "h.", "p.") + ` AND h` + after + `) UNION ALL SELECT ` + columns("h.") + ` FROM ` + history +
		`h WHERE h` + after + ` AND h.h_existed = 1 AND NOT EXISTS (SELECT 1 FROM ` + history + `e WHERE ` +
		equal(" = ", " AND ", keys, "e.", "h.") + ` AND e` + after + ` AND e.h_seq < h.h_seq)`
}

// constant is what an omitted column reads as.
func (c column) constant(d Dialect) string {
	value := c.fallback
	switch {
	case value != "":
	case c.kind == "text":
		value = "''"
	default:
		value = "0"
	}
	if d == Postgres {
		return `CAST(` + value + ` AS ` + c.kind + `)`
	}
	return value
}

// dated puts the time in place before the first statement of a transaction that
// changes something that is watched: the triggers read it there.
func (tx *Tx) dated(query string) error {
	if tx.hasDate || tx.readOnly || !tx.db.changesWatched(query) {
		return nil
	}
	tx.hasDate = true
	now := Micros(tx.db.now())
	if tx.conn != nil {
		_, err := tx.conn.exec(tx.ctx, `UPDATE history_clock SET at = $1`, []any{now})
		return err
	}
	_, err := tx.tx.ExecContext(tx.ctx, `SELECT set_config('postroom.now', $1, true)`, fmt.Sprint(now))
	return err
}

// changesWatched reports whether a statement may change something that is
// watched. It errs on the side of yes; where it would not, the triggers go by
// the clock of the database.
func (d *DB) changesWatched(query string) bool {
	verb, rest := word(query)
	switch verb {
	case "INSERT", "DELETE":
		_, rest = word(rest)
	case "UPDATE":
	case "WITH":
		return strings.Contains(query, "INSERT INTO ") || strings.Contains(query, "UPDATE ") || strings.Contains(query, "DELETE FROM ")
	default:
		return false
	}
	name, rest := word(rest)
	t := d.watched[name]
	if t == nil || verb != "UPDATE" {
		return t != nil
	}
	set, _, _ := strings.Cut(rest, "WHERE")
	for before, after, more := strings.Cut(set, "="); more; before, after, more = strings.Cut(after, "=") {
		before = strings.TrimRightFunc(before, unicode.IsSpace)
		assigned := before[strings.LastIndexFunc(before, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })+1:]
		if slices.ContainsFunc(t.columns, func(c column) bool { return c.kept && c.name == assigned }) {
			return true
		}
	}
	return false
}

// word is the first word of a text, and what comes after it.
func word(text string) (first, rest string) {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '(' })
	if end < 0 {
		return text, ""
	}
	return text[:end], text[end:]
}
