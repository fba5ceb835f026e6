package postroom

import "time"

// WorkStatus is where a conversation of a shared mailbox stands.
type WorkStatus uint8

const (
	// WorkOpen: somebody has to do something. It is also what a conversation
	// comes back to when a new message arrives in it.
	WorkOpen WorkStatus = iota
	// WorkWaiting: for others.
	WorkWaiting
	// WorkDone: nothing is left to do.
	WorkDone
)

var workStatusNames = [...]string{"open", "waiting", "done"}

// String is the name of a status, as in JSON and on screens.
func (s WorkStatus) String() string {
	if int(s) < len(workStatusNames) {
		return workStatusNames[s]
	}
	return ""
}

// ParseWorkStatus is the inverse of String.
func ParseWorkStatus(name string) (s WorkStatus, ok bool) {
	for i, n := range workStatusNames {
		if n == name {
			return WorkStatus(i), true
		}
	}
	return 0, false
}

// Colleague is somebody as those see them who work in the same mailbox.
// Account is zero for one who is no more, or was named by another program.
type Colleague struct {
	Account AccountID
	Address string
	Name    string
}

// Answer tells who sent a message of a conversation, and when.
type Answer struct {
	By    Colleague
	At    time.Time
	Email EmailID
}

// Work is where a conversation stands, as one session sees it.
type Work struct {
	Thread ThreadID
	Status WorkStatus
	// Assignee is whose work it is; nil for nobody's.
	Assignee *Colleague
	// Answers, oldest first, as the audit log has them: their real senders,
	// whatever the recipients see.
	Answers []Answer
	// MayChange is whether the session may change status and assignee.
	MayChange bool
	// MayAudit is whether the session may read the audit log of it.
	MayAudit bool
}

// WorkEvent is what somebody did with messages of a conversation, as the audit
// log has it.
type WorkEvent struct {
	Seq      int64
	At       time.Time
	By       Colleague
	Action   string // as in AuditRecord
	Protocol string
	Path     string // of the mailbox; empty when there is none
	Details  map[string]string
}

// NoteID identifies a note within its account.
type NoteID int64

// Note is what a colleague wrote about a conversation for the others. It is
// never sent.
type Note struct {
	ID      NoteID
	Thread  ThreadID
	Author  Colleague
	Text    string // plain, at most 16 KB
	Mention []Colleague
	Created time.Time
	Changed time.Time // when its text was changed last; Created when never
	ModSeq  ModSeq
}

// Mention is a note that mentions the person who asks.
type Mention struct {
	Note   NoteID
	Thread ThreadID
	Seen   bool // they have looked at it
}

// Activity is what somebody does with a conversation at this moment.
type Activity uint8

const (
	// Reading: it is open before them.
	Reading Activity = 1 + iota
	// Answering: they write an answer.
	Answering
)

// StreamID names the stream of changes of one program of a person, as the
// program chose it: at most MaxStreamID letters, digits, "-" and "_". What a
// program says while it follows changes ends with its stream. Empty for a
// program that names none.
type StreamID string

// MaxStreamID is the longest StreamID, in bytes.
const MaxStreamID = 64

// ParseStreamID reads a StreamID; ok is false for what is none.
func ParseStreamID(text string) (id StreamID, ok bool) {
	for _, c := range []byte(text) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return "", false
		}
	}
	return StreamID(text), len(text) <= MaxStreamID
}

// Presence is who is at a conversation now. Somebody who is at it with several
// programs is at it once, with what they do most there.
type Presence struct {
	Thread   ThreadID
	Who      Colleague
	Activity Activity
	Since    time.Time
	Until    time.Time  // unless they say so again
	Streams  []StreamID // of the one who asks: those that said so, in order
}
