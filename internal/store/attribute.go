package store

import (
	"encoding/json"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Bounds of the attributes of one account.
const (
	maxAttributes     = 50
	maxAttributeName  = 64
	maxAttributeValue = 500 // bytes
)

// builtinAttributes are those that every account has by being one; filters ask
// for them by these names.
var builtinAttributes = []string{"address", "domain", "kind", "login", "name", "plan", "state"}

// attributesText checks attributes, folds their names, and makes them JSON.
func attributesText(attributes *map[string]string) (string, error) {
	folded := make(map[string]string, len(*attributes))
	if len(*attributes) > maxAttributes {
		return "", postroom.Errorf(postroom.TooLarge, "an account has at most %d attributes", maxAttributes)
	}
	for name, value := range *attributes {
		key := strings.ToLower(strings.TrimSpace(name))
		if !attributeName(key) {
			return "", postroom.Errorf(postroom.Invalid, "invalid name of an attribute: %q: a letter, then letters, digits, - or _", printable(name))
		}
		if slices.Contains(builtinAttributes, key) {
			return "", postroom.Errorf(postroom.Invalid, "%s is not set as an attribute: every account has it", key)
		}
		value = strings.TrimSpace(value)
		if len(value) > maxAttributeValue || strings.ContainsFunc(value, badInPersonalName) {
			return "", postroom.Errorf(postroom.Invalid, "the value of the attribute %s is too long or has a character that is not allowed", key)
		}
		if value != "" {
			folded[key] = value
		}
	}
	*attributes = folded
	text, err := json.Marshal(folded)
	return string(text), err
}

func attributeName(name string) bool {
	return name != "" && len(name) <= maxAttributeName && 'a' <= name[0] && name[0] <= 'z' &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
		})
}

// attributeChanges names what changed, for the audit log.
func attributeChanges(old, now map[string]string) string {
	var changes []string
	for k, v := range now {
		if old[k] != v {
			changes = append(changes, k+"="+v)
		}
	}
	for k := range old {
		if _, kept := now[k]; !kept {
			changes = append(changes, k+"=")
		}
	}
	slices.Sort(changes)
	return strings.Join(changes, " ")
}

// mayRename refuses a person's change of their own name where a filter asks for
// it: nobody puts themselves into a group.
func mayRename(tx *db.Tx, old, a postroom.Account) error {
	if a.Name == old.Name {
		return nil
	}
	groups, err := dynamicGroups(tx, old.Org)
	for _, g := range groups {
		if err == nil && slices.Contains(g.filter.Attributes(), "name") {
			return postroom.Errorf(postroom.Denied, "permission denied: membership of a group depends on the name; ask an administrator")
		}
	}
	return err
}
