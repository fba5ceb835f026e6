package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

func groupRequest(ctx context.Context, d *store.Directory, r store.GroupRequest, err error) (adminwire.GroupRequest, error) {
	if err != nil {
		return adminwire.GroupRequest{}, err
	}
	w := adminwire.GroupRequest{ID: r.ID, Act: r.Act.String(), Address: r.Address, State: r.State.String(),
		Created: until(r.Created), Expires: until(r.Expires)}
	g, err := d.GroupByID(ctx, r.Group)
	w.Group = g.Address
	return w, err
}

type askGroup struct {
	Name string `path:"name"`
	Body adminwire.Asker
}

type numberedRequest struct {
	ID int64 `path:"id"`
}

func (s *Server) groupRequests() {
	endpoint(s, "POST", "/groups/{name}/subscribe", "Ask to join a group, as its policy says",
		func(ctx context.Context, r request[askGroup]) (adminwire.GroupRequest, error) {
			return asked(ctx, r, r.dir.Subscribe)
		})
	endpoint(s, "POST", "/groups/{name}/unsubscribe", "Ask to leave a group, as its policy says",
		func(ctx context.Context, r request[askGroup]) (adminwire.GroupRequest, error) {
			return asked(ctx, r, r.dir.Unsubscribe)
		})
	endpoint(s, "GET", "/group-requests", "List the requests that wait for a decision, of one group when it is given",
		func(ctx context.Context, r request[struct {
			Group string `query:"group"`
		}]) ([]adminwire.GroupRequest, error) {
			var id postroom.GroupID
			if r.in.Group != "" {
				g, err := r.dir.Group(ctx, r.in.Group)
				if err != nil {
					return nil, err
				}
				id = g.ID
			}
			list, err := r.dir.GroupRequests(ctx, id)
			return eachErr(list, err, func(q store.GroupRequest) (adminwire.GroupRequest, error) {
				return groupRequest(ctx, r.dir, q, nil)
			})
		})
	decision(s, "approve", "Approve a request", store.Approve)
	decision(s, "refuse", "Refuse a request", store.Refuse)
}

func decision(s *Server, word, summary string, answer store.Decision) {
	endpoint(s, "POST", "/group-requests/{id}/"+word, summary,
		func(ctx context.Context, r request[numberedRequest]) (adminwire.GroupRequest, error) {
			q, err := r.dir.DecideGroupRequest(ctx, r.in.ID, answer)
			return groupRequest(ctx, r.dir, q, err)
		})
}

func asked(ctx context.Context, r request[askGroup],
	ask func(context.Context, postroom.GroupID, string) (store.GroupRequest, error)) (adminwire.GroupRequest, error) {
	g, err := r.dir.Group(ctx, r.in.Name)
	if err != nil {
		return adminwire.GroupRequest{}, err
	}
	q, err := ask(ctx, g.ID, r.in.Body.Address)
	if err != nil {
		return adminwire.GroupRequest{}, err
	}
	return groupRequest(ctx, r.dir, q, nil)
}
