package clock

import (
	"testing"
	"time"
)

var (
	_ Clock = System{}
	_ Clock = (*Fake)(nil)
)

func TestClocks(t *testing.T) {
	before := time.Now()
	if now := (System{}).Now(); now.Before(before) || now.Location() != time.UTC {
		t.Error(now)
	}
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	f := NewFake(start)
	if got := f.Advance(time.Hour); !got.Equal(start.Add(time.Hour)) || !f.Now().Equal(got) {
		t.Error(got)
	}
	f.Set(start)
	if !f.Now().Equal(start) {
		t.Error(f.Now())
	}
}
