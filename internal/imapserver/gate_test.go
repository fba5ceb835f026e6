package imapserver_test

import (
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// gate is a clock that can hold up one reading of rights: they are computed
// inside a reading transaction, or of what is kept, and ask for the time there. Others, and what is
// written, go on meanwhile.
type gate struct {
	mu      sync.Mutex
	left    int // readings of rights to come before the one that waits
	reached chan struct{}
	release chan struct{}
}

// arm has the nth reading of a session from now wait until open is called;
// what is returned is closed when it waits.
func (g *gate) arm(nth int) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.reached, g.release = nth, make(chan struct{}), make(chan struct{})
	return g.reached
}

// open lets it go on.
func (g *gate) open() { close(g.release) }

func (g *gate) now() time.Time {
	g.mu.Lock()
	left := g.left
	g.mu.Unlock()
	if left > 0 {
		g.pass()
	}
	return time.Now()
}

// pass counts, and waits, if this is a reading of rights for a command.
func (g *gate) pass() {
	stack := string(debug.Stack())
	decides := strings.Contains(stack, "store.(*Session).on(") && (strings.Contains(stack, "(*DB).Read(") || strings.Contains(stack, "(*Session).box(") || strings.Contains(stack, "(*Session).targetKept("))
	if !decides || !strings.Contains(stack, "imapserver.(*conn)") || strings.Contains(stack, "(*conn).hear(") {
		return
	}
	g.mu.Lock()
	g.left--
	wait := g.left == 0
	reached, release := g.reached, g.release
	g.mu.Unlock()
	if wait {
		close(reached)
		<-release
	}
}
