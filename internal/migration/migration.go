// Package migration brings mail from elsewhere (mbox, maildir, another IMAP
// server) to where it is kept, and writes it as mbox or maildir. It reads and
// writes formats; where messages are kept is the caller's Destination.
//
// Nothing is lost in silence: whatever could not be taken is told as a Fault.
package migration

import (
	"time"

	"postroom"
)

// Limits of what is held at once, and of one message.
const (
	// BatchMessages and BatchBytes bound what is appended at once; a larger
	// message is a batch of its own.
	BatchMessages = 100
	BatchBytes    = 4 << 20
	// MaxMessage is the size from which a message is not even looked at.
	MaxMessage = 256 << 20
)

// Folder is where messages go: the mailbox with a role, or else a path.
type Folder struct {
	Path string
	Role postroom.Role
}

// Message is a message on its way.
type Message struct {
	// Name says for a Fault which one it is.
	Name     string
	Flags    postroom.Flags
	Keywords string // canonical
	Received time.Time
	Body     *Body
}

// Mark tells a message of a mailbox from the others.
type Mark struct {
	MessageID string
	Size      int64
	Received  time.Time // to the second
}

// Outcome is what became of a message: kept, or Known (it was there), or Err.
type Outcome struct {
	Known bool
	Err   error
}

// Destination is where mail goes. Open names the mailbox for what follows; an
// error of it or of an outcome that is a *postroom.Error with a kind other than
// Unavailable and Internal is of that mailbox or message alone.
type Destination interface {
	Open(Folder) error
	Known([]Mark) ([]bool, error)
	Append([]Message) ([]Outcome, error)
}

// Fault is something that was not taken, and why.
type Fault struct {
	What string `json:"what"`
	Why  string `json:"why"`
	// Skipped: it was left out on purpose, nothing went wrong.
	Skipped bool `json:"skipped,omitempty"`
}

// Summary counts what became of messages.
type Summary struct {
	Folders int   `json:"folders"`
	Stored  int   `json:"stored"`
	Known   int   `json:"already_there"`
	Faults  int   `json:"not_taken"`
	Skipped int   `json:"left_out"`
	Bytes   int64 `json:"bytes"` // of those stored
}

// Import brings messages to a destination. Make one with its three fields; it
// is for one goroutine.
type Import struct {
	Destination Destination
	// Tell is told of each fault.
	Tell func(Fault)
	// Progress is told how far it is, after each batch.
	Progress func(folder string, so Summary)

	sum    Summary
	folder Folder
	batch  []Message
	bytes  int64
}

// Summary is what was done so far.
func (i *Import) Summary() Summary { return i.sum }

// fault tells of something that could not be taken.
func (i *Import) fault(what, why string) {
	i.sum.Faults++
	i.Tell(Fault{What: what, Why: why})
}

// skip tells of something that is left out on purpose.
func (i *Import) skip(what, why string) {
	i.sum.Skipped++
	i.Tell(Fault{What: what, Why: why, Skipped: true})
}

// only reports whether an error is of one mailbox or message alone.
func only(err error) bool {
	switch postroom.KindOf(err) {
	case postroom.Internal, postroom.Unavailable:
		return false
	}
	return true
}

// open begins a folder; false when it cannot be, which was told.
func (i *Import) open(f Folder) (bool, error) {
	if err := i.flush(); err != nil {
		return false, err
	}
	i.folder = f
	err := i.Destination.Open(f)
	switch {
	case err == nil:
		i.sum.Folders++
		return true, nil
	case only(err):
		i.fault(f.Path, postroom.TextOf(err))
		return false, nil
	}
	return false, err
}

// add takes a message, and its Body.
func (i *Import) add(m Message) error {
	if m.Body.Size() > MaxMessage {
		m.Body.Close()
		i.fault(m.Name, "the message is too large")
		return nil
	}
	if len(i.batch) > 0 && i.bytes+m.Body.Size() > BatchBytes {
		if err := i.flush(); err != nil {
			m.Body.Close()
			return err
		}
	}
	i.batch = append(i.batch, m)
	i.bytes += m.Body.Size()
	if len(i.batch) == BatchMessages || i.bytes >= BatchBytes {
		return i.flush()
	}
	return nil
}

// flush appends what was added.
func (i *Import) flush() error {
	if len(i.batch) == 0 {
		return nil
	}
	defer i.drop()
	told, err := i.Destination.Append(i.batch)
	if err != nil {
		return err
	}
	for n, o := range told {
		switch {
		case o.Err != nil:
			i.fault(i.batch[n].Name, postroom.TextOf(o.Err))
		case o.Known:
			i.sum.Known++
		default:
			i.sum.Stored++
			i.sum.Bytes += i.batch[n].Body.Size()
		}
	}
	i.Progress(i.folder.Path, i.sum)
	return nil
}

// drop forgets what was added.
func (i *Import) drop() {
	for _, m := range i.batch {
		m.Body.Close()
	}
	clear(i.batch)
	i.batch, i.bytes = i.batch[:0], 0
}
