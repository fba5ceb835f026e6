package db

import (
	"database/sql/driver"
	"errors"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Dialect is the kind of database.
type Dialect uint8

// The two databases.
const (
	SQLite Dialect = iota
	Postgres
)

// String is sqlite or postgres.
func (d Dialect) String() string {
	if d == Postgres {
		return "postgres"
	}
	return "sqlite"
}

// SkipLocked ends a SELECT that leases rows: other transactions pass them over.
// SQLite has one writer and needs nothing.
func (d Dialect) SkipLocked() string {
	if d == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// ForUpdate ends a SELECT of rows that the transaction is about to change:
// others who do the same wait. SQLite has one writer and needs nothing.
func (d Dialect) ForUpdate() string {
	if d == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// IsUnique reports whether err is the violation of a unique or primary key.
// On PostgreSQL the transaction is lost after it; use ON CONFLICT where it is
// expected.
func IsUnique(err error) bool {
	if lite := (*sqlite.Error)(nil); errors.As(err, &lite) {
		return lite.Code() == 2067 || lite.Code() == 1555 // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY
	}
	pg := (*pgconn.PgError)(nil)
	return errors.As(err, &pg) && pg.Code == "23505"
}

// Micros is a time as it is stored; the zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of Micros, in UTC.
func Time(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Bool is a boolean as it is stored.
func Bool(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// plain turns arguments of named types into those the drivers agree on.
func plain(args []any) []any {
	for i, a := range args {
		switch v := a.(type) {
		case nil, int64, string, []byte, float64:
		case bool:
			args[i] = Bool(v)
		case int:
			args[i] = int64(v)
		case time.Time:
			args[i] = Micros(v)
		case driver.Valuer:
		default:
			args[i] = reflected(a)
		}
	}
	return args
}

func reflected(a any) any {
	v := reflect.ValueOf(a)
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int64(v.Uint())
	case reflect.String:
		return v.String()
	case reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			b := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(b), v)
			return b
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes()
		}
	}
	return a
}
