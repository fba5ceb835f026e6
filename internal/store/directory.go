package store

import (
	"context"
	"time"

	"postroom"
)

// Directory is the handle on organisations, domains, plans, accounts, groups
// and grants. Every method checks what its session may do there: the console
// and server administrators everything, organisation administrators what is in
// their organisation, owners of a group that group, holders of Administer the
// grants of that collection, a person their own account's settings. None of
// them reads mail by it.
//
// Names resolve case-insensitively; a 36-character UUID also names an entry.
// Aliases resolve to their target. NotFound when absent or not to be seen.
type Directory struct{ session *Session }

// Directory returns the handle of this session.
func (s *Session) Directory() *Directory { return &Directory{session: s} }

// Organisations.

func (d *Directory) CreateOrganisation(ctx context.Context, name string) (postroom.Organisation, error) {
	panic("unbuilt")
}
func (d *Directory) Organisation(ctx context.Context, name string) (postroom.Organisation, error) {
	panic("unbuilt")
}
func (d *Directory) Organisations(ctx context.Context) ([]postroom.Organisation, error) {
	panic("unbuilt")
}

// UpdateOrganisation stores Name and Displayed.
func (d *Directory) UpdateOrganisation(ctx context.Context, o postroom.Organisation) error {
	panic("unbuilt")
}

// DeleteOrganisation needs it to be empty of domains (NotEmpty).
func (d *Directory) DeleteOrganisation(ctx context.Context, id postroom.OrgID) error {
	panic("unbuilt")
}

// Domains.

// CreateDomain adds a domain with a new DKIM key.
func (d *Directory) CreateDomain(ctx context.Context, org postroom.OrgID, name string) (postroom.Domain, error) {
	panic("unbuilt")
}
func (d *Directory) Domain(ctx context.Context, name string) (postroom.Domain, error) {
	panic("unbuilt")
}
func (d *Directory) Domains(ctx context.Context) ([]postroom.Domain, error) { panic("unbuilt") }

// UpdateDomain stores the DKIM selector and key.
func (d *Directory) UpdateDomain(ctx context.Context, dom postroom.Domain) error { panic("unbuilt") }

// DeleteDomain needs it to be empty of accounts and groups (NotEmpty).
func (d *Directory) DeleteDomain(ctx context.Context, id postroom.DomainID) error { panic("unbuilt") }

// Plans. Every organisation has one named "default".

func (d *Directory) CreatePlan(ctx context.Context, p postroom.Plan) (postroom.Plan, error) {
	panic("unbuilt")
}
func (d *Directory) Plan(ctx context.Context, name string) (postroom.Plan, error) { panic("unbuilt") }
func (d *Directory) Plans(ctx context.Context) ([]postroom.Plan, error)           { panic("unbuilt") }
func (d *Directory) UpdatePlan(ctx context.Context, p postroom.Plan) error        { panic("unbuilt") }

// DeletePlan needs it to be unused (NotEmpty).
func (d *Directory) DeletePlan(ctx context.Context, id postroom.PlanID) error { panic("unbuilt") }

// Accounts.

// NewAccount says what CreateAccount makes.
type NewAccount struct {
	Address string
	Name    string
	Kind    postroom.AccountKind // zero: Person
	Plan    postroom.PlanID      // zero: the organisation's default
	// Password of a person; empty for none. A person created with Invite is
	// in state Invited until the invitation is accepted.
	Password string
	Invite   Invitation
	Admin    postroom.AdminScope
	Settings map[string]string
}

// Invitation is whether a new person begins as invited.
type Invitation uint8

// The two ways to begin.
const (
	NotInvited Invitation = iota
	SendInvitation
)

// CreateAccount makes an account with its well-known mailboxes. A Shared or
// Resource account has its login off. Exists, Invalid, NotFound (domain).
func (d *Directory) CreateAccount(ctx context.Context, n NewAccount) (postroom.Account, error) {
	panic("unbuilt")
}
func (d *Directory) Account(ctx context.Context, name string) (postroom.Account, error) {
	panic("unbuilt")
}

// AccountByID finds an account by its number.
func (d *Directory) AccountByID(ctx context.Context, id postroom.AccountID) (postroom.Account, error) {
	panic("unbuilt")
}

// Accounts lists accounts, of one domain when it is not empty.
func (d *Directory) Accounts(ctx context.Context, domain string) ([]postroom.Account, error) {
	panic("unbuilt")
}

// UpdateAccount stores Name, Kind, State, Login, Admin, Plan, QuotaBytes,
// HideInGAL, Displayed, Sent, SeenPerUser and Settings as given.
func (d *Directory) UpdateAccount(ctx context.Context, a postroom.Account) error { panic("unbuilt") }

// RenameAccount changes the primary address; rights stay.
func (d *Directory) RenameAccount(ctx context.Context, id postroom.AccountID, address string) error {
	panic("unbuilt")
}

// DeleteAccount removes an account, its mail and every grant to and on it.
func (d *Directory) DeleteAccount(ctx context.Context, id postroom.AccountID) error {
	panic("unbuilt")
}

// SetPassword replaces the password; it ends no session but the next sign-in
// needs the new one.
func (d *Directory) SetPassword(ctx context.Context, id postroom.AccountID, password string) error {
	panic("unbuilt")
}

// AcceptInvitation makes an invited account active.
func (d *Directory) AcceptInvitation(ctx context.Context, id postroom.AccountID) error {
	panic("unbuilt")
}

// Aliases.

func (d *Directory) AddAlias(ctx context.Context, a postroom.Alias) error  { panic("unbuilt") }
func (d *Directory) RemoveAlias(ctx context.Context, address string) error { panic("unbuilt") }
func (d *Directory) Aliases(ctx context.Context, t postroom.SendTarget) ([]postroom.Alias, error) {
	panic("unbuilt")
}

// SetDelegable says which addresses of a target those who may send as it can
// use: aliases on the list become delegable, others not. PrimaryToo is whether
// the primary address stays usable (Zimbra: a list without it takes it away).
func (d *Directory) SetDelegable(ctx context.Context, t postroom.SendTarget, addresses []string) error {
	panic("unbuilt")
}

// Delegable lists the addresses usable by delegates; never empty.
func (d *Directory) Delegable(ctx context.Context, t postroom.SendTarget) ([]string, error) {
	panic("unbuilt")
}

// Groups.

func (d *Directory) CreateGroup(ctx context.Context, g postroom.Group) (postroom.Group, error) {
	panic("unbuilt")
}
func (d *Directory) Group(ctx context.Context, name string) (postroom.Group, error) {
	panic("unbuilt")
}
func (d *Directory) GroupByID(ctx context.Context, id postroom.GroupID) (postroom.Group, error) {
	panic("unbuilt")
}
func (d *Directory) Groups(ctx context.Context, domain string) ([]postroom.Group, error) {
	panic("unbuilt")
}

// UpdateGroup stores everything but ids, domain and address.
func (d *Directory) UpdateGroup(ctx context.Context, g postroom.Group) error { panic("unbuilt") }

// RenameGroup changes the address; members and rights stay.
func (d *Directory) RenameGroup(ctx context.Context, id postroom.GroupID, address string) error {
	panic("unbuilt")
}

// DeleteGroup removes a group and every grant to and on it.
func (d *Directory) DeleteGroup(ctx context.Context, id postroom.GroupID) error { panic("unbuilt") }

// NamedMember is a member with the address it is shown by.
type NamedMember struct {
	postroom.Member
	Address string
}

// Members lists the direct members.
func (d *Directory) Members(ctx context.Context, id postroom.GroupID) ([]NamedMember, error) {
	panic("unbuilt")
}

// AddMembers adds by address: accounts, groups (a cycle is Invalid) and
// outside addresses; an unknown address in a local domain is NotFound, one
// that is a member already Exists. All or none.
func (d *Directory) AddMembers(ctx context.Context, id postroom.GroupID, addresses []string) error {
	panic("unbuilt")
}

// RemoveMembers removes by address; NotFound when one is no member.
func (d *Directory) RemoveMembers(ctx context.Context, id postroom.GroupID, addresses []string) error {
	panic("unbuilt")
}

// Membership is a group that holds an account, and through which.
type Membership struct {
	Group postroom.Group
	// Via is the nearer group, zero for a direct membership.
	Via postroom.GroupID
}

// Memberships lists all groups that hold an account or (nested) a group.
func (d *Directory) Memberships(ctx context.Context, m postroom.Member) ([]Membership, error) {
	panic("unbuilt")
}

// Identities of an account.

func (d *Directory) Identities(ctx context.Context, id postroom.AccountID) ([]postroom.Identity, error) {
	panic("unbuilt")
}
func (d *Directory) CreateIdentity(ctx context.Context, i postroom.Identity) (postroom.Identity, error) {
	panic("unbuilt")
}
func (d *Directory) UpdateIdentity(ctx context.Context, i postroom.Identity) error {
	panic("unbuilt")
}
func (d *Directory) DeleteIdentity(ctx context.Context, id postroom.IdentityID) error {
	panic("unbuilt")
}

// Grants.

// FindGrantee resolves a grantee word of interface.md: an address (account or
// group), "domain:D", "plan:P", "org", "all", "public", "guest:ADDRESS". An
// unknown address in a local domain is NotFound, never a guest. org is taken
// from the target's account.
func (d *Directory) FindGrantee(ctx context.Context, target postroom.AccountID, word string) (postroom.Grantee, error) {
	panic("unbuilt")
}

// GranteeName is the inverse of FindGrantee.
func (d *Directory) GranteeName(ctx context.Context, g postroom.Grantee) (string, error) {
	panic("unbuilt")
}

// FindCollection resolves ADDRESS:/path for granting; it needs no Read.
func (d *Directory) FindCollection(ctx context.Context, account, path string) (postroom.Collection, error) {
	panic("unbuilt")
}

// CollectionTree lists all mail collections of an account by path (names and
// counters, no content): for the account's owner, or the console acting for it.
func (d *Directory) CollectionTree(ctx context.Context, id postroom.AccountID) ([]postroom.Collection, error) {
	panic("unbuilt")
}

// SetInherit switches inheritance of grants from above (Zimbra folder flag i).
func (d *Directory) SetInherit(ctx context.Context, ref postroom.CollectionRef, on Inheritance) error {
	panic("unbuilt")
}

// Inheritance is whether grants from above count.
type Inheritance uint8

// The two states.
const (
	Closed Inheritance = iota
	Inherits
)

// PutGrant makes or replaces the grant of (target, grantee, negative). By and
// Since are set by the store. Errors: Exists ("already there": identical),
// Invalid (time in the past; grantee is the owner; invited account: "invitation
// must be accepted first"), Denied, NotFound.
func (d *Directory) PutGrant(ctx context.Context, g postroom.Grant) error { panic("unbuilt") }

// RemoveGrant takes a grant back. NotFound when there is none.
func (d *Directory) RemoveGrant(ctx context.Context, target postroom.CollectionRef, grantee postroom.Grantee, sign Sign) error {
	panic("unbuilt")
}

// Sign tells positive from negative grants.
type Sign uint8

// The two signs.
const (
	Positive Sign = iota
	Negative
)

// Grants lists the grants on an account: of one collection, or of all when
// Collection is zero, in the order they were made.
func (d *Directory) Grants(ctx context.Context, target postroom.CollectionRef) ([]ACLEntry, error) {
	panic("unbuilt")
}

// GrantsTo lists the grants that name this very grantee.
func (d *Directory) GrantsTo(ctx context.Context, g postroom.Grantee) ([]ACLEntry, error) {
	panic("unbuilt")
}

// SendEntry is a send grant with names.
type SendEntry struct {
	postroom.SendGrant
	TargetName, GranteeName string
}

// PutSendGrant makes or replaces the entry of (target, grantee, right).
func (d *Directory) PutSendGrant(ctx context.Context, g postroom.SendGrant) error { panic("unbuilt") }

// RemoveSendGrant takes it back; Deny in g must be what is stored.
func (d *Directory) RemoveSendGrant(ctx context.Context, g postroom.SendGrant) error {
	panic("unbuilt")
}

// SendGrants lists the entries on a target; all targets when it is zero.
func (d *Directory) SendGrants(ctx context.Context, t postroom.SendTarget) ([]SendEntry, error) {
	panic("unbuilt")
}

// SendGrantsTo lists the entries that name this very grantee.
func (d *Directory) SendGrantsTo(ctx context.Context, g postroom.Grantee) ([]SendEntry, error) {
	panic("unbuilt")
}

// Audit.

// AuditFilter selects records; zero fields select all.
type AuditFilter struct {
	Target  postroom.AccountID
	Actor   string // address
	Action  string // exact, or a prefix ending in "."
	From    time.Time
	To      time.Time
	AfterID int64 // records with Seq above it
	Max     int   // 0: 1,000
}

// AuditRecords lists audit records in order.
func (d *Directory) AuditRecords(ctx context.Context, f AuditFilter) ([]postroom.AuditRecord, error) {
	panic("unbuilt")
}

// VerifyAudit recomputes the whole chain and returns the number of records, or
// an Invalid error that names the first record that does not fit.
func (d *Directory) VerifyAudit(ctx context.Context) (int64, error) { panic("unbuilt") }
