package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Metrics are functions that are told what happens; those that are nil are not.
// They are called on the way of every act and must not block.
type Metrics struct {
	// SignIn is told of each try, with the protocol it came by.
	SignIn func(protocol string, r SignInResult)
	// Committed is told of each commit: how many writes it held, and how long
	// it took. On PostgreSQL every write is a commit.
	Committed func(writes int, took time.Duration)
}

// SignInResult is how a try to sign in ended.
type SignInResult string

// The results.
const (
	SignInRight   SignInResult = "ok"
	SignInWrong   SignInResult = "failed"
	SignInLimited SignInResult = "limited" // not looked at: too many failures before
)

func (m Metrics) signIn(protocol string, r SignInResult) {
	if m.SignIn != nil {
		m.SignIn(protocol, r)
	}
}

// Figures are numbers about the whole server, cheap enough to be read often.
type Figures struct {
	Queued    int       // messages in the queue
	Oldest    time.Time // when the oldest of them was queued; zero without any
	Accounts  int
	MailBytes int64 // in mailboxes, as counted for quotas
}

// Figures reads the numbers of the server; only for who administers it.
func (d *Directory) Figures(ctx context.Context) (f Figures, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if !c.server(postroom.SeeDirectory) {
			return errDenied()
		}
		var oldest int64
		err := tx.QueryRow(`SELECT COUNT(*), COALESCE(MIN(queued), 0) FROM queue`).Scan(&f.Queued, &oldest)
		if err != nil {
			return err
		}
		f.Oldest = db.Time(oldest)
		return tx.QueryRow(`SELECT COUNT(*), CAST(COALESCE(SUM(used_bytes), 0) AS BIGINT) FROM account_counter`).
			Scan(&f.Accounts, &f.MailBytes)
	})
	return f, err
}
