package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// rawIMAP is the same thin client for all servers: it reads lines and literals
// and counts.
type rawIMAP struct {
	conn net.Conn
	in   *bufio.Reader
	tag  int

	// What came in answer to the last command.
	fetched, expunged, found, listed, stated int
	octets                                   int64 // in literals
}

const clientBuffer = 2 << 20

func dialIMAP(addr, user, password string) (*rawIMAP, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &rawIMAP{conn: conn, in: bufio.NewReaderSize(conn, clientBuffer)}
	if _, err := c.in.ReadSlice('\n'); err != nil {
		return nil, err
	}
	return c, c.command(fmt.Sprintf("LOGIN %q %q", user, password))
}

func (c *rawIMAP) command(text string) error {
	c.fetched, c.expunged, c.found, c.listed, c.stated, c.octets = 0, 0, 0, 0, 0, 0
	c.tag++
	if _, err := fmt.Fprintf(c.conn, "a%d %s\r\n", c.tag, text); err != nil {
		return err
	}
	if err := c.until(c.tag); err != nil {
		return fmt.Errorf("%.60s: %w", text, err)
	}
	return nil
}

// pipeline sends commands without waiting for the answers of each.
func (c *rawIMAP) pipeline(commands []string) error {
	first := c.tag + 1
	c.tag += len(commands)
	sent := make(chan error, 1)
	go func() {
		out := bufio.NewWriterSize(c.conn, 1<<16)
		for i, text := range commands {
			fmt.Fprintf(out, "a%d %s\r\n", first+i, text)
		}
		sent <- out.Flush()
	}()
	for i, text := range commands {
		if err := c.until(first + i); err != nil {
			return fmt.Errorf("%.60s: %w", text, err)
		}
	}
	return <-sent
}

// until reads up to the answer with a tag.
func (c *rawIMAP) until(tag int) error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line[0] == 'a' {
			number, rest, _ := bytes.Cut(line[1:], []byte(" "))
			if n, _ := strconv.Atoi(string(number)); n != tag {
				return fmt.Errorf("unexpected %.80s", line)
			}
			if !bytes.HasPrefix(rest, []byte("OK")) {
				return fmt.Errorf("%s", strings.TrimSpace(string(line)))
			}
			return nil
		}
		if err := c.count(line); err != nil {
			return err
		}
	}
}

// count notes what a response is, and passes over its literals.
func (c *rawIMAP) count(line []byte) error {
	kind := line
	if len(line) > 2 && line[2] >= '0' && line[2] <= '9' { // "* 12 FETCH ("
		if i := bytes.IndexByte(line[2:], ' '); i >= 0 {
			kind = line[2+i+1:]
		}
	} else {
		kind = line[min(2, len(line)):]
	}
	switch {
	case bytes.HasPrefix(kind, []byte("FETCH (")):
		c.fetched++
	case bytes.HasPrefix(kind, []byte("EXPUNGE")):
		c.expunged++
	case bytes.HasPrefix(kind, []byte("SEARCH")):
		c.found += len(bytes.Fields(kind)) - 1
	case bytes.HasPrefix(kind, []byte("LIST ")):
		c.listed++
	case bytes.HasPrefix(kind, []byte("STATUS ")):
		c.stated++
	}
	for bytes.HasSuffix(line, []byte("}\r\n")) {
		open := bytes.LastIndexByte(line, '{')
		size, err := strconv.Atoi(string(line[open+1 : len(line)-3]))
		if err != nil {
			return nil // not a literal
		}
		c.octets += int64(size)
		if _, err := c.in.Discard(size); err != nil {
			return err
		}
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return err
		}
	}
	return nil
}
