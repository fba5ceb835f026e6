package postroom

import "testing"

func TestSortIdentities(t *testing.T) {
	own, info, other := SendTarget{Account: 1}, SendTarget{Account: 2}, SendTarget{Group: 2}
	all := []Identity{
		{Name: "a", Target: info, Address: "sales", Unusable: "lost"}, {Name: "b", Target: own, Address: "anna"},
		{Name: "c", Target: other, Address: "info"}, {Name: "d", Target: info, Address: "sales"},
		{Name: "e", Target: info, Address: "info"}, {Name: "f", Target: info, Address: "info"},
	}
	SortIdentities(all, info, "info")
	got := ""
	for _, i := range all {
		got += i.Name
	}
	if got != "efdbca" {
		t.Error(got)
	}
}
