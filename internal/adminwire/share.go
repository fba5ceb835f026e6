package adminwire

import (
	"time"

	"postroom"
)

// ShareEntry is a folder, or a whole mailbox, as it is shared with one person.
type ShareEntry struct {
	Account string `json:"account" doc:"Address of the owner"`
	UUID    string `json:"account_uuid"`
	Path    string `json:"path"`
	ID      int64  `json:"collection"`
	Kind    string `json:"kind"`
	With    string `json:"with" doc:"Address of the person"`
	State   string `json:"state" doc:"pending, accepted or declined"`
	Mode    string `json:"mode" doc:"automount or offer"`
	Name    string `json:"name,omitempty" doc:"What the person calls it: a path in their own mailbox"`
	// Rights in Zimbra letters.
	Rights   string     `json:"rights"`
	Role     string     `json:"role"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"`
	Via      []string   `json:"via" doc:"The grantees by which it reaches the person"`
	By       string     `json:"by" doc:"Who gave it: an address, or console"`
	Answered *time.Time `json:"answered,omitempty"`
}

// ShareAnswer accepts or declines a share for a person.
type ShareAnswer struct {
	As     string `json:"as" doc:"Address of the person"`
	Target string `json:"target" doc:"ADDRESS or ADDRESS:/path"`
	Answer string `json:"answer" enum:"accept,decline"`
	Name   string `json:"name,omitempty" doc:"What the person calls it: a path in their own mailbox"`
	Quiet  bool   `json:"quiet,omitempty" doc:"Send no notice"`
}

var shareStates = []string{"", "pending", "accepted", "declined"}

// ParseShareState is the state of a word.
func ParseShareState(word string) (postroom.ShareState, bool) {
	i, ok := index(shareStates, word)
	return postroom.ShareState(i), ok
}

var seenModes = []string{"inherit", "shared", "per-user"}

// ParseSeenMode is the mode of a word.
func ParseSeenMode(word string) (postroom.SeenMode, bool) {
	i, ok := index(seenModes, word)
	return postroom.SeenMode(i), ok
}
