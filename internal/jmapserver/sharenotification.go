package jmapserver

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// A ShareNotification tells that somebody's rights on a mailbox of another have
// changed (RFC 9670 §3).

var shareNotificationProperties = []string{"id", "created", "changedBy", "objectType", "objectAccountId", "objectId", "oldRights", "newRights", "name"}

func shareNotificationID(n int64) jmapwire.ID { return jmapwire.ID("N" + strconv.FormatInt(n, 10)) }

// parseShareNotificationID is the inverse of shareNotificationID.
func parseShareNotificationID(id jmapwire.ID) (int64, bool) {
	rest, is := strings.CutPrefix(string(id), "N")
	n, err := strconv.ParseInt(rest, 10, 64)
	return n, is && err == nil && n > 0 && shareNotificationID(n) == id
}

// shareNotificationGet is ShareNotification/get (RFC 9670 §3.2).
func (c *call) shareNotificationGet(a jmapwire.Get) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, shareNotificationProperties)
	if err != nil {
		return nil, err
	}
	list, state, err := c.session.ShareNotifications(c.ctx, nil)
	if err != nil {
		return nil, err
	}
	return got(a, state, list, func(n store.ShareNotification) jmapwire.ID { return shareNotificationID(n.ID) }, func(n store.ShareNotification) any {
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = shareNotificationProperty(n, name)
		}
		return o
	})
}

// changedBy is the Entity that changed something.
type changedBy struct {
	Name        string       `json:"name"`
	Email       *string      `json:"email"`
	PrincipalID *jmapwire.ID `json:"principalId"`
}

func shareNotificationProperty(n store.ShareNotification, name string) any {
	switch name {
	case "id":
		return shareNotificationID(n.ID)
	case "created":
		return jmapwire.UTCDate(n.Created)
	case "changedBy":
		if n.By.ID == 0 {
			return changedBy{Name: "Postroom"}
		}
		principal := principalID(toAccount(n.By.ID))
		return changedBy{cmp.Or(n.By.Name, n.By.Address), &n.By.Address, &principal}
	case "objectType":
		return "Mailbox"
	case "objectAccountId":
		return jmapwire.AccountID(n.Mailbox.Account)
	case "objectId":
		return jmapwire.MailboxID(n.Mailbox)
	case "oldRights":
		return rightsOrNull(n.Old)
	case "newRights":
		return rightsOrNull(n.New)
	}
	return n.Name
}

func rightsOrNull(r postroom.Rights) any {
	if r == postroom.NoRights {
		return nil
	}
	return rights.JMAP(r)
}

// shareNotificationChanges is ShareNotification/changes (RFC 9670 §3.3).
func (c *call) shareNotificationChanges(a jmapwire.Changes) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	n, err := most(a.MaxChanges)
	if err != nil {
		return nil, err
	}
	found, err := c.session.ShareNotificationsChanged(c.ctx, a.SinceState, n)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	return changed(a, found, shareNotificationID), nil
}

// shareNotificationSet is ShareNotification/set (RFC 9670 §3.4): they can be
// destroyed, and nothing else.
func (c *call) shareNotificationSet(a jmapwire.Set) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	return c.set("ShareNotification/set", a, setter{
		state: func() (string, error) {
			_, state, err := c.session.ShareNotifications(c.ctx, []int64{})
			return state, err
		},
		create: func(json.RawMessage) (jmapwire.ID, any, error) { return "", nil, jmapwire.Fail("forbidden") },
		update: func(jmapwire.ID, json.RawMessage) (any, error) { return nil, jmapwire.Fail("forbidden") },
		destroy: func(id jmapwire.ID) error {
			n, ok := parseShareNotificationID(id)
			if !ok {
				return jmapwire.Fail("notFound")
			}
			return c.session.DismissShareNotification(c.ctx, n)
		},
	})
}

// shareNotificationCondition is a FilterCondition (RFC 9670 §3.5.1).
type shareNotificationCondition struct {
	period
	ObjectType      *string      `jmap:"objectType"`
	ObjectAccountID *jmapwire.ID `jmap:"objectAccountId"`
}

func (f *shareNotificationCondition) matches(n store.ShareNotification) bool {
	return f.holds(n.Created) && (f.ObjectType == nil || *f.ObjectType == "Mailbox") &&
		(f.ObjectAccountID == nil || *f.ObjectAccountID == jmapwire.AccountID(n.Mailbox.Account))
}

// findShareNotifications runs a query.
func (c *call) findShareNotifications(filter, sort json.RawMessage) (ids []jmapwire.ID, state string, err error) {
	f, bad := jmapwire.ParseFilter(filter)
	if bad != nil {
		return nil, "", bad
	}
	conditions := make(map[*jmapwire.Filter]*shareNotificationCondition)
	bad = f.Each(func(f *jmapwire.Filter) *jmapwire.Error {
		of := &shareNotificationCondition{}
		if err := jmapwire.Decode(f.Condition, of); err != nil {
			return &jmapwire.Error{Type: "unsupportedFilter", Description: err.Description}
		}
		conditions[f] = of
		return of.parse()
	})
	if bad != nil {
		return nil, "", bad
	}
	order, bad := jmapwire.ParseSort(sort)
	if bad != nil {
		return nil, "", bad
	}
	for _, by := range order {
		if by.Property != "created" || by.Keyword != nil {
			return nil, "", &jmapwire.Error{Type: "unsupportedSort", Description: "notifications are sorted by created"}
		}
	}
	list, state, err := c.session.ShareNotifications(c.ctx, nil)
	if err != nil {
		return nil, "", err
	}
	if len(order) > 0 && order[0].IsAscending {
		slices.Reverse(list)
	}
	ids = []jmapwire.ID{}
	for _, n := range list {
		if f.Match(func(f *jmapwire.Filter) bool { return conditions[f].matches(n) }) {
			ids = append(ids, shareNotificationID(n.ID))
		}
	}
	return ids, state, nil
}

// shareNotificationQuery is ShareNotification/query (RFC 9670 §3.5).
func (c *call) shareNotificationQuery(a jmapwire.Query) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	ids, state, err := c.findShareNotifications(a.Filter, a.Sort)
	if err != nil {
		return nil, err
	}
	return page(a, ids, state, true)
}

// shareNotificationQueryChanges is ShareNotification/queryChanges (RFC 9670
// §3.6).
func (c *call) shareNotificationQueryChanges(a jmapwire.QueryChanges) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	found, err := c.session.ShareNotificationsChanged(c.ctx, a.SinceQueryState, 0)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	if found.More {
		return nil, jmapwire.Fail("cannotCalculateChanges")
	}
	ids, state, err := c.findShareNotifications(a.Filter, a.Sort)
	if err != nil {
		return nil, err
	}
	touched := make(map[jmapwire.ID]bool)
	for _, n := range slices.Concat(found.Created, found.Destroyed) {
		touched[shareNotificationID(n)] = true
	}
	return queryChanged(a, ids, state, touched)
}
