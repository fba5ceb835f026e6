package jmapserver

import (
	"context"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// directoryTypes are the types of the person's own account that tell of people,
// groups and shares. They are read when somebody's rights or what there is has
// changed, and else taken to be as before.
var directoryTypes = map[string]func(*call, jmapwire.ID) (string, error){
	"Principal": (*call).principalsState,
	"Share":     (*call).sharesState,
	"Group":     func(c *call, home jmapwire.ID) (string, error) { _, state, err := c.groups(home); return state, err },
	"GroupRequest": func(c *call, home jmapwire.ID) (string, error) {
		_, state, err := c.groupRequests(home)
		return state, err
	},
}

// sharesState moves with what is shared with the person, what they share, and
// what was answered.
func (c *call) sharesState(jmapwire.ID) (string, error) {
	home := c.session.Home()
	withMe, err := c.session.Directory().Shares(c.ctx, store.ShareFilter{With: home})
	if err != nil {
		return "", err
	}
	byMe, err := c.session.Directory().Shares(c.ctx, store.ShareFilter{OfferedBy: home})
	if err != nil {
		return "", err
	}
	return stateOf([][]postroom.Share{withMe, byMe})
}

// directoryStates reads the states of directoryTypes that the subscriber wants.
func (s *subscriber) directoryStates(ctx context.Context, all states) error {
	moves := s.session.Moves()
	if s.directory == nil || s.moves != moves {
		c, now := &call{ctx: ctx, session: s.session}, make(map[string]string, len(directoryTypes))
		for kind, read := range directoryTypes {
			if !s.wants(kind) {
				continue
			}
			state, err := read(c, jmapwire.AccountID(s.session.Home()))
			if kind := postroom.KindOf(err); err != nil && kind != postroom.Denied && kind != postroom.NotFound && kind != postroom.Limit {
				return err
			}
			if err == nil {
				now[kind] = state
			}
		}
		s.directory, s.moves = now, moves
	}
	for kind, state := range s.directory {
		all.put(s.session.Home(), kind, state)
	}
	return nil
}
