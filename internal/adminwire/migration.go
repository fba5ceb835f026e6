package adminwire

// MaxMigration is the longest body of a migration, in bytes.
const MaxMigration = 64 << 20

// Migrated is what became of the steps, in the same order. Simulation is there
// when they were only tried.
type Migrated struct {
	Steps      []MigratedStep `json:"steps"`
	Simulation *Simulation    `json:"simulation,omitempty"`
}

// MigratedStep is what became of one step.
type MigratedStep struct {
	Result string `json:"result" doc:"done, changed, already there or refused"`
	Why    string `json:"why,omitempty"`
}
