package store

import (
	"cmp"
	"slices"

	"postroom"
)

// ReviewGift is something that the members of a group have by it: rights on a
// collection, or a right to send.
type ReviewGift struct {
	// Address of the account or group, Path of the collection; of a right to
	// send empty.
	Address, Path string
	Holds         postroom.CollectionKind
	Rights        postroom.Rights
	Send          postroom.SendRight
}

// Text is the gift in one line, as on the command line.
func (g ReviewGift) Text() string {
	if g.Send != 0 {
		return g.Send.String() + " on " + g.Address
	}
	return lettersOf(g.Rights) + " on " + g.Address + ":" + g.Path
}

// maxGives bounds what is told of a group.
const maxGives = 20

// givenBy lists what a group, or one that holds it, was given, and says whether
// there is more.
func (r *reviewers) givenBy(id postroom.GroupID) (gifts []ReviewGift, more bool, err error) {
	gifts, known := r.gives[id]
	if !known {
		above, err := withAbove(r.tx, id)
		if err != nil {
			return nil, false, err
		}
		for _, g := range above {
			if gifts, err = r.giftsOf(gifts, postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(g)}); err != nil {
				return nil, false, err
			}
		}
		slices.SortFunc(gifts, func(a, b ReviewGift) int { return cmp.Compare(a.Text(), b.Text()) })
		gifts = slices.Compact(gifts)
		gifts = gifts[:min(len(gifts), maxGives+1)]
		r.gives[id] = gifts
	}
	if len(gifts) > maxGives {
		return gifts[:maxGives], true, nil
	}
	return gifts, false, nil
}

// giftsOf adds what one grantee was given.
func (r *reviewers) giftsOf(gifts []ReviewGift, grantee postroom.Grantee) ([]ReviewGift, error) {
	err := r.tx.Each(`SELECT g.rights, a.address, c.path, c.kind FROM access_grant g JOIN account a ON a.id = g.account_id
		JOIN collection c ON c.account_id = g.account_id AND c.collection_id = g.collection_id
		WHERE g.grantee_kind = $1 AND g.grantee_id = $2 AND g.negative = 0 AND g.rights <> 0
		AND (g.until_at = 0 OR g.until_at > $3)`, []any{grantee.Kind, grantee.ID, r.now}, func(scan func(...any) error) error {
		var g ReviewGift
		err := scan(&g.Rights, &g.Address, &g.Path, &g.Holds)
		gifts = append(gifts, g)
		return err
	})
	if err != nil {
		return nil, err
	}
	sends, err := readSendGrants(r.tx, `WHERE grantee_kind = $1 AND grantee_id = $2 AND deny = 0`, grantee.Kind, grantee.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range sends {
		t, err := readTarget(r.tx, s.Target)
		if err != nil {
			return nil, err
		}
		gifts = append(gifts, ReviewGift{Address: t.address, Send: s.Right})
	}
	return gifts, nil
}
