package jmapserver

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// mailboxQueryArgs are the arguments of Mailbox/query (RFC 8621 §2.3).
type mailboxQueryArgs struct {
	jmapwire.Query
	SortAsTree   bool `jmap:"sortAsTree"`
	FilterAsTree bool `jmap:"filterAsTree"`
}

// mailboxQueryChangesArgs are those of Mailbox/queryChanges (§2.4).
type mailboxQueryChangesArgs struct {
	jmapwire.QueryChanges
	SortAsTree   bool `jmap:"sortAsTree"`
	FilterAsTree bool `jmap:"filterAsTree"`
}

// mailboxCondition is a FilterCondition of mailboxes.
type mailboxCondition struct {
	ParentID     *jmapwire.ID `jmap:"parentId"`
	Name         *string      `jmap:"name"`
	Role         *string      `jmap:"role"`
	HasAnyRole   *bool        `jmap:"hasAnyRole"`
	IsSubscribed *bool        `jmap:"isSubscribed"`

	top, noRole bool // null was asked for
}

func (c *call) mailboxQuery(a mailboxQueryArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	ids, state, err := c.findMailboxes(m, a.Filter, a.Sort, a.SortAsTree, a.FilterAsTree)
	if err != nil {
		return nil, err
	}
	return page(a.Query, ids, state, true)
}

func (c *call) mailboxQueryChanges(a mailboxQueryChangesArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	found, err := m.MailboxChanges(c.ctx, a.SinceQueryState, store.MaxMailChanges)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	ids, state, err := c.findMailboxes(m, a.Filter, a.Sort, a.SortAsTree, a.FilterAsTree)
	if err != nil {
		return nil, err
	}
	id := func(n int64) jmapwire.ID {
		return jmapwire.MailboxID(postroom.CollectionRef{Account: m.Account(), Collection: postroom.CollectionID(n)})
	}
	// A name or a place that changed moves those below it, too, in a tree.
	touched := make(map[jmapwire.ID]bool)
	for _, n := range slices.Concat(found.Created, found.Updated, found.Destroyed) {
		touched[id(n)] = true
	}
	if !found.CountsOnly {
		for _, one := range ids {
			touched[one] = true
		}
	}
	return queryChanged(a.QueryChanges, ids, state, touched)
}

// queryChanged is the response of a /queryChanges, given what may have come,
// gone or moved (RFC 8620 §5.6).
func queryChanged(a jmapwire.QueryChanges, now []jmapwire.ID, state string, touched map[jmapwire.ID]bool) (any, error) {
	return queryChangedOf(a, now, state, touched, func(id jmapwire.ID) jmapwire.ID { return id })
}

// queryChangedOf is queryChanged of what has ids that are spelled when they are
// told.
func queryChangedOf[T comparable](a jmapwire.QueryChanges, now []T, state string, touched map[T]bool, spell func(T) jmapwire.ID) (any, error) {
	out := jmapwire.QueryChanged{AccountID: a.AccountID, OldQueryState: a.SinceQueryState, NewQueryState: state,
		Removed: []jmapwire.ID{}, Added: []jmapwire.Added{}}
	for one := range touched {
		out.Removed = append(out.Removed, spell(one))
	}
	slices.Sort(out.Removed)
	for i, one := range now {
		if touched[one] {
			out.Added = append(out.Added, jmapwire.Added{ID: spell(one), Index: i})
		}
	}
	if a.MaxChanges != nil && len(out.Removed)+len(out.Added) > int(*a.MaxChanges) {
		return nil, jmapwire.Fail("tooManyChanges")
	}
	if a.CalculateTotal {
		total := len(now)
		out.Total = &total
	}
	return out, nil
}

// findMailboxes runs a query.
func (c *call) findMailboxes(m *store.Mail, filter, sort json.RawMessage, sortTree, filterTree bool) ([]jmapwire.ID, string, error) {
	f, bad := jmapwire.ParseFilter(filter)
	if bad != nil {
		return nil, "", bad
	}
	order, bad := jmapwire.ParseSort(sort)
	if bad != nil {
		return nil, "", bad
	}
	for _, by := range order {
		if !slices.Contains([]string{"sortOrder", "name", "parent/name"}, by.Property) {
			return nil, "", &jmapwire.Error{Type: "unsupportedSort", Description: by.Property}
		}
	}
	conditions := make(map[*jmapwire.Filter]*mailboxCondition)
	bad = f.Each(func(f *jmapwire.Filter) *jmapwire.Error {
		v := &mailboxCondition{}
		if err := jmapwire.Decode(f.Condition, v); err != nil {
			return &jmapwire.Error{Type: "unsupportedFilter", Description: err.Description}
		}
		v.top, v.noRole = isNull(f.Condition, "parentId"), isNull(f.Condition, "role")
		conditions[f] = v
		return nil
	})
	if bad != nil {
		return nil, "", bad
	}
	all, state, err := m.Mailboxes(c.ctx)
	if err != nil {
		return nil, "", err
	}
	matches := make(map[jmapwire.ID]bool, len(all))
	for _, b := range all { // parents come before children
		ok := f.Match(func(f *jmapwire.Filter) bool { return conditions[f].match(b) })
		if parent, is := mailboxProperty(b, "parentId").(jmapwire.ID); is && filterTree {
			ok = ok && matches[parent]
		}
		matches[jmapwire.MailboxID(b.Ref)] = ok
	}
	sortMailboxes(all, order, sortTree)
	ids := []jmapwire.ID{}
	for _, b := range all {
		if id := jmapwire.MailboxID(b.Ref); matches[id] {
			ids = append(ids, id)
		}
	}
	return ids, state, nil
}

func isNull(o jmapwire.Object, name string) bool {
	raw, is := o[name]
	return is && jmapwire.IsNull(raw)
}

func (v *mailboxCondition) match(b store.MailMailbox) bool {
	parent, _ := mailboxProperty(b, "parentId").(jmapwire.ID)
	switch {
	case v.top && parent != "", v.ParentID != nil && *v.ParentID != parent:
	case v.Name != nil && !strings.Contains(strings.ToLower(b.Name), strings.ToLower(*v.Name)):
	case v.noRole && b.Role != "", v.Role != nil && *v.Role != string(b.Role):
	case v.HasAnyRole != nil && *v.HasAnyRole != (b.Role != ""):
	case v.IsSubscribed != nil && *v.IsSubscribed != b.Subscribed:
	default:
		return true
	}
	return false
}

// sortMailboxes sorts by an order; as a tree, children come behind their parent
// and are sorted among themselves.
func sortMailboxes(list []store.MailMailbox, order []jmapwire.Comparator, tree bool) {
	by := make(map[postroom.CollectionID]store.MailMailbox, len(list))
	for _, b := range list {
		by[b.Ref.Collection] = b
	}
	direct := func(x, y store.MailMailbox) int {
		for _, o := range order {
			n := 0
			switch o.Property {
			case "sortOrder":
				n = cmp.Compare(sortOrder(x), sortOrder(y))
			case "name":
				n = compareNames(x.Name, y.Name)
			default:
				n = compareNames(strings.ReplaceAll(x.Path, "/", "\x00"), strings.ReplaceAll(y.Path, "/", "\x00"))
			}
			if !o.IsAscending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return cmp.Compare(x.Ref.Collection, y.Ref.Collection)
	}
	if !tree {
		slices.SortFunc(list, direct)
		return
	}
	chain := func(b store.MailMailbox) []store.MailMailbox {
		var up []store.MailMailbox
		for at, is := b, true; is && len(up) <= len(list); at, is = by[at.Parent] {
			up = append(up, at)
		}
		slices.Reverse(up)
		return up
	}
	slices.SortFunc(list, func(x, y store.MailMailbox) int {
		a, b := chain(x), chain(y)
		for i := range min(len(a), len(b)) {
			if a[i].Ref != b[i].Ref {
				return direct(a[i], b[i])
			}
		}
		return cmp.Compare(len(a), len(b))
	})
}

// compareNames is i;unicode-casemap nearly enough for names: case makes no
// difference unless nothing else does.
func compareNames(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}
