package store

import (
	"context"
	"strings"
	"unicode"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// caller is who uses the directory, as of the transaction.
type caller struct {
	session *Session
	account postroom.Account // zero for the console
	subject *rights.Subject  // nil for the console
	admin   rights.Administrator
	// held is the account on which the act stands on Administer, not on an
	// ability; broke is true when the act breaks the glass.
	held  postroom.AccountID
	broke bool
}

// read runs fn on a snapshot.
func (d *Directory) read(ctx context.Context, fn func(*db.Tx, *caller) error) error {
	s := d.session
	snapshot := s.store.db.Read
	if d.trial != nil {
		snapshot = d.trial.read
	}
	return snapshot(ctx, func(tx *db.Tx) error {
		c, err := s.caller(tx)
		if err != nil {
			return err
		}
		return fn(tx, c)
	})
}

// change runs fn alone: no act that stands on a right is under way meanwhile.
func (d *Directory) change(ctx context.Context, fn func(*db.Tx, *caller) error) error {
	s := d.session
	write := s.store.db.Write
	if d.trial != nil {
		write = d.trial.write
	}
	return write(ctx, func(tx *db.Tx) error {
		if err := tx.ChangeRights(); err != nil {
			return err
		}
		c, err := s.caller(tx)
		if err != nil {
			return err
		}
		before, err := c.reading(tx)
		if err != nil {
			return err
		}
		if err := fn(tx, c); err != nil {
			return err
		}
		return c.mustNotGain(tx, before)
	})
}

func (s *Session) caller(tx *db.Tx) (*caller, error) {
	switch s.warrant.Purpose {
	case mint.Console:
		return &caller{session: s, admin: rights.Administrator{Scope: postroom.ServerAdmin, Abilities: postroom.AllAbilities}}, nil
	case mint.Person:
	default:
		return nil, errDenied()
	}
	m, _, err := s.store.facts.now(tx, 0)
	if err != nil {
		return nil, err
	}
	p, err := m.principal(s.warrant.Actor.Account)
	if err != nil {
		return nil, err
	}
	if !s.lives(p) {
		return nil, errDenied()
	}
	return &caller{session: s, account: p.account, subject: p.subject,
		admin: rights.AdministratorOf(&p.account).Limited(s.warrant.Abilities)}, nil
}

// whole reports whether the credential takes nothing away: only then does
// anybody make further credentials, or manage what is theirs.
func (s *Session) whole() bool {
	return s.warrant.Mask.Has(postroom.AllRights) && s.warrant.MaySend && s.warrant.Abilities.Has(postroom.AllAbilities)
}

// needed is what an act of administration asks for; when nothing is said,
// everything that administrators usually have.
func needed(abilities []postroom.Abilities) postroom.Abilities {
	if len(abilities) == 0 {
		return postroom.UsualAbilities
	}
	var need postroom.Abilities
	for _, a := range abilities {
		need |= a
	}
	return need
}

// server reports whether the caller has abilities in every organisation.
func (c *caller) server(abilities ...postroom.Abilities) bool {
	return c.admin.MayEverywhere(needed(abilities))
}

// administers reports whether the caller has abilities in an organisation.
// Without any named it takes all that administrators usually have.
func (c *caller) administers(org postroom.OrgID, abilities ...postroom.Abilities) bool {
	return c.admin.May(org, needed(abilities))
}

// within reports whether the caller may know of things in an organisation.
func (c *caller) within(org postroom.OrgID) bool {
	return c.admin.Scope == postroom.ServerAdmin || c.account.Org == org
}

// mustAdminister answers NotFound, for which gone is the text, outside of the
// caller's organisation and Denied within to who lacks one of the abilities.
func (c *caller) mustAdminister(org postroom.OrgID, gone error, abilities ...postroom.Abilities) error {
	switch {
	case c.administers(org, abilities...):
		return nil
	case c.within(org):
		return errDenied()
	}
	return gone
}

// mustManage is mustAdminister for an account: nobody manages an administrator
// above themselves, or they would become one.
func (c *caller) mustManage(a postroom.Account, abilities ...postroom.Abilities) error {
	if err := c.mustAdminister(a.Org, postroom.Errorf(postroom.NotFound, "no such account"), abilities...); err != nil {
		return err
	}
	return c.mustCover(a)
}

// mustCover refuses administrators above the caller. Whoever reads their mail,
// or speaks for them, is not far from being one.
func (c *caller) mustCover(a postroom.Account) error {
	if c.is(a.ID) && !c.session.whole() {
		return errDenied() // a lesser credential does not become a greater one
	}
	if c.admin.Covers(rights.AdministratorOf(&a)) {
		return nil
	}
	return postroom.Errorf(postroom.Denied, "permission denied: %s is an administrator with abilities that you do not have", a.Address)
}

// is reports whether the caller is the account itself, by its own sign-in.
func (c *caller) is(id postroom.AccountID) bool { return id != 0 && c.account.ID == id }

// owns reports whether the caller may manage a group.
func (c *caller) owns(tx *db.Tx, g postroom.Group) (bool, error) {
	if c.administers(g.Org, postroom.ManageGroups) {
		return true, nil
	}
	if !c.session.whole() {
		return false, nil
	}
	facts, err := groupFacts(tx, g)
	if err != nil {
		return false, err
	}
	grants, err := sendGrantsOn(tx, facts.Target)
	if err != nil {
		return false, err
	}
	now := c.session.store.now()
	return rights.DecideSend(c.subject, facts, postroom.Own, "", grants, now).Allowed, nil
}

// seesAccount reports whether the caller may know of an account: as an
// administrator, from the address book, or because something there is shared
// with them.
func (c *caller) seesAccount(tx *db.Tx, a postroom.Account) (bool, error) {
	switch {
	case c.administers(a.Org, postroom.SeeDirectory) || c.is(a.ID):
		return true, nil
	case c.account.Org == a.Org && !a.HideInGAL:
		return true, nil
	}
	return c.session.seesAny(tx, a.ID)
}

// seesGroup reports whether the caller may know of a group.
func (c *caller) seesGroup(tx *db.Tx, g postroom.Group) (bool, error) {
	if !c.within(g.Org) {
		return false, nil
	}
	if !g.HideInGAL || c.administers(g.Org, postroom.SeeDirectory) {
		return true, nil
	}
	return c.owns(tx, g)
}

func errDenied() error { return postroom.Errorf(postroom.Denied, "permission denied") }

// noSuch is the NotFound error for a thing of the directory.
func noSuch(what, name string) error {
	return postroom.Errorf(postroom.NotFound, "no such %s: %s", what, printable(name))
}

// printable makes a name fit for one line of text.
func printable(name string) string {
	if len(name) > 300 {
		name = name[:300] + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, name)
}

// canonical returns the canonical form of an address.
func canonical(address string) (addr.Address, error) {
	a, err := addr.Parse(strings.TrimSpace(address))
	if err != nil {
		return addr.Address{}, postroom.Errorf(postroom.Invalid, "%s: %s", postroom.TextOf(err), printable(address))
	}
	return a.Canonical(), nil
}

// canonicalOrSelf is canonical for look-ups: what is no address is kept.
func canonicalOrSelf(address string) string {
	if a, err := canonical(address); err == nil {
		return a.String()
	}
	return address
}

// maxName bounds names for people, in bytes.
const maxName = 500

// cleanName checks a name for people: it ends up in header fields and lines of
// text, so it has no control characters.
func cleanName(what, name string) (string, error) {
	name = strings.TrimSpace(name)
	if len(name) > maxName {
		return "", postroom.Errorf(postroom.Invalid, "%s is too long", what)
	}
	if strings.ContainsFunc(name, badInPersonalName) {
		return "", postroom.Errorf(postroom.Invalid, "%s has a character that is not allowed", what)
	}
	return name, nil
}

// badInPersonalName tells control characters, line ends, what is no character,
// and the marks that turn the direction of what follows (a spoofer's tool).
func badInPersonalName(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || r == 0x2028 || r == 0x2029 ||
		0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}
