package jmapserver

import (
	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// threadArgs name one thread.
type threadArgs struct {
	AccountID jmapwire.ID `jmap:"accountId,required"`
	ThreadID  jmapwire.ID `jmap:"threadId,required"`
}

// thread opens what threadArgs name.
func (c *call) thread(a threadArgs) (*store.Mail, postroom.ThreadID, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, 0, err
	}
	n, ok := jmapwire.ParseThreadID(m.Account(), a.ThreadID)
	if !ok {
		return nil, 0, noThread()
	}
	return m, n, nil
}

func noThread() error {
	e := jmapwire.InvalidArguments("no such thread")
	e.Properties = []string{"threadId"}
	return e
}

// ofThread makes NotFound the answer for the thread: that of the account is
// known by then.
func ofThread(err error) error {
	if postroom.KindOf(err) == postroom.NotFound {
		return noThread()
	}
	return err
}

// colleagueList is Colleague/list: to whom a conversation can be assigned, and
// who can be mentioned.
func (c *call) colleagueList(a threadArgs) (any, error) {
	m, thread, err := c.thread(a)
	if err != nil {
		return nil, err
	}
	list, err := c.session.Colleagues(c.ctx, m.Account(), thread)
	if err != nil {
		return nil, ofThread(err)
	}
	return map[string]any{"accountId": a.AccountID, "threadId": a.ThreadID, "list": persons(list)}, nil
}

// presenceList is Presence/list: who is at conversations of an account now.
func (c *call) presenceList(a struct {
	AccountID jmapwire.ID `jmap:"accountId,required"`
}) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	list, err := c.session.Presence(c.ctx, m.Account())
	if err != nil {
		return nil, err
	}
	all := []any{}
	for _, p := range list {
		one := map[string]any{"threadId": jmapwire.ThreadID(m.Account(), p.Thread), "who": person(p.Who),
			"activity": activities[p.Activity], "since": jmapwire.UTCDate(p.Since), "until": jmapwire.UTCDate(p.Until),
			"isMe": p.Who.Account == c.session.Actor().Account}
		if p.Streams != nil {
			one["streamIds"] = p.Streams
		}
		all = append(all, one)
	}
	return map[string]any{"accountId": a.AccountID, "list": all}, nil
}

var activities = map[postroom.Activity]string{0: "left", postroom.Reading: "reading", postroom.Answering: "answering"}

// presenceTell is Presence/tell: what the person does with a conversation, for
// store.PresenceFor or until the stream of changes ends that is named.
func (c *call) presenceTell(a struct {
	threadArgs
	Activity string  `jmap:"activity,required"`
	StreamID *string `jmap:"streamId"`
}) (any, error) {
	m, thread, err := c.thread(a.threadArgs)
	if err != nil {
		return nil, err
	}
	stream := c.stream
	if a.StreamID != nil {
		var ok bool
		if stream, ok = postroom.ParseStreamID(*a.StreamID); !ok {
			return nil, jmapwire.InvalidArguments("streamId is a name of letters, digits, - and _")
		}
	}
	for activity, word := range activities {
		if word != a.Activity {
			continue
		}
		if err := c.session.SetPresence(c.ctx, m.Account(), thread, stream, activity); err != nil {
			return nil, ofThread(err)
		}
		return map[string]any{"accountId": a.AccountID, "threadId": a.ThreadID, "activity": word,
			"forSeconds": int(store.PresenceFor.Seconds())}, nil
	}
	return nil, jmapwire.InvalidArguments("activity is reading, answering or left")
}
