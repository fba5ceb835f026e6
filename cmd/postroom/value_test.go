package main

import (
	"testing"
	"time"
)

func TestParseUntil(t *testing.T) {
	zone := time.FixedZone("test", 2*3600)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, zone)
	tests := map[string]string{
		"2026-04-01T10:00:00Z":      "2026-04-01T10:00:00Z",
		"2026-04-01T10:00:00+02:00": "2026-04-01T08:00:00Z",
		"2026-12-31":                "2026-12-31T22:00:00Z",
		"30d":                       "2026-03-31T10:00:00Z",
		"2w":                        "2026-03-15T10:00:00Z",
		"90m":                       "2026-03-01T11:30:00Z",
		"":                          "",
		"d":                         "",
		"0d":                        "",
		"-3d":                       "",
		"3y":                        "",
		"99999999999999w":           "",
		"soon":                      "",
		"2026-02-30":                "",
	}
	for word, want := range tests {
		got, err := parseUntil(word, now)
		if want == "" {
			if err == nil {
				t.Errorf("%q was taken for %v", word, got)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: %v %v, want %s", word, got, err, want)
		}
	}
}

func FuzzParseUntil(f *testing.F) {
	f.Add("30d")
	f.Add("2026-12-31")
	f.Fuzz(func(t *testing.T, word string) {
		if got, err := parseUntil(word, time.Unix(1e9, 0)); err == nil && got.IsZero() && word != "0001-01-01T00:00:00Z" {
			t.Errorf("%q is no time", word)
		}
	})
}

func TestBytesFlag(t *testing.T) {
	tests := map[string]int64{"0": 0, "500": 500, "2K": 2048, "1m": 1 << 20, "10GB": 10 << 30, "1T": 1 << 40, "none": -1}
	for word, want := range tests {
		var b bytesFlag
		if err := b.UnmarshalText([]byte(word)); err != nil || *b.pointer() != want {
			t.Errorf("%q: %d %v", word, b.bytes, err)
		}
	}
	for _, word := range []string{"", "x", "-1", "9999999999T", "G"} {
		var b bytesFlag
		if err := b.UnmarshalText([]byte(word)); err == nil {
			t.Errorf("%q was taken for %d", word, b.bytes)
		}
	}
}

func TestParseAt(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for word, want := range map[string]string{
		"2026-03-04T11:00:00.5Z": "2026-03-04T11:00:00.5Z",
		"2026-03-03":             "2026-03-03T23:59:59.999999Z",
		"2026-03-04":             "2026-03-04T12:00:00Z",
		"90m":                    "2026-03-04T10:30:00Z",
		"2w":                     "2026-02-18T12:00:00Z",
	} {
		got, err := parseAt(word, now)
		if err != nil || (&atFlag{got}).text() != want {
			t.Errorf("%s: %s, %v", word, (&atFlag{got}).text(), err)
		}
	}
	if _, err := parseAt("yesterday", now); err == nil {
		t.Error("a word was taken for a time")
	}
}
