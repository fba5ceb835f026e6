package store

import (
	"context"
	"time"

	"postroom"
)

// QueueSession leases queued messages and records what became of them. It is
// made by store/system.
type QueueSession struct{ session *Session }

// RecipientState is where a recipient of a queued message is.
type RecipientState string

// The states.
const (
	Waiting   RecipientState = "waiting"
	Delivered RecipientState = "delivered"
	Failed    RecipientState = "failed"
)

// QueuedRecipient is one recipient of a queued message.
type QueuedRecipient struct {
	Recipient
	State    RecipientState
	Attempts int
	Next     time.Time // of the next attempt
	Code     int       // last SMTP reply
	Enhanced string    // "5.1.1"
	Text     string
	Remote   string // host that answered
	Delayed  bool   // a "delayed" notice was sent
}

// QueuedMessage is a message on its way out.
type QueuedMessage struct {
	ID         int64
	Account    postroom.AccountID // who submitted it; zero for server mail
	Sender     string             // envelope sender; "" for reports
	Blob       postroom.BlobID
	Size       int64
	Queued     time.Time
	EnvelopeID string
	Return     string
	SMTPUTF8   bool
	Recipients []QueuedRecipient
}

// NewReport is mail the server itself sends: reports (RFC 3464), notices,
// forwarded copies for outside members.
type NewReport struct {
	Sender     string
	Recipients []Recipient
	Raw        []byte
	SMTPUTF8   bool
}

// Enqueue queues mail of the server itself.
func (q *QueueSession) Enqueue(ctx context.Context, r NewReport) (int64, error) { panic("unbuilt") }

// Lease takes up to n messages that have a recipient due, for the time given;
// another node does not get them before the lease is over.
func (q *QueueSession) Lease(ctx context.Context, n int, lease time.Duration) ([]QueuedMessage, error) {
	panic("unbuilt")
}

// NextDue is when the next recipient is due; the zero time when none is.
func (q *QueueSession) NextDue(ctx context.Context) (time.Time, error) { panic("unbuilt") }

// Content opens the bytes of a queued message.
func (q *QueueSession) Content(ctx context.Context, id int64) (Content, error) { panic("unbuilt") }

// Record stores the outcome of attempts and ends the lease. A message whose
// recipients are all delivered or failed leaves the queue.
func (q *QueueSession) Record(ctx context.Context, m QueuedMessage) error { panic("unbuilt") }

// Wake is hinted whenever mail was queued.
func (q *QueueSession) Wake() <-chan struct{} { panic("unbuilt") }

// List, Retry and Delete serve the administrator.
func (q *QueueSession) List(ctx context.Context) ([]QueuedMessage, error) { panic("unbuilt") }

// Retry makes all waiting recipients of a message due now.
func (q *QueueSession) Retry(ctx context.Context, id int64) error { panic("unbuilt") }

// Delete removes a message without a report.
func (q *QueueSession) Delete(ctx context.Context, id int64) error { panic("unbuilt") }
