package adminwire

// Administrator is a person who administers an organisation or the server.
type Administrator struct {
	Address      string   `json:"address"`
	Name         string   `json:"name,omitempty"`
	Organisation string   `json:"organisation,omitempty"`
	Scope        string   `json:"scope" doc:"org or server"`
	Abilities    []string `json:"abilities"`
}

// AdministratorChange makes somebody an administrator. Without abilities they
// get those that are usual for the scope.
type AdministratorChange struct {
	Scope     string   `json:"scope" enum:"org,server"`
	Abilities []string `json:"abilities,omitempty" doc:"Names of abilities, or help-desk, usual or all"`
}
