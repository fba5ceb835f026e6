package main

import (
	"fmt"
	"io"
	"sort"
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

func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sort.Slice(d, func(i, j int) bool { return d[i] < d[j] })
	return d[len(d)/2]
}
