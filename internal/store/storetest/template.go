package storetest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"postroom/internal/store"
	"postroom/internal/store/internal/db"
)

// Passwords is a cost at which tests may hash.
var Passwords = store.PasswordCost{Memory: 64, Passes: 1, Iterations: 4096}

// signingKey is the DKIM key of all domains of a test binary.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// Prepared changes options so that opening and filling a store is quick: where Dir
// has no database yet, a copy of one in which nothing is but its tables is put
// there; passwords cost little unless a cost is given; domains share a DKIM key.
func Prepared(t testing.TB, o store.Options) store.Options {
	t.Helper()
	o.SigningKey = signingKey
	if o.PasswordCost == (store.PasswordCost{}) {
		o.PasswordCost = Passwords
	}
	path := filepath.Join(o.Dir, "postroom.db")
	if _, err := os.Stat(path); err == nil || o.DatabaseURL != "" {
		return o
	}
	empty, err := emptySQLite()
	if err == nil {
		err = os.WriteFile(path, empty, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// long is when the tables of a template were made: before the time of any test.
func long() time.Time { return time.UnixMicro(1) }

// emptySQLite is the file of a database in which nothing is but its tables.
var emptySQLite = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "postroom-template-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "postroom.db")
	d, err := db.Open(context.Background(), db.Options{File: path, Now: long})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// makeTemplate makes the database that those with tables are copied from.
func (p *Postgres) makeTemplate(ctx context.Context) error {
	p.templateOnce.Do(func() {
		if p.templateErr = p.create(ctx, template, "template1"); p.templateErr != nil {
			return
		}
		var d *db.DB
		if d, p.templateErr = db.Open(ctx, db.Options{URL: p.url(template), Now: long}); p.templateErr == nil {
			p.templateErr = d.Close()
		}
	})
	return p.templateErr
}
