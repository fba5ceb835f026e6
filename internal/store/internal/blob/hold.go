package blob

// Hold keeps every file of the depot where it is until release is called, once:
// what a snapshot of the database names can be copied meanwhile.
func (s *Store) Hold() (release func()) {
	s.gate.RLock()
	return s.gate.RUnlock
}
