package search

import (
	"strings"

	"postroom/internal/message"
)

// maxCollated bounds the part of a text that takes part in sorting, in bytes.
const maxCollated = 512

// collate gives the key of a text in i;unicode-casemap, as SORT and THREAD want
// it (RFC 5256 §1, I18NLEVEL=1). Keys are compared octet by octet.
func collate(text string) string {
	if len(text) > maxCollated {
		text = strings.ToValidUTF8(text[:maxCollated], "")
	}
	return strings.Clone(message.Casemap(text)) // not to hold all of what it is a part of
}
