package jmapserver_test

import (
	"bufio"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"postroom"
	"postroom/internal/jmapserver"
	"postroom/internal/rights"
	"postroom/internal/rights/world"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

var crowdAccounts = flag.Int("crowd", 2000, "accounts in the organisation of TestThousandStreams")

// A crowd follows its changes: so many streams there are, and readers of one
// shared mailbox; so much may each stream hold, its side and the client's.
const (
	crowdStreams = 1_000
	crowdReaders = 500
	perStream    = 64 << 10
)

// crowd is a large organisation with many streams of changes.
type crowd struct {
	t      *testing.T
	store  *store.Store
	http   *httptest.Server
	shared postroom.Account
	lines  []*bufio.Reader
}

func newCrowd(t *testing.T, accounts, streams, readers int) *crowd {
	t.Helper()
	dir := storetest.Dir(t)
	if err := storetest.Fill(t.Context(), dir, world.World{Accounts: accounts, Groups: 100}); err != nil {
		t.Fatal(err)
	}
	c := &crowd{t: t, store: storetest.Open(t, func(o *store.Options) { o.Dir = dir })}
	c.populate(streams, readers)
	server := jmapserver.New(jmapserver.Options{Logger: slog.New(slog.DiscardHandler),
		Challenge: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		Session: func(r *http.Request) (*store.Session, error) {
			return login.Authenticate(r.Context(), c.store, login.Credentials{Username: r.Header.Get("From"), Password: storetest.Password,
				Protocol: "jmap", Remote: "127.0.0.1"})
		}})
	c.http = httptest.NewServer(server)
	t.Cleanup(func() {
		server.Close()
		c.http.Close()
	})
	return c
}

// populate gives passwords to those who have streams, and a mailbox to those who
// read it.
func (c *crowd) populate(streams, readers int) {
	c.t.Helper()
	ctx, d := c.t.Context(), system.Console(c.store).Directory()
	var err error
	if c.shared, err = d.CreateAccount(ctx, store.NewAccount{Address: "info@large.test", Kind: postroom.Shared}); err != nil {
		c.t.Fatal(err)
	}
	group, err := d.CreateGroup(ctx, postroom.Group{Address: "crew@large.test"})
	if err != nil {
		c.t.Fatal(err)
	}
	var members []string
	for i := range streams {
		id := postroom.AccountID(storetest.FirstAccount + i)
		if err := d.SetPassword(ctx, id, storetest.Password); err != nil {
			c.t.Fatal(err)
		}
		if i < readers {
			members = append(members, fmt.Sprintf("a%d@large.test", i))
		}
	}
	if err := d.AddMembers(ctx, group.ID, members); err != nil {
		c.t.Fatal(err)
	}
	err = d.PutGrant(ctx, postroom.Grant{Target: storetest.In(c.shared, postroom.RootCollection), Rights: rights.Editor,
		Grantee: postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(group.ID)}})
	if err != nil {
		c.t.Fatal(err)
	}
}

// open opens the stream of an account.
func (c *crowd) open(account int) {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.http.Listener.Addr().String())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close() })
	fmt.Fprintf(conn, "GET /jmap/events?types=*&closeafter=no&ping=0 HTTP/1.1\r\nHost: localhost\r\nFrom: a%d@large.test\r\n\r\n", account)
	in := bufio.NewReaderSize(conn, 512)
	c.lines = append(c.lines, in)
	c.await(in, ": changes")
}

func (c *crowd) await(in *bufio.Reader, text string) {
	for line := ""; !strings.Contains(line, text); {
		var err error
		if line, err = in.ReadString('\n'); err != nil {
			c.t.Errorf("waiting for %q: %v", text, err)
			return
		}
	}
}

// deliver delivers a message, and says when the streams of the first accounts
// heard of it: the first, the last, and the time the processor took.
func (c *crowd) deliver(to postroom.AccountID, first int) (soonest, latest, spent time.Duration) {
	c.t.Helper()
	var mu sync.Mutex
	var heard sync.WaitGroup
	before, busy := time.Now(), processor()
	soonest = time.Hour
	for _, in := range c.lines[:first] {
		heard.Go(func() {
			c.await(in, "event: state")
			took := time.Since(before)
			mu.Lock()
			defer mu.Unlock()
			soonest, latest = min(soonest, took), max(latest, took)
		})
	}
	a := store.Arrival{Raw: []byte(letter), Sender: "outside@example.org", Copies: []store.ArrivalCopy{{Account: to}}}
	if err := system.Delivery(c.store).Deliver(c.t.Context(), a); err != nil {
		c.t.Fatal(err)
	}
	heard.Wait()
	return soonest, latest, processor() - busy
}

// processor is the time of the processor this process has had.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// inUse is the memory of the heap and of all stacks.
func inUse() uint64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// A thousand streams in a large organisation hold little each, and when a mailbox
// that half of them read gets a message, all of those hear of it:
// go test -run ThousandStreams -crowd 20000 ./internal/jmapserver
func TestThousandStreams(t *testing.T) {
	accounts, streams, readers := *crowdAccounts, crowdStreams, crowdReaders
	if testing.Short() || raceDetector {
		accounts, streams, readers = 400, 100, 50
	}
	began := time.Now()
	c := newCrowd(t, accounts, streams, readers)
	t.Logf("%d accounts after %v", accounts, time.Since(began))
	c.open(0) // what is kept once
	before := inUse()
	began = time.Now()
	for i := 1; i < streams; i++ {
		c.open(i)
	}
	t.Logf("%d streams after %v", streams, time.Since(began))
	each := (inUse() - before) / uint64(streams-1)
	t.Logf("a stream holds %.1f KB", float64(each)/1024)
	if each > perStream && !raceDetector {
		t.Errorf("a stream holds %d KB", each>>10)
	}
	for range 3 {
		soonest, latest, spent := c.deliver(c.shared.ID, readers)
		t.Logf("%d streams heard of a message after %v to %v, for %v of the processor", readers, soonest, latest, spent)
	}
	_, latest, spent := c.deliver(storetest.FirstAccount, 1)
	t.Logf("one stream heard of a message after %v, for %v of the processor", latest, spent)
}
