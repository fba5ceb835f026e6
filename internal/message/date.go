package message

import (
	"strconv"
	"strings"
	"time"
)

// ParseDate reads a date as mail programs write it: RFC 5322 §3.3 and §4.3, with
// day name, seconds, zone and order taken as they come, also the forms of ctime
// and ISO 8601. ok is false when there is no date to be found.
func ParseDate(value string) (t time.Time, ok bool) {
	value = clip(unfold([]byte(value)), 256)
	if t, err := time.Parse(time.RFC3339, strings.TrimSpace(value)); err == nil {
		return t, t.Year() >= 1
	}
	var d dateParts
	for _, word := range dateWords(value) {
		d.take(word)
	}
	return d.time()
}

// dateWords splits at white space and commas and leaves comments out.
func dateWords(s string) []string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '(' {
			_, i = comment(s, i)
			b.WriteByte(' ')
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
}

type dateParts struct {
	day, month, year        int
	hour, min, sec          int
	offset                  int // seconds east
	haveTime, haveZone, bad bool
	pm, am                  bool
}

func (d *dateParts) take(word string) {
	switch {
	case strings.Contains(word, ":") && !d.haveTime:
		d.clock(word)
	case word[0] >= '0' && word[0] <= '9':
		if strings.Count(word, "-") == 2 || strings.Count(word, "/") == 2 {
			for _, w := range strings.FieldsFunc(word, func(r rune) bool { return r == '-' || r == '/' }) {
				d.take(w)
			}
			return
		}
		d.number(word)
	case (word[0] == '+' || word[0] == '-') && d.haveTime && !d.haveZone:
		d.zone(word)
	default:
		d.name(word)
	}
}

func (d *dateParts) clock(word string) {
	for i := 1; i < len(word); i++ { // "10:00:00+0200"
		if word[i] == '+' || word[i] == '-' {
			d.haveTime = true
			d.zone(word[i:])
			word = word[:i]
			break
		}
	}
	part := strings.SplitN(word, ":", 3)
	var v [3]int
	for i, s := range part {
		s, _, _ = strings.Cut(s, ".")
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > 60 {
			d.bad = true
		}
		v[i] = n
	}
	d.hour, d.min, d.sec, d.haveTime = v[0], v[1], min(v[2], 59), true
}

func (d *dateParts) number(word string) {
	n, err := strconv.Atoi(word)
	switch {
	case err != nil || len(word) > 4:
	case len(word) <= 2 && d.day == 0 && n >= 1 && n <= 31:
		d.day = n
	case d.year != 0 || len(word) == 1:
	case len(word) == 2 && n < 50: // RFC 5322 §4.3
		d.year = 2000 + n
	case len(word) <= 3:
		d.year = 1900 + n
	default:
		d.year = n
	}
}

func (d *dateParts) zone(word string) {
	digits := strings.ReplaceAll(word[1:], ":", "")
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) != 4 || n/100 > 23 || n%100 > 59 {
		return
	}
	d.offset, d.haveZone = (n/100*60+n%100)*60, true
	if word[0] == '-' {
		d.offset = -d.offset
	}
}

func (d *dateParts) name(word string) {
	word = strings.ToLower(word)
	if len(word) >= 3 {
		if i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", word[:3]); i >= 0 && i%3 == 0 && d.month == 0 {
			d.month = i/3 + 1
			return
		}
	}
	hours, ok := zoneName(word)
	switch {
	case ok && d.haveTime && !d.haveZone:
		d.offset, d.haveZone = hours*3600, true
	case word == "pm":
		d.pm = true
	case word == "am":
		d.am = true
	}
}

// zoneName knows the zones of RFC 5322 §4.3; the military ones there count as
// unknown, that is +0000.
func zoneName(s string) (hours int, ok bool) {
	switch s {
	case "ut", "gmt", "utc", "z":
		return 0, true
	case "edt":
		return -4, true
	case "est", "cdt":
		return -5, true
	case "cst", "mdt":
		return -6, true
	case "mst", "pdt":
		return -7, true
	case "pst":
		return -8, true
	case "cet", "met":
		return 1, true
	case "cest", "eet":
		return 2, true
	case "jst", "kst":
		return 9, true
	}
	return 0, false
}

func (d *dateParts) time() (time.Time, bool) {
	if d.bad || d.day == 0 || d.month == 0 || d.year == 0 || d.hour > 24 || d.min > 59 {
		return time.Time{}, false
	}
	if d.pm && d.hour < 12 {
		d.hour += 12
	} else if d.am && d.hour == 12 {
		d.hour = 0
	}
	zone := time.UTC
	if d.offset != 0 {
		zone = time.FixedZone("", d.offset)
	}
	t := time.Date(d.year, time.Month(d.month), d.day, d.hour, d.min, d.sec, 0, zone)
	return t, t.Day() == d.day || d.hour == 24
}
