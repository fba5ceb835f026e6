package adminserver

import (
	"context"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

func identity(i postroom.Identity) adminwire.Identity {
	return adminwire.Identity{ID: int64(i.ID), UUID: i.UUID, Name: i.Name, Display: i.Display,
		Address: i.Address, ReplyTo: i.ReplyTo, Signature: i.Signature, SignatureHTML: i.SignatureHTML, Unusable: i.Unusable, Automatic: i.Automatic, Settings: i.Settings}
}

// sortFor brings identities into the order for writing in a mailbox.
func sortFor(ctx context.Context, d *store.Directory, list []postroom.Identity, in string) error {
	a, err := d.Account(ctx, in)
	if err == nil {
		postroom.SortIdentities(list, postroom.SendTarget{Account: a.ID}, a.Address)
		return nil
	}
	if postroom.KindOf(err) != postroom.NotFound {
		return err
	}
	g, err := d.Group(ctx, in)
	if err == nil {
		postroom.SortIdentities(list, postroom.SendTarget{Group: g.ID}, g.Address)
	}
	return err
}

type identityNamed struct {
	Name     string `path:"name"`
	Identity string `path:"identity"`
}

// findIdentity by name (any case) or UUID.
func findIdentity(ctx context.Context, d *store.Directory, account, name string) (postroom.Identity, error) {
	a, err := d.Account(ctx, account)
	if err != nil {
		return postroom.Identity{}, err
	}
	list, err := d.Identities(ctx, a.ID)
	if err != nil {
		return postroom.Identity{}, err
	}
	for _, i := range list {
		if strings.EqualFold(i.Name, name) || i.UUID == name {
			return i, nil
		}
	}
	return postroom.Identity{}, postroom.Errorf(postroom.NotFound, "no identity %s of %s", name, a.Address)
}

func changeIdentity(i *postroom.Identity, c adminwire.IdentityChange) {
	set(&i.Name, c.Name)
	set(&i.Display, c.Display)
	set(&i.Address, c.Address)
	set(&i.ReplyTo, c.ReplyTo)
	set(&i.Signature, c.Signature)
	set(&i.SignatureHTML, c.SignatureHTML)
	setSettings(&i.Settings, c.Settings)
}

func (s *Server) identities() {
	endpoint(s, "GET", "/accounts/{name}/identities", "List the identities of an account",
		func(ctx context.Context, r request[struct {
			Name string `path:"name"`
			In   string `query:"in" doc:"Address of an account or group: its identities come first, the default From before all"`
		}]) ([]adminwire.Identity, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return nil, err
			}
			list, err := r.dir.Identities(ctx, a.ID)
			if err == nil && r.in.In != "" {
				err = sortFor(ctx, r.dir, list, r.in.In)
			}
			return each(list, identity), err
		})
	endpoint(s, "POST", "/accounts/{name}/identities", "Create an identity",
		func(ctx context.Context, r request[struct {
			Name string `path:"name"`
			Body adminwire.IdentityChange
		}]) (adminwire.Identity, error) {
			a, err := r.dir.Account(ctx, r.in.Name)
			if err != nil {
				return adminwire.Identity{}, err
			}
			i := postroom.Identity{Account: a.ID, Address: a.Address, Display: a.Name}
			changeIdentity(&i, r.in.Body)
			i, err = r.dir.CreateIdentity(ctx, i)
			return identity(i), err
		})
	endpoint(s, "PATCH", "/accounts/{name}/identities/{identity}", "Change an identity",
		func(ctx context.Context, r request[struct {
			Name     string `path:"name"`
			Identity string `path:"identity"`
			Body     adminwire.IdentityChange
		}]) (adminwire.Identity, error) {
			i, err := findIdentity(ctx, r.dir, r.in.Name, r.in.Identity)
			if err != nil {
				return adminwire.Identity{}, err
			}
			changeIdentity(&i, r.in.Body)
			return identity(i), r.dir.UpdateIdentity(ctx, i)
		})
	endpoint(s, "DELETE", "/accounts/{name}/identities/{identity}", "Delete an identity",
		func(ctx context.Context, r request[identityNamed]) (adminwire.Done, error) {
			i, err := findIdentity(ctx, r.dir, r.in.Name, r.in.Identity)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(r.dir.DeleteIdentity(ctx, i.ID))
		})
}
