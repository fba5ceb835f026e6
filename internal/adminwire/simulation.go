package adminwire

// Simulated is where, below Prefix, requests that change rights are only tried:
// the same requests, answered with a Simulation.
const Simulated = "/simulate"

// Simulation is who would gain and lose what by a request.
type Simulation struct {
	Changes []AccessChange `json:"changes"`
	Changed int            `json:"changed" doc:"How many changes there are, also those that are not listed"`
	Touched int            `json:"touched" doc:"How many pairs of a person and a mailbox or group the change can reach"`
	// Compared is lower than Touched when that are too many.
	Compared int `json:"compared" doc:"How many of them were compared"`
}

// AccessChange is what somebody gains and loses on one target.
type AccessChange struct {
	Person     string `json:"person" doc:"Address, public or guest:ADDRESS"`
	Target     string `json:"target"`
	TargetType string `json:"target_type" doc:"account or group"`
	// Collection is where it begins; what lies below it changes alike, unless
	// it is listed too.
	Collection string       `json:"collection,omitempty"`
	Gains      AccessRights `json:"gains"`
	Loses      AccessRights `json:"loses"`
	Via        []string     `json:"via,omitempty" doc:"Ways to rights that are new"`
	Ended      []string     `json:"ended,omitempty" doc:"Ways to rights that end"`
	Ways       []Way        `json:"ways,omitempty" doc:"The ways of via in their parts"`
	EndedWays  []Way        `json:"ended_ways,omitempty" doc:"The ways of ended in their parts"`
}

// AccessRights are rights on a collection, and to act for its account or a
// group.
type AccessRights struct {
	Rights string   `json:"rights,omitempty" doc:"Zimbra letters of those rights that have one"`
	Names  []string `json:"right_names,omitempty" doc:"Every right by its long name"`
	Acts   []string `json:"acts,omitempty" doc:"sendAs, sendOnBehalfOf, sendTo, own; on the own account signIn, administer organisation, administer server"`
}
