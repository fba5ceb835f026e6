// Package spool holds messages that a client sends until all of them have come.
package spool

import (
	"bytes"
	"io"
	"os"

	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// memory is how many bytes of the messages of one command are held in memory;
// beyond that they are in a file without a name.
const memory = 1 << 20

// Spool is the messages of one command. Close it when they are stored.
type Spool struct {
	messages []message
	size     int64
	held     int64 // of it in memory
	file     *os.File
	written  int64
}

// message is one of them: in memory, or size bytes of the file from an offset.
type message struct {
	store.NewMessage
	raw  []byte
	from int64
}

// Len is how many messages there are, Size how many bytes in all.
func (s *Spool) Len() int { return len(s.messages) }

// Size is how many bytes the messages have in all.
func (s *Spool) Size() int64 { return s.size }

// Messages are the messages, to be read from their beginning.
func (s *Spool) Messages() []store.NewMessage {
	list := make([]store.NewMessage, len(s.messages))
	for i, m := range s.messages {
		list[i] = m.NewMessage
		if m.raw != nil {
			list[i].Raw = bytes.NewReader(m.raw)
		} else {
			list[i].Raw = io.NewSectionReader(s.file, m.from, m.NewMessage.Size)
		}
	}
	return list
}

// Add reads one more message. An error of the server's own is a postroom.Error,
// others are the client's.
func (s *Spool) Add(m *imapwire.AppendMessage) error {
	system, keywords := flags.Split(m.Flags)
	next := message{NewMessage: store.NewMessage{Size: m.Size, Flags: system, Keywords: keywords, Received: m.Date}}
	if s.held+m.Size <= memory {
		next.raw = make([]byte, m.Size)
		if _, err := io.ReadFull(m, next.raw); err != nil {
			return err
		}
		s.held += m.Size
	} else if err := s.addToFile(m, &next); err != nil {
		return err
	}
	s.size += m.Size
	s.messages = append(s.messages, next)
	return nil
}

func (s *Spool) addToFile(m *imapwire.AppendMessage, next *message) error {
	if err := s.open(); err != nil {
		return err
	}
	next.from = s.written
	n, err := io.Copy(writer{s}, m)
	s.written += n
	return err
}

// writer adds to the file. Its errors are the server's, never the client's.
type writer struct{ *Spool }

func (w writer) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	return n, fault(err)
}

func fault(err error) error {
	if err == nil {
		return nil
	}
	return &postroom.Error{Kind: postroom.Unavailable, Text: "the message cannot be received now", Cause: err}
}

func (s *Spool) open() error {
	if s.file != nil {
		return nil
	}
	f, err := os.CreateTemp("", "postroom-append-")
	if err != nil {
		return fault(err)
	}
	os.Remove(f.Name())
	s.file = f
	return nil
}

// Close frees what the spool holds.
func (s *Spool) Close() {
	if s.file != nil {
		s.file.Close()
	}
}
