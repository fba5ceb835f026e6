package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// compareIdling times how soon a connection in IDLE hears of a message that
// another connection appends. Servers and kinds of mailboxes take turns, so that
// noise falls on all of them.
func compareIdling(s settings, table *report) error {
	all, err := startContestants(s)
	defer func() {
		for _, c := range all {
			c.stop()
		}
	}()
	if err != nil {
		return err
	}
	r := &imapRow{name: "IDLE: from the last byte of an APPEND to EXISTS elsewhere"}
	var pairs []*idlePair
	defer func() {
		for _, p := range pairs {
			p.close()
		}
	}()
	for _, kind := range kinds {
		for _, c := range all {
			prefix, ok := c.prefix(kind)
			if !ok {
				continue
			}
			p, err := c.idlePair(prefix + letters)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			p.timing = c.timing(r.name, kind)
			pairs = append(pairs, p)
		}
	}
	for n := range idleTurns * s.rounds {
		for _, p := range pairs {
			if err := p.turn(n); err != nil {
				return err
			}
		}
	}
	r.report(table, all)
	return nil
}

// idleTurns is how many messages each pair of connections sends in a round.
const idleTurns = 30

// idlePair are a connection in IDLE and one that appends to its mailbox.
type idlePair struct {
	*timing
	idler, writer *rawIMAP
	box           string
}

func (c *contestant) idlePair(box string) (*idlePair, error) {
	idler, err := c.dial()
	if err != nil {
		return nil, err
	}
	writer, err := c.dial()
	if err != nil {
		return nil, err
	}
	p := &idlePair{idler: idler, writer: writer, box: box}
	if err := writer.command(fmt.Sprintf("CREATE %q", box)); err != nil {
		return nil, err
	}
	if err := idler.command(fmt.Sprintf("SELECT %q", box)); err != nil {
		return nil, err
	}
	fmt.Fprintf(idler.conn, "x IDLE\r\n")
	_, err = idler.in.ReadSlice('\n')
	return p, err
}

func (p *idlePair) close() {
	p.idler.conn.Close()
	p.writer.conn.Close()
}

// turn appends the nth message and waits until both know of it.
func (p *idlePair) turn(n int) error {
	p.idler.conn.SetReadDeadline(time.Now().Add(time.Minute))
	text := message(int64(n), 1000)
	heard := make(chan error, 1)
	var took time.Duration
	start := time.Now()
	go func() {
		err := p.idler.awaitExists()
		took = time.Since(start)
		heard <- err
	}()
	if err := p.writer.command(fmt.Sprintf("APPEND %q {%d+}\r\n%s", p.box, len(text), text)); err != nil {
		return err
	}
	err := <-heard
	p.rest = append(p.rest, took)
	return err
}

func (c *rawIMAP) awaitExists() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil || strings.Contains(string(line), " EXISTS") {
			return err
		}
	}
}

const (
	// idlers are the accounts of the idle connections.
	idlers = 100
	// fewer is how many connections stand for all where each is a process.
	fewer = 300
)

// compareMemory measures the memory of idle connections with a mailbox
// selected. Where each connection is a process, there are fewer of them, and
// their memory is scaled.
func compareMemory(s settings, table *report) error {
	name := fmt.Sprintf("memory of %d idle connections", s.idle)
	p, err := startPostroom(s, idlers)
	if err != nil {
		return err
	}
	ours, err := idleMemory(&p.peer, s.idle)
	p.stop()
	if err != nil {
		return fmt.Errorf("postroom: %w", err)
	}
	table.note("%s, Postroom: %.1f KB each", name, float64(ours)/float64(s.idle)/1024)
	best, of := int64(0), ""
	for _, start := range []func() (*peer, error){
		func() (*peer, error) { return startDovecot("sdbox", dovecotAlways) }, startCyrus,
	} {
		p, err := start()
		if err != nil {
			return err
		}
		n := min(fewer, s.idle)
		if p.name == "Cyrus" {
			var names []string
			for n := range idlers {
				names = append(names, p.user(n))
			}
			err = cyrusAccounts(p, names, nil, false)
		}
		var used int64
		if err == nil {
			used, err = idleMemory(p, n)
		}
		p.stop()
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		table.note("%s, %s: %.1f KB each, measured with %d", name, p.name, float64(used)/float64(n)/1024, n)
		if used = used * int64(s.idle) / int64(n); best == 0 || used < best {
			best, of = used, p.name
		}
	}
	table.add(name, fmt.Sprintf("%d MB", ours>>20), fmt.Sprintf("%d MB (%s)", best>>20, of), float64(best)/float64(ours), "≥ 1")
	return nil
}

// idleMemory is by how much the proportional set size of a server grows with n
// idle connections.
func idleMemory(p *peer, n int) (int64, error) {
	before := usage(p.cmd.Process.Pid)
	conns := make([]net.Conn, n)
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}()
	next, errs := make(chan int), make(chan error, 16)
	var wg sync.WaitGroup
	for range cap(errs) {
		wg.Go(func() {
			for i := range next {
				var err error
				if conns[i], err = idleAt(p, i); err != nil {
					errs <- fmt.Errorf("connection %d: %w", i, err)
					return
				}
			}
		})
	}
	var err error
	for i := 0; i < n && err == nil; i++ {
		select {
		case next <- i:
		case err = <-errs:
		}
	}
	close(next)
	wg.Wait()
	if err != nil {
		return 0, err
	}
	time.Sleep(time.Second) // what ended with signing in is over
	return usage(p.cmd.Process.Pid) - before, nil
}

// idleAt is a connection in IDLE. Clients come from a hundred addresses.
func idleAt(p *peer, i int) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i%100))}}
	conn, err := d.Dial("tcp", p.imap)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(conn, 1024)
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "a LOGIN %q %q\r\nb SELECT INBOX\r\nc IDLE\r\n", p.user(i%idlers), p.password)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return conn, err
		}
		if strings.HasPrefix(line, "+") {
			return conn, nil
		}
		if word := strings.Fields(line); len(word) > 1 && word[0] != "*" && word[1] != "OK" {
			return conn, fmt.Errorf("%s", line)
		}
	}
}
