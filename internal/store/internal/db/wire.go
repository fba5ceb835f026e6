package db

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"crypto/rand"

	"github.com/jackc/pgx/v5"
)

// wireChannel is the LISTEN channel of the whole server.
const wireChannel = "postroom"

// Resync is the topic that tells a listener that hints may have been lost.
const Resync = "resync"

// wire carries hints between the parts and nodes of a server. A hint is sent
// after the commit and apart from it: NOTIFY inside a transaction would make
// PostgreSQL commit one transaction after the other.
type wire struct {
	db     *DB
	config *pgx.ConnConfig // nil on SQLite
	node   string

	mu        sync.Mutex
	listeners []func(topic, payload string)
	pending   []string
	pendSet   map[string]bool
	kick      chan struct{}
}

func newWire(d *DB, cfg *pgx.ConnConfig) *wire {
	w := &wire{db: d, config: cfg, node: rand.Text(), kick: make(chan struct{}, 1), pendSet: make(map[string]bool)}
	if cfg != nil {
		ctx, cancel := context.WithCancel(context.Background())
		d.workers.Add(3)
		go func() { defer d.workers.Done(); <-d.closing; cancel() }()
		go func() { defer d.workers.Done(); w.sendLoop(ctx) }()
		go func() { defer d.workers.Done(); w.receiveLoop(ctx) }()
	}
	return w
}

// Listen has fn called for every hint of every node, also the own. fn must be
// quick. After a loss of contact it is called with the topic Resync.
func (d *DB) Listen(fn func(topic, payload string)) {
	d.wire.mu.Lock()
	defer d.wire.mu.Unlock()
	d.wire.listeners = append(d.wire.listeners, fn)
}

// Notify sends a hint after the commit. Neither word may hold a space.
func (tx *Tx) Notify(topic, payload string) {
	tx.AfterCommit(func() { tx.db.wire.send(topic, payload) })
}

// Hint sends a hint at once.
func (d *DB) Hint(topic, payload string) { d.wire.send(topic, payload) }

func (w *wire) send(topic, payload string) {
	w.dispatch(topic, payload)
	if w.config == nil {
		return
	}
	word := topic + " " + payload
	w.mu.Lock()
	if !w.pendSet[word] {
		w.pendSet[word] = true
		w.pending = append(w.pending, word)
	}
	w.mu.Unlock()
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

func (w *wire) dispatch(topic, payload string) {
	w.mu.Lock()
	listeners := w.listeners
	w.mu.Unlock()
	for _, fn := range listeners {
		fn(topic, payload)
	}
}

func (w *wire) sendLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.kick:
		}
		w.mu.Lock()
		words := w.pending
		w.pending = nil
		clear(w.pendSet)
		w.mu.Unlock()
		for len(words) > 0 {
			n := min(len(words), 100) // a payload is limited to 8,000 bytes
			text := w.node + "\n" + strings.Join(words[:n], "\n")
			if _, err := w.db.pool.ExecContext(ctx, "SELECT pg_notify($1, $2)", wireChannel, text); err != nil && ctx.Err() == nil {
				w.db.log.Warn("hint lost", "error", err)
			}
			words = words[n:]
		}
	}
}

func (w *wire) receiveLoop(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		if err := w.receive(ctx); ctx.Err() == nil {
			w.db.log.Warn("listening for hints ended", "error", err, "attempt", strconv.Itoa(attempt))
			if backoff(ctx, min(attempt+4, 12)) != nil {
				return
			}
		}
	}
}

func (w *wire) receive(ctx context.Context) error {
	c, err := pgx.ConnectConfig(ctx, w.config.Copy())
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		c.Close(ctx)
	}()
	if _, err := c.Exec(ctx, "LISTEN "+wireChannel); err != nil {
		return err
	}
	w.dispatch(Resync, "")
	for {
		n, err := c.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		node, text, _ := strings.Cut(n.Payload, "\n")
		if node == w.node {
			continue
		}
		for word := range strings.SplitSeq(text, "\n") {
			topic, payload, _ := strings.Cut(word, " ")
			w.dispatch(topic, payload)
		}
	}
}
