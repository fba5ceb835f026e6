package adminserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

// stateOf is a short text that changes with what is told of an entry. It says
// nothing else.
func stateOf(told any) string {
	text, _ := json.Marshal(told) // the types of adminwire have nothing that fails
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// accountState is that of what administrators change. What a person changes by
// themselves, or changes by itself, is left out.
func accountState(a adminwire.Account) string {
	a.UsedBytes, a.Settings, a.Aliases, a.Password, a.Invitation, a.Version = 0, nil, nil, "", nil, ""
	return stateOf(a)
}

func groupState(g adminwire.Group) string {
	g.Members, g.Owners, g.Aliases, g.Version = nil, nil, nil, ""
	return stateOf(g)
}

// ifMatch is the condition of RFC 9110 §13.1.1: the states one of which the
// entry must have; empty is no condition.
type ifMatch string

// holds refuses a change of what is no longer as the caller has seen it.
func (m ifMatch) holds(state, name string) error {
	if m == "" {
		return nil
	}
	for tag := range strings.SplitSeq(string(m), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.Trim(tag, `"`) == state {
			return nil
		}
	}
	return stale(name)
}

func stale(name string) error {
	return postroom.Errorf(postroom.Stale, "%s was changed by somebody else in the meantime: nothing was saved", name)
}

// replaces refuses to set what a grantee has on a whole mailbox when it is not
// what the caller has seen: the states of the entries; nil is no condition.
func replaces(ctx context.Context, d *store.Directory, target, grantee string, seen *[]string) error {
	if seen == nil {
		return nil
	}
	root, err := d.FindCollection(ctx, target, "/")
	if err != nil {
		return err
	}
	g, err := d.FindGrantee(ctx, root.Ref.Account, grantee)
	if err != nil {
		return err
	}
	now, err := newNames(d).delegationStates(ctx, root.Ref, g)
	if err != nil {
		return err
	}
	slices.Sort(now)
	if slices.Equal(now, slices.Sorted(slices.Values(*seen))) {
		return nil
	}
	if len(*seen) == 0 {
		return postroom.Errorf(postroom.Exists, "%s has something on %s already: change that", grantee, target)
	}
	return stale("what " + grantee + " has on " + target)
}

// delegationStates are those of the entries that a delegation replaces.
func (n *names) delegationStates(ctx context.Context, root postroom.CollectionRef, grantee postroom.Grantee) (states []string, err error) {
	grants, err := n.d.Grants(ctx, root)
	if err != nil {
		return nil, err
	}
	for _, e := range grants {
		if e.Grantee != grantee || e.Negative {
			continue
		}
		w, err := n.grant(ctx, e)
		if err != nil {
			return nil, err
		}
		states = append(states, w.Version)
	}
	sends, err := n.d.SendGrants(ctx, postroom.SendTarget{Account: root.Account})
	if err != nil {
		return nil, err
	}
	for _, e := range sends {
		if e.Grantee != grantee || e.Deny || e.Right != postroom.SendAs && e.Right != postroom.SendOnBehalfOf {
			continue
		}
		w, err := n.sendRight(ctx, e)
		if err != nil {
			return nil, err
		}
		states = append(states, w.Version)
	}
	return states, nil
}
