package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"postroom/internal/app"
)

var update = flag.Bool("update", false, "write what the compatible commands print into their scripts")

// TestZimbra runs the scripts of the compatible commands, one a command, against
// one demonstration: each has a domain of its own there.
func TestZimbra(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	a, ready, err := app.NewDemo(ctx, app.DemoOptions{Dir: t.TempDir(), PortBase: freeBase(t, t.Cleanup), Content: app.DemoEmpty,
		Logger: slog.New(slog.DiscardHandler), Version: "test"})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	up, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- a.Run(ctx, func() { close(up) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("demo: %v", err)
		}
	})
	<-up
	var printed printed
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "zimbra"),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("POSTROOM_SOCKET", ready.Socket)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"golden": printed.golden, "status": wantStatus},
	})
}

// printed is golden with -update: outputs go into the scripts.
type printed struct{ mu sync.Mutex }

func (p *printed) golden(ts *testscript.TestScript, neg bool, args []string) {
	if !*update {
		golden(ts, neg, args)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	name := filepath.Join("testdata", "zimbra", ts.Name()+".txtar")
	script, err := txtar.ParseFile(name)
	ts.Check(err)
	for i, f := range script.Files {
		if f.Name == args[0] {
			script.Files[i].Data = []byte(alike(ts.ReadFile("stdout")))
		}
	}
	ts.Check(os.WriteFile(name, txtar.Format(script), 0o600))
}
