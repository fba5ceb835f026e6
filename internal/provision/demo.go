package provision

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store"
)

// DemoDomain is the domain of the demonstration.
const DemoDomain = "example.test"

// DemoPeople are the people of the demonstration, without the administrator.
var DemoPeople = []struct{ Address, Name string }{
	{"anna@" + DemoDomain, "Anna"}, {"ben@" + DemoDomain, "Ben"}, {"cleo@" + DemoDomain, "Cleo"},
}

// Addresses of the demonstration.
const (
	DemoAdmin  = "admin@" + DemoDomain
	DemoShared = "info@" + DemoDomain
	DemoAlias  = "sales@" + DemoDomain
	DemoGroup  = "info-team@" + DemoDomain
)

// Seeder fills a store with the demonstration. Every step looks whether it was
// done, so that a seeding that was interrupted is finished by the next.
type Seeder struct {
	// Directory of the console, quiet: nobody is to begin with notices.
	Directory *store.Directory
	// Acting opens the console's session for an account, to make folders.
	Acting   func(context.Context, postroom.AccountID) (*store.Session, error)
	Delivery *store.DeliverySession
	// Passwords by address.
	Passwords map[string]string
	Now       time.Time
}

// Empty makes the domain and its administrator.
func (s *Seeder) Empty(ctx context.Context) error {
	_, _, err := First(ctx, s.Directory, FirstSpec{Domain: DemoDomain, Admin: DemoAdmin, Password: s.Passwords[DemoAdmin]})
	return there(err)
}

// Full makes the whole demonstration: anna, ben, cleo, the shared info@ with
// its mail and the group that works on it.
func (s *Seeder) Full(ctx context.Context) error {
	if err := s.Empty(ctx); err != nil {
		return err
	}
	for _, p := range DemoPeople {
		_, err := s.Directory.CreateAccount(ctx, store.NewAccount{Address: p.Address, Name: p.Name, Password: s.Passwords[p.Address]})
		if err := there(err); err != nil {
			return err
		}
	}
	_, err := s.Directory.CreateAccount(ctx, store.NewAccount{Address: DemoShared, Name: "Information desk", Kind: postroom.Shared})
	if err := there(err); err != nil {
		return err
	}
	info, err := s.Directory.Account(ctx, DemoShared)
	if err != nil {
		return err
	}
	alias := postroom.Alias{Address: DemoAlias, Target: postroom.SendTarget{Account: info.ID}, Delegable: true}
	if err := there(s.Directory.AddAlias(ctx, alias)); err != nil {
		return err
	}
	if err := s.team(ctx); err != nil {
		return err
	}
	if err := s.calendar(ctx, info); err != nil {
		return err
	}
	return s.mail(ctx, info)
}

// team makes the group, its members and owner, and shares info@ with it.
func (s *Seeder) team(ctx context.Context) error {
	d := s.Directory
	_, err := d.CreateGroup(ctx, postroom.Group{Address: DemoGroup, Name: "Information team", NotifyNewMembers: true})
	if err := there(err); err != nil {
		return err
	}
	g, err := d.Group(ctx, DemoGroup)
	if err != nil {
		return err
	}
	for _, p := range DemoPeople[:2] {
		if err := there(d.AddMembers(ctx, g.ID, []string{p.Address})); err != nil {
			return err
		}
	}
	anna, err := d.FindGrantee(ctx, 0, DemoPeople[0].Address)
	if err != nil {
		return err
	}
	err = d.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: g.ID}, Grantee: anna, Right: postroom.Own})
	if err := there(err); err != nil {
		return err
	}
	return there(Share(ctx, d, ShareSpec{Target: DemoShared, Grantee: DemoGroup, Preset: "full+send"}))
}

func (s *Seeder) calendar(ctx context.Context, info postroom.Account) error {
	session, err := s.Acting(ctx, info.ID)
	if err != nil {
		return err
	}
	_, err = session.CreateCollection(ctx, "", "/Calendar", store.NewCollection{Kind: postroom.CalendarCollection})
	return there(err)
}

// mail puts the letters into info@. They are delivered in order, one commit
// each, so that their number tells how far an interrupted seeding came.
func (s *Seeder) mail(ctx context.Context, info postroom.Account) error {
	tree, err := s.Directory.CollectionTree(ctx, info.ID)
	if err != nil {
		return err
	}
	done := 0
	for _, c := range tree {
		if c.Kind == postroom.MailCollection {
			done += c.Total
		}
	}
	letters := demoLetters()
	for i := min(done, len(letters)); i < len(letters); i++ {
		l := letters[i]
		at := s.Now.Add(-l.age).UTC()
		raw, err := l.compose(at, letters)
		if err != nil {
			return err
		}
		err = s.Delivery.Deliver(ctx, store.Arrival{Raw: raw, Received: at, Sender: l.from.Address,
			Copies: []store.ArrivalCopy{{Account: info.ID, Mailbox: l.mailbox, Flags: l.flags}}})
		if err != nil {
			return err
		}
	}
	return nil
}

// there takes "it is there already" for done.
func there(err error) error {
	if err != nil && postroom.KindOf(err) == postroom.Exists {
		return nil
	}
	return err
}
