package tally

import "testing"

// A client may choose among all addresses of its /64: they count as one.
func TestAddressesOfOneNetwork(t *testing.T) {
	n := New(Limits{PerAddress: 2})
	for _, a := range []string{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"} {
		if !n.AddAddress(a) {
			t.Errorf("%s is turned away", a)
		}
	}
	if n.AddAddress("2001:db8:1:2:3::3") {
		t.Error("a third address of the network is let in")
	}
	for _, a := range []string{"2001:db8:1:3::1", "192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"} {
		if !n.AddAddress(a) {
			t.Errorf("%s is turned away", a)
		}
	}
	if n.AddAddress("192.0.2.1") {
		t.Error("a third of an IPv4 address is let in")
	}
	n.RemoveAddress("2001:db8:1:2:aaaa::1")
	if !n.AddAddress("2001:db8:1:2:3::3") {
		t.Error("the place that became free is not given")
	}
}
