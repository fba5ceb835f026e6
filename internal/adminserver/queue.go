package adminserver

import (
	"context"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

func queued(m store.QueuedMessage) adminwire.Queued {
	return adminwire.Queued{ID: m.ID, Sender: m.Sender, Size: m.Size, Queued: m.Queued,
		Recipients: each(m.Recipients, func(r store.QueuedRecipient) adminwire.QueuedRecipient {
			w := adminwire.QueuedRecipient{Address: r.Address, State: string(r.State), Attempts: r.Attempts,
				Next: until(r.Next), Remote: r.Remote}
			if r.Code != 0 {
				w.Reply = strings.Join(strings.Fields(strconv.Itoa(r.Code)+" "+r.Enhanced+" "+r.Text), " ")
			}
			return w
		})}
}

type queuedID struct {
	ID int64 `path:"id"`
}

// ofServer refuses who does not administer the whole server: the queue holds
// mail of every organisation. The directory decides who that is.
func ofServer(ctx context.Context, r *store.Session) error {
	actor := r.Actor()
	if actor.Account == 0 {
		return nil
	}
	a, err := r.Directory().AccountByID(ctx, actor.Account)
	if err != nil {
		return err
	}
	if a.Admin != postroom.ServerAdmin {
		return postroom.Errorf(postroom.Denied, "only administrators of the server may see the queue")
	}
	return nil
}

func (s *Server) queue() {
	q := s.opts.Queue
	if q == nil {
		return
	}
	find := func(ctx context.Context, id int64) (store.QueuedMessage, error) {
		list, err := q.List(ctx)
		if err != nil {
			return store.QueuedMessage{}, err
		}
		for _, m := range list {
			if m.ID == id {
				return m, nil
			}
		}
		return store.QueuedMessage{}, postroom.Errorf(postroom.NotFound, "no message %d in the queue", id)
	}
	act := func(do func(context.Context, int64) error) func(context.Context, request[queuedID]) (adminwire.Done, error) {
		return func(ctx context.Context, r request[queuedID]) (adminwire.Done, error) {
			if err := ofServer(ctx, r.session); err != nil {
				return adminwire.Done{}, err
			}
			if _, err := find(ctx, r.in.ID); err != nil {
				return adminwire.Done{}, err
			}
			return done(do(ctx, r.in.ID))
		}
	}
	endpoint(s, "GET", "/queue", "List the queued messages",
		func(ctx context.Context, r request[none]) ([]adminwire.Queued, error) {
			if err := ofServer(ctx, r.session); err != nil {
				return nil, err
			}
			list, err := q.List(ctx)
			return each(list, queued), err
		})
	endpoint(s, "GET", "/queue/{id}", "Show a queued message",
		func(ctx context.Context, r request[queuedID]) (adminwire.Queued, error) {
			if err := ofServer(ctx, r.session); err != nil {
				return adminwire.Queued{}, err
			}
			m, err := find(ctx, r.in.ID)
			return queued(m), err
		})
	endpoint(s, "POST", "/queue/{id}/retry", "Try a queued message now", act(q.Retry))
	endpoint(s, "DELETE", "/queue/{id}", "Delete a queued message without a report", act(q.Delete))
}
