package adminwire

import "time"

// Group is an address with members.
type Group struct {
	ID               int64             `json:"id"`
	UUID             string            `json:"uuid"`
	Organisation     string            `json:"organisation,omitempty"`
	Address          string            `json:"address"`
	Name             string            `json:"name"`
	HideInGAL        bool              `json:"hide_in_gal"`
	NotifyNewMembers bool              `json:"notify_new_members"`
	Subscribe        string            `json:"subscribe" doc:"closed, open or approval"`
	Unsubscribe      string            `json:"unsubscribe"`
	DisplayedSender  string            `json:"displayed_sender"`
	Outsiders        bool              `json:"outsiders" doc:"People of other domains may ask to join"`
	Filter           string            `json:"filter,omitempty" doc:"RFC 4515: the members are the accounts that match"`
	Settings         map[string]string `json:"settings,omitempty"`
	Members          []string          `json:"members,omitempty"`
	Owners           []string          `json:"owners,omitempty"`
	Aliases          []Alias           `json:"aliases,omitempty"`
	Created          time.Time         `json:"created"`
	Version          string            `json:"version,omitempty" doc:"For If-Match: another when it was changed; members and owners apart"`
}

// GroupChange creates (with Address) or changes a group.
type GroupChange struct {
	Address          *string           `json:"address,omitempty" doc:"Only when it is made"`
	Name             *string           `json:"name,omitempty"`
	HideInGAL        *bool             `json:"hide_in_gal,omitempty"`
	NotifyNewMembers *bool             `json:"notify_new_members,omitempty"`
	Subscribe        *string           `json:"subscribe,omitempty" enum:"closed,open,approval"`
	Unsubscribe      *string           `json:"unsubscribe,omitempty" enum:"closed,open,approval"`
	DisplayedSender  *string           `json:"displayed_sender,omitempty" enum:"inherit,hide,show"`
	Outsiders        *bool             `json:"outsiders,omitempty"`
	Filter           *string           `json:"filter,omitempty" doc:"RFC 4515; empty: members come and go by hand"`
	Settings         map[string]string `json:"settings,omitempty"`
	Quiet            bool              `json:"quiet,omitempty" doc:"Send no notice to those whom a filter moves"`
}

// Members is a list of member addresses.
type Members struct {
	Addresses []string `json:"addresses"`
	Quiet     bool     `json:"quiet,omitempty" doc:"Send no notice to those who come or go"`
}

// Asker is for whom something is asked of a group.
type Asker struct {
	Address string `json:"address,omitempty" doc:"Empty: of whoever is signed in"`
}

// GroupRequest is somebody's wish to join or leave a group.
type GroupRequest struct {
	ID      int64      `json:"id,omitempty" doc:"Absent when nobody had to be asked"`
	Group   string     `json:"group"`
	Act     string     `json:"act" doc:"subscribe or unsubscribe"`
	Address string     `json:"address"`
	State   string     `json:"state" doc:"waiting, done or refused"`
	Created *time.Time `json:"created,omitempty"`
	Expires *time.Time `json:"expires,omitempty"`
}

// Membership is a group that holds an entry; Via is the nearer group when the
// membership is nested.
type Membership struct {
	Group     string `json:"group"`
	GroupUUID string `json:"group_uuid"`
	Via       string `json:"via,omitempty"`
}

// Entry is what an address belongs to: an account or a group.
type Entry struct {
	Type    string   `json:"type" doc:"account or group"`
	Account *Account `json:"account,omitempty"`
	Group   *Group   `json:"group,omitempty"`
}

// Address of the entry.
func (e Entry) Address() string {
	if e.Account != nil {
		return e.Account.Address
	}
	if e.Group != nil {
		return e.Group.Address
	}
	return ""
}
