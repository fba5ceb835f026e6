// Command openfga asks OpenFGA (embedded, its memory store) and Postroom the
// same questions about the same organisation, in one process and one run. It
// is a module of its own, so that nothing of OpenFGA comes near the server.
//
// It prints lines of four fields with tabs between them: what was measured,
// Postroom, OpenFGA, the ratio; other lines are remarks.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"postroom"
	"postroom/internal/rights/world"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// worlds are as large as OpenFGA's memory store can be filled: it looks through
// all of its tuples at every write and at every question.
var worlds = []world.World{
	{Accounts: 100, Groups: 20, Grants: 500},
	{Accounts: 1_000, Groups: 100, Grants: 5_000},
	{Accounts: 5_000, Groups: 500, Grants: 25_000},
}

func main() {
	for _, w := range worlds {
		if err := compare(context.Background(), w); err != nil {
			fmt.Fprintln(os.Stderr, "openfga:", err)
			os.Exit(1)
		}
	}
}

// engine answers the three questions; who and what tell how many they found.
type engine interface {
	mayRead(ctx context.Context, q world.Question) (bool, error)
	who(ctx context.Context, target int) (int, error)
	what(ctx context.Context, account int) (int, error)
}

func compare(ctx context.Context, w world.World) error {
	ours, done, err := openPostroom(ctx, w)
	if err != nil {
		return err
	}
	defer done()
	theirs, err := openFGA(ctx, w)
	if err != nil {
		return err
	}
	size := fmt.Sprintf("%d accounts, %d groups, %d grants", w.Accounts, w.Groups, w.Grants)
	a, err := timeDecisions(ctx, ours, w)
	if err != nil {
		return err
	}
	b, err := timeDecisions(ctx, theirs, w)
	if err != nil {
		return err
	}
	line("decision (p50), "+size, a, b)
	lists := map[string]func(engine, int) (int, error){
		"who (p50), ":  func(e engine, i int) (int, error) { return e.who(ctx, i) },
		"what (p50), ": func(e engine, i int) (int, error) { return e.what(ctx, i) },
	}
	for name, ask := range lists {
		a, n, err := timeLists(w, func(i int) (int, error) { return ask(ours, i) })
		if err != nil {
			return err
		}
		b, m, err := timeLists(w, func(i int) (int, error) { return ask(theirs, i) })
		if err != nil {
			return err
		}
		line(name+size, a, b)
		fmt.Printf("%s%s: Postroom found %d, OpenFGA %d\n", name, size, n, m)
	}
	return nil
}

func line(name string, ours, theirs time.Duration) {
	fmt.Printf("%s\t%s\t%s OpenFGA\t%.2f\n", name, ours, theirs, float64(theirs)/float64(ours))
}

// askers is how many persons ask; each has signed in.
const askers = 20

func timeDecisions(ctx context.Context, e engine, w world.World) (time.Duration, error) {
	var took []time.Duration
	yes := 0
	for round := range 3 {
		for i := range 200 {
			q := world.Question{Account: i % askers * (w.Accounts / askers), Target: i * 7919 % w.Accounts}
			start := time.Now()
			may, err := e.mayRead(ctx, q)
			if err != nil {
				return 0, err
			}
			if round > 0 { // the first warms up
				took = append(took, time.Since(start))
			}
			if may != w.MayRead(q.Account, q.Target) {
				return 0, fmt.Errorf("%T answers %v to %+v", e, may, q)
			}
			if may {
				yes++
			}
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

func timeLists(w world.World, ask func(int) (int, error)) (p50 time.Duration, found int, err error) {
	var took []time.Duration
	for i := range 20 {
		start := time.Now()
		n, err := ask(i * 31 % w.Accounts)
		if err != nil {
			return 0, 0, err
		}
		took, found = append(took, time.Since(start)), found+n
	}
	slices.Sort(took)
	return took[len(took)/2], found, nil
}

// ours is a store with the sessions of those who ask.
type ours struct {
	directory *store.Directory
	sessions  map[int]*store.Session
}

func openPostroom(ctx context.Context, w world.World) (*ours, func(), error) {
	dir, err := os.MkdirTemp("", "postroom-openfga-")
	if err != nil {
		return nil, nil, err
	}
	if err := storetest.Fill(ctx, dir, w); err != nil {
		return nil, nil, err
	}
	s, err := store.Open(ctx, store.Options{Dir: dir, Hostname: "mx.large.test", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, err
	}
	o := &ours{directory: system.Console(s).Directory(), sessions: map[int]*store.Session{}}
	for i := range askers {
		account := i * (w.Accounts / askers)
		if err := o.directory.SetPassword(ctx, postroom.AccountID(storetest.FirstAccount+account), storetest.Password); err != nil {
			return nil, nil, err
		}
		o.sessions[account], err = login.Authenticate(ctx, s, login.Credentials{Username: address(account),
			Password: storetest.Password, Protocol: "imap", Remote: "127.0.0.1"})
		if err != nil {
			return nil, nil, err
		}
	}
	return o, func() { s.Close(); os.RemoveAll(dir) }, nil
}

func address(account int) string { return fmt.Sprintf("a%d@large.test", account) }

func (o *ours) mayRead(ctx context.Context, q world.Question) (bool, error) {
	have, err := o.sessions[q.Account].MyRights(ctx, storetest.LargeMailbox(q.Target))
	if postroom.KindOf(err) == postroom.NotFound {
		return false, nil
	}
	return have.Has(postroom.Read), err
}

// who counts persons; Postroom's answer holds also the way to each.
func (o *ours) who(ctx context.Context, target int) (int, error) {
	all, err := o.directory.WhoHasAccess(ctx, address(target))
	return distinct(all), err
}

func (o *ours) what(ctx context.Context, account int) (int, error) {
	all, err := o.directory.WhatAccess(ctx, address(account))
	return distinct(all), err
}

func distinct(all []store.Holder) int {
	seen := map[postroom.AccountID]bool{}
	for _, h := range all {
		seen[h.Account.ID] = true
	}
	return len(seen)
}
