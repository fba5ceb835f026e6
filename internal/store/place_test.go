package store

import (
	"testing"

	"postroom"
)

// A UID is found wherever it is, and told where it would be.
func TestPlaceOf(t *testing.T) {
	for n := range 20 {
		items := make([]postroom.ItemMeta, n)
		for i := range items {
			items[i].UID = postroom.UID(2*i + 2)
		}
		for uid := range postroom.UID(2*n + 4) {
			at, ok := placeOf(items, uid)
			place, is := int(uid+1)/2-1, uid%2 == 0 && uid > 0 && int(uid) <= 2*n
			if uid == 0 {
				place = 0
			}
			if want := min(place, n); at != want || ok != is {
				t.Errorf("UID %d of %d items: %d, %v, not %d, %v", uid, n, at, ok, want, is)
			}
		}
	}
}
