package adminwire

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"time"

	"postroom"
)

// Mail and backups are streamed: frames, each a line of JSON, some of them
// followed by bytes whose number the line tells.

// Limits of the stream.
const (
	// MaxFrame is the longest line, in bytes.
	MaxFrame = 1 << 20
	// MaxAppend is how many messages one frame may bring.
	MaxAppend = 200
	// MaxAppendBytes is how many bytes they may have together, unless it is
	// one message.
	MaxAppendBytes = 8 << 20
)

// ErrFrame says that what came is no frame.
var ErrFrame = errors.New("adminwire: not a frame")

// ImportFrame is said by who imports. One of the fields is set, and each frame
// gets one ImportAnswer.
type ImportFrame struct {
	// Mailbox names where the following frames belong.
	Mailbox *MailboxWish `json:"mailbox,omitempty"`
	// Known asks which messages are there.
	Known []MessageMark `json:"known,omitempty"`
	// Append brings messages: their bytes follow, one after another.
	Append []MessageHead `json:"append,omitempty"`
	// End ends the import.
	End bool `json:"end,omitempty"`
}

// ImportAnswer answers a frame. A Problem with Fatal ends the conversation.
type ImportAnswer struct {
	Path     string    `json:"path,omitempty"`
	Known    []bool    `json:"known,omitempty"`
	Outcomes []Outcome `json:"outcomes,omitempty"`
	End      bool      `json:"end,omitempty"`
	Problem  *Problem  `json:"problem,omitempty"`
	Fatal    bool      `json:"fatal,omitempty"`
}

// MailboxWish is a mailbox to find, by its role if it has one and else by its
// path, or to make.
type MailboxWish struct {
	Path string `json:"path"`
	Role string `json:"role,omitempty"`
}

// MessageMark tells a message of a mailbox from the others.
type MessageMark struct {
	MessageID string    `json:"message_id"`
	Size      int64     `json:"size"`
	Received  time.Time `json:"received"`
}

// MessageHead is what is said of a message besides its bytes.
type MessageHead struct {
	Flags    []string  `json:"flags,omitempty" doc:"seen, answered, flagged, deleted, draft"`
	Keywords string    `json:"keywords,omitempty"`
	Received time.Time `json:"received"`
	Size     int64     `json:"size"`
}

// Outcome of a message: stored, or known (it was there), or a problem.
type Outcome struct {
	Known   bool     `json:"known,omitempty"`
	UID     uint32   `json:"uid,omitempty" doc:"Of a message that was stored (RFC 9051 §2.3.1.1)"`
	Problem *Problem `json:"problem,omitempty"`
}

// ExportFrame is one of a mailbox, a message in it (Size bytes follow), the end,
// or a problem that ends the stream. A stream without an end is broken.
type ExportFrame struct {
	Mailbox *ExportedMailbox `json:"mailbox,omitempty"`
	Message *MessageHead     `json:"message,omitempty"`
	End     bool             `json:"end,omitempty"`
	Problem *Problem         `json:"problem,omitempty"`
}

// ExportedMailbox begins a mailbox.
type ExportedMailbox struct {
	Path  string `json:"path"`
	Role  string `json:"role,omitempty"`
	Total int    `json:"total"`
}

// BackupFrame is a file (Size bytes follow), the end, or a problem that ends
// the stream.
type BackupFrame struct {
	File    *BackupFile `json:"file,omitempty"`
	End     bool        `json:"end,omitempty"`
	Problem *Problem    `json:"problem,omitempty"`
}

// BackupFile is a file below the data directory.
type BackupFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// WriteFrame writes one line.
func WriteFrame(w io.Writer, frame any) error {
	raw, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	_, err = w.Write(append(raw, '\n'))
	return err
}

// ReadFrame reads one line. ErrFrame when it is none, io.EOF when there is no
// further one, io.ErrUnexpectedEOF in the middle of one.
func ReadFrame(r *bufio.Reader, frame any) error {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > MaxFrame {
			return ErrFrame
		}
		if err == nil {
			break
		}
		if err == io.EOF && len(line) > 0 {
			return io.ErrUnexpectedEOF
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
	if json.Unmarshal(line, frame) != nil {
		return ErrFrame
	}
	return nil
}

var flagWords = [...]struct {
	flag postroom.Flags
	word string
}{
	{postroom.FlagSeen, "seen"}, {postroom.FlagAnswered, "answered"}, {postroom.FlagFlagged, "flagged"},
	{postroom.FlagDeleted, "deleted"}, {postroom.FlagDraft, "draft"},
}

// Flags spells flags.
func Flags(flags postroom.Flags) (words []string) {
	for _, f := range flagWords {
		if flags&f.flag != 0 {
			words = append(words, f.word)
		}
	}
	return words
}

// ParseFlags is the inverse of Flags.
func ParseFlags(words []string) (flags postroom.Flags, ok bool) {
	for _, w := range words {
		known := false
		for _, f := range flagWords {
			if f.word == w {
				flags |= f.flag
				known = true
			}
		}
		if !known {
			return 0, false
		}
	}
	return flags, true
}
