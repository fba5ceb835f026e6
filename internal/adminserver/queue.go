package adminserver

import (
	"context"
	"strconv"
	"strings"

	"postroom/internal/adminwire"
	"postroom/internal/store"
)

func queued(m store.QueuedMessage) adminwire.Queued {
	return adminwire.Queued{ID: m.ID, Sender: m.Sender, Size: m.Size, Queued: m.Queued, Hold: m.OnHold, HeldUntil: until(m.HeldUntil),
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
		func(ctx context.Context, r request[struct {
			Text  string `query:"text" doc:"A part of the sender's or a recipient's address"`
			After int64  `query:"after" minimum:"0" doc:"Only messages behind this number"`
			Max   int    `query:"max" minimum:"0" maximum:"10000"`
		}]) ([]adminwire.Queued, error) {
			list, err := r.dir.FindQueued(ctx, store.QueueFilter{Text: r.in.Text, AfterID: r.in.After, Max: r.in.Max})
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
	endpoint(s, "POST", "/queue/{id}/hold", "Keep a queued message until it is released",
		func(ctx context.Context, r request[queuedID]) (adminwire.Done, error) {
			return done(r.dir.HoldQueued(ctx, r.in.ID))
		})
	endpoint(s, "POST", "/queue/{id}/release", "Let a message go that is on hold",
		func(ctx context.Context, r request[queuedID]) (adminwire.Done, error) {
			return done(r.dir.ReleaseQueued(ctx, r.in.ID))
		})
	endpoint(s, "DELETE", "/queue/{id}", "Delete a queued message without a report",
		func(ctx context.Context, r request[queuedID]) (adminwire.Done, error) {
			return done(r.dir.DeleteQueued(ctx, r.in.ID))
		})
}
