package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

const (
	// InvitationTime is how long an invitation holds when nothing is said.
	InvitationTime = 7 * 24 * time.Hour
	// maxInvitationTime is how long one may hold.
	maxInvitationTime = 366 * 24 * time.Hour
)

// InvitationSpec says how somebody is invited.
type InvitationSpec struct {
	// To is the address the invitation is mailed to; empty for none.
	To string
	// Until is when it ends; zero is InvitationTime from now.
	Until time.Time
	// Compose writes the mail. It is needed with To.
	Compose func(InvitationLetter) ([]byte, error)
}

// InvitationLetter is what the mail of an invitation has to say.
type InvitationLetter struct {
	Account postroom.Account
	// By is who invites; the zero account is the console.
	By           postroom.Account
	Organisation string
	// Domain is that of the account; the mail is signed with its key.
	Domain postroom.Domain
	To     string
	// Token is the secret of the link.
	Token      string
	Now, Until time.Time
}

// OpenInvitation is an invitation that waits.
type OpenInvitation struct {
	To             string // where it was mailed; empty for nowhere
	By             string // who invited; empty for the console
	Created, Until time.Time
}

// newToken makes the secret of a link: 130 random bits.
func newToken() string { return strings.ToLower(rand.Text()) }

// tokenHash is what is stored of it. It is random enough to need no salt, and
// looking the hash up tells nothing by its time.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(token)))
	return hex.EncodeToString(sum[:])
}

// CreateInvited makes an account in state Invited together with its invitation.
// The errors are those of CreateAccount and Invite.
func (d *Directory) CreateInvited(ctx context.Context, n NewAccount, spec InvitationSpec) (a postroom.Account, token string, open OpenInvitation, err error) {
	n.Invite = SendInvitation
	err = d.Together(ctx, func(d *Directory) error {
		if a, err = d.CreateAccount(ctx, n); err != nil {
			return err
		}
		token, open, err = d.Invite(ctx, a.ID, spec)
		return err
	})
	return a, token, open, err
}

// Invite issues an invitation and returns the secret of its link, which is kept
// nowhere. An earlier one is void. With spec.To the mail goes into the queue in
// the same transaction. Invalid when the account is not invited or the time is
// in the past or more than a year away.
func (d *Directory) Invite(ctx context.Context, id postroom.AccountID, spec InvitationSpec) (token string, open OpenInvitation, err error) {
	now := d.session.store.now()
	if spec.Until.IsZero() {
		spec.Until = now.Add(InvitationTime)
	}
	if !spec.Until.After(now) || spec.Until.After(now.Add(maxInvitationTime)) {
		return "", open, postroom.Errorf(postroom.Invalid, "an invitation ends between now and a year from now")
	}
	if spec.To != "" {
		to, err := canonical(spec.To)
		if err != nil {
			return "", open, err
		}
		spec.To = to.String()
	}
	token = newToken()
	var draft *blob.Draft
	defer func() {
		if draft != nil {
			draft.Close()
		}
	}()
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.CreateAccounts); err != nil {
			return err
		}
		if a.State != postroom.Invited {
			return postroom.Errorf(postroom.Invalid, "%s is not invited: it is %s", a.Address, a.State)
		}
		open = OpenInvitation{To: spec.To, By: c.account.Address, Created: now, Until: spec.Until}
		if err := d.storeInvitation(tx, c, a, token, open); err != nil || spec.To == "" {
			return err
		}
		if draft != nil { // of a try before this one
			draft.Close()
		}
		draft, err = d.mailInvitation(tx, c, a, token, spec)
		return err
	})
	return token, open, err
}

func (d *Directory) storeInvitation(tx *db.Tx, c *caller, a postroom.Account, token string, open OpenInvitation) error {
	if err := dropInvitation(tx, a.ID); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO invitation (account_id, hash, outside, by_account, created, until_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		a.ID, tokenHash(token), open.To, c.account.ID, open.Created, open.Until)
	if err != nil {
		return err
	}
	details := map[string]string{"until": open.Until.UTC().Format(time.RFC3339)}
	if open.To != "" {
		details["to"] = open.To
	}
	return d.session.record(tx, "account.invite", postroom.CollectionRef{Account: a.ID}, details)
}

// mailInvitation queues the mail. What cannot be delivered comes back to the
// postmaster of the domain.
func (d *Directory) mailInvitation(tx *db.Tx, c *caller, a postroom.Account, token string, spec InvitationSpec) (*blob.Draft, error) {
	_, name, _ := strings.Cut(a.Address, "@")
	dom, err := domainNamed(tx, name)
	if err != nil {
		return nil, err
	}
	letter := InvitationLetter{Account: a, By: c.account, Domain: dom, To: spec.To, Token: token, Now: d.session.store.now(), Until: spec.Until}
	if err := tx.QueryRow(`SELECT name FROM organisation WHERE id = $1`, a.Org).Scan(&letter.Organisation); err != nil {
		return nil, err
	}
	raw, err := spec.Compose(letter)
	if err != nil {
		return nil, err
	}
	draft, err := d.session.store.blobs.Prepare(raw)
	if err != nil {
		return nil, err
	}
	_, err = d.session.store.enqueue(tx, draft, queued{sender: "postmaster@" + dom.Name, recipients: []Recipient{{Address: spec.To}}})
	return draft, err
}

// OpenInvitation reads the invitation of an account that was not accepted yet,
// expired or not: for its administrators. NotFound when there is none.
func (d *Directory) OpenInvitation(ctx context.Context, id postroom.AccountID) (open OpenInvitation, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.CreateAccounts); err != nil {
			return err
		}
		var created, until int64
		err = tx.QueryRow(`SELECT i.outside, COALESCE(b.address, ''), i.created, i.until_at FROM invitation i
			LEFT JOIN account b ON b.id = i.by_account WHERE i.account_id = $1`, id).Scan(&open.To, &open.By, &created, &until)
		if noRow(err) {
			return errNoInvitation(a)
		}
		open.Created, open.Until = db.Time(created), db.Time(until)
		return err
	})
	return open, err
}

// WithdrawInvitation makes the link of an account void; the account stays
// invited and can be invited anew. NotFound when there is none.
func (d *Directory) WithdrawInvitation(ctx context.Context, id postroom.AccountID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.CreateAccounts); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM invitation WHERE account_id = $1`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNoInvitation(a)
		}
		return d.session.record(tx, "account.uninvite", postroom.CollectionRef{Account: id}, nil)
	})
}

func errNoInvitation(a postroom.Account) error {
	return postroom.Errorf(postroom.NotFound, "no invitation is open for %s", a.Address)
}

func dropInvitation(tx *db.Tx, id postroom.AccountID) error {
	_, err := tx.Exec(`DELETE FROM invitation WHERE account_id = $1`, id)
	return err
}

// mustHaveAccepted refuses to give anything to somebody who was only invited.
func mustHaveAccepted(tx *db.Tx, id postroom.AccountID) error {
	a, err := readAccount(tx, id)
	if err == nil && a.State == postroom.Invited {
		err = postroom.Errorf(postroom.Invalid, "%s: invitation must be accepted first", a.Address)
	}
	return err
}

// AcceptInvitation makes an invited account active for somebody; its link is
// void.
func (d *Directory) AcceptInvitation(ctx context.Context, id postroom.AccountID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.CreateAccounts); err != nil {
			return err
		}
		if a.State != postroom.Invited {
			return postroom.Errorf(postroom.Invalid, "no invitation is open")
		}
		return d.session.accepted(tx, id)
	})
}

// accepted makes an account active and its invitation void.
func (s *Session) accepted(tx *db.Tx, id postroom.AccountID) error {
	if _, err := tx.Exec(`UPDATE account SET state = $1 WHERE id = $2`, postroom.Active, id); err != nil {
		return err
	}
	if err := dropInvitation(tx, id); err != nil {
		return err
	}
	if err := s.store.changed(tx, changedAccount, int64(id)); err != nil {
		return err
	}
	return s.record(tx, "account.accept", postroom.CollectionRef{Account: id}, nil)
}
