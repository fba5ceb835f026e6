// Package pattern matches mailbox names with the patterns of LIST.
package pattern

import "strings"

// Match tells whether a mailbox name matches a LIST pattern (RFC 9051 §6.3.9):
// "*" stands for anything, "%" for anything without the hierarchy delimiter.
// A delim of 0 is a flat name space. The name INBOX matches in any case. Time
// is at most len(pattern) × len(name).
func Match(pattern, name string, delim byte) bool {
	fold := name == "INBOX"
	// What stands before the first wildcard is compared as it is.
	for pattern != "" && pattern[0] != '*' && pattern[0] != '%' {
		if name == "" || pattern[0] != name[0] && !(fold && lower(pattern[0]) == lower(name[0])) {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	switch pattern {
	case "":
		return name == ""
	case "*":
		return true
	case "%":
		return delim == 0 || strings.IndexByte(name, delim) < 0
	}
	// at[i] says that pattern[:i] matches the part of name seen so far.
	var small [128]bool
	at := small[:]
	if len(pattern) >= len(small) {
		at = make([]bool, len(pattern)+1)
	}
	at = at[:len(pattern)+1]
	at[0] = true
	skipEmpty(pattern, at)
	for i := 0; i < len(name); i++ {
		if !step(pattern, at, name[i], delim, fold) {
			return false
		}
	}
	return at[len(pattern)]
}

// skipEmpty lets wildcards stand for nothing.
func skipEmpty(pattern string, at []bool) {
	for i := 0; i < len(pattern); i++ {
		if at[i] && (pattern[i] == '*' || pattern[i] == '%') {
			at[i+1] = true
		}
	}
}

// step takes one octet of the name and tells whether any match is left.
func step(pattern string, at []bool, c, delim byte, fold bool) bool {
	left := false
	for i := len(pattern); i > 0; i-- {
		// Two ways to stand behind pattern[:i] after c: a literal octet
		// that matches, or a wildcard at pattern[i] that takes c.
		p := pattern[i-1]
		now := at[i-1] && p != '*' && p != '%' && (p == c || fold && lower(p) == lower(c))
		if i < len(pattern) && at[i] {
			now = now || takes(pattern[i], c, delim)
		}
		at[i] = now
		left = left || now
	}
	at[0] = at[0] && takes(pattern[0], c, delim)
	left = left || at[0]
	if left {
		skipEmpty(pattern, at)
	}
	return left
}

func takes(wild, c, delim byte) bool {
	return wild == '*' || wild == '%' && (delim == 0 || c != delim)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
