package postroom

import "time"

// SubmissionID identifies a message that was sent through JMAP, within the
// account it was written in.
type SubmissionID int64

// UndoStatus is whether a message can still be taken back (RFC 8621 §7).
type UndoStatus uint8

const (
	// UndoPending: it is held and has not left.
	UndoPending UndoStatus = iota
	// UndoFinal: it is on its way, or was refused.
	UndoFinal
	// UndoCanceled: it was taken back.
	UndoCanceled
)

var undoNames = [...]string{"pending", "final", "canceled"}

// String is the name of RFC 8621.
func (u UndoStatus) String() string { return undoNames[min(int(u), len(undoNames)-1)] }

// Submission is one sending of an email (EmailSubmission, RFC 8621 §7).
type Submission struct {
	ID SubmissionID
	// Identity is the id of it under which the message was sent, as the
	// protocol gave it.
	Identity string
	Email    EmailID
	Thread   ThreadID
	// Envelope is as the protocol wrote it.
	Envelope string
	Created  time.Time
	SendAt   time.Time // when it leaves or left
	Undo     UndoStatus
	// Queued is its number in the queue, zero when it has left it.
	Queued int64
}
