package jmapserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// Push is a read: a hint of the store only says when to look. What a subscriber
// may see at that moment is read, and what differs from what they were told is
// told.

// states are the states of the data types of each account.
type states map[jmapwire.ID]map[string]string

func (s states) put(account postroom.AccountID, kind, state string) {
	id := jmapwire.AccountID(account)
	if s[id] == nil {
		s[id] = make(map[string]string)
	}
	s[id][kind] = state
}

// sessionType is a type of our own, in the person's own account: its state is
// that of the Session object, so that a client learns of accounts that came or
// went.
const sessionType = "Session"

// staterOf reads the states of some data types.
type staterOf struct {
	types []string
	// person reads what is the person's own business: it is as before when only
	// accounts of others changed. accounts reads those of accounts, all in sight
	// when none is given.
	person   func(context.Context, *store.Session, states) error
	accounts func(context.Context, *store.Session, []postroom.AccountID, states) error
}

// staters are those of everything that is pushed, but directoryTypes.
var staters = []staterOf{
	{types: []string{sessionType}, person: sessionStates},
	{types: []string{"Email", "Mailbox", "Thread", "Work", "Note", "Mention", "Presence"}, accounts: mailStates},
	{types: []string{"Identity"}, person: identityStates},
	{types: []string{"EmailSubmission"}, accounts: sendingStates},
	{types: []string{"ShareNotification", "VacationResponse"}, person: sharingStates},
	{types: []string{"Quota"}, accounts: storageStates},
}

func sessionStates(ctx context.Context, session *store.Session, all states) error {
	state, err := sessionState(ctx, session)
	if err == nil {
		all.put(session.Home(), sessionType, state)
	}
	return err
}

func mailStates(ctx context.Context, session *store.Session, only []postroom.AccountID, all states) error {
	list, err := session.MailStates(ctx, only...)
	for account, s := range list {
		all.put(account, "Email", s.Email)
		all.put(account, "Mailbox", s.Mailbox)
		all.put(account, "Thread", s.Thread)
		all.put(account, "Work", s.Email) // it is in the keywords
		all.put(account, "Note", s.Note)
		all.put(account, "Mention", s.Mention)
		all.put(account, "Presence", s.Presence)
	}
	return err
}

// eachAccount calls see for the accounts given, or for all that have mail in
// sight; one that was lost meanwhile is passed over.
func eachAccount(ctx context.Context, session *store.Session, only []postroom.AccountID, see func(postroom.AccountID) error) error {
	if len(only) == 0 {
		accounts, err := session.MailAccounts(ctx)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			only = append(only, a.ID)
		}
	}
	for _, id := range only {
		_, err := session.Mail(ctx, id) // not found: also what the person has declined
		if err == nil {
			err = see(id)
		}
		if err != nil && postroom.KindOf(err) != postroom.NotFound {
			return err
		}
	}
	return nil
}

// sendingStates are of what is sent.
func sendingStates(ctx context.Context, session *store.Session, only []postroom.AccountID, all states) error {
	return eachAccount(ctx, session, only, func(id postroom.AccountID) error {
		m, err := session.Mail(ctx, id)
		if err != nil {
			return err
		}
		_, state, err := m.Submissions(ctx, []postroom.SubmissionID{})
		if err == nil {
			all.put(id, "EmailSubmission", state)
		} else if postroom.KindOf(err) == postroom.Denied {
			err = nil
		}
		return err
	})
}

// identityStates are of the identities to send with: the person's own, whosever
// address they have.
func identityStates(ctx context.Context, session *store.Session, all states) error {
	every, err := session.Identities(ctx)
	if err != nil {
		return err
	}
	return eachAccount(ctx, session, nil, func(id postroom.AccountID) error {
		state, err := stateOf(identitiesIn(session, every, id))
		all.put(id, "Identity", state)
		return err
	})
}

// sharingStates are of what the person is told of shares, and of their absence.
func sharingStates(ctx context.Context, session *store.Session, all states) error {
	c := &call{ctx: ctx, session: session}
	_, told, err := session.ShareNotifications(ctx, []int64{})
	if err == nil {
		all.put(session.Home(), "ShareNotification", told)
	} else if postroom.KindOf(err) != postroom.Denied {
		return err
	}
	_, _, state, err := c.vacation(jmapwire.AccountID(session.Home()))
	if err == nil {
		all.put(session.Home(), "VacationResponse", state)
	} else if kind := postroom.KindOf(err); kind != postroom.Denied && kind != postroom.NotFound {
		return err
	}
	return nil
}

// storageStates are of the quotas.
func storageStates(ctx context.Context, session *store.Session, only []postroom.AccountID, all states) error {
	c := &call{ctx: ctx, session: session}
	return eachAccount(ctx, session, only, func(id postroom.AccountID) error {
		state, err := c.quotaState(id)
		if err == nil {
			all.put(id, "Quota", state)
		}
		return err
	})
}

// stateChange is the StateChange object (RFC 8620 §7.1); PushState is of RFC
// 8887 §4.3.5.
type stateChange struct {
	Type      string `json:"@type"`
	Changed   states `json:"changed"`
	PushState string `json:"pushState,omitempty"`
}

// subscriber is somebody who is told of changes.
type subscriber struct {
	session *store.Session
	types   []string // nil is all of them
	told    states
	// seen is what look read last; it is never changed.
	seen states
	// directory are the states of the types that tell of people and rights, and
	// moves how often rights had changed then.
	directory map[string]string
	moves     uint64
}

// wants reports whether the subscriber wants any of some types.
func (s *subscriber) wants(types ...string) bool {
	return s.types == nil || slices.ContainsFunc(types, func(one string) bool { return slices.Contains(s.types, one) })
}

// look reads what the subscriber may see now. The error is that of a session
// which has ended.
func (s *subscriber) look(ctx context.Context) (states, error) {
	if err := s.session.Alive(ctx); err != nil {
		return nil, err
	}
	now := make(states)
	for _, read := range staters {
		var err error
		switch {
		case !s.wants(read.types...):
		case read.person != nil:
			err = read.person(ctx, s.session, now)
		default:
			err = read.accounts(ctx, s.session, nil, now)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := s.directoryStates(ctx, now); err != nil {
		return nil, err
	}
	return s.saw(now), nil
}

// saw takes what was read for what the subscriber sees, without what they do not
// want.
func (s *subscriber) saw(now states) states {
	for _, of := range now {
		maps.DeleteFunc(of, func(kind, _ string) bool { return !s.wants(kind) })
	}
	maps.DeleteFunc(now, func(_ jmapwire.ID, of map[string]string) bool { return len(of) == 0 })
	s.seen = now
	return now
}

// lookAt is look when the hints are of accounts of others alone: those are read,
// and the rest is as it was. So what one of many mailboxes in sight costs does
// not grow with the others.
func (s *subscriber) lookAt(ctx context.Context, hints store.Hints) (states, error) {
	if s.seen == nil || hints.Everything || slices.Contains(hints.Accounts, s.session.Home()) || s.session.Moves() != s.moves {
		return s.look(ctx)
	}
	if err := s.session.Alive(ctx); err != nil || len(hints.Accounts) == 0 {
		return s.seen, err
	}
	now := make(states)
	for _, read := range staters {
		if read.accounts == nil || !s.wants(read.types...) {
			continue
		}
		if err := read.accounts(ctx, s.session, hints.Accounts, now); err != nil {
			return nil, err
		}
	}
	hinted := make(map[jmapwire.ID]bool, len(hints.Accounts))
	for _, account := range hints.Accounts {
		id := jmapwire.AccountID(account)
		hinted[id] = true
		if state, is := s.seen[id]["Identity"]; is {
			now.put(account, "Identity", state)
		}
	}
	for id, of := range s.seen {
		if !hinted[id] {
			now[id] = of
		}
	}
	return s.saw(now), nil
}

// news are the states that are not those the subscriber was told last; none is
// nil. An account that is out of sight is forgotten.
func (s *subscriber) news(ctx context.Context, hints store.Hints) (states, error) {
	now, err := s.lookAt(ctx, hints)
	if err != nil {
		return nil, err
	}
	fresh := make(states)
	for id, of := range now {
		for kind, state := range of {
			if s.told[id][kind] != state {
				if fresh[id] == nil {
					fresh[id] = make(map[string]string)
				}
				fresh[id][kind] = state
			}
		}
	}
	s.told = now
	if len(fresh) == 0 {
		return nil, nil
	}
	return fresh, nil
}

// forget has the subscriber not know some news.
func (s *subscriber) forget(news states) {
	told := make(states, len(s.told))
	for id, of := range s.told {
		if told[id] = of; news[id] != nil {
			told[id] = maps.Clone(of)
			maps.DeleteFunc(told[id], func(kind, _ string) bool { return news[id][kind] != "" })
		}
	}
	s.told = told
}

// mark stands for all that the subscriber was told.
func (s *subscriber) mark() string {
	b, _ := json.Marshal(s.told) // strings always can be; keys are sorted
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// pushTypes reads a list of type names, "*" for all.
func pushTypes(text string) (types []string, ok bool) {
	if text == "*" || text == "" {
		return nil, true
	}
	const most = 100
	types = strings.Split(text, ",")
	return types, len(types) <= most && !slices.Contains(types, "")
}
