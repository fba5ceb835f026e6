package jmapserver

import (
	"slices"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
)

const quotaCapability = "urn:ietf:params:jmap:quota"

// quotaID is the id of the one quota of an account: the bytes of its mail.
const quotaID = jmapwire.ID("mail")

var quotaProperties = []string{"id", "resourceType", "used", "hardLimit", "warnLimit", "softLimit", "scope", "name", "types", "description"}

// quota is a Quota (RFC 9425 §4.1).
type quota struct{ Used, Limit int64 }

// quotas are those of an account: one, or none when there is no limit or
// nothing there may be read, as what is stored is not told then.
func (c *call) quotas(id jmapwire.ID) (list []quota, state string, err error) {
	m, err := c.mail(id)
	if err != nil {
		return nil, "", err
	}
	boxes, _, err := m.Mailboxes(c.ctx)
	if err != nil {
		return nil, "", err
	}
	for _, b := range boxes {
		q, err := c.session.Quota(c.ctx, b.Ref)
		if kind := postroom.KindOf(err); kind == postroom.Denied || kind == postroom.NotFound {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if q.Limit >= 0 {
			list = append(list, quota{q.Used, q.Limit})
		}
		break
	}
	state, err = stateOf(list)
	return list, state, err
}

// quotaState is the state of quotas, read the short way where the Inbox may be
// read.
func (c *call) quotaState(id postroom.AccountID) (string, error) {
	q, err := c.session.Quota(c.ctx, postroom.CollectionRef{Account: id, Collection: postroom.InboxCollection})
	if kind := postroom.KindOf(err); kind == postroom.Denied || kind == postroom.NotFound {
		_, state, err := c.quotas(jmapwire.AccountID(id))
		return state, err
	}
	if err != nil {
		return "", err
	}
	var list []quota
	if q.Limit >= 0 {
		list = append(list, quota{q.Used, q.Limit})
	}
	return stateOf(list)
}

// quotaGet is Quota/get (RFC 9425 §4.2).
func (c *call) quotaGet(a jmapwire.Get) (any, error) {
	list, state, err := c.quotas(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, quotaProperties)
	if err != nil {
		return nil, err
	}
	return got(a, state, list, func(quota) jmapwire.ID { return quotaID }, func(q quota) any {
		all := map[string]any{"id": quotaID, "resourceType": "octets", "used": q.Used, "hardLimit": q.Limit, "warnLimit": nil,
			"softLimit": nil, "scope": "account", "name": "Mail", "types": []string{"Email"}, "description": nil}
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = all[name]
		}
		return o
	})
}

// quotaChanged is the response of Quota/changes.
type quotaChanged struct {
	jmapwire.Changed
	UpdatedProperties []string `json:"updatedProperties"`
}

// quotaChanges is Quota/changes (RFC 9425 §4.3).
func (c *call) quotaChanges(a jmapwire.Changes) (any, error) {
	_, state, err := c.quotas(a.AccountID)
	return quotaChanged{Changed: unchanged(a, state)}, orCannot(jmapwire.Changes(a), state, err)
}

// quotaCondition is a FilterCondition (RFC 9425 §4.4).
type quotaCondition struct {
	Name         *string `jmap:"name"`
	Scope        *string `jmap:"scope"`
	ResourceType *string `jmap:"resourceType"`
	Type         *string `jmap:"type"`
}

func (f quotaCondition) matches() bool {
	is := func(want *string, have string) bool { return want == nil || *want == have }
	return (f.Name == nil || strings.Contains("mail", strings.ToLower(*f.Name))) && is(f.Scope, "account") &&
		is(f.ResourceType, "octets") && is(f.Type, "Email")
}

// quotaQuery is Quota/query (RFC 9425 §4.4).
func (c *call) quotaQuery(a jmapwire.Query) (any, error) {
	filter, bad := jmapwire.ParseFilter(a.Filter)
	if bad != nil {
		return nil, bad
	}
	conditions := make(map[*jmapwire.Filter]quotaCondition)
	if bad := filter.Each(func(f *jmapwire.Filter) *jmapwire.Error {
		var of quotaCondition
		if err := jmapwire.Decode(f.Condition, &of); err != nil {
			return &jmapwire.Error{Type: "unsupportedFilter", Description: err.Description}
		}
		conditions[f] = of
		return nil
	}); bad != nil {
		return nil, bad
	}
	sort, bad := jmapwire.ParseSort(a.Sort)
	if bad != nil {
		return nil, bad
	}
	for _, by := range sort {
		if !slices.Contains([]string{"name", "used"}, by.Property) {
			return nil, &jmapwire.Error{Type: "unsupportedSort", Description: "quotas are sorted by name or used"}
		}
	}
	list, state, err := c.quotas(a.AccountID)
	if err != nil {
		return nil, err
	}
	var ids []jmapwire.ID
	if len(list) > 0 && filter.Match(func(f *jmapwire.Filter) bool { return conditions[f].matches() }) {
		ids = []jmapwire.ID{quotaID}
	}
	return page(a, ids, state, false)
}

// quotaQueryChanges is Quota/queryChanges (RFC 9425 §4.5): queries are made
// anew, they have one result at most.
func (c *call) quotaQueryChanges(a jmapwire.QueryChanges) (any, error) {
	if _, _, err := c.quotas(a.AccountID); err != nil {
		return nil, err
	}
	return nil, jmapwire.Fail("cannotCalculateChanges")
}
