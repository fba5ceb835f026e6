package zimbra

import (
	"slices"
	"strconv"
	"strings"
)

// change is one attribute with its new values: replaced, added (+attr) or
// removed (-attr).
type change struct {
	name   string // as in the tables
	sign   byte   // 0, '+' or '-'
	values []string
}

// settingAttributes are kept as preferences of an account or list by their
// own name, and act where the server looks at them.
var settingAttributes = []string{
	"description", "givenName", "sn", "zimbraPrefReplyToEnabled", "zimbraPrefReplyToAddress", "zimbraPrefReplyToDisplay",
	"zimbraPrefOutOfOfficeStatusAlertOnLogin", "zimbraPrefFromDisplay", "zimbraPrefSaveToSent",
	"zimbraPrefDefaultSignatureId", "zimbraPrefForwardReplySignatureId",
}

var accountAttributes = append([]string{
	"displayName", "zimbraAccountStatus", "zimbraHideInGal", "zimbraMailQuota", "zimbraCOSId",
	"zimbraIsAdminAccount", "zimbraIsDelegatedAdminAccount",
	"zimbraPrefAllowAddressForDelegatedSender", "zimbraPrefDelegatedSendSaveTarget",
}, slices.Concat(settingAttributes, absenceAttributes, factAttributes)...)

var listAttributes = []string{
	"displayName", "description", "zimbraHideInGal", "zimbraDistributionListSendShareMessageToNewMembers",
	"zimbraDistributionListSubscriptionPolicy", "zimbraDistributionListUnsubscriptionPolicy",
	"zimbraPrefAllowAddressForDelegatedSender", "memberURL", "zimbraIsACLGroup",
	"zimbraPrefReplyToEnabled", "zimbraPrefReplyToAddress", "zimbraPrefReplyToDisplay",
}

var identityAttributes = []string{
	"zimbraPrefIdentityName", "zimbraPrefFromAddress", "zimbraPrefFromAddressType", "zimbraPrefFromDisplay",
	"zimbraPrefReplyToEnabled", "zimbraPrefReplyToAddress", "zimbraPrefReplyToDisplay",
	"zimbraPrefDefaultSignatureId", "zimbraPrefForwardReplySignatureId", "zimbraPrefMailSignature", "zimbraPrefMailSignatureHTML",
	"zimbraPrefWhenSentToEnabled", "zimbraPrefWhenSentToAddresses",
	"zimbraPrefWhenInFoldersEnabled", "zimbraPrefWhenInFolderIds",
	"zimbraPrefSaveToSent", "zimbraPrefSentMailFolder",
}

// multiValued attributes take several values and the signs + and -.
var multiValued = []string{
	"zimbraPrefAllowAddressForDelegatedSender", "zimbraPrefOutOfOfficeDirectAddress", "zimbraMailForwardingAddress",
	"zimbraPrefWhenSentToAddresses", "zimbraPrefWhenInFolderIds",
}

func unknownAttribute(name string) error {
	return fail("account.INVALID_ATTR_NAME", "invalid attr name: %s", strings.TrimLeft(name, "+-"))
}

func badValue(name, why string) error {
	return fail("account.INVALID_ATTR_VALUE", "invalid attr value: %s %s", name, why)
}

// changes reads "attr value attr value ..." against the list of known ones.
// A name that comes again adds a value to the one before.
func changes(pairs []string, allowed []string) ([]change, error) {
	if len(pairs)%2 != 0 {
		return nil, invalid("not enough arguments: attribute %s has no value", pairs[len(pairs)-1])
	}
	var list []change
	for i := 0; i < len(pairs); i += 2 {
		c := change{values: []string{pairs[i+1]}}
		name := pairs[i]
		if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
			c.sign, name = name[0], name[1:]
		}
		at := slices.IndexFunc(allowed, func(a string) bool { return strings.EqualFold(a, name) })
		if at < 0 {
			return nil, unknownAttribute(name)
		}
		c.name = allowed[at]
		if c.sign == '+' && !slices.Contains(multiValued, c.name) {
			return nil, badValue(c.name, "takes one value")
		}
		same := slices.IndexFunc(list, func(o change) bool { return o.name == c.name && o.sign == c.sign })
		if same >= 0 {
			if !slices.Contains(multiValued, c.name) {
				return nil, badValue(c.name, "takes one value")
			}
			list[same].values = append(list[same].values, c.values...)
			continue
		}
		list = append(list, c)
	}
	return list, nil
}

// apply returns the new values of an attribute that has some now. An empty
// value clears.
func (c change) apply(now []string) []string {
	var values []string
	for _, v := range c.values {
		if v != "" {
			values = append(values, v)
		}
	}
	switch c.sign {
	case '+':
		now = slices.Clone(now)
		for _, v := range values {
			if !slices.ContainsFunc(now, func(o string) bool { return strings.EqualFold(o, v) }) {
				now = append(now, v)
			}
		}
		return now
	case '-':
		return slices.DeleteFunc(slices.Clone(now), func(o string) bool {
			return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(o, v) })
		})
	}
	return values
}

// one is the single value; "-attr value" takes the value away.
func (c change) one() string {
	if c.sign == '-' {
		return ""
	}
	return c.values[0]
}

func (c change) boolean() (*bool, error) {
	var v bool
	switch value := c.one(); {
	case strings.EqualFold(value, "TRUE"):
		v = true
	case strings.EqualFold(value, "FALSE"), value == "":
	default:
		return nil, badValue(c.name, "must be TRUE or FALSE")
	}
	return &v, nil
}

func (c change) number() (*int64, error) {
	if c.one() == "" {
		return new(int64), nil
	}
	n, err := strconv.ParseInt(c.one(), 10, 64)
	if err != nil || n < 0 {
		return nil, badValue(c.name, "must be a number of bytes")
	}
	return &n, nil
}

// setting puts a preference, joined by line ends when it has several values.
func (c change) setting(settings map[string]string, now map[string]string) {
	if !slices.Contains(multiValued, c.name) {
		settings[c.name] = c.one()
		return
	}
	var values []string
	if v := now[c.name]; v != "" {
		values = strings.Split(v, "\n")
	}
	settings[c.name] = strings.Join(c.apply(values), "\n")
}

// attribute is one line of a dump.
type attribute struct{ name, value string }

// dump prints attributes sorted by name, only those asked for when wanted is
// not empty.
func (t *Tool) dump(attrs []attribute, wanted []string) {
	slices.SortStableFunc(attrs, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	for _, a := range attrs {
		if a.value == "" || len(wanted) > 0 && !slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, a.name) }) {
			continue
		}
		t.printf("%s: %s\n", a.name, a.value)
	}
}

func settingsDump(settings map[string]string) (attrs []attribute) {
	for name, value := range settings {
		if _, _, ok := signatureKey(name); ok {
			continue // shown by getSignatures
		}
		if !slices.Contains(multiValued, name) {
			attrs = append(attrs, attribute{name, value})
			continue
		}
		for _, v := range strings.Split(value, "\n") {
			attrs = append(attrs, attribute{name, v})
		}
	}
	slices.SortFunc(attrs, func(a, b attribute) int { return strings.Compare(a.name+"\x00"+a.value, b.name+"\x00"+b.value) })
	return attrs
}

func flag(b bool) string {
	if b {
		return "TRUE"
	}
	return "FALSE"
}

// generalizedTime is the LDAP form of a time (RFC 4517 §3.3.13).
const generalizedTime = "20060102150405Z"
