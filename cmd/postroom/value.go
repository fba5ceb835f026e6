package main

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// untilFlag is a point in time: RFC 3339, a date (its end, in local time), or
// from now on: 90m, 12h, 30d, 2w.
type untilFlag struct{ time.Time }

// UnmarshalText reads one.
func (u *untilFlag) UnmarshalText(text []byte) error {
	t, err := parseUntil(string(text), time.Now())
	u.Time = t
	return err
}

func (u *untilFlag) pointer() *time.Time {
	if u == nil || u.IsZero() {
		return nil
	}
	return &u.Time
}

// atFlag is a time that is over: RFC 3339, a date (its end, in local time;
// today's is now), or how long ago: 90m, 12h, 30d, 2w.
type atFlag struct{ time.Time }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *atFlag) UnmarshalText(text []byte) (err error) {
	a.Time, err = parseAt(string(text), time.Now())
	return err
}

func parseAt(word string, now time.Time) (time.Time, error) {
	t, err := parseUntil(word, now)
	if err != nil {
		return t, err
	}
	if _, err := time.Parse(time.RFC3339, word); err == nil {
		return t, nil
	}
	if _, err := time.Parse(time.DateOnly, word); err == nil {
		t = t.Add(-time.Microsecond)
		if today := now.Format(time.DateOnly); word == today {
			t = now.UTC()
		}
		return t, nil
	}
	return now.Add(-t.Sub(now)).UTC(), nil
}

// text is the time as the API reads it, empty for none.
func (a *atFlag) text() string {
	if a.IsZero() {
		return ""
	}
	return a.UTC().Format(time.RFC3339Nano)
}

func parseUntil(word string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, word); err == nil {
		return t.UTC(), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, word, now.Location()); err == nil {
		return t.AddDate(0, 0, 1).UTC(), nil
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if len(word) > 1 {
		n, err := strconv.ParseInt(word[:len(word)-1], 10, 64)
		unit, known := units[word[len(word)-1]]
		if err == nil && known && n > 0 && n <= math.MaxInt64/int64(unit) {
			return now.Add(time.Duration(n) * unit).UTC(), nil
		}
	}
	return time.Time{}, usagef("%q is no time: an RFC 3339 time, a date (2030-12-31) or a duration (90m, 12h, 30d, 2w)", word)
}

// bytesFlag is a size: 500, 20K, 10M, 5G, 1T, or none.
type bytesFlag struct {
	set   bool
	bytes int64
}

// UnmarshalText reads one.
func (b *bytesFlag) UnmarshalText(text []byte) error {
	b.set = true
	word := strings.ToUpper(strings.TrimSuffix(strings.ToUpper(string(text)), "B"))
	if word == "NONE" || word == "UNLIMITED" {
		b.bytes = -1
		return nil
	}
	shift := uint(0)
	if i := strings.IndexByte("KMGT", last(word)); i >= 0 && word != "" {
		shift, word = uint(i+1)*10, word[:len(word)-1]
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64>>shift {
		return usagef("%q is no size: 500M, 10G or none", text)
	}
	b.bytes = n << shift
	return nil
}

func (b bytesFlag) pointer() *int64 {
	if !b.set {
		return nil
	}
	return &b.bytes
}

func last(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}
