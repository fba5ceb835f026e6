package pace

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	var p Pace
	now := time.Unix(1_800_000_000, 0)
	if _, late := p.Due(now); late || p.Waits(now) {
		t.Error("waits before any work")
	}
	for range 10 { // of free work
		p.Worked(now, now.Add(100*time.Millisecond))
		now = now.Add(100 * time.Millisecond)
		if p.Waits(now) {
			t.Fatal("rests at once")
		}
	}
	p.Worked(now, now.Add(20*time.Millisecond))
	now = now.Add(20 * time.Millisecond)
	if _, late := p.Due(now); late {
		t.Error("nothing changed and something is due")
	}
	if !p.Waits(now.Add(100 * time.Millisecond)) {
		t.Error("does not rest")
	}
	if wait, late := p.Due(now.Add(150 * time.Millisecond)); !late || wait != 50*time.Millisecond {
		t.Errorf("due in %v, %v", wait, late)
	}
	if p.Waits(now.Add(200 * time.Millisecond)) {
		t.Error("rests for too long")
	}
	now = now.Add(time.Hour)
	p.Worked(now, now.Add(time.Second))
	if p.Waits(now.Add(time.Second)) {
		t.Error("an hour makes nothing free")
	}
	now = now.Add(time.Hour)
	p.Worked(now, now.Add(time.Minute))
	if wait := p.rest.Sub(now.Add(time.Minute)); wait != maxRest {
		t.Errorf("rests %v after a minute", wait)
	}
}
