package main

import (
	"context"
	"fmt"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/language/pkg/go/transformer"
	"github.com/openfga/openfga/pkg/server"
	"github.com/openfga/openfga/pkg/storage/memory"
	"github.com/openfga/openfga/pkg/tuple"

	"postroom/internal/rights/world"
)

// model is the part of Postroom's rights that OpenFGA can say: a grant on a
// mailbox or on what is above it, to a person or to a group that holds them.
const model = `model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type mailbox
  relations
    define parent: [mailbox]
    define viewer: [user, group#member] or viewer from parent
`

type fga struct {
	server *server.Server
	store  string
	model  string
}

func openFGA(ctx context.Context, w world.World) (*fga, error) {
	data := memory.New()
	s, err := server.NewServerWithOpts(server.WithDatastore(data))
	if err != nil {
		return nil, err
	}
	f := &fga{server: s}
	made, err := s.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "large"})
	if err != nil {
		return nil, err
	}
	f.store = made.GetId()
	parsed, err := transformer.TransformDSLToProto(model)
	if err != nil {
		return nil, err
	}
	written, err := s.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{StoreId: f.store,
		SchemaVersion: parsed.GetSchemaVersion(), TypeDefinitions: parsed.GetTypeDefinitions()})
	if err != nil {
		return nil, err
	}
	f.model = written.GetAuthorizationModelId()
	all := tuples(w)
	const atOnce = 1000
	for len(all) > 0 {
		n := min(atOnce, len(all))
		if err := data.Write(ctx, f.store, nil, all[:n]); err != nil {
			return nil, err
		}
		all = all[n:]
	}
	return f, nil
}

func tuples(w world.World) (all []*openfgav1.TupleKey) {
	seen := map[string]bool{}
	add := func(object, relation, user string) {
		if key := object + " " + relation + " " + user; !seen[key] {
			seen[key] = true
			all = append(all, tuple.NewTupleKey(object, relation, user))
		}
	}
	for g := range w.Groups {
		if p := w.Parent(g); p >= 0 {
			add(fmt.Sprintf("group:%d", p), "member", fmt.Sprintf("group:%d#member", g))
		}
	}
	for a := range w.Accounts {
		for n := range world.DirectGroups {
			add(fmt.Sprintf("group:%d", w.GroupOf(a, n)), "member", fmt.Sprintf("user:%d", a))
		}
		add(inbox(a), "parent", root(a))
		add(root(a), "viewer", fmt.Sprintf("user:%d", a))
	}
	for i := range w.Grants {
		g := w.Grant(i)
		object, user := root(g.Target), fmt.Sprintf("user:%d", g.Account)
		if g.Inbox {
			object = inbox(g.Target)
		}
		if g.Group >= 0 {
			user = fmt.Sprintf("group:%d#member", g.Group)
		}
		add(object, "viewer", user)
	}
	return all
}

func inbox(account int) string { return fmt.Sprintf("mailbox:inbox-%d", account) }
func root(account int) string  { return fmt.Sprintf("mailbox:root-%d", account) }

func (f *fga) mayRead(ctx context.Context, q world.Question) (bool, error) {
	r, err := f.server.Check(ctx, &openfgav1.CheckRequest{StoreId: f.store, AuthorizationModelId: f.model,
		TupleKey: tuple.NewCheckRequestTupleKey(inbox(q.Target), "viewer", fmt.Sprintf("user:%d", q.Account))})
	return r.GetAllowed(), err
}

func (f *fga) who(ctx context.Context, target int) (int, error) {
	r, err := f.server.ListUsers(ctx, &openfgav1.ListUsersRequest{StoreId: f.store, AuthorizationModelId: f.model, Relation: "viewer",
		Object: &openfgav1.Object{Type: "mailbox", Id: inbox(target)[len("mailbox:"):]}, UserFilters: []*openfgav1.UserTypeFilter{{Type: "user"}}})
	return len(r.GetUsers()) - 1, err // the owner is one of them
}

func (f *fga) what(ctx context.Context, account int) (int, error) {
	r, err := f.server.ListObjects(ctx, &openfgav1.ListObjectsRequest{StoreId: f.store, AuthorizationModelId: f.model, Relation: "viewer",
		Type: "mailbox", User: fmt.Sprintf("user:%d", account)})
	return len(r.GetObjects()), err
}
