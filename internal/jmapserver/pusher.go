package jmapserver

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
	"postroom/internal/webpush"
)

const (
	// pushRound is how often subscriptions are looked at without a hint.
	pushRound = time.Minute
	// pushPace is how often at most something is pushed to one subscription.
	pushPace = time.Second
	// pushKept is for how long push services keep what is pushed.
	pushKept = 24 * time.Hour
	// pushPosts bounds the requests to push services under way.
	pushPosts = 32
	// pushRetry is the wait after the first failure; it doubles with each, up to
	// maxRetry. After maxPushFailures the subscription ends: that is three days.
	pushRetry, maxRetry = 30 * time.Second, 6 * time.Hour
	maxPushFailures     = 20
	// newPushes is how many subscriptions a person may make in newPushTime.
	newPushes   = 30
	newPushTime = time.Hour
)

// pusher tells people of changes through push services.
type pusher struct {
	server *Server
	store  *store.PushSession
	client *webpush.Client
	posts  chan struct{}

	mu      sync.Mutex
	running map[int64]*pushing
	all     sync.WaitGroup
	made    map[postroom.AccountID]*pushCount
}

// pushing is a subscription that is followed.
type pushing struct {
	version int64
	stop    context.CancelFunc
}

// pushCount counts what a person has made since a time.
type pushCount struct {
	since time.Time
	n     int
}

// newPusher begins to follow the subscriptions there are; nil without push.
func newPusher(s *Server) *pusher {
	if s.opts.Push == nil {
		return nil
	}
	p := &pusher{server: s, store: s.opts.Push, client: s.opts.PushClient, posts: make(chan struct{}, pushPosts),
		running: make(map[int64]*pushing), made: make(map[postroom.AccountID]*pushCount)}
	p.all.Go(func() { p.follow(s.closing) })
	return p
}

// may reports whether somebody may make one more subscription: each makes the
// server send to a place that somebody else chose.
func (p *pusher) may(who postroom.AccountID, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.made, func(_ postroom.AccountID, c *pushCount) bool { return now.Sub(c.since) >= newPushTime })
	c := p.made[who]
	if c == nil {
		c = &pushCount{since: now}
		p.made[who] = c
	}
	c.n++
	return c.n <= newPushes
}

// follow keeps one goroutine for each subscription.
func (p *pusher) follow(ctx context.Context) {
	round := time.NewTicker(pushRound)
	defer round.Stop()
	for {
		if err := p.sync(ctx); err != nil && ctx.Err() == nil {
			p.server.opts.Logger.Error("push: cannot read the subscriptions", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-p.store.Wake():
		case <-round.C:
		}
	}
}

func (p *pusher) sync(ctx context.Context) error {
	there, err := p.store.Subscribed(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, r := range p.running {
		if version, is := there[id]; !is || version != r.version {
			r.stop()
			delete(p.running, id)
		}
	}
	for id, version := range there {
		if p.running[id] != nil {
			continue
		}
		on, stop := context.WithCancel(ctx)
		p.running[id] = &pushing{version, stop}
		p.all.Go(func() {
			defer stop()
			for on.Err() == nil {
				err := p.serve(on, id)
				if err == nil || on.Err() != nil {
					return
				}
				p.server.opts.Logger.Warn("push", "subscription", id, "error", err)
				pause(on, pushRetry)
			}
		})
	}
	return nil
}

// wait ends what is under way; the context of the server has ended.
func (p *pusher) wait() {
	if p != nil {
		p.all.Wait()
		p.client.Close()
	}
}

// serve does for one subscription what there is to do until it changes or ends.
func (p *pusher) serve(ctx context.Context, id int64) error {
	t, err := p.store.Task(ctx, id)
	if postroom.KindOf(err) == postroom.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	var keys *webpush.Keys
	if t.P256DH != "" {
		if keys, err = webpush.ParseKeys(t.P256DH, t.Auth); err != nil {
			return errors.Join(err, p.store.End(ctx, id))
		}
	}
	c := &channel{pusher: p, task: t, keys: keys, sub: subscriber{session: t.Session, types: t.Types}}
	switch {
	case t.Unasked:
		return c.ask(ctx)
	case !t.Verified:
		return nil // until the code comes back
	}
	return c.run(ctx)
}

// channel is one subscription that is pushed to.
type channel struct {
	pusher *pusher
	task   store.PushTask
	keys   *webpush.Keys
	sub    subscriber
	unsent states // because the push service could not be reached
}

// pushVerification is the PushVerification object (RFC 8620 §7.2.2).
type pushVerification struct {
	Type         string      `json:"@type"`
	Subscription jmapwire.ID `json:"pushSubscriptionId"`
	Code         string      `json:"verificationCode"`
}

// ask sends the code, once: nothing else may be sent before it is back.
func (c *channel) ask(ctx context.Context) error {
	first, err := c.pusher.store.Asked(ctx, c.task.ID)
	if err != nil || !first {
		return err
	}
	b, err := json.Marshal(pushVerification{"PushVerification", pushID(c.task.ID), c.task.Code})
	if err != nil {
		return err
	}
	if o := c.post(ctx, b, true); o.Fate != webpush.Sent && ctx.Err() == nil {
		c.pusher.server.opts.Logger.Info("push: a code could not be sent", "subscription", c.task.ID, "cause", o.Cause)
	}
	return nil
}

func (c *channel) post(ctx context.Context, text []byte, urgent bool) webpush.Outcome {
	select {
	case c.pusher.posts <- struct{}{}:
	case <-ctx.Done():
		return webpush.Outcome{Fate: webpush.Later, Cause: "ended"}
	}
	defer func() { <-c.pusher.posts }()
	return c.pusher.client.Post(ctx, webpush.Message{URL: c.task.URL, Keys: c.keys, Text: text, Life: pushKept, Urgent: urgent})
}

// run pushes changes until the subscription ends.
func (c *channel) run(ctx context.Context) error {
	watch, err := c.sub.session.Watch(ctx)
	if err != nil {
		return err
	}
	defer watch.Close()
	ctx, stop := context.WithTimeout(ctx, c.task.Expires.Sub(c.pusher.server.now()))
	defer stop()
	if wait := c.task.NotBefore.Sub(c.pusher.server.now()); wait > 0 {
		c.unsent = make(states) // there may be some
		if on, err := c.rest(ctx, watch, wait); !on || err != nil {
			return err
		}
	}
	for {
		wait, err := c.turn(ctx, watch.Hints())
		if err != nil || wait < 0 {
			return err
		}
		if on, err := c.rest(ctx, watch, wait); !on || err != nil {
			return err
		}
	}
}

// rest waits, and then for a hint unless something is unsent. It is false when the
// subscription has ended.
func (c *channel) rest(ctx context.Context, watch *store.Watch, wait time.Duration) (bool, error) {
	t := time.NewTimer(max(wait, pushPace))
	defer t.Stop()
	for due, hint := false, c.unsent != nil; !due || !hint; {
		select {
		case <-ctx.Done():
			return false, nil
		case <-t.C:
			due = true
		case <-watch.C:
			hint = true
			if err := c.sub.session.Alive(ctx); ended(err) {
				return false, c.pusher.store.End(ctx, c.task.ID)
			} else if err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// ended reports whether an error is that of somebody who signed out, or may not
// sign in any more.
func ended(err error) bool {
	kind := postroom.KindOf(err)
	return kind == postroom.SignInDisabled || kind == postroom.Denied
}

// turn looks once, and pushes what is new. It tells for how long to wait before
// another; negative when there is none.
func (c *channel) turn(ctx context.Context, hints store.Hints) (time.Duration, error) {
	id, s := c.task.ID, c.pusher.store
	news, err := c.sub.news(ctx, hints)
	if ended(err) {
		return -1, s.End(ctx, id)
	}
	if err != nil {
		return 0, err
	}
	mark := c.sub.mark()
	if news != nil && mark != c.task.Told {
		first, err := s.Tell(ctx, id, c.task.Told, mark)
		if err != nil {
			return 0, err
		}
		if first {
			c.unsent = merge(c.unsent, news)
		} else if now, err := s.Task(ctx, id); postroom.KindOf(err) == postroom.NotFound {
			return -1, nil
		} else if err != nil {
			return 0, err
		} else if c.task.Told = now.Told; now.Told != mark {
			return pushPace, c.again(news) // another node told something else
		}
		c.task.Told = mark
	}
	if c.unsent == nil {
		return 0, nil
	}
	return c.send(ctx)
}

// again forgets having seen some news, so that the next turn sees them.
func (c *channel) again(news states) error {
	c.sub.forget(news)
	c.unsent = merge(c.unsent, nil)
	return nil
}

// merge adds newer states to older ones.
func merge(old, news states) states {
	if old == nil {
		old = make(states)
	}
	for account, of := range news {
		if old[account] == nil {
			old[account] = make(map[string]string)
		}
		maps.Copy(old[account], of)
	}
	return old
}

// send pushes what is unsent.
func (c *channel) send(ctx context.Context) (time.Duration, error) {
	id, s := c.task.ID, c.pusher.store
	for len(c.unsent) > 0 {
		part, text, err := firstPart(c.unsent)
		if err != nil {
			return 0, err
		}
		switch o := c.post(ctx, text, false); o.Fate {
		case webpush.Sent:
			for account := range part {
				delete(c.unsent, account)
			}
		case webpush.Later:
			c.task.Failures++
			if c.task.Failures >= maxPushFailures {
				return -1, s.End(ctx, id)
			}
			wait := max(o.Wait, min(pushRetry<<min(c.task.Failures-1, 20), maxRetry))
			return wait, s.Tried(ctx, id, c.task.Failures, c.pusher.server.now().Add(wait))
		default:
			c.pusher.server.opts.Logger.Info("push: a subscription ends", "subscription", id, "cause", o.Cause)
			return -1, s.End(ctx, id)
		}
	}
	c.unsent = nil
	if c.task.Failures > 0 {
		c.task.Failures = 0
		return 0, s.Tried(ctx, id, 0, time.Time{})
	}
	return 0, nil
}

// firstPart is a StateChange of as many accounts as fit into one message.
func firstPart(all states) (part states, text []byte, err error) {
	part = make(states)
	for _, account := range slices.Sorted(maps.Keys(all)) {
		part[account] = all[account]
		b, err := json.Marshal(stateChange{Type: "StateChange", Changed: part})
		if err != nil {
			return nil, nil, err
		}
		if len(b) > webpush.MaxText && text != nil {
			delete(part, account)
			return part, text, nil
		}
		text = b
	}
	return part, text, nil
}
