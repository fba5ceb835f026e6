package postroom

// SeenMode says whose read state a mailbox shows.
type SeenMode uint8

const (
	// SeenInherits: as the collection above it; the root as its account.
	SeenInherits SeenMode = iota
	// SeenShared: what one has read, all have.
	SeenShared
	// SeenPerUser: each reader has their own.
	SeenPerUser
)

// String is inherit, shared or per-user.
func (m SeenMode) String() string {
	return [...]string{"inherit", "shared", "per-user"}[min(m, SeenPerUser)]
}
