package adminwire

import "time"

// Organisation is a customer of the server.
type Organisation struct {
	ID                int64     `json:"id"`
	UUID              string    `json:"uuid"`
	Name              string    `json:"name"`
	DisplayedSender   string    `json:"displayed_sender"`
	AuditDays         int       `json:"audit_days" doc:"For how many days the contents of audit records are kept, 0 for ever"`
	PersonPlan        string    `json:"person_plan" doc:"Plan of new persons"`
	SharedPlan        string    `json:"shared_plan"`
	ResourcePlan      string    `json:"resource_plan"`
	MaxAccounts       int64     `json:"max_accounts" doc:"Of persons; negative: no limit"`
	MaxShared         int64     `json:"max_shared" doc:"Shared mailboxes and resources; negative: no limit"`
	MaxDomains        int64     `json:"max_domains" doc:"Negative: no limit"`
	BreakGlassSeconds int64     `json:"break_glass_seconds" doc:"How long an emergency access lasts at most; 0: none"`
	Locale            string    `json:"locale" doc:"Language of its notices: en or de"`
	Created           time.Time `json:"created"`
}

// OrganisationChange creates or changes an organisation; what is absent stays.
type OrganisationChange struct {
	Name              *string `json:"name,omitempty"`
	DisplayedSender   *string `json:"displayed_sender,omitempty" enum:"inherit,hide,show"`
	AuditDays         *int    `json:"audit_days,omitempty" minimum:"0" maximum:"36500"`
	PersonPlan        *string `json:"person_plan,omitempty"`
	SharedPlan        *string `json:"shared_plan,omitempty"`
	ResourcePlan      *string `json:"resource_plan,omitempty"`
	MaxAccounts       *int64  `json:"max_accounts,omitempty" minimum:"-1" doc:"By administrators of the server"`
	MaxShared         *int64  `json:"max_shared,omitempty" minimum:"-1"`
	MaxDomains        *int64  `json:"max_domains,omitempty" minimum:"-1"`
	BreakGlassSeconds *int64  `json:"break_glass_seconds,omitempty" minimum:"0" maximum:"2592000"`
	Locale            *string `json:"locale,omitempty" enum:"en,de" doc:"Language of its notices"`
}

// Domain is a mail domain.
type Domain struct {
	ID           int64     `json:"id"`
	UUID         string    `json:"uuid"`
	Organisation string    `json:"organisation"`
	Name         string    `json:"name"`
	DKIMSelector string    `json:"dkim_selector,omitempty"`
	Created      time.Time `json:"created"`
}

// NewDomain makes a domain; without an organisation it goes to the only one.
type NewDomain struct {
	Name         string `json:"name"`
	Organisation string `json:"organisation,omitempty"`
}

// DomainChange replaces the DKIM key (PKCS#8 PEM) and its selector.
type DomainChange struct {
	DKIMSelector *string `json:"dkim_selector,omitempty"`
	DKIMKey      *string `json:"dkim_key,omitempty"`
}

// Record is a DNS record to publish.
type Record struct {
	Name  string `json:"name" doc:"Owner name, absolute"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

// PublishedRecord is a record to publish beside what the public DNS says.
type PublishedRecord struct {
	Record
	State     string   `json:"state" enum:"found,missing,differs,unknown" doc:"unknown: the DNS could not be asked"`
	Published []string `json:"published,omitempty" doc:"The values that are there, of the same purpose"`
	Reason    string   `json:"reason,omitempty" doc:"Why it differs, or why nobody knows"`
}

// Plan is a named set of limits (class of service).
type Plan struct {
	ID           int64     `json:"id"`
	UUID         string    `json:"uuid"`
	Organisation string    `json:"organisation"`
	Name         string    `json:"name"`
	QuotaBytes   int64     `json:"quota_bytes" doc:"Negative: no limit"`
	Features     []string  `json:"features" doc:"imap, send, send-outside, forward-outside, app-passwords"`
	MessageBytes int64     `json:"message_bytes" doc:"Of a message that is sent; 0: no limit"`
	MaxAliases   int64     `json:"max_aliases" doc:"Negative: no limit"`
	Created      time.Time `json:"created"`
}

// PlanChange creates or changes a plan.
type PlanChange struct {
	Name         *string   `json:"name,omitempty"`
	Organisation *string   `json:"organisation,omitempty" doc:"Only when it is made"`
	QuotaBytes   *int64    `json:"quota_bytes,omitempty"`
	Features     *[]string `json:"features,omitempty" doc:"All that there are; of a new plan all when absent"`
	MessageBytes *int64    `json:"message_bytes,omitempty" minimum:"0"`
	MaxAliases   *int64    `json:"max_aliases,omitempty" minimum:"-1"`
}

// Account is a mailbox with an address.
type Account struct {
	ID              int64             `json:"id"`
	UUID            string            `json:"uuid"`
	Organisation    string            `json:"organisation,omitempty"`
	Plan            string            `json:"plan,omitempty"`
	Address         string            `json:"address"`
	Name            string            `json:"name"`
	Kind            string            `json:"kind"`
	State           string            `json:"state"`
	Login           bool              `json:"login"`
	Admin           string            `json:"admin" doc:"none, org or server"`
	QuotaBytes      int64             `json:"quota_bytes" doc:"Zero: the plan's. Negative: none"`
	UsedBytes       int64             `json:"used_bytes"`
	HideInGAL       bool              `json:"hide_in_gal"`
	DisplayedSender string            `json:"displayed_sender"`
	Sent            string            `json:"sent" doc:"Where the copies of mail sent for it go: owner, sender, both, none"`
	Abilities       []string          `json:"abilities,omitempty" doc:"What it administers"`
	SeenPerUser     bool              `json:"seen_per_user"`
	Attributes      map[string]string `json:"attributes,omitempty" doc:"Facts that filters of groups ask for"`
	Settings        map[string]string `json:"settings,omitempty"`
	Aliases         []Alias           `json:"aliases,omitempty"`
	Password        string            `json:"password,omitempty" doc:"none, set or one-time (to be changed); for the account and its administrators"`
	Invitation      *Invitation       `json:"invitation,omitempty" doc:"When it was made with one"`
	Version         string            `json:"version,omitempty" doc:"For If-Match: another when an administrator has changed it"`
	// Shown is what follows from it.
	Shown   string    `json:"shown_sender,omitempty" enum:"hide,show" doc:"What recipients see of who sends for it, unless a right to send says otherwise"`
	Created time.Time `json:"created"`
}

// NewAccount makes an account.
type NewAccount struct {
	Address  string `json:"address"`
	Name     string `json:"name,omitempty"`
	Kind     string `json:"kind,omitempty" enum:"person,shared,resource"`
	Plan     string `json:"plan,omitempty"`
	Password string `json:"password,omitempty"`
	Invite   bool   `json:"invite,omitempty"`
	// InviteTo and InviteUntil are as in NewInvitation.
	InviteTo    string            `json:"invite_to,omitempty"`
	InviteUntil *time.Time        `json:"invite_until,omitempty"`
	Admin       string            `json:"admin,omitempty" enum:"none,org,server"`
	Settings    map[string]string `json:"settings,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	// DisplayedSender and Delegates furnish a mailbox in the same change.
	DisplayedSender string       `json:"displayed_sender,omitempty" enum:"inherit,hide,show"`
	Delegates       []Delegation `json:"delegates,omitempty" doc:"Who may work in it, and send for it"`
	Quiet           bool         `json:"quiet,omitempty" doc:"Send no notice to the delegates"`
}

// AccountChange changes an account; what is absent stays. A setting or attribute
// with an empty value is taken away.
type AccountChange struct {
	Name            *string           `json:"name,omitempty"`
	Kind            *string           `json:"kind,omitempty" enum:"person,shared,resource"`
	State           *string           `json:"state,omitempty" enum:"active,locked,disabled"`
	Login           *bool             `json:"login,omitempty"`
	Admin           *string           `json:"admin,omitempty" enum:"none,org,server"`
	Plan            *string           `json:"plan,omitempty"`
	QuotaBytes      *int64            `json:"quota_bytes,omitempty"`
	HideInGAL       *bool             `json:"hide_in_gal,omitempty"`
	DisplayedSender *string           `json:"displayed_sender,omitempty" enum:"inherit,hide,show"`
	Sent            *string           `json:"sent,omitempty" enum:"owner,sender,both,none"`
	SeenPerUser     *bool             `json:"seen_per_user,omitempty"`
	Attributes      map[string]string `json:"attributes,omitempty"`
	Settings        map[string]string `json:"settings,omitempty"`
	Quiet           bool              `json:"quiet,omitempty" doc:"Send no notice when a group's filter moves it"`
}

// Password is a new password.
type Password struct {
	Password string `json:"password"`
	OneTime  bool   `json:"one_time,omitempty" doc:"It was handed out, and is to be changed"`
}

// Address is a new address of an account or group.
type Address struct {
	Address string `json:"address"`
}

// Alias is a further address of an account or group.
type Alias struct {
	Address   string `json:"address"`
	Target    string `json:"target"`
	Delegable bool   `json:"delegable" doc:"Usable by those who may send as the target"`
}

// Delegable is the list of addresses of a target that delegates may use.
type Delegable struct {
	Target    string   `json:"target"`
	Addresses []string `json:"addresses"`
	// Was is for a change.
	Was *[]string `json:"was,omitempty" doc:"The addresses that were seen; refused when they are others by now"`
}

// Identity is a From that a person can choose; it gives no right.
type Identity struct {
	ID        int64  `json:"id"`
	UUID      string `json:"uuid"`
	Name      string `json:"name"`
	Display   string `json:"display"`
	Address   string `json:"address"`
	ReplyTo   string `json:"reply_to,omitempty"`
	Signature string `json:"signature,omitempty"`
	// SignatureHTML is as the person gave it: clean it before it is shown.
	SignatureHTML string `json:"signature_html,omitempty"`
	// Unusable says why it cannot be used now; absent when it can.
	Unusable  string            `json:"unusable,omitempty"`
	Automatic bool              `json:"automatic,omitempty"`
	Settings  map[string]string `json:"settings,omitempty"`
}

// IdentityChange creates or changes an identity. A setting with an empty value
// is taken away.
type IdentityChange struct {
	Name          *string           `json:"name,omitempty"`
	Display       *string           `json:"display,omitempty"`
	Address       *string           `json:"address,omitempty"`
	ReplyTo       *string           `json:"reply_to,omitempty"`
	Signature     *string           `json:"signature,omitempty"`
	SignatureHTML *string           `json:"signature_html,omitempty"`
	Settings      map[string]string `json:"settings,omitempty"`
}
