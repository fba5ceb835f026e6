package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver
)

const (
	// maxBatch and maxBatchTime bound one group commit: the first caller of a
	// batch waits for the rest of it.
	maxBatch     = 512
	maxBatchTime = 20 * time.Millisecond
	// readerCount is the number of reading connections.
	readerCount = 8
)

// dsn holds the pragmas of a connection. WAL with synchronous=FULL: a commit
// is one fsync and is durable when it returns.
func dsn(file string, reader bool) string {
	pragmas := []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(ON)", "temp_store(MEMORY)", "mmap_size(1073741824)", "journal_size_limit(67108864)"}
	if reader {
		pragmas = append(pragmas, "cache_size(-8192)", "query_only(ON)")
	} else {
		pragmas = append(pragmas, "cache_size(-65536)", "wal_autocheckpoint(16000)")
	}
	escaped := (&url.URL{Path: file}).EscapedPath()
	return "file:" + escaped + "?_pragma=" + strings.Join(pragmas, "&_pragma=")
}

func (d *DB) openSQLite(ctx context.Context, file string) error {
	d.file = file
	if err := private(file); err != nil {
		return err
	}
	var err error
	if d.writerPool, err = sql.Open("sqlite", dsn(file, false)); err != nil {
		return err
	}
	d.writerPool.SetMaxOpenConns(1)
	if err := migrate(ctx, d.writerPool, SQLite); err != nil {
		return err
	}
	if err := tellSizes(ctx, d.writerPool); err != nil {
		return err
	}
	if d.writer, err = newConn(ctx, d.writerPool); err != nil {
		return err
	}
	if err := d.keepHistorySQLite(ctx); err != nil {
		return err
	}
	if d.pool, err = sql.Open("sqlite", dsn(file, true)); err != nil {
		return err
	}
	d.pool.SetMaxOpenConns(readerCount)
	d.readers = make(chan *conn, readerCount)
	for range readerCount {
		d.readers <- nil
	}
	d.jobs = make(chan *job, maxBatch)
	d.wire = newWire(d, nil)
	d.workers.Add(1)
	go d.commitLoop()
	return nil
}

// private makes the file of a database for its owner alone, whatever the umask,
// and takes the others' permissions away from one that is there. SQLite gives the
// files it makes beside it (-wal, -shm) the same mode. A file that is there is
// never opened here: closing it would drop the locks of a connection of this
// process (sqlite.org/howtocorrupt.html, 2.2).
func private(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return errors.Join(f.Chmod(0o600), f.Close())
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(file + suffix)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(file+suffix, 0o600)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// onReader runs fn with a reading connection; it returns the connection, or nil
// when that is of no more use.
func (d *DB) onReader(ctx context.Context, fn func(*conn) (*conn, error)) (err error) {
	var c *conn
	select {
	case c = <-d.readers:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.closing:
		return ErrClosed
	}
	defer func() { d.readers <- c }()
	if c == nil {
		fresh, err := newConn(context.Background(), d.pool)
		if err != nil {
			return err
		}
		c = fresh
	}
	c, err = fn(c)
	if c != nil {
		c.trim()
	}
	return err
}

func (d *DB) readSQLite(ctx context.Context, fn func(*Tx) error) error {
	return d.onReader(ctx, func(c *conn) (*conn, error) {
		background := context.Background()
		if _, err := c.exec(background, "BEGIN", nil); err != nil {
			return c, fmt.Errorf("begin: %w", err)
		}
		tx := &Tx{db: d, ctx: background, conn: c, readOnly: true}
		err := call(tx, fn)
		if _, end := c.exec(background, "COMMIT", nil); end != nil {
			// Never hand a connection on that may still be in a transaction.
			c.close()
			return nil, errors.Join(err, end)
		}
		return c, err
	})
}

// job is one Write on its way through the writer.
type job struct {
	ctx   context.Context
	fn    func(*Tx) error
	state atomic.Int32
	err   error
	hooks []func()
	done  chan struct{}
}

const (
	jobQueued int32 = iota
	jobStarted
	jobCancelled
)

func (d *DB) writeSQLite(ctx context.Context, fn func(*Tx) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	if !d.enter() {
		return ErrClosed
	}
	defer d.waiting.Add(-1)
	select {
	case d.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(jobQueued, jobCancelled) {
			return ctx.Err()
		}
		<-j.done
	}
	if j.err != nil {
		return j.err
	}
	for _, hook := range j.hooks {
		hook()
	}
	return nil
}

// enter counts a writer in, unless the database is closing: Close answers
// everybody who was counted.
func (d *DB) enter() bool {
	d.gate.RLock()
	defer d.gate.RUnlock()
	if d.closed() {
		return false
	}
	d.waiting.Add(1)
	return true
}

// commitLoop is the one writer: it takes what is waiting, runs each job in a
// savepoint of one transaction, and answers all of them after one commit.
func (d *DB) commitLoop() {
	defer d.workers.Done()
	batch := make([]*job, 0, maxBatch)
	for {
		select {
		case j := <-d.jobs:
			batch = d.commitBatch(append(batch[:0], j))
		case <-d.closing:
			d.refuseQueued()
			return
		}
		clear(batch)
		d.writer.trim()
	}
}

// refuseQueued answers those whose job came in while the database was closing.
func (d *DB) refuseQueued() {
	for {
		select {
		case j := <-d.jobs:
			j.err = ErrClosed
			close(j.done)
		default:
			if d.waiting.Load() == 0 {
				return
			}
			runtime.Gosched()
		}
	}
}

// commitBatch runs the first job and those that join it; it returns the batch
// for its memory.
func (d *DB) commitBatch(batch []*job) []*job {
	began := time.Now()
	fatal := d.command("BEGIN IMMEDIATE")
	empty := true // nothing was done in it yet
	for i := 0; ; i++ {
		j := batch[i]
		switch {
		case !j.state.CompareAndSwap(jobQueued, jobStarted):
			j.err = context.Canceled
		case fatal != nil:
			j.err = fatal
		case empty:
			fatal = d.runFirst(j)
			empty = j.err != nil
		default:
			fatal = d.runJob(j)
		}
		if len(batch) == maxBatch || time.Since(began) > maxBatchTime {
			break
		}
		next := d.nextJob()
		if next == nil {
			break
		}
		batch = append(batch, next)
	}
	if fatal == nil {
		fatal = d.command("COMMIT")
	}
	if fatal != nil {
		d.command("ROLLBACK")
		d.log.Error("commit failed", "error", fatal, "writes", len(batch))
	} else {
		d.told(len(batch), time.Since(began))
	}
	for _, j := range batch {
		if fatal != nil {
			j.err = errors.Join(j.err, fatal)
		}
		close(j.done)
	}
	return batch
}

// nextJob takes a job that is waiting. Callers answered by the last commit are
// often just about to come back: giving them one turn of the scheduler makes
// fuller batches, and so fewer waits for the disk.
func (d *DB) nextJob() *job {
	for turn := 0; turn < 2; turn++ {
		select {
		case j := <-d.jobs:
			return j
		default:
			runtime.Gosched()
		}
	}
	return nil
}

// runFirst runs the first job of a batch: without a savepoint, which most of
// them need not pay for; if it fails the transaction begins anew.
func (d *DB) runFirst(j *job) error {
	tx := &Tx{db: d, ctx: context.Background(), conn: d.writer}
	if j.err = call(tx, j.fn); j.err != nil {
		if err := d.command("ROLLBACK"); err != nil {
			return err
		}
		return d.command("BEGIN IMMEDIATE")
	}
	j.hooks = tx.hooks
	return d.undate(tx)
}

// runJob runs one job in a savepoint. The error it returns is fatal for the
// whole batch: the transaction itself is lost.
func (d *DB) runJob(j *job) error {
	if err := d.command("SAVEPOINT job"); err != nil {
		j.err = err
		return err
	}
	tx := &Tx{db: d, ctx: context.Background(), conn: d.writer}
	if j.err = call(tx, j.fn); j.err != nil {
		if err := d.command("ROLLBACK TO job"); err != nil {
			return err
		}
	} else if err := d.undate(tx); err != nil {
		return err
	}
	if err := d.command("RELEASE job"); err != nil {
		return err
	}
	j.hooks = tx.hooks
	return nil
}

func (d *DB) command(sql string) error {
	_, err := d.writer.exec(context.Background(), sql, nil)
	return err
}
