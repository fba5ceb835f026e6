package adminserver

import (
	"context"
	"strings"
	"time"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

// Invitations is what the wiring adds to the store's invitations.
type Invitations struct {
	// Link is the page on which a secret is used.
	Link func(token string) string
	// Compose writes the mail of an invitation.
	Compose func(store.InvitationLetter) ([]byte, error)
	// Accept uses a secret up; from is where the request came from.
	Accept func(ctx context.Context, token, password string, from postroom.Actor) (store.Invitee, error)
}

func (s *Server) invitations() {
	endpoint(s, "POST", "/accounts/{name}/invitation", "Invite an account anew; an earlier link is void",
		func(ctx context.Context, r request[struct {
			Name string `path:"name"`
			Body adminwire.NewInvitation
		}]) (adminwire.Invitation, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.Invitation{}, err
			}
			token, open, err := r.dir.Invite(ctx, a.ID, s.invitationSpec(r.in.Body))
			return s.invitation(a, token, open), err
		})
	endpoint(s, "GET", "/accounts/{name}/invitation", "Show the open invitation of an account",
		func(ctx context.Context, r request[named]) (adminwire.Invitation, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.Invitation{}, err
			}
			open, err := r.dir.OpenInvitation(ctx, a.ID)
			return s.invitation(a, "", open), err
		})
	endpoint(s, "DELETE", "/accounts/{name}/invitation", "Withdraw the open invitation of an account",
		onAccount(func(ctx context.Context, r request[named], a postroom.Account) error {
			return r.dir.WithdrawInvitation(ctx, a.ID)
		}))
	endpoint(s, "POST", "/accounts/{name}/accept", "Accept an invitation for somebody",
		onAccount(func(ctx context.Context, r request[named], a postroom.Account) error {
			return r.dir.AcceptInvitation(ctx, a.ID)
		}))
	endpoint(s, "POST", "/invitations/accept", "Accept an invitation by its secret, and choose a password",
		func(ctx context.Context, r request[struct{ Body adminwire.AcceptInvitation }]) (adminwire.Accepted, error) {
			who, err := s.opts.Invitations.Accept(ctx, r.in.Body.Token, r.in.Body.Password, r.session.Actor())
			return adminwire.Accepted{Address: who.Address}, err
		})
}

func (s *Server) invitationSpec(n adminwire.NewInvitation) store.InvitationSpec {
	return store.InvitationSpec{To: strings.TrimSpace(n.To), Until: value(n.Until), Compose: s.opts.Invitations.Compose}
}

// invitation is one with its link when it is new and was not mailed.
func (s *Server) invitation(a postroom.Account, token string, open store.OpenInvitation) adminwire.Invitation {
	w := adminwire.Invitation{Account: a.Address, To: open.To, By: open.By, Created: open.Created, Until: open.Until,
		Expired: !open.Until.After(time.Now())}
	if token != "" && open.To == "" {
		w.Link = s.opts.Invitations.Link(token)
	}
	return w
}

// createInvited makes an account with an invitation.
func (s *Server) createInvited(ctx context.Context, d *store.Directory, n store.NewAccount, in adminwire.NewInvitation) (adminwire.Account, error) {
	a, token, open, err := d.CreateInvited(ctx, n, s.invitationSpec(in))
	if err != nil {
		return adminwire.Account{}, err
	}
	w, err := fullAccount(ctx, d, a)
	invitation := s.invitation(a, token, open)
	w.Invitation = &invitation
	return w, err
}
