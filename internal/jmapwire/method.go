package jmapwire

import "encoding/json"

// Get has the arguments of every /get (RFC 8620 §5.1).
type Get struct {
	AccountID  ID        `jmap:"accountId,required"`
	IDs        *[]ID     `jmap:"ids"`
	Properties *[]string `jmap:"properties"`
}

// Got is the response of a /get.
type Got struct {
	AccountID ID     `json:"accountId"`
	State     string `json:"state"`
	List      []any  `json:"list"`
	NotFound  []ID   `json:"notFound"`
}

// Changes has the arguments of every /changes (§5.2).
type Changes struct {
	AccountID  ID     `jmap:"accountId,required"`
	SinceState string `jmap:"sinceState,required"`
	MaxChanges *UInt  `jmap:"maxChanges"`
}

// Changed is the response of a /changes.
type Changed struct {
	AccountID      ID     `json:"accountId"`
	OldState       string `json:"oldState"`
	NewState       string `json:"newState"`
	HasMoreChanges bool   `json:"hasMoreChanges"`
	Created        []ID   `json:"created"`
	Updated        []ID   `json:"updated"`
	Destroyed      []ID   `json:"destroyed"`
}

// Set has the arguments of every /set (§5.3).
type Set struct {
	AccountID ID                      `jmap:"accountId,required"`
	IfInState *string                 `jmap:"ifInState"`
	Create    map[ID]json.RawMessage  `jmap:"create"`
	Update    map[Ref]json.RawMessage `jmap:"update"`
	Destroy   []Ref                   `jmap:"destroy"`
}

// WasSet is the response of a /set. Values of Created and Updated are what the
// client cannot know, null for nothing.
type WasSet struct {
	AccountID    ID            `json:"accountId"`
	OldState     string        `json:"oldState"`
	NewState     string        `json:"newState"`
	Created      map[ID]any    `json:"created"`
	Updated      map[ID]any    `json:"updated"`
	Destroyed    []ID          `json:"destroyed"`
	NotCreated   map[ID]*Error `json:"notCreated"`
	NotUpdated   map[ID]*Error `json:"notUpdated"`
	NotDestroyed map[ID]*Error `json:"notDestroyed"`
}

// Query has the arguments of every /query (§5.5). Filter and Sort are read
// with ParseFilter and ParseSort.
type Query struct {
	AccountID      ID              `jmap:"accountId,required"`
	Filter         json.RawMessage `jmap:"filter"`
	Sort           json.RawMessage `jmap:"sort"`
	Position       Int             `jmap:"position"`
	Anchor         *ID             `jmap:"anchor"`
	AnchorOffset   Int             `jmap:"anchorOffset"`
	Limit          *UInt           `jmap:"limit"`
	CalculateTotal bool            `jmap:"calculateTotal"`
}

// Queried is the response of a /query.
type Queried struct {
	AccountID           ID     `json:"accountId"`
	QueryState          string `json:"queryState"`
	CanCalculateChanges bool   `json:"canCalculateChanges"`
	Position            int    `json:"position"`
	IDs                 []ID   `json:"ids"`
	Total               *int   `json:"total,omitempty"`
	// Limit is there when the server took a smaller one than was asked for.
	Limit *int `json:"limit,omitempty"`
}

// QueryChanges has the arguments of every /queryChanges (§5.6).
type QueryChanges struct {
	AccountID       ID              `jmap:"accountId,required"`
	Filter          json.RawMessage `jmap:"filter"`
	Sort            json.RawMessage `jmap:"sort"`
	SinceQueryState string          `jmap:"sinceQueryState,required"`
	MaxChanges      *UInt           `jmap:"maxChanges"`
	UpToID          *ID             `jmap:"upToId"`
	CalculateTotal  bool            `jmap:"calculateTotal"`
}

// QueryChanged is the response of a /queryChanges.
type QueryChanged struct {
	AccountID     ID      `json:"accountId"`
	OldQueryState string  `json:"oldQueryState"`
	NewQueryState string  `json:"newQueryState"`
	Total         *int    `json:"total,omitempty"`
	Removed       []ID    `json:"removed"`
	Added         []Added `json:"added"`
}

// Added is an object that came into the results of a query, and where.
type Added struct {
	ID    ID  `json:"id"`
	Index int `json:"index"`
}
