package migration

import (
	"context"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/heritage"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// Result of a step.
type Result string

// Done: made. Changed: it was there in another way. There: it was there as it
// is. Undone: refused.
const (
	Done    Result = "done"
	Changed Result = "changed"
	There   Result = "already there"
	Undone  Result = "refused"
)

// Settled of a step.
type Settled struct {
	Result Result `json:"result"`
	// Why a step was refused.
	Why string `json:"why,omitempty"`
}

// Settling does the steps of an estate with the methods of a Directory, each by
// itself: one that is refused does not keep the others from being done, but
// for those that would give what it was to restrict. Doing the same steps again
// changes nothing.
//
// Persons that are made have no password and cannot sign in.
type Settling struct {
	Directory *store.Directory
	// KnownOnly makes no accounts.
	KnownOnly bool

	// open are targets that a refused step was to restrict, with its place.
	open map[string]heritage.Place
}

// Settle does the steps in order; the answer has an outcome for each.
func (s *Settling) Settle(ctx context.Context, steps []heritage.Step) ([]Settled, error) {
	s.open = map[string]heritage.Place{}
	outcomes := make([]Settled, len(steps))
	for i := range steps {
		result, err := s.step(ctx, &steps[i])
		switch kind := postroom.KindOf(err); {
		case err == nil:
		case ctx.Err() != nil || kind == postroom.Unavailable || kind == postroom.Internal:
			return nil, err
		case kind == postroom.Exists && (steps[i].Act == heritage.PutGrant || steps[i].Act == heritage.PutSendRight):
			result = There
		default:
			result = Undone
			outcomes[i].Why = postroom.TextOf(err)
			if err := s.missed(ctx, &steps[i], kind); err != nil {
				return nil, err
			}
		}
		outcomes[i].Result = result
	}
	return outcomes, nil
}

func account(target string) string {
	if at := strings.Index(target, ":/"); at >= 0 {
		target = target[:at]
	}
	return strings.ToLower(target)
}

// missed takes care that the refusal of a step that restricts gives nobody
// more.
func (s *Settling) missed(ctx context.Context, step *heritage.Step, kind postroom.ErrorKind) error {
	if !step.Restricts() || step.Person && kind == postroom.NotFound && step.Right != postroom.SendTo.String() {
		return nil
	}
	if step.Right != postroom.SendTo.String() || step.Deny {
		if _, known := s.open[account(step.Target)]; !known {
			s.open[account(step.Target)] = step.Place
		}
		return nil
	}
	// Without any entry everybody might post.
	closing := heritage.Step{Target: step.Target, Grantee: "org", Right: step.Right, Deny: true}
	_, err := s.sendRight(ctx, &closing)
	if k := postroom.KindOf(err); k == postroom.Unavailable || k == postroom.Internal {
		return err
	}
	return nil
}

func (s *Settling) step(ctx context.Context, step *heritage.Step) (Result, error) {
	if at, open := s.open[account(step.Target)]; open && step.Gives() {
		return Undone, postroom.Errorf(postroom.Denied, "not given: %s:%d, which restricts it, was refused", at.File, at.Line)
	}
	switch step.Act {
	case heritage.MakePlan:
		return s.plan(ctx, step)
	case heritage.MakeAccount:
		return s.account(ctx, step)
	case heritage.MakeGroup:
		return s.group(ctx, step)
	case heritage.AddAlias:
		return s.alias(ctx, step)
	case heritage.AddMember:
		return s.member(ctx, step)
	case heritage.Set:
		return s.set(ctx, step)
	case heritage.SetDelegable:
		return s.delegable(ctx, step)
	case heritage.SetReply:
		return s.reply(ctx, step)
	case heritage.SetForward:
		return s.forward(ctx, step)
	case heritage.MakeFolder:
		return s.folder(ctx, step)
	case heritage.Close:
		return s.close(ctx, step)
	case heritage.PutSendRight:
		return s.sendRight(ctx, step)
	case heritage.PutGrant:
		return s.grant(ctx, step)
	case heritage.MakeIdentity:
		return s.identity(ctx, step)
	}
	return Undone, postroom.Errorf(postroom.Invalid, "unknown act %q", string(step.Act))
}

func (s *Settling) plan(ctx context.Context, step *heritage.Step) (Result, error) {
	if _, err := s.Directory.Plan(ctx, step.Target); postroom.KindOf(err) != postroom.NotFound {
		return There, err
	}
	p := postroom.Plan{Name: step.Target}
	if step.Entry != nil && step.Entry.QuotaBytes != nil {
		p.QuotaBytes = *step.Entry.QuotaBytes
	}
	orgs, err := s.Directory.Organisations(ctx)
	if err != nil {
		return Undone, err
	}
	if len(orgs) != 1 {
		return Undone, postroom.Errorf(postroom.Invalid, "of which organisation is the plan? Make it by hand: postroom plan create")
	}
	p.Org = orgs[0].ID
	_, err = s.Directory.CreatePlan(ctx, p)
	return Done, err
}

// find is the entry with an address; there is false when there is none.
func (s *Settling) find(ctx context.Context, address string) (t postroom.SendTarget, primary string, there bool, err error) {
	a, err := s.Directory.Account(ctx, address)
	if err == nil {
		return postroom.SendTarget{Account: a.ID}, a.Address, true, nil
	}
	if postroom.KindOf(err) != postroom.NotFound {
		return t, "", false, err
	}
	g, err := s.Directory.Group(ctx, address)
	if err == nil {
		return postroom.SendTarget{Group: g.ID}, g.Address, true, nil
	}
	if postroom.KindOf(err) != postroom.NotFound {
		return t, "", false, err
	}
	return t, "", false, nil
}

// target is the entry a step is about.
func (s *Settling) target(ctx context.Context, address string) (postroom.SendTarget, error) {
	t, _, there, err := s.find(ctx, address)
	if err == nil && !there {
		err = postroom.Errorf(postroom.NotFound, "no account or group %s", address)
	}
	return t, err
}

func (s *Settling) account(ctx context.Context, step *heritage.Step) (Result, error) {
	t, primary, there, err := s.find(ctx, step.Target)
	switch {
	case err != nil:
		return Undone, err
	case there && t.Account != 0 && strings.EqualFold(primary, step.Target):
		return There, nil
	case there:
		return Undone, postroom.Errorf(postroom.Exists, "%s is an address of %s here", step.Target, primary)
	case s.KnownOnly:
		return Undone, postroom.Errorf(postroom.NotFound, "no account %s, and none is to be made", step.Target)
	}
	e := step.Entry
	if e == nil {
		e = &heritage.Facts{}
	}
	n := store.NewAccount{Address: step.Target, Name: e.Name}
	n.Kind, _ = postroom.ParseAccountKind(e.Kind)
	if e.Plan != "" {
		p, err := s.Directory.Plan(ctx, e.Plan)
		if err != nil {
			return Undone, err
		}
		n.Plan = p.ID
	}
	a, err := s.Directory.CreateAccount(ctx, n)
	if err != nil {
		return Undone, err
	}
	a.Login = false
	if state, ok := postroom.ParseAccountState(e.State); ok {
		a.State = state
	}
	return Done, s.Directory.UpdateAccount(ctx, a)
}

func (s *Settling) group(ctx context.Context, step *heritage.Step) (Result, error) {
	t, primary, there, err := s.find(ctx, step.Target)
	switch {
	case err != nil:
		return Undone, err
	case there && t.Group != 0 && strings.EqualFold(primary, step.Target):
		return There, nil
	case there:
		return Undone, postroom.Errorf(postroom.Exists, "%s is an address of %s here", step.Target, primary)
	}
	g := postroom.Group{Address: step.Target, NotifyNewMembers: true}
	if step.Entry != nil {
		g.Name = step.Entry.Name
	}
	_, err = s.Directory.CreateGroup(ctx, g)
	return Done, err
}

func (s *Settling) alias(ctx context.Context, step *heritage.Step) (Result, error) {
	t, err := s.target(ctx, step.Target)
	if err != nil {
		return Undone, err
	}
	has, primary, there, err := s.find(ctx, step.Grantee)
	switch {
	case err != nil:
		return Undone, err
	case there && has == t:
		return There, nil
	case there:
		return Undone, postroom.Errorf(postroom.Exists, "%s is an address of %s here", step.Grantee, primary)
	}
	return Done, s.Directory.AddAlias(ctx, postroom.Alias{Address: step.Grantee, Target: t})
}

func (s *Settling) member(ctx context.Context, step *heritage.Step) (Result, error) {
	g, err := s.Directory.Group(ctx, step.Target)
	if err != nil {
		return Undone, err
	}
	err = s.Directory.AddMembers(ctx, g.ID, []string{step.Grantee})
	if postroom.KindOf(err) == postroom.Exists {
		return There, nil
	}
	return Done, err
}

func (s *Settling) delegable(ctx context.Context, step *heritage.Step) (Result, error) {
	t, err := s.target(ctx, step.Target)
	if err != nil {
		return Undone, err
	}
	now, err := s.Directory.Delegable(ctx, t)
	if err != nil {
		return Undone, err
	}
	want := make([]string, len(step.Addresses))
	for i, a := range step.Addresses {
		want[i] = strings.ToLower(a)
	}
	slices.Sort(now)
	slices.Sort(want)
	if slices.Equal(now, slices.Compact(want)) {
		return There, nil
	}
	return Changed, s.Directory.SetDelegable(ctx, t, step.Addresses)
}

// collection finds the folder of ADDRESS:/path.
func (s *Settling) collection(ctx context.Context, step *heritage.Step) (postroom.Collection, error) {
	address, path := step.Target, "/"
	if at := strings.Index(step.Target, ":/"); at >= 0 {
		address, path = step.Target[:at], step.Target[at+1:]
	}
	if step.Flat && path != "/" {
		path = folderOf(strings.Split(path[1:], "/"), postroom.RoleNone, "").Path
	}
	c, err := s.Directory.FindCollection(ctx, address, path)
	if postroom.KindOf(err) == postroom.NotFound {
		if a, accountErr := s.Directory.Account(ctx, address); accountErr == nil {
			return postroom.Collection{Ref: postroom.CollectionRef{Account: a.ID}, Path: path},
				postroom.Errorf(postroom.NotFound, "%s has no folder %s", a.Address, path)
		}
	}
	return c, err
}

func (s *Settling) folder(ctx context.Context, step *heritage.Step) (Result, error) {
	c, err := s.collection(ctx, step)
	if postroom.KindOf(err) != postroom.NotFound || c.Ref.Account == 0 {
		return There, err
	}
	_, err = s.Directory.CreateCollection(ctx, c.Ref.Account, c.Path)
	return Done, err
}

func (s *Settling) close(ctx context.Context, step *heritage.Step) (Result, error) {
	c, err := s.collection(ctx, step)
	if err != nil {
		return Undone, err
	}
	if !c.Inherit {
		return There, nil
	}
	return Done, s.Directory.SetInherit(ctx, c.Ref, store.Closed)
}

func (s *Settling) grant(ctx context.Context, step *heritage.Step) (Result, error) {
	c, err := s.collection(ctx, step)
	if err != nil {
		return Undone, err
	}
	g := postroom.Grant{Target: c.Ref, Negative: step.Negative, Mode: postroom.Offer}
	if c.Ref.Collection == postroom.RootCollection {
		g.Mode = postroom.Automount
	}
	if step.IMAP {
		g.Rights, err = rights.ParseIMAP(step.Rights)
	} else {
		g.Rights, err = rights.ParseZimbra(step.Rights)
	}
	if err != nil {
		return Undone, err
	}
	if step.Until != nil {
		g.Until = *step.Until
	}
	if g.Grantee, err = s.Directory.FindGrantee(ctx, c.Ref.Account, step.Grantee); err != nil {
		return Undone, err
	}
	result, err := s.before(ctx, &g)
	if err != nil {
		return Undone, err
	}
	return result, s.Directory.PutGrant(ctx, g)
}

// before looks what there is of a grant already: how it reaches its grantee
// stays as it is.
func (s *Settling) before(ctx context.Context, g *postroom.Grant) (Result, error) {
	entries, err := s.Directory.Grants(ctx, g.Target)
	if err != nil {
		return Undone, err
	}
	for _, e := range entries {
		if e.Grantee == g.Grantee && e.Negative == g.Negative {
			g.Mode = e.Mode
			return Changed, nil
		}
	}
	return Done, nil
}

func (s *Settling) sendRight(ctx context.Context, step *heritage.Step) (Result, error) {
	t, err := s.target(ctx, step.Target)
	if err != nil {
		return Undone, err
	}
	right, ok := postroom.ParseSendRight(step.Right)
	if !ok {
		return Undone, postroom.Errorf(postroom.Invalid, "unknown send right %q", step.Right)
	}
	g := postroom.SendGrant{Target: t, Right: right, Deny: step.Deny}
	if step.Until != nil {
		g.Until = *step.Until
	}
	if g.Grantee, err = s.Directory.FindGranteeFor(ctx, t, step.Grantee); err != nil {
		return Undone, err
	}
	entries, err := s.Directory.SendGrants(ctx, t)
	if err != nil {
		return Undone, err
	}
	result := Done
	for _, e := range entries {
		if e.Grantee == g.Grantee && e.Right == right {
			if e.Deny == g.Deny && e.Until.Equal(g.Until.Truncate(time.Microsecond)) {
				return There, nil // what else it says is this server's own
			}
			result = Changed
		}
	}
	return result, s.Directory.PutSendGrant(ctx, g)
}
