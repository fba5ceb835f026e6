package adminserver

import (
	"context"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

// cutWord takes "domain:D", "plan:P" and "guest:A" apart.
func cutWord(word string) (kind, name string, ok bool) {
	kind, name, ok = strings.Cut(word, ":")
	return kind, name, ok && (kind == "domain" || kind == "plan" || kind == "guest")
}

type listSendRights struct {
	Target  string `query:"target" doc:"An account or group"`
	Grantee string `query:"grantee" doc:"Instead of a target: what this grantee was given"`
}

type dropSendRight struct {
	Target  string `query:"target" required:"true"`
	Grantee string `query:"grantee" required:"true"`
	Right   string `query:"right" required:"true" enum:"sendAs,sendOnBehalfOf,sendTo,own"`
	Deny    bool   `query:"deny"`
	Quiet   bool   `query:"quiet" doc:"Send no notice"`
}

func (s *Server) sendRights() {
	endpoint(s, "GET", "/send-rights", "List send rights on a target, or of a grantee, or all", getSendRights)
	endpoint(s, "PUT", "/send-rights", "Give a send right, or replace the entry given before", putSendRight)
	endpoint(s, "DELETE", "/send-rights", "Take a send right back",
		func(ctx context.Context, r request[dropSendRight]) (adminwire.Done, error) {
			g, err := findSendGrant(ctx, r.dir, r.in.Target, r.in.Grantee, r.in.Right)
			if err != nil {
				return adminwire.Done{}, err
			}
			g.Deny = r.in.Deny
			return done(quietly(r.dir, r.in.Quiet).RemoveSendGrant(ctx, g))
		})
}

// findSendGrant resolves the three words that name an entry.
func findSendGrant(ctx context.Context, d *store.Directory, target, grantee, right string) (postroom.SendGrant, error) {
	t, _, err := entry(ctx, d, target)
	if err != nil {
		return postroom.SendGrant{}, err
	}
	g, err := d.FindGrantee(ctx, t.Account, grantee)
	if err != nil {
		return postroom.SendGrant{}, err
	}
	sr, ok := postroom.ParseSendRight(right)
	if !ok {
		return postroom.SendGrant{}, postroom.Errorf(postroom.Invalid, "unknown send right %q", right)
	}
	return postroom.SendGrant{Target: t, Grantee: g, Right: sr}, nil
}

func putSendRight(ctx context.Context, r request[struct{ Body adminwire.NewSendRight }]) (adminwire.Done, error) {
	b := r.in.Body
	g, err := findSendGrant(ctx, r.dir, b.Target, b.Grantee, b.Right)
	if err != nil {
		return adminwire.Done{}, err
	}
	if err := setWord(&g.Displayed, &b.DisplayedSender, adminwire.ParseDisplayedSender); err != nil {
		return adminwire.Done{}, err
	}
	g.Deny, g.AddAddresses, g.DropAddresses, g.Until = b.Deny, b.AddAddresses, b.DropAddresses, value(b.Until)
	return done(quietly(r.dir, b.Quiet).PutSendGrant(ctx, g))
}

func getSendRights(ctx context.Context, r request[listSendRights]) ([]adminwire.SendRight, error) {
	var list []store.SendEntry
	var err error
	switch {
	case r.in.Grantee != "":
		var g postroom.Grantee
		if g, err = r.dir.FindGrantee(ctx, 0, r.in.Grantee); err == nil {
			list, err = r.dir.SendGrantsTo(ctx, g)
		}
	case r.in.Target != "":
		var t postroom.SendTarget
		if t, _, err = entry(ctx, r.dir, r.in.Target); err == nil {
			list, err = r.dir.SendGrants(ctx, t)
		}
	default:
		list, err = r.dir.SendGrants(ctx, postroom.SendTarget{})
	}
	n := newNames(r.dir)
	return eachErr(list, err, func(e store.SendEntry) (adminwire.SendRight, error) { return n.sendRight(ctx, e) })
}

func (n *names) sendRight(ctx context.Context, e store.SendEntry) (adminwire.SendRight, error) {
	w := adminwire.SendRight{TargetType: "account", Target: e.TargetName, Right: e.Right.String(), Deny: e.Deny,
		DisplayedSender: adminwire.DisplayedSender(e.Displayed), AddAddresses: e.AddAddresses,
		DropAddresses: e.DropAddresses, Since: e.Since, Until: until(e.Until)}
	target := postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(e.Target.Account)}
	if e.Target.Group != 0 {
		w.TargetType = "group"
		target = postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(e.Target.Group)}
	}
	var err error
	if w.TargetUUID, err = n.uuid(ctx, target); err != nil {
		return w, err
	}
	if w.By, err = n.by(ctx, e.By); err != nil {
		return w, err
	}
	w.Grantee, err = n.grantee(ctx, e.Grantee, e.GranteeName)
	w.Version = stateOf(w)
	return w, err
}
