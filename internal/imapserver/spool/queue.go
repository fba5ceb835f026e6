package spool

import (
	"context"

	"postroom/internal/store"
)

// Bounds of a queue.
const (
	maxQueued      = 64      // commands
	maxQueuedBytes = 1 << 20 // of all but the last
	// MaxTogether is the size up to which messages are stored with others,
	// in bytes.
	MaxTogether = 64 << 10
)

// Queue is commands for one mailbox, received whole and not stored yet. The zero
// Queue is empty.
type Queue struct {
	Mailbox *store.Mailbox  // nil when it is empty
	Name    string          // as the client wrote it
	Context context.Context // of the commands
	All     []Received
	bytes   int64
}

// Received is one command.
type Received struct {
	Tag string
	*Spool
}

// Add takes one more command, for the mailbox of the others.
func (q *Queue) Add(ctx context.Context, mailbox *store.Mailbox, name string, r Received) {
	q.Mailbox, q.Name, q.Context = mailbox, name, ctx
	q.All = append(q.All, r)
	q.bytes += r.Size()
}

// Empty reports whether nothing is in it.
func (q *Queue) Empty() bool { return q.Mailbox == nil }

// Full reports whether it is to be stored before more is received.
func (q *Queue) Full() bool { return len(q.All) >= maxQueued || q.bytes >= maxQueuedBytes }

// Messages are those of all commands, to be read from their beginning.
func (q *Queue) Messages() (list []store.NewMessage) {
	for _, r := range q.All {
		list = append(list, r.Messages()...)
	}
	return list
}

// Only is the queue with one of its commands.
func (q Queue) Only(r Received) Queue {
	q.All = []Received{r}
	return q
}

// Close frees what the commands hold.
func (q *Queue) Close() {
	for _, r := range q.All {
		r.Close()
	}
}
