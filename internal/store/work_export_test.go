package store

// For the tests of other packages.
var (
	EscapeKeyword   = escapeKeyword
	UnescapeKeyword = unescapeKeyword
)
