package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/rights/world"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// decisionGoal is the p99 of a decision from warm state.
const decisionGoal = 10 * time.Microsecond

// measureScale asks for decisions, who and what in an organisation of a
// million accounts: of the engine alone with every fact in memory, and through
// the door of a store that holds it on disk.
func measureScale(table *report) error {
	measureEngine(table)
	dir, err := os.MkdirTemp("", "postroom-scale-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, start := context.Background(), time.Now()
	if err := storetest.Fill(ctx, dir, world.Full); err != nil {
		return err
	}
	table.note("1,000,000 accounts, 100,000 nested groups and 5,000,000 grants were written in %s", time.Since(start).Round(time.Second))
	s, err := store.Open(ctx, store.Options{Dir: dir, Hostname: "mx.large.test", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := measureDoor(ctx, s, table); err != nil {
		return err
	}
	return measureWhoWhat(ctx, s, table)
}

// facts are what the engine decides from, all in memory.
type facts struct {
	subjects []*rights.Subject
	chains   [][]rights.Level
}

func loadFacts(w world.World) facts {
	f := facts{subjects: make([]*rights.Subject, w.Accounts), chains: make([][]rights.Level, w.Accounts)}
	for i := range w.Accounts {
		person := postroom.Account{ID: postroom.AccountID(storetest.FirstAccount + i), Org: 1, Domain: 1, Plan: 1, State: postroom.Active}
		var held []postroom.GroupID
		for _, g := range w.GroupsAbove(i) {
			held = append(held, postroom.GroupID(storetest.FirstGroup+g))
		}
		f.subjects[i] = rights.NewSubject(&person, held)
		perLevel := make([][]postroom.Grant, 2) // the inbox, the root
		for _, g := range w.GrantsOn(i) {
			grantee := postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(storetest.FirstAccount + g.Account)}
			if g.Group >= 0 {
				grantee = postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(storetest.FirstGroup + g.Group)}
			}
			level := 1
			if g.Inbox {
				level = 0
			}
			perLevel[level] = append(perLevel[level], postroom.Grant{Grantee: grantee, Rights: rights.Viewer})
		}
		f.chains[i] = []rights.Level{{ACL: rights.NewACL(perLevel[0]), Inherit: true}, {ACL: rights.NewACL(perLevel[1]), Inherit: true}}
	}
	return f
}

func measureEngine(table *report) {
	before := heap()
	f, w, now := loadFacts(world.Full), world.Full, time.Now()
	used := heap() - before
	questions := w.Questions(20_000)
	var took []time.Duration
	for range 10 {
		for _, q := range questions {
			start := time.Now()
			owner := rights.Owner{Account: postroom.AccountID(storetest.FirstAccount + q.Target), Org: 1}
			rights.Effective(f.subjects[q.Account], owner, f.chains[q.Target], now)
			took = append(took, time.Since(start))
		}
	}
	for _, q := range questions[:200] {
		owner := rights.Owner{Account: postroom.AccountID(storetest.FirstAccount + q.Target), Org: 1}
		if got := rights.Effective(f.subjects[q.Account], owner, f.chains[q.Target], now).Has(postroom.Read); got != w.MayRead(q.Account, q.Target) {
			panic(fmt.Sprintf("the decision on %+v is wrong", q))
		}
	}
	addLatency(table, "decision of the engine, 5,000,000 grants in memory", took)
	table.note("all facts of 1,000,000 accounts, 100,000 groups and 5,000,000 grants in memory: %d MB", used>>20)
	runtime.KeepAlive(f)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// addLatency adds a row against the goal for p99.
func addLatency(table *report, name string, took []time.Duration) {
	slices.Sort(took)
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	table.add(name+" (peer: the goal)", fmt.Sprintf("p50 %s, p99 %s", p50, p99), "p99 "+decisionGoal.String(),
		float64(decisionGoal)/float64(p99), "≥ 1")
}

// people is how many persons ask; mailboxes how many they ask about.
const people, mailboxes = 50, 200

func measureDoor(ctx context.Context, s *store.Store, table *report) error {
	sessions, err := signInPeople(ctx, s)
	if err != nil {
		return err
	}
	var cold, warm []time.Duration
	for round := range 3 {
		for i, session := range sessions {
			for n := range mailboxes {
				target := (i*7919 + n*104_729) % world.Full.Accounts
				start := time.Now()
				if _, err := session.MyRights(ctx, storetest.LargeMailbox(target)); err != nil && postroom.KindOf(err) != postroom.NotFound {
					return err
				}
				if took := time.Since(start); round == 0 {
					cold = append(cold, took)
				} else {
					warm = append(warm, took)
				}
			}
		}
	}
	addLatency(table, "decision through the door, warm", warm)
	slices.Sort(cold)
	table.note("the same decisions asked for the first time, facts read from disk: p50 %s, p99 %s", cold[len(cold)/2], cold[len(cold)*99/100])
	return nil
}

func signInPeople(ctx context.Context, s *store.Store) ([]*store.Session, error) {
	d := system.Console(s).Directory()
	var sessions []*store.Session
	for i := range people {
		account := i * 19_997
		if err := d.SetPassword(ctx, postroom.AccountID(storetest.FirstAccount+account), storetest.Password); err != nil {
			return nil, err
		}
		session, err := login.Authenticate(ctx, s, login.Credentials{Username: fmt.Sprintf("a%d@large.test", account),
			Password: storetest.Password, Protocol: "imap", Remote: "127.0.0.1"})
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, session)
	}
	return sessions, nil
}

func measureWhoWhat(ctx context.Context, s *store.Store, table *report) error {
	d := system.Console(s).Directory()
	ask := func(name string, question func(string) (int, error)) error {
		var took []time.Duration
		found := 0
		for i := range 200 {
			start := time.Now()
			n, err := question(fmt.Sprintf("a%d@large.test", i*4999))
			if err != nil {
				return err
			}
			took, found = append(took, time.Since(start)), found+n
		}
		slices.Sort(took)
		table.note("%s: p50 %s, p99 %s, %d entries on average", name, took[100], took[198], found/200)
		return nil
	}
	err := ask("who has access to a mailbox", func(name string) (int, error) {
		all, err := d.WhoHasAccess(ctx, name)
		return len(all), err
	})
	if err != nil {
		return err
	}
	return ask("what a person has access to", func(name string) (int, error) {
		all, err := d.WhatAccess(ctx, name)
		return len(all), err
	})
}

// compareOpenFGA runs the comparison that has a module of its own, and puts its
// lines into the table.
func compareOpenFGA(table *report) error {
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = filepath.Join("bench", "openfga")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		var name, ours, peer string
		var ratio float64
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 4 {
			table.note("OpenFGA: %s", strings.TrimSpace(line))
			continue
		}
		name, ours, peer = fields[0], fields[1], fields[2]
		if _, err := fmt.Sscan(fields[3], &ratio); err != nil {
			return err
		}
		table.add(name, ours, peer, ratio, "≥ 1")
	}
	return nil
}
