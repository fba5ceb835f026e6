package postroom

import "strings"

// AdminScope is where an account administers.
type AdminScope uint8

const (
	// NoAdmin administers nothing.
	NoAdmin AdminScope = iota
	// OrgAdmin administers in its own organisation.
	OrgAdmin
	// ServerAdmin administers in every organisation.
	ServerAdmin
)

// Abilities is a set of what an administrator may do within their scope. None
// of them reads mail.
type Abilities int64

// The abilities. Their numbers are stored: new ones are added at the end.
const (
	// SeeDirectory sees entries hidden from the address book, sizes and
	// settings. Every ability but ReadAudit and ManageQueue includes it.
	SeeDirectory Abilities = 1 << iota
	CreateAccounts
	// ChangeAccounts is names, plans, quotas, aliases, identities and settings.
	ChangeAccounts
	DeleteAccounts
	// ResetPasswords replaces passwords and makes app passwords.
	ResetPasswords
	// SwitchLogin locks and unlocks.
	SwitchLogin
	ManageGroups
	ManageGrants
	ManageSendRights
	// SeeAccess asks who may do what, and why. ManageGrants, ManageSendRights
	// and BreakGlass include it.
	SeeAccess
	ReadAudit
	ManageQueue
	// ManageDomains is the signing keys; with the scope of the server, also
	// which domains there are.
	ManageDomains
	ManagePlans
	// ManageOrganisation is its name, settings and wording; with the scope of
	// the server, also which organisations there are and their limits.
	ManageOrganisation
	// ManageAdmins makes administrators of no more than one's own abilities.
	ManageAdmins
	// BreakGlass opens a mailbox for a short time, and everybody hears of it.
	BreakGlass

	// AllAbilities has also those of later versions.
	AllAbilities Abilities = 1<<62 - 1
	// UsualAbilities are what an administrator of an organisation has unless
	// something else is said.
	UsualAbilities = AllAbilities &^ BreakGlass
	// HelpDeskAbilities help people back to their mail, and change no rights.
	HelpDeskAbilities = SeeDirectory | ResetPasswords | SwitchLogin | SeeAccess | ReadAudit
)

var abilityNames = [...]string{"see-directory", "create-accounts", "change-accounts", "delete-accounts", "reset-passwords",
	"switch-login", "manage-groups", "manage-grants", "manage-send-rights", "see-access", "read-audit", "manage-queue",
	"manage-domains", "manage-plans", "manage-organisation", "manage-admins", "break-glass"}

// ParseAbility reads the name of one ability.
func ParseAbility(name string) (Abilities, bool) {
	for i, n := range abilityNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// Names lists the abilities of the set in their order.
func (a Abilities) Names() []string {
	var names []string
	for i, n := range abilityNames {
		if a&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// String is the names, with spaces between.
func (a Abilities) String() string { return strings.Join(a.Names(), " ") }

// Has reports whether all of need are in the set.
func (a Abilities) Has(need Abilities) bool { return a&need == need }

// UsualFor is what an administrator of a scope has unless something else is
// said.
func UsualFor(s AdminScope) Abilities {
	switch s {
	case OrgAdmin:
		return UsualAbilities
	case ServerAdmin:
		return AllAbilities
	case NoAdmin:
	}
	return 0
}
