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

// stater reads the states of some data types of all accounts in sight.
type stater func(context.Context, *store.Session, states) error

// staters are those of everything that is pushed.
var staters = []stater{sessionStates, mailStates, sendingStates, sharingStates, storageStates}

func sessionStates(ctx context.Context, session *store.Session, all states) error {
	state, err := sessionState(ctx, session)
	if err == nil {
		all.put(session.Home(), sessionType, state)
	}
	return err
}

func mailStates(ctx context.Context, session *store.Session, all states) error {
	list, err := session.MailStates(ctx)
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

// sendingStates are of what is sent, and of the identities to send with.
func sendingStates(ctx context.Context, session *store.Session, all states) error {
	c := &call{ctx: ctx, session: session}
	accounts, err := session.MailAccounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		m, err := session.Mail(ctx, a.ID)
		if postroom.KindOf(err) == postroom.NotFound {
			continue // lost meanwhile
		}
		if err != nil {
			return err
		}
		if _, state, err := m.Submissions(ctx, []postroom.SubmissionID{}); err == nil {
			all.put(a.ID, "EmailSubmission", state)
		} else if kind := postroom.KindOf(err); kind != postroom.NotFound && kind != postroom.Denied {
			return err
		}
		list, err := c.identities(a.ID)
		if err != nil {
			return err
		}
		state, err := stateOf(list)
		if err != nil {
			return err
		}
		all.put(a.ID, "Identity", state)
	}
	return nil
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
func storageStates(ctx context.Context, session *store.Session, all states) error {
	c := &call{ctx: ctx, session: session}
	accounts, err := session.MailAccounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		state, err := c.quotaState(a.ID)
		if postroom.KindOf(err) == postroom.NotFound {
			continue // lost meanwhile
		}
		if err != nil {
			return err
		}
		all.put(a.ID, "Quota", state)
	}
	return nil
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
	// directory are the states of the types that tell of people and rights, and
	// moves how often rights had changed then.
	directory map[string]string
	moves     uint64
}

// look reads what the subscriber may see now. The error is that of a session
// which has ended.
func (s *subscriber) look(ctx context.Context) (states, error) {
	if err := s.session.Alive(ctx); err != nil {
		return nil, err
	}
	now := make(states)
	for _, read := range staters {
		if err := read(ctx, s.session, now); err != nil {
			return nil, err
		}
	}
	if err := s.directoryStates(ctx, now); err != nil {
		return nil, err
	}
	if s.types != nil {
		for _, of := range now {
			maps.DeleteFunc(of, func(kind, _ string) bool { return !slices.Contains(s.types, kind) })
		}
	}
	maps.DeleteFunc(now, func(_ jmapwire.ID, of map[string]string) bool { return len(of) == 0 })
	return now, nil
}

// news are the states that are not those the subscriber was told last; none is
// nil. An account that is out of sight is forgotten.
func (s *subscriber) news(ctx context.Context) (states, error) {
	now, err := s.look(ctx)
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
