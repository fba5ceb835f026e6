package jmapserver

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// groupJoinArgs are the arguments of Group/join and Group/leave.
type groupJoinArgs struct {
	AccountID jmapwire.ID `jmap:"accountId,required"`
	GroupID   jmapwire.ID `jmap:"groupId,required"`
}

// groupJoin is Group/join: the person becomes a member, or asks to.
func (c *call) groupJoin(a groupJoinArgs) (any, error) { return c.askGroup(a, store.JoinGroup) }

// groupLeave is Group/leave.
func (c *call) groupLeave(a groupJoinArgs) (any, error) { return c.askGroup(a, store.LeaveGroup) }

func (c *call) askGroup(a groupJoinArgs, act store.GroupAct) (any, error) {
	v, err := c.groupNamed(a.AccountID, a.GroupID)
	if err != nil {
		return nil, err
	}
	d := c.session.Directory()
	ask := d.Subscribe
	if act == store.LeaveGroup {
		ask = d.Unsubscribe
	}
	r, err := ask(c.ctx, v.Group.ID, "")
	switch postroom.KindOf(err) {
	case postroom.Denied:
		return nil, saying("forbidden", err)
	case postroom.Invalid, postroom.Exists, postroom.NotFound:
		return nil, saying("invalidArguments", err)
	}
	if err != nil {
		return nil, err
	}
	o := map[string]any{"accountId": a.AccountID, "groupId": a.GroupID, "state": r.State.String(), "requestId": nil}
	if r.ID != 0 {
		o["requestId"] = requestID(r)
	}
	return o, nil
}

// GroupRequest is somebody's wish to join or leave a group, while it waits for
// the answer of an owner.

var requestProperties = []string{"id", "groupId", "groupEmail", "act", "email", "name", "created", "expires", "mayDecide", "isMine"}

func requestID(r store.GroupRequest) jmapwire.ID {
	return jmapwire.ID("R" + strconv.FormatInt(r.ID, 10))
}

// groupRequests are those that wait: the session's own, and those it may decide.
func (c *call) groupRequests(account jmapwire.ID) (list []store.GroupRequest, state string, err error) {
	if err := c.atHome(account); err != nil {
		return nil, "", err
	}
	if list, err = c.session.Directory().GroupRequests(c.ctx, 0); err != nil {
		return nil, "", err
	}
	state, err = stateOf(list)
	return list, state, err
}

// groupRequestGet is GroupRequest/get.
func (c *call) groupRequestGet(a jmapwire.Get) (any, error) {
	list, state, err := c.groupRequests(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, requestProperties)
	if err != nil {
		return nil, err
	}
	groups, _, err := c.groups(a.AccountID)
	if err != nil {
		return nil, err
	}
	people, err := c.principals()
	if err != nil {
		return nil, err
	}
	return got(a, state, list, requestID, func(r store.GroupRequest) any {
		all := map[string]any{"id": requestID(r), "groupId": groupID(r.Group), "groupEmail": nil, "act": r.Act.String(), "email": r.Address,
			"name": nil, "created": jmapwire.UTCDate(r.Created), "expires": jmapwire.UTCDate(r.Expires), "mayDecide": false,
			"isMine": r.Member.Account != 0 && r.Member.Account == c.session.Actor().Account}
		if at := slices.IndexFunc(groups, func(v store.GroupView) bool { return v.Group.ID == r.Group }); at >= 0 {
			all["groupEmail"], all["mayDecide"] = groups[at].Group.Address, groups[at].Manages
		}
		if at := slices.IndexFunc(people, func(p principal) bool { return p.account != 0 && p.account == r.Member.Account }); at >= 0 {
			all["name"] = people[at].Name
		}
		return only(all, properties)
	})
}

// groupRequestSet is GroupRequest/set: an owner's answer is an update of state.
func (c *call) groupRequestSet(a jmapwire.Set) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	fixed := &jmapwire.Error{Type: "forbidden", Description: "a request is made with Group/join and Group/leave, and ends by an answer"}
	return c.set("GroupRequest/set", a, setter{
		state:   func() (string, error) { _, state, err := c.groupRequests(a.AccountID); return state, err },
		create:  func(json.RawMessage) (jmapwire.ID, any, error) { return "", nil, fixed },
		destroy: func(jmapwire.ID) error { return fixed },
		update:  func(id jmapwire.ID, raw json.RawMessage) (any, error) { return nil, c.answerRequest(id, raw) },
	})
}

func (c *call) answerRequest(id jmapwire.ID, raw json.RawMessage) error {
	number, is := strings.CutPrefix(string(id), "R")
	n, err := strconv.ParseInt(number, 10, 64)
	if !is || err != nil {
		return jmapwire.Fail("notFound")
	}
	var v struct {
		State string `jmap:"state,required"`
	}
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return jmapwire.InvalidPatch("not an object")
	}
	if err := jmapwire.Decode(o, &v); err != nil {
		return jmapwire.InvalidProperties(err.Description, err.Properties...)
	}
	answer, ok := map[string]store.Decision{"approved": store.Approve, "refused": store.Refuse}[v.State]
	if !ok {
		return jmapwire.InvalidProperties("approved or refused", "state")
	}
	if _, err := c.session.Directory().DecideGroupRequest(c.ctx, n, answer); err != nil {
		if kind := postroom.KindOf(err); kind == postroom.Exists || kind == postroom.Invalid {
			return because(err, "state")
		}
		return err
	}
	return nil
}
