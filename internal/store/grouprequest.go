package store

import (
	"context"
	"strconv"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// GroupAct is what somebody asks of a group for themselves.
type GroupAct uint8

// The acts.
const (
	// JoinGroup: to become a member.
	JoinGroup GroupAct = 1 + iota
	// LeaveGroup: to be one no longer.
	LeaveGroup
)

// String is subscribe or unsubscribe.
func (a GroupAct) String() string {
	return [...]string{"", "subscribe", "unsubscribe"}[min(a, LeaveGroup)]
}

// RequestState is how far a request is.
type RequestState uint8

// The states.
const (
	// RequestUnconfirmed: it came by a mail that anybody could have written;
	// the address it speaks of was asked.
	RequestUnconfirmed RequestState = 1 + iota
	// RequestWaiting: the owners of the group decide.
	RequestWaiting
	// RequestDone: it was open to them, or an owner approved.
	RequestDone
	// RequestRefused by an owner.
	RequestRefused
	// RequestExpired: nobody answered.
	RequestExpired
)

// String is unconfirmed, waiting, done, refused or expired.
func (s RequestState) String() string {
	return [...]string{"", "unconfirmed", "waiting", "done", "refused", "expired"}[min(s, RequestExpired)]
}

// GroupRequest is somebody's wish to join or leave a group.
type GroupRequest struct {
	// ID is zero when nobody had to be asked.
	ID      int64
	Group   postroom.GroupID
	Act     GroupAct
	Member  postroom.Member
	Address string // of the member
	State   RequestState
	Created time.Time
	Expires time.Time
	Decided time.Time
	// DecidedBy is zero for the console.
	DecidedBy postroom.AccountID
}

const (
	// requestLasts is how long a request waits, and how long it is remembered
	// afterwards for those who answer late.
	requestLasts = 14 * day
	// maxGroupRequests bounds the open requests of one group.
	maxGroupRequests = 1000
)

// open reports whether a request can still be decided.
func (r *GroupRequest) open(now time.Time) bool {
	return (r.State == RequestUnconfirmed || r.State == RequestWaiting) && now.Before(r.Expires)
}

const requestColumns = `SELECT r.id, r.group_id, r.act, r.account_id, r.outside, COALESCE(a.address, r.outside), r.state, r.created,
	r.expires, r.decided, r.decided_by FROM group_request r LEFT JOIN account a ON a.id = r.account_id `

func readRequests(tx *db.Tx, where string, args ...any) (list []GroupRequest, err error) {
	err = tx.Each(requestColumns+where, args, func(scan func(...any) error) error {
		var r GroupRequest
		var created, expires, decided int64
		err := scan(&r.ID, &r.Group, &r.Act, &r.Member.Account, &r.Member.Address, &r.Address, &r.State, &created, &expires,
			&decided, &r.DecidedBy)
		r.Created, r.Expires, r.Decided = db.Time(created), db.Time(expires), db.Time(decided)
		list = append(list, r)
		return err
	})
	return list, err
}

func readRequest(tx *db.Tx, id int64) (GroupRequest, error) {
	list, err := readRequests(tx, `WHERE r.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = postroom.Errorf(postroom.NotFound, "no such request: %d", id)
	}
	if err != nil {
		return GroupRequest{}, err
	}
	return list[0], nil
}

// Subscribe asks that somebody becomes a member of a group, as its policy says:
// at once, or when an owner has approved. The empty address is the caller's own;
// administrators ask for others too. Denied when the group is closed, Invalid when
// its members come from a filter, Exists when they are a member.
func (d *Directory) Subscribe(ctx context.Context, id postroom.GroupID, address string) (GroupRequest, error) {
	return d.askGroup(ctx, id, address, JoinGroup)
}

// Unsubscribe is Subscribe for leaving; NotFound when they are no member.
func (d *Directory) Unsubscribe(ctx context.Context, id postroom.GroupID, address string) (GroupRequest, error) {
	return d.askGroup(ctx, id, address, LeaveGroup)
}

func (d *Directory) askGroup(ctx context.Context, id postroom.GroupID, address string, act GroupAct) (r GroupRequest, err error) {
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		g, err := readGroup(tx, id)
		if err != nil {
			return err
		}
		m, name, err := d.asker(tx, c, g, address)
		if err != nil {
			return err
		}
		r, err = d.ask(tx, c, g, wish{act: act, member: m, name: name})
		return err
	})
	return r, err
}

// asker finds for whom the caller asks something of a group, and checks that
// they may.
func (d *Directory) asker(tx *db.Tx, c *caller, g postroom.Group, address string) (m postroom.Member, name string, err error) {
	if address == "" {
		if address = c.account.Address; address == "" {
			return m, "", postroom.Errorf(postroom.Invalid, "the console is no member of groups: give an address")
		}
	}
	if m, err = memberNamed(tx, g.Org, address); err != nil {
		return m, "", err
	}
	// Members of a hidden group know of it, and may leave.
	sees := c.mustSee(tx, postroom.SendTarget{Group: g.ID})
	if sees != nil && c.is(m.Account) {
		if in, err := isMember(tx, g.ID, m); err == nil && in {
			sees = nil
		}
	}
	switch {
	case sees != nil:
		return m, "", noSuch("group", g.Address)
	case m.Group != 0:
		return m, "", postroom.Errorf(postroom.Invalid, "%s is a group: the owners of %s add it", printable(address), g.Address)
	case c.administers(g.Org, postroom.ManageGroups), c.is(m.Account) && d.session.whole():
		return m, canonicalOrSelf(address), nil
	}
	return m, "", errDenied()
}

func isMember(tx *db.Tx, id postroom.GroupID, m postroom.Member) (bool, error) {
	return exists(tx, `SELECT 1 FROM group_member WHERE group_id = $1 AND account_id = $2 AND member_group = $3 AND outside = $4`,
		id, m.Account, m.Group, m.Address)
}

// wish is what somebody asks, before it is decided whether anybody must be asked.
type wish struct {
	act    GroupAct
	member postroom.Member
	name   string
}

// policy is what a group says to an act; the error is the refusal.
func (w wish) policy(g postroom.Group) (postroom.SubscriptionPolicy, error) {
	if err := byHand(g); err != nil {
		return 0, err
	}
	policy := g.Subscribe
	if w.act == LeaveGroup {
		policy = g.Unsubscribe
	}
	switch {
	case policy == postroom.SubscriptionClosed && w.act == JoinGroup:
		return 0, postroom.Errorf(postroom.Denied, "%s is closed: its owners add members", g.Address)
	case policy == postroom.SubscriptionClosed:
		return 0, postroom.Errorf(postroom.Denied, "members do not leave %s by themselves: ask its owners", g.Address)
	case w.act == JoinGroup && w.member.Address != "" && !g.Outsiders:
		return 0, postroom.Errorf(postroom.Denied, "%s is only for people of its organisation", g.Address)
	}
	return policy, nil
}

// pointless refuses to join what one belongs to, and to leave what one does not.
func (w wish) pointless(tx *db.Tx, g postroom.Group) error {
	in, err := isMember(tx, g.ID, w.member)
	switch {
	case err != nil:
		return err
	case in && w.act == JoinGroup:
		return postroom.Errorf(postroom.Exists, "%s is a member of %s already", printable(w.name), g.Address)
	case !in && w.act == LeaveGroup:
		return postroom.Errorf(postroom.NotFound, "%s is no member of %s", printable(w.name), g.Address)
	}
	return nil
}

// ask does what is wished, when the policy is open, or asks the owners.
func (d *Directory) ask(tx *db.Tx, c *caller, g postroom.Group, w wish) (GroupRequest, error) {
	done := GroupRequest{Group: g.ID, Act: w.act, Member: w.member, Address: w.name, State: RequestDone}
	policy, err := w.policy(g)
	if err != nil {
		return done, err
	}
	if err := w.pointless(tx, g); err != nil {
		return done, err
	}
	if policy == postroom.SubscriptionOpen {
		return done, d.fulfil(tx, c, g, w)
	}
	return d.request(tx, g, w, RequestWaiting)
}

// fulfil makes somebody a member, or no longer one.
func (d *Directory) fulfil(tx *db.Tx, c *caller, g postroom.Group, w wish) error {
	members := []postroom.Member{w.member}
	if w.act == JoinGroup {
		if err := d.watchMembers(tx, c, g, members); err != nil {
			return err
		}
		if err := d.addMember(tx, g, w.member, w.name); err != nil {
			return err
		}
	} else {
		if err := d.noteLeft(tx, c, g, members); err != nil {
			return err
		}
		if err := d.dropMember(tx, g, w.member, w.name); err != nil {
			return err
		}
	}
	if err := d.membersChanged(tx, g, members); err != nil {
		return err
	}
	action := "group.remove"
	if w.act == JoinGroup {
		action = "group.add"
		if err := d.noteMembers(tx, c, g, members); err != nil {
			return err
		}
	}
	return d.session.recordOn(tx, action, g.Org, g.Address, map[string]string{"members": w.name})
}

// request writes down that somebody must be asked, and the letters that ask. One
// that is open already is not asked for again.
func (d *Directory) request(tx *db.Tx, g postroom.Group, w wish, state RequestState) (r GroupRequest, err error) {
	s := d.session.store
	now := db.Time(db.Micros(s.now()))
	open, err := readRequests(tx, `WHERE r.group_id = $1 AND r.act = $2 AND r.account_id = $3 AND r.outside = $4 AND r.state <= $5
		ORDER BY r.id DESC`, g.ID, w.act, w.member.Account, w.member.Address, RequestWaiting)
	if err != nil {
		return r, err
	}
	if len(open) > 0 && open[0].open(now) && open[0].State >= state {
		return open[0], nil
	}
	var count int
	err = tx.QueryRow(`SELECT COUNT(*) FROM group_request WHERE group_id = $1 AND state <= $2`, g.ID, RequestWaiting).Scan(&count)
	if err != nil {
		return r, err
	}
	if count >= maxGroupRequests {
		return r, postroom.Errorf(postroom.Limit, "too many requests to %s are open", g.Address)
	}
	r = GroupRequest{Group: g.ID, Act: w.act, Member: w.member, Address: w.name, State: state, Created: now, Expires: now.Add(requestLasts)}
	if r.ID, err = nextID(tx); err != nil {
		return r, err
	}
	_, err = tx.Exec(`INSERT INTO group_request (id, group_id, act, account_id, outside, state, created, expires, forget)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, r.ID, g.ID, r.Act, r.Member.Account, r.Member.Address, r.State, r.Created,
		r.Expires, r.Expires.Add(requestLasts))
	if err != nil {
		return r, err
	}
	if err := s.requestLetters(tx, g, r); err != nil {
		return r, err
	}
	return r, d.session.recordOn(tx, "group.request", g.Org, g.Address, r.details())
}

func (r *GroupRequest) details() map[string]string {
	return map[string]string{"request": strconv.FormatInt(r.ID, 10), "act": r.Act.String(), "member": r.Address, "state": r.State.String()}
}

// GroupRequests lists the requests that wait for a decision, of one group or,
// when it is zero, of all: those the caller may decide, and their own.
func (d *Directory) GroupRequests(ctx context.Context, group postroom.GroupID) (all []GroupRequest, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		all = []GroupRequest{}
		if group != 0 {
			if err := c.mustSee(tx, postroom.SendTarget{Group: group}); err != nil {
				return err
			}
		}
		list, err := readRequests(tx, `WHERE r.state = $1 AND r.expires > $2 AND ($3 = 0 OR r.group_id = $3) ORDER BY r.id`,
			RequestWaiting, d.session.store.now(), group)
		if err != nil {
			return err
		}
		owned := make(map[postroom.GroupID]bool)
		for _, r := range list {
			owns, known := owned[r.Group]
			if !known {
				g, err := readGroup(tx, r.Group)
				if err != nil {
					return err
				}
				if owns, err = c.owns(tx, g); err != nil {
					return err
				}
				owned[r.Group] = owns && c.within(g.Org)
				owns = owned[r.Group]
			}
			if owns || c.is(r.Member.Account) {
				all = append(all, r)
			}
		}
		return nil
	})
	return all, err
}

// Decision is an answer to a request.
type Decision uint8

// The answers.
const (
	Approve Decision = 1 + iota
	Refuse
)

// DecideGroupRequest approves or refuses a request that waits, for an owner of
// the group. The first answer decides: Exists when there was one, or when the
// request has expired.
func (d *Directory) DecideGroupRequest(ctx context.Context, id int64, answer Decision) (r GroupRequest, err error) {
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		if r, err = readRequest(tx, id); err != nil {
			return err
		}
		g, err := readGroup(tx, r.Group)
		if err != nil {
			return err
		}
		if err := c.mustOwn(tx, g); postroom.KindOf(err) == postroom.NotFound {
			return postroom.Errorf(postroom.NotFound, "no such request: %d", id)
		} else if err != nil {
			return err
		}
		r, err = d.decide(tx, c, g, r, answer)
		return err
	})
	return r, err
}

// decide is the answer of somebody who may give it.
func (d *Directory) decide(tx *db.Tx, c *caller, g postroom.Group, r GroupRequest, answer Decision) (GroupRequest, error) {
	s := d.session.store
	now := db.Time(db.Micros(s.now()))
	switch {
	case r.State == RequestUnconfirmed:
		return r, postroom.Errorf(postroom.NotFound, "no such request: %d", r.ID)
	case !r.open(now):
		return r, postroom.Errorf(postroom.Exists, "the request has been answered already or has expired: %s", r.shownState(now))
	}
	action := "group.request.refuse"
	r.State, r.Decided, r.DecidedBy = RequestRefused, now, c.account.ID
	if answer == Approve {
		if err := byHand(g); err != nil {
			return r, err
		}
		action, r.State = "group.request.approve", RequestDone
		w := wish{act: r.Act, member: r.Member, name: r.Address}
		// An owner may have done it by hand meanwhile.
		if w.pointless(tx, g) == nil {
			if err := d.fulfil(tx, c, g, w); err != nil {
				return r, err
			}
		}
	}
	if err := s.settleRequest(tx, r); err != nil {
		return r, err
	}
	return r, d.session.recordOn(tx, action, g.Org, g.Address, r.details())
}

func (r *GroupRequest) shownState(now time.Time) string {
	if r.State <= RequestWaiting && !r.open(now) {
		return RequestExpired.String()
	}
	return r.State.String()
}

// settleRequest stores how a request ended, takes back the letters that would
// still ask, and writes to whom it was about.
func (s *Store) settleRequest(tx *db.Tx, r GroupRequest) error {
	_, err := tx.Exec(`UPDATE group_request SET state = $2, decided = $3, decided_by = $4, expires = $5, forget = $6 WHERE id = $1`,
		r.ID, r.State, r.Decided, r.DecidedBy, r.Expires, s.now().Add(2*requestLasts))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM group_letter WHERE request_id = $1`, r.ID); err != nil {
		return err
	}
	g, err := readGroup(tx, r.Group)
	if err != nil {
		return err
	}
	wakeOrganisation(tx, g.Org)
	return s.queueLetter(tx, r.ID, LetterOutcome, r.Member)
}

// dropRequests forgets the requests of a group or an account that is no more,
// and those of a group that has a filter now.
func dropRequests(tx *db.Tx, where string, id int64) error {
	for _, query := range []string{
		`DELETE FROM group_letter WHERE request_id IN (SELECT id FROM group_request WHERE ` + where + `)`,
		`DELETE FROM group_request WHERE ` + where,
	} {
		if _, err := tx.Exec(query, id); err != nil {
			return err
		}
	}
	return nil
}
