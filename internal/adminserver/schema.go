package adminserver

import (
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"postroom"
	"postroom/internal/adminwire"
)

// schemaTexts are the framework's texts for what the schemas of the requests
// use, with at most one verb each; a test meets them. Another text has no
// reason.
func schemaTexts() []string {
	return []string{
		"unexpected property",
		"expected string to be RFC 3339 date-time",
		"expected boolean",
		"expected number",
		"expected integer",
		"expected string",
		"expected string to be base64 encoded",
		"expected array",
		"expected object",
		"expected value to be one of \"%s\"",
		"expected number >= %v",
		"expected number <= %v",
		"expected required property %s to be present",
		"validation failed",
		"request body is required",
		"unknown query parameter",
		"required query parameter is missing",
		"invalid integer",
		"invalid boolean",
		"invalid date/time for format %s",
	}
}

// schemaReason is what a text of the framework was made of; nil when it is none
// of schemaTexts.
func schemaReason(text string) *postroom.Reason {
	for _, template := range schemaTexts() {
		start, end, verb := cutVerb(template)
		if !verb && text == template {
			return &postroom.Reason{Template: template}
		}
		if verb && len(text) >= len(start)+len(end) && strings.HasPrefix(text, start) && strings.HasSuffix(text, end) {
			return &postroom.Reason{Template: template, Values: []string{text[len(start) : len(text)-len(end)]}}
		}
	}
	return nil
}

// cutVerb cuts a template around its verb.
func cutVerb(template string) (start, end string, found bool) {
	start, end, found = strings.Cut(template, "%")
	if found {
		end = end[1:]
	}
	return start, end, found
}

// faults says of each part of a request that does not fit its schema where it
// is and why, in the order of the parts.
func faults(errs []*huma.ErrorDetail) []adminwire.Fault {
	var list []adminwire.Fault
	for _, e := range errs {
		list = append(list, adminwire.Fault{Detail: e.Message, Location: e.Location, Reason: schemaReason(e.Message)})
	}
	slices.SortStableFunc(list, func(a, b adminwire.Fault) int { return strings.Compare(a.Location, b.Location) })
	return list
}
