package store

import (
	"fmt"
	"math"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// AuditFilter selects records; zero fields select all.
type AuditFilter struct {
	Target postroom.AccountID
	// Named is the address of a target that is no account: a group.
	Named string
	Actor string // address
	// Action is exact, or a prefix ending in "."; several have commas between.
	Action   string
	From     time.Time
	To       time.Time
	AfterID  int64 // records with Seq above it
	BeforeID int64 // records with Seq below it; 0: all
	Max      int   // 0: 1,000
	// Latest takes the last Max records that fit, not the first; the answer is
	// in order all the same.
	Latest bool
}

var auditOrder = map[bool]string{false: "seq", true: "seq DESC"}

// maxAuditRecords is the most that one call returns.
const maxAuditRecords = 10_000

// auditSearch is a filter that is made a query. What is rare is found by its
// index, whose records are in the order of the log: the actions one by one, and a
// time as the numbers of its records.
type auditSearch struct {
	low, high  int64 // Seq
	actions    []string
	conditions []string
	args       []any
}

// searchAudit prepares a search; ok is false when nothing can fit. org, unless it
// is zero, is the only one whose records are given.
func searchAudit(tx *db.Tx, f AuditFilter, org postroom.OrgID) (a auditSearch, ok bool, err error) {
	a.low, a.high = f.AfterID+1, math.MaxInt64
	if f.BeforeID != 0 {
		a.high = f.BeforeID - 1
	}
	if f.Target != 0 {
		a.and("target_account = $%d", f.Target)
	}
	if f.Actor != "" {
		a.and("actor_address = $%d", canonicalOrSelf(f.Actor))
	}
	if f.Named != "" {
		a.and("target_address = $%d", canonicalOrSelf(f.Named))
	}
	if org != 0 {
		a.and("org_id = $%d", org)
	}
	if !f.From.IsZero() || !f.To.IsZero() {
		if err := a.within(tx, f.From, f.To); err != nil {
			return a, false, err
		}
	}
	if f.Action != "" {
		a.actions, err = auditActions(tx, f.Action)
	}
	return a, a.low <= a.high && (f.Action == "" || len(a.actions) > 0), err
}

// and adds a condition; it names its argument by %d.
func (a *auditSearch) and(condition string, arg any) {
	a.args = append(a.args, arg)
	a.conditions = append(a.conditions, fmt.Sprintf(condition, len(a.args)+2)) // after low and high
}

// within narrows the numbers to those of records of a time. Clocks that differ or
// were set back make them more than these records, never fewer.
func (a *auditSearch) within(tx *db.Tx, from, to time.Time) error {
	first, last := int64(math.MinInt64), int64(math.MaxInt64)
	if !from.IsZero() {
		first = db.Micros(from)
	}
	if !to.IsZero() {
		last = db.Micros(to)
	}
	var low, high int64
	err := tx.QueryRow(auditWithin, first, last).Scan(&low, &high)
	a.low, a.high = max(a.low, low), min(a.high, high)
	a.and("at >= $%d", first)
	a.and("at < $%d", last)
	return err
}

// auditWithin reads an index alone: PostgreSQL would look for the least seq in the
// order of the log, but that of a sum it does not know there.
const auditWithin = `SELECT COALESCE(MIN(seq + 0), 0), COALESCE(MAX(seq + 0), 0) FROM audit WHERE at >= $1 AND at < $2`

// auditActions are the actions in the log that a list names, by themselves or by
// their beginnings.
func auditActions(tx *db.Tx, list string) (actions []string, err error) {
	asked := strings.Split(list, ",")
	err = tx.Each(actionsInLog, nil, func(scan func(...any) error) error {
		var action string
		err := scan(&action)
		for _, one := range asked {
			if action == one || strings.HasSuffix(one, ".") && strings.HasPrefix(action, one) {
				actions = append(actions, action)
				break
			}
		}
		return err
	})
	return actions, err
}

// actionsInLog goes from one action to the next by their index.
const actionsInLog = `WITH RECURSIVE known (action) AS (SELECT MIN(action) FROM audit
	UNION ALL SELECT (SELECT MIN(x.action) FROM audit x WHERE x.action > known.action) FROM known WHERE known.action IS NOT NULL)
	SELECT action FROM known WHERE action IS NOT NULL`

// query is the search for the first records in an order, at most so many.
func (a auditSearch) query(order string, most int) (string, []any) {
	args := append([]any{a.low, a.high}, a.args...)
	where := " WHERE seq BETWEEN $1 AND $2"
	for _, one := range a.conditions {
		where += " AND " + one
	}
	rest := fmt.Sprintf(" ORDER BY %s LIMIT %d", order, most)
	if len(a.actions) == 0 {
		return auditColumns + where + rest, args
	}
	var some []string
	for _, action := range a.actions {
		args = append(args, action)
		some = append(some, fmt.Sprintf("SELECT seq FROM (SELECT seq FROM audit%s AND action = $%d%s) one", where, len(args), rest))
	}
	return auditColumns + " WHERE seq IN (SELECT seq FROM (" + strings.Join(some, " UNION ALL ") + ") found" + rest + ")" + rest, args
}
