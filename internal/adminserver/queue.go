package adminserver

import (
	"context"
	"strconv"
	"strings"

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

func (s *Server) queue() {
	endpoint(s, "GET", "/queue", "List the queued messages",
		func(ctx context.Context, r request[none]) ([]adminwire.Queued, error) {
			list, err := r.dir.QueuedMessages(ctx)
			return each(list, queued), err
		})
	endpoint(s, "GET", "/queue/{id}", "Show a queued message",
		func(ctx context.Context, r request[queuedID]) (adminwire.Queued, error) {
			m, err := r.dir.QueuedMessage(ctx, r.in.ID)
			return queued(m), err
		})
	endpoint(s, "POST", "/queue/{id}/retry", "Try a queued message now",
		func(ctx context.Context, r request[queuedID]) (adminwire.Done, error) {
			return done(r.dir.RetryQueued(ctx, r.in.ID))
		})
	endpoint(s, "DELETE", "/queue/{id}", "Delete a queued message without a report",
		func(ctx context.Context, r request[queuedID]) (adminwire.Done, error) {
			return done(r.dir.DeleteQueued(ctx, r.in.ID))
		})
}
