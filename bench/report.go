package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"
)

// row is one comparison. Ratio is how many times better Postroom is than the
// peer named (above one: better).
type row struct {
	name       string
	ours, peer string
	ratio      float64
	goal       string
}

type report struct {
	rows  []row
	notes []string
}

func (r *report) add(name, ours, peer string, ratio float64, goal string) {
	fmt.Printf("… %-58s ours %-16s peer %-28s ratio %.2f (%s)\n", name, ours, peer, ratio, goal)
	r.rows = append(r.rows, row{name, ours, peer, ratio, goal})
}

func (r *report) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Println("…", text)
	r.notes = append(r.notes, text)
}

func (r *report) print(w io.Writer) {
	fmt.Fprintln(w, "\n| row | Postroom | peer | ratio | goal |\n|---|---|---|---|---|")
	for _, x := range r.rows {
		fmt.Fprintf(w, "| %s | %s | %s | %.2f | %s |\n", x.name, x.ours, x.peer, x.ratio, x.goal)
	}
	fmt.Fprintln(w)
	for _, n := range r.notes {
		fmt.Fprintln(w, "-", n)
	}
}

// jmapPart begins the names and notes of the rows that have a table of their own.
const jmapPart = "JMAP"

// part divides a report.
func (r *report) part(jmap bool) *report {
	one := &report{}
	for _, x := range r.rows {
		if strings.HasPrefix(x.name, jmapPart) == jmap {
			one.rows = append(one.rows, x)
		}
	}
	for _, n := range r.notes {
		if strings.HasPrefix(n, jmapPart) == jmap {
			one.notes = append(one.notes, n)
		}
	}
	return one
}

// write puts the tables of what was run between the marks that a file has for
// them.
func (r *report) write(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	whole := string(text)
	for mark, one := range map[string]*report{"run": r.part(false), "jmap run": r.part(true)} {
		if len(one.rows) == 0 {
			continue
		}
		begin, end := "<!-- begin "+mark+" -->\n", "<!-- end "+mark+" -->"
		before, rest, begun := strings.Cut(whole, begin)
		_, after, ended := strings.Cut(rest, end)
		if !begun || !ended {
			return fmt.Errorf("%s has no place for the table of a %s", file, mark)
		}
		var table strings.Builder
		fmt.Fprintf(&table, "%s, %d processors, %s.\n", time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), load())
		one.print(&table)
		whole = before + begin + table.String() + end + after
	}
	return os.WriteFile(file, []byte(whole), 0o644)
}

// load says how busy the machine was meanwhile.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 2 {
		return "load of the last 15 minutes " + fields[2]
	}
	return "load not known"
}

func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sort.Slice(d, func(i, j int) bool { return d[i] < d[j] })
	return d[len(d)/2]
}
