package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"postroom/internal/adminclient"
	"postroom/internal/app"
	"postroom/internal/app/apptest"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// main0 runs the program as the process does, under the name it is called by.
func main0() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"postroom": main0, "zmprov": main0, "zmmailbox": main0, "carbonio": main0})
}

// TestScripts runs each file of testdata/script: the real program against a
// demonstration that "demo" starts.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"demo": startDemo, "golden": golden, "status": wantStatus, "ports": ports, "mail": queueMail, "waitready": waitReady,
		},
	})
}

// freeBase finds a port base on which the whole demonstration can listen, which
// is kept until the end.
func freeBase(ts interface{ Fatalf(string, ...any) }, atEnd func(func())) int {
	base, release, err := apptest.PortBase()
	if err != nil {
		ts.Fatalf("%v", err)
	}
	atEnd(release)
	return base
}

// ports sets $BASE to a port base that is free.
func ports(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Setenv("BASE", strconv.Itoa(freeBase(ts, ts.Defer)))
}

// startDemo: demo [--empty]. It runs in this process until the script ends.
func startDemo(ts *testscript.TestScript, _ bool, args []string) {
	content := app.DemoFull
	if len(args) > 0 && args[0] == "--empty" {
		content = app.DemoEmpty
	}
	dir := ts.MkAbs("d")
	ctx, stop := context.WithCancel(context.Background())
	a, ready, err := app.NewDemo(ctx, app.DemoOptions{Dir: dir, PortBase: freeBase(ts, ts.Defer), Content: content,
		Logger: slog.New(slog.DiscardHandler), Version: "test"})
	if err != nil {
		stop()
		ts.Fatalf("demo: %v", err)
	}
	up, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- a.Run(ctx, func() { close(up) }) }()
	ts.Defer(func() {
		stop()
		if err := <-done; err != nil {
			ts.Logf("demo: %v", err)
		}
		checkStore(ts, dir)
	})
	<-up
	ts.Setenv("POSTROOM_SOCKET", ready.Socket)
	ts.Setenv("HTTP", ready.HTTPURL)
	for _, name := range []string{"imap", "imaps"} {
		_, port, err := net.SplitHostPort(ready.Listen[name])
		ts.Check(err)
		ts.Setenv(strings.ToUpper(name), port)
	}
}

// checkStore looks whether a script has left the store in order.
func checkStore(ts *testscript.TestScript, dir string) {
	st, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		ts.Logf("fsck: %v", err)
		return
	}
	defer func() { _ = st.Close() }()
	faults, err := st.Check(context.Background())
	if err != nil || len(faults) > 0 {
		panic(fmt.Sprintf("the store is not in order: %v %s", err, strings.Join(faults, "; ")))
	}
}

// queueMail: mail DIR SENDER RECIPIENT puts a message into the queue of a
// server that does not run.
func queueMail(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{Dir: ts.MkAbs(args[0])})
	ts.Check(err)
	_, err = system.Queue(st).Enqueue(ctx, store.NewReport{Sender: args[1], Recipients: []store.Recipient{{Address: args[2]}},
		Raw: []byte("From: " + args[1] + "\r\nSubject: waiting\r\n\r\nx\r\n")})
	ts.Check(err)
	ts.Check(st.Close())
}

var (
	uuid     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	shortID  = regexp.MustCompile(`(?m)^[0-9a-f]{8}-[0-9a-f](  |$)`)
	datetime = regexp.MustCompile(`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z|\b20\d{12}Z`)
)

// golden compares the output of the last command with a file, in which ids and
// times are written alike.
func golden(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: golden file")
	}
	if got, want := alike(ts.ReadFile("stdout")), ts.ReadFile(args[0]); got != want {
		ts.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

// alike writes ids and times alike.
func alike(got string) string {
	got = uuid.ReplaceAllStringFunc(got, func(id string) string {
		if strings.Trim(id, "0-") == "" || strings.Trim(id, "9-") == "" {
			return id // the well-known ones
		}
		return "UUUUUUUU-UUUU-UUUU-UUUU-UUUUUUUUUUUU"
	})
	got = shortID.ReplaceAllString(got, "UUUUUUUU-U$1")
	return datetime.ReplaceAllString(got, "TIME")
}

// wantStatus: status N CMD ARGS runs the program in this process and wants its
// exit status to be N, and one line on the error output when it is 2. What it
// printed is found in the files out and err.
func wantStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command ...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var out, errs strings.Builder
	words := append([]string{args[1]}, args[2:]...)
	if args[1] == "postroom" && ts.Getenv("POSTROOM_SOCKET") != "" {
		words = append([]string{"postroom", "--socket=" + ts.Getenv("POSTROOM_SOCKET")}, args[2:]...)
	}
	got := run(context.Background(), words, strings.NewReader(""), &out, &errs)
	ts.Check(os.WriteFile(ts.MkAbs("out"), []byte(out.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("err"), []byte(errs.String()), 0o600))
	if got != want {
		ts.Fatalf("exit status %d, want %d\n%s%s", got, want, out.String(), errs.String())
	}
	if want == exitFailed && strings.Count(errs.String(), "\n") != 1 {
		ts.Fatalf("error output is not one line: %q", errs.String())
	}
}

// waitReady waits until a server answers on $POSTROOM_SOCKET and is ready: the
// commands work from then on.
func waitReady(ts *testscript.TestScript, _ bool, _ []string) {
	client := adminclient.New(ts.Getenv("POSTROOM_SOCKET"))
	defer client.Close()
	deadline := time.Now().Add(60 * time.Second)
	for {
		err := client.Get(context.Background(), adminclient.Path("organisations"), nil)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no server: %v", err)
		}
		// There is no event to wait for: the socket is another process's.
		time.Sleep(20 * time.Millisecond)
	}
}
