package adminserver

import (
	"context"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

// account without what needs further questions.
func account(a postroom.Account) adminwire.Account {
	return adminwire.Account{ID: int64(a.ID), UUID: a.UUID, Address: a.Address, Name: a.Name,
		Kind: a.Kind.String(), State: a.State.String(), Login: a.Login,
		Admin: adminwire.AdminScope(a.Admin), Abilities: a.Abilities.Names(), QuotaBytes: a.QuotaBytes, UsedBytes: a.UsedBytes,
		HideInGAL: a.HideInGAL, DisplayedSender: adminwire.DisplayedSender(a.Displayed),
		Sent: a.Sent.String(), SeenPerUser: a.SeenPerUser, Attributes: a.Attributes, Settings: a.Settings, Created: a.Created}
}

// fullAccount with plan, organisation and aliases.
func fullAccount(ctx context.Context, d *store.Directory, a postroom.Account) (adminwire.Account, error) {
	w := account(a)
	var err error
	n := newNames(d)
	if w.Organisation, err = n.org(ctx, a.Org); err != nil {
		return w, err
	}
	w.Shown = n.shownSender(a)
	state, err := d.PasswordState(ctx, a.ID)
	if err != nil && postroom.KindOf(err) != postroom.Denied {
		return w, err
	}
	w.Password = string(state)
	if w.Plan, err = planName(ctx, d, a.Plan); err != nil {
		return w, err
	}
	w.Version = accountState(w)
	w.Aliases, err = aliasesOf(ctx, d, postroom.SendTarget{Account: a.ID}, a.Address)
	return w, err
}

func planName(ctx context.Context, d *store.Directory, id postroom.PlanID) (string, error) {
	list, err := d.Plans(ctx)
	if err != nil && postroom.KindOf(err) != postroom.Denied {
		return "", err
	}
	for _, p := range list {
		if p.ID == id {
			return p.Name, nil
		}
	}
	return "", nil
}

type changeAccount struct {
	Name    string  `path:"name"`
	IfMatch ifMatch `header:"If-Match" doc:"The version that is changed; refused when it has another"`
	Body    adminwire.AccountChange
}

func (s *Server) accounts() {
	endpoint(s, "GET", "/accounts", "List the accounts, of one domain when it is given",
		func(ctx context.Context, r request[findAccounts]) ([]adminwire.Account, error) {
			f, err := r.in.filter()
			if err != nil {
				return nil, err
			}
			list, err := r.dir.FindAccounts(ctx, f)
			return each(list, account), err
		})
	endpoint(s, "POST", "/accounts", "Create an account", s.createAccount)
	endpoint(s, "GET", "/accounts/{name}", "Show an account",
		func(ctx context.Context, r request[named]) (adminwire.Account, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.Account{}, err
			}
			return fullAccount(ctx, r.dir, a)
		})
	endpoint(s, "PATCH", "/accounts/{name}", "Change an account", updateAccount)
	endpoint(s, "DELETE", "/accounts/{name}", "Delete an account with its mail and its grants",
		func(ctx context.Context, r request[leftQuietly]) (adminwire.Done, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(quietly(r.dir, r.in.Quiet).DeleteAccount(ctx, a.ID))
		})
	s.accountSecrets()
}

func (s *Server) accountSecrets() {
	endpoint(s, "PUT", "/accounts/{name}/password", "Replace the password",
		func(ctx context.Context, r request[struct {
			Name string `path:"name"`
			Body adminwire.Password
		}]) (adminwire.Done, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			set := r.dir.SetPassword
			if r.in.Body.OneTime {
				set = r.dir.SetOneTimePassword
			}
			return done(set(ctx, a.ID, r.in.Body.Password))
		})
	endpoint(s, "PUT", "/accounts/{name}/address", "Rename an account; its rights stay",
		func(ctx context.Context, r request[struct {
			Name string `path:"name"`
			Body adminwire.Address
		}]) (adminwire.Done, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(r.dir.RenameAccount(ctx, a.ID, r.in.Body.Address))
		})
	endpoint(s, "GET", "/accounts/{name}/memberships", "List the groups that hold an account",
		func(ctx context.Context, r request[named]) ([]adminwire.Membership, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return nil, err
			}
			return memberships(ctx, r.dir, postroom.Member{Account: a.ID})
		})
}

// onAccount is an act on an account that has nothing to tell.
func onAccount(do func(context.Context, request[named], postroom.Account) error) func(context.Context, request[named]) (adminwire.Done, error) {
	return func(ctx context.Context, r request[named]) (adminwire.Done, error) {
		a, err := r.dir.Account(ctx, r.in.Name)
		if err != nil {
			return adminwire.Done{}, err
		}
		return done(do(ctx, r, a))
	}
}

func (s *Server) createAccount(ctx context.Context, r request[struct{ Body adminwire.NewAccount }]) (adminwire.Account, error) {
	b := r.in.Body
	n := store.NewAccount{Address: b.Address, Name: b.Name, Password: b.Password, Settings: b.Settings, Attributes: b.Attributes}
	if b.Kind != "" {
		kind, ok := postroom.ParseAccountKind(b.Kind)
		if !ok {
			return adminwire.Account{}, postroom.Errorf(postroom.Invalid, "unknown kind %q", b.Kind)
		}
		n.Kind = kind
	}
	if err := setWord(&n.Admin, &b.Admin, adminwire.ParseAdminScope); err != nil {
		return adminwire.Account{}, err
	}
	if b.Plan != "" {
		p, err := r.dir.Plan(ctx, b.Plan)
		if err != nil {
			return adminwire.Account{}, err
		}
		n.Plan = p.ID
	}
	if b.Invite {
		return s.createInvited(ctx, r.dir, n, adminwire.NewInvitation{To: b.InviteTo, Until: b.InviteUntil})
	}
	if b.DisplayedSender == "" && len(b.Delegates) == 0 {
		return createFurnished(ctx, r.dir, n, b)
	}
	var made adminwire.Account
	err := r.dir.Together(ctx, func(d *store.Directory) (err error) {
		made, err = createFurnished(ctx, d, n, b)
		return err
	})
	return made, err
}

func createFurnished(ctx context.Context, d *store.Directory, n store.NewAccount, b adminwire.NewAccount) (adminwire.Account, error) {
	a, err := d.CreateAccount(ctx, n)
	if err == nil {
		a, err = furnished(ctx, d, a, b)
	}
	if err != nil {
		return adminwire.Account{}, err
	}
	return fullAccount(ctx, d, a)
}

// folded has names of attributes as the directory keeps them.
func folded(attributes map[string]string) map[string]string {
	lower := make(map[string]string, len(attributes))
	for k, v := range attributes {
		lower[strings.ToLower(k)] = v
	}
	return lower
}

// updateAccount reads and writes in one change: of two administrators none undoes
// what the other does at the same time.
func updateAccount(ctx context.Context, r request[changeAccount]) (told adminwire.Account, err error) {
	err = quietly(r.dir, r.in.Body.Quiet).Together(ctx, func(d *store.Directory) error {
		a, err := d.Account(ctx, r.in.Name)
		if err != nil {
			return err
		}
		if told, err = fullAccount(ctx, d, a); err != nil {
			return err
		}
		if err := r.in.IfMatch.holds(told.Version, a.Address); err != nil {
			return err
		}
		if a, err = changedAccount(ctx, d, a, r.in.Body); err != nil {
			return err
		}
		if err := d.UpdateAccount(ctx, a); err != nil {
			return err
		}
		told, err = fullAccount(ctx, d, a)
		return err
	})
	return told, err
}

// changedAccount is an account with what is to be changed of it.
func changedAccount(ctx context.Context, d *store.Directory, a postroom.Account, c adminwire.AccountChange) (postroom.Account, error) {
	if c.Plan != nil {
		p, err := d.Plan(ctx, *c.Plan)
		if err != nil {
			return a, err
		}
		a.Plan = p.ID
	}
	set(&a.Name, c.Name)
	set(&a.Login, c.Login)
	set(&a.QuotaBytes, c.QuotaBytes)
	set(&a.HideInGAL, c.HideInGAL)
	set(&a.SeenPerUser, c.SeenPerUser)
	setSettings(&a.Settings, c.Settings)
	setSettings(&a.Attributes, folded(c.Attributes))
	for _, err := range []error{
		setWord(&a.Kind, c.Kind, postroom.ParseAccountKind),
		setWord(&a.State, c.State, postroom.ParseAccountState),
		setWord(&a.Admin, c.Admin, adminwire.ParseAdminScope),
		setWord(&a.Displayed, c.DisplayedSender, adminwire.ParseDisplayedSender),
		setWord(&a.Sent, c.Sent, postroom.ParseSentPolicy),
	} {
		if err != nil {
			return a, err
		}
	}
	return a, nil
}
