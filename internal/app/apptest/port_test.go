package apptest

import "testing"

// Whoever asks gets a base of their own, whose ports are not those of others.
func TestPortBase(t *testing.T) {
	taken := map[int]bool{}
	for range 5 {
		base, release, err := PortBase()
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		for _, port := range append([]int{0}, demoPorts[:]...) {
			if taken[base+port] || base+port >= 32768 {
				t.Errorf("port %d of %d", base+port, base)
			}
			taken[base+port] = true
		}
	}
	for port := range demoPorts {
		if demoPorts[port]%apart == 0 {
			t.Errorf("port %d may be another's base", demoPorts[port])
		}
		for _, other := range demoPorts[port+1:] {
			if (other-demoPorts[port])%apart == 0 {
				t.Errorf("ports %d and %d meet", demoPorts[port], other)
			}
		}
	}
}
