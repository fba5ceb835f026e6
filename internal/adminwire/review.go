package adminwire

import "time"

// Review is one round of looking at who has access to what.
type Review struct {
	ID           int64      `json:"id"`
	Organisation string     `json:"organisation"`
	Scope        string     `json:"scope" doc:"all, shared, persons, groups or outside"`
	Lapse        bool       `json:"lapse" doc:"What nobody confirmed is revoked at the end"`
	State        string     `json:"state" doc:"open, ending, over or cancelled"`
	Started      time.Time  `json:"started"`
	Due          time.Time  `json:"due"`
	Ended        *time.Time `json:"ended,omitempty"`
	By           string     `json:"by" doc:"Address, or console"`
	// Counts of the entries that the caller may see.
	Open      int `json:"open"`
	Confirmed int `json:"confirmed"`
	Revoked   int `json:"revoked"`
	Lapsed    int `json:"lapsed"`
	Gone      int `json:"gone" doc:"Changed, taken back or ended meanwhile"`
}

// NewReview begins one.
type NewReview struct {
	Organisation string     `json:"organisation,omitempty" doc:"Default: your own"`
	Scope        string     `json:"scope,omitempty" doc:"all (default), shared, persons, groups or outside"`
	Due          *time.Time `json:"due,omitempty" doc:"Default: in four weeks"`
	Lapse        bool       `json:"lapse,omitempty"`
}

// ReviewEntry is one grant, right to send or membership.
type ReviewEntry struct {
	Number int    `json:"number"`
	Kind   string `json:"kind" doc:"grant, send-right or member"`
	Target string `json:"target" doc:"Address of the mailbox or group"`
	Path   string `json:"path,omitempty" doc:"Folder, of a grant"`
	Who    string `json:"who" doc:"Grantee or member, as on the command line"`
	// Rights in Zimbra letters and the role, of a grant; Right of a right to send.
	Rights string `json:"rights,omitempty"`
	Role   string `json:"role,omitempty"`
	Right  string `json:"right,omitempty"`
	// Says is all of it in words, Notes what more is to be said.
	Says      string     `json:"says"`
	Notes     []string   `json:"notes"`
	Gives     []string   `json:"gives,omitempty" doc:"What the group gives its members"`
	Gifts     []Gift     `json:"gifts,omitempty" doc:"The same in its parts, the first ones"`
	Since     time.Time  `json:"since"`
	Until     *time.Time `json:"until,omitempty"`
	By        string     `json:"by,omitempty" doc:"Who gave it: address, or console"`
	State     string     `json:"state" doc:"open, confirmed, revoked, lapsed or gone"`
	Decided   *time.Time `json:"decided,omitempty"`
	DecidedBy string     `json:"decided_by,omitempty"`
	Reviewers []string   `json:"reviewers,omitempty" doc:"Who is asked; told to administrators"`
}

// Gift is what the members of a group have by it: rights on a folder, or a
// right to send.
type Gift struct {
	Target string   `json:"target" doc:"Address of the mailbox or group"`
	Path   string   `json:"path,omitempty" doc:"Folder, of rights on it"`
	Rights string   `json:"rights,omitempty" doc:"Zimbra letters"`
	Role   string   `json:"role,omitempty"`
	Names  []string `json:"right_names,omitempty"`
	Right  string   `json:"right,omitempty" doc:"sendAs, sendOnBehalfOf, sendTo or own"`
}

// ReviewAnswer is about which entries something is said.
type ReviewAnswer struct {
	Entries []int `json:"entries,omitempty"`
	All     bool  `json:"all,omitempty" doc:"All open entries about which you are asked; of an administrator who is asked about none, all they may answer"`
}

// Answered is how many entries were answered.
type Answered struct {
	Count int `json:"count"`
}
