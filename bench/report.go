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

// The marks between which a file has the table of the last run.
const beginRun, endRun = "<!-- begin run -->\n", "<!-- end run -->"

// write puts the table between the marks of a file.
func (r *report) write(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, begun := strings.Cut(string(text), beginRun)
	_, after, ended := strings.Cut(rest, endRun)
	if !begun || !ended {
		return fmt.Errorf("%s has no place for the table of a run", file)
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%s, %d processors, %s.\n", time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), load())
	r.print(&table)
	return os.WriteFile(file, []byte(before+beginRun+table.String()+endRun+after), 0o644)
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
