package store_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
)

// Two pages of one person: what is done most counts, and each goes by itself.
func TestPresenceOfPages(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		seen := func(want ...postroom.Activity) {
			t.Helper()
			list, err := d.anna.Presence(ctx, d.info)
			d.must(err)
			var got []postroom.Activity
			for _, p := range list {
				got = append(got, p.Activity)
			}
			if !slices.Equal(got, want) {
				t.Errorf("anna sees %v, want %v", got, want)
			}
		}
		began := d.clock.Now()
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "one", postroom.Reading))
		d.clock.Advance(10 * time.Second)
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "two", postroom.Reading))
		list, err := d.ben.Presence(ctx, d.info)
		d.must(err)
		if len(list) != 1 || !slices.Equal(list[0].Streams, []postroom.StreamID{"one", "two"}) || !list[0].Since.Equal(began) ||
			!list[0].Until.Equal(began.Add(10*time.Second+store.PresenceFor)) {
			t.Errorf("%+v", list)
		}
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "one", postroom.Answering))
		seen(postroom.Answering)
		d.must(d.ben.EndPresence(ctx, "one"))
		seen(postroom.Reading)
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "two", 0))
		seen()
		for i := range 100 {
			d.must(d.ben.SetPresence(ctx, d.info, d.thread, postroom.StreamID(strconv.Itoa(i)), postroom.Reading))
		}
		wantKind(t, d.ben.SetPresence(ctx, d.info, d.thread, "more", postroom.Reading), postroom.Limit, "at 100 conversations")
		wantKind(t, d.ben.SetPresence(ctx, d.info, d.thread, "a b", postroom.Reading), postroom.Invalid, "letters, digits")
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "1", postroom.Reading))
	})
}
