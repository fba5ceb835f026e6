package adminserver

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

func collection(c postroom.Collection) adminwire.Collection {
	return adminwire.Collection{ID: int64(c.Ref.Collection), Path: c.Path, Name: c.Name, Role: string(c.Role),
		Kind: adminwire.CollectionKind(c.Kind), Inherit: c.Inherit, Seen: c.Seen.String(), Total: c.Total, Unseen: c.Unseen, Bytes: c.Bytes}
}

type listCollections struct {
	Name string `path:"name"`
	Seen bool   `query:"seen" doc:"Also what is shared with the account"`
}

type changeCollection struct {
	Name string `path:"name"`
	Body adminwire.CollectionChange
}

// mailboxOf opens a session that sees the named account as its own.
func mailboxOf(ctx context.Context, asker *store.Session, name string) (*store.Session, postroom.Account, error) {
	a, err := asker.Directory().Account(ctx, name)
	if err != nil || asker.Home() == a.ID {
		return asker, a, err
	}
	session, err := system.ActingFor(ctx, asker, a.ID)
	return session, a, err
}

func (s *Server) collections() {
	endpoint(s, "GET", "/accounts/{name}/collections", "List the folders of an account", getCollections)
	endpoint(s, "POST", "/accounts/{name}/collections", "Create a folder",
		func(ctx context.Context, r request[changeCollection]) (adminwire.Collection, error) {
			session, a, err := mailboxOf(ctx, r.session, r.in.Name)
			if err != nil {
				return adminwire.Collection{}, err
			}
			if _, err := session.CreateCollection(ctx, "", r.in.Body.Path, store.NewCollection{}); err != nil {
				return adminwire.Collection{}, err
			}
			c, err := r.dir.FindCollection(ctx, a.Address, r.in.Body.Path)
			return collection(c), err
		})
	endpoint(s, "PATCH", "/accounts/{name}/collections", "Rename a folder, or open and close it for grants from above",
		func(ctx context.Context, r request[changeCollection]) (adminwire.Done, error) {
			session, a, err := mailboxOf(ctx, r.session, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			c, err := r.dir.FindCollection(ctx, a.Address, r.in.Body.Path)
			if err != nil {
				return adminwire.Done{}, err
			}
			if on := r.in.Body.Inherit; on != nil {
				inherit := store.Closed
				if *on {
					inherit = store.Inherits
				}
				if err := r.dir.SetInherit(ctx, c.Ref, inherit); err != nil {
					return adminwire.Done{}, err
				}
			}
			if word := r.in.Body.Seen; word != nil {
				mode, _ := adminwire.ParseSeenMode(*word) // the schema has checked it
				if err := r.dir.SetSeen(ctx, c.Ref, mode); err != nil {
					return adminwire.Done{}, err
				}
			}
			if to := r.in.Body.NewPath; to != nil {
				return done(session.RenameCollection(ctx, c.Ref, *to))
			}
			return done(nil)
		})
	endpoint(s, "DELETE", "/accounts/{name}/collections", "Delete a folder with its messages",
		func(ctx context.Context, r request[struct {
			Name string `path:"name"`
			Path string `query:"path" required:"true"`
		}]) (adminwire.Done, error) {
			session, a, err := mailboxOf(ctx, r.session, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			c, err := r.dir.FindCollection(ctx, a.Address, r.in.Path)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(session.DeleteCollection(ctx, c.Ref))
		})
}

func getCollections(ctx context.Context, r request[listCollections]) ([]adminwire.Collection, error) {
	a, err := r.dir.Account(ctx, r.in.Name)
	if err != nil {
		return nil, err
	}
	tree, err := r.dir.CollectionTree(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	list := each(ofMail(tree), collection)
	if !r.in.Seen {
		return list, nil
	}
	shared, err := sharedWith(ctx, r.dir, a)
	return append(list, shared...), err
}

// sharedWith lists the folders of others that an account sees, owner by owner.
func sharedWith(ctx context.Context, d *store.Directory, a postroom.Account) ([]adminwire.Collection, error) {
	seen, err := d.SharedCollections(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	var list []adminwire.Collection
	for _, c := range seen {
		if c.Kind != postroom.MailCollection && c.Ref.Collection != postroom.RootCollection {
			continue
		}
		w := collection(c.Collection)
		w.Rights, w.Owner, w.OwnerUUID, w.Mount = rights.Zimbra(c.Rights), c.Owner.Address, c.Owner.UUID, c.Mount
		list = append(list, w)
	}
	return list, nil
}

// ofMail leaves out calendars and address books, and keeps the root.
func ofMail(tree []postroom.Collection) []postroom.Collection {
	return slices.DeleteFunc(tree, func(c postroom.Collection) bool {
		return c.Kind != postroom.MailCollection && c.Ref.Collection != postroom.RootCollection
	})
}
