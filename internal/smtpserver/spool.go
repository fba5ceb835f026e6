package smtpserver

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sync/semaphore"
)

// memoryPart is how much of a message under way a connection keeps in memory; the
// rest goes to a file.
const memoryPart = 256 << 10

// spool keeps a message while it arrives.
type spool struct {
	dir  string
	max  int64
	size int64
	mem  []byte
	file *os.File
	err  error // of the file
}

// Write takes what fits; what is beyond max is counted and dropped.
func (s *spool) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	if s.size > s.max || s.err != nil {
		return len(p), nil
	}
	if s.file == nil && len(s.mem)+len(p) <= memoryPart {
		s.mem = append(s.mem, p...)
		return len(p), nil
	}
	if s.file == nil {
		s.open()
	}
	if s.err == nil {
		_, s.err = s.file.Write(p)
	}
	return len(p), nil
}

// open moves to a file that has no name any more, so that nothing is left behind
// by a crash.
func (s *spool) open() {
	f, err := os.CreateTemp(s.dir, "smtp-*")
	if errors.Is(err, fs.ErrNotExist) && s.dir != "" {
		if err = os.MkdirAll(s.dir, 0o700); err == nil {
			f, err = os.CreateTemp(s.dir, "smtp-*")
		}
	}
	if err != nil {
		s.err = err
		return
	}
	s.err = os.Remove(f.Name())
	s.file = f
	if s.err == nil {
		_, s.err = f.Write(s.mem)
	}
	s.mem = nil
}

func (s *spool) tooLarge() bool { return s.size > s.max }

// bytes returns the whole message.
func (s *spool) bytes() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.file == nil {
		return s.mem, nil
	}
	raw := make([]byte, s.size)
	_, err := s.file.ReadAt(raw, 0)
	if err == io.EOF {
		err = nil
	}
	return raw, err
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
	}
	s.mem, s.file = nil, nil
}

// budget bounds the octets of all large messages that are in memory at once on
// their way to the store.
type budget struct {
	sem   *semaphore.Weighted
	total int64
}

func newBudget(total int64) *budget { return &budget{semaphore.NewWeighted(total), total} }

// take waits for room for a message; the function returned gives it back.
func (b *budget) take(ctx context.Context, size int64) (release func(), err error) {
	if size <= memoryPart {
		return func() {}, nil
	}
	n := min(3*size, b.total) // the message, and copies with trace fields and signature
	if err := b.sem.Acquire(ctx, n); err != nil {
		return nil, err
	}
	return func() { b.sem.Release(n) }, nil
}
