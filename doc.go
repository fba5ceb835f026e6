// Package postroom holds the words of the house: the nouns that every other
// package speaks of, one file a noun, without any input or output.
//
// A word here decides nothing. What rights mean is decided in internal/rights
// and enforced in internal/store; this package only names the facts those two
// talk about.
package postroom
