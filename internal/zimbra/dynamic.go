package zimbra

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"postroom/internal/adminwire"
)

// factAttributes are facts about a person. They are kept as attributes of the
// account, by their names in lower case, so that filters of lists ask for them.
var factAttributes = []string{
	"company", "ou", "title", "department", "departmentNumber", "employeeNumber", "employeeType",
	"l", "st", "co", "postalCode", "street", "physicalDeliveryOfficeName", "telephoneNumber", "mobile",
}

func isFact(name string) bool { return slices.Contains(factAttributes, name) }

// factOf is the tools' name of an attribute of an account; attributes that an
// administrator named otherwise are not the tools' to show.
func factOf(name string) string {
	at := slices.IndexFunc(factAttributes, func(f string) bool { return strings.EqualFold(f, name) })
	if at < 0 {
		return ""
	}
	return factAttributes[at]
}

// memberURL is "ldap:///??sub?FILTER" (RFC 4516): base and attributes are empty,
// all accounts of the organisation are looked at.
const memberURL = "ldap:///??sub?"

// filterWords are attributes of the tools and what filters here call them.
var filterWords = []struct{ theirs, ours string }{
	{"mail", "address"}, {"displayName", "name"}, {"zimbraAccountStatus", "state"}, {"zimbraDomainName", "domain"},
}

var (
	filterItem = regexp.MustCompile(`\(\s*([A-Za-z][A-Za-z0-9_-]*)\s*(~=|>=|<=|:=|=)([^()]*)\)`)
	allObjects = regexp.MustCompile(`(?i)^(zimbraAccount|organizationalPerson|person|inetOrgPerson|amavisAccount)$`)
)

// filterFrom reads memberURL into a filter of the server.
func filterFrom(url string) (filter string, err error) {
	if url == "" {
		return "", nil
	}
	if len(url) < len(memberURL) || !strings.EqualFold(url[:len(memberURL)], memberURL) {
		return "", badValue("memberURL", "must be "+memberURL+"(filter)")
	}
	filter = filterItem.ReplaceAllStringFunc(url[len(memberURL):], func(item string) string {
		m := filterItem.FindStringSubmatch(item)
		name, value := m[1], m[3]
		if strings.EqualFold(name, "objectClass") && allObjects.MatchString(value) {
			return "(address=*)" // every account has one
		}
		for _, w := range filterWords {
			if !strings.EqualFold(w.theirs, name) {
				continue
			}
			if state := statuses[strings.ToLower(value)]; w.ours == "state" && state != "" {
				value = state
			}
			return "(" + w.ours + m[2] + value + ")"
		}
		if factOf(name) == "" {
			err = badValue("memberURL", "asks for "+name+", which lists cannot be made of")
		}
		return "(" + strings.ToLower(name) + m[2] + value + ")"
	})
	return filter, err
}

// memberURLOf writes a filter in the words of the tools.
func memberURLOf(filter string) string {
	if filter == "" {
		return ""
	}
	return memberURL + filterItem.ReplaceAllStringFunc(filter, func(item string) string {
		m := filterItem.FindStringSubmatch(item)
		name, value := m[1], m[3]
		for _, w := range filterWords {
			if w.ours != strings.ToLower(name) {
				continue
			}
			if name = w.theirs; w.ours == "state" {
				value = status(strings.ToLower(value))
			}
		}
		if fact := factOf(name); fact != "" {
			name = fact
		}
		return "(" + name + m[2] + value + ")"
	})
}

// membership reads the two attributes that make a list dynamic. A list with a
// filter can be granted rights like any other here; the tools' list without
// rights does not exist.
func membership(c *adminwire.GroupChange, list []change) error {
	without := false
	for _, ch := range list {
		switch ch.name {
		case "memberURL":
			filter, err := filterFrom(ch.one())
			if err != nil {
				return err
			}
			c.Filter = &filter
		case "zimbraIsACLGroup":
			on, err := ch.boolean()
			if err != nil {
				return err
			}
			without = !*on
		}
	}
	if without && (c.Filter == nil || *c.Filter == "") {
		return badValue("zimbraIsACLGroup", "is FALSE only for a list with a memberURL: every list can be given rights here")
	}
	return nil
}

// createDynamicList is createDistributionList: with a memberURL the members
// are found by it, without one they are added.
func createDynamicList(ctx context.Context, t *Tool, args []string) error {
	return createList(ctx, t, args)
}
