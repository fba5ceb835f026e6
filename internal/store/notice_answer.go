package store

import (
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// NoticeAnswer is what one person answered to one offer.
type NoticeAnswer struct {
	Who   postroom.Account // address and name
	Path  string
	Kind  postroom.CollectionKind
	State postroom.ShareState // accepted or declined
}

// noteAnswer writes down, for those who offered a share, that a person answers
// it. It comes before the answer, to know what it was. What is there by itself
// is answered to nobody, and nobody is told of their own answer or of what the
// console gave.
func (d *Directory) noteAnswer(tx *db.Tx, who *principal, ref postroom.CollectionRef, grants []postroom.Grant, was, now postroom.ShareState) error {
	if d.quiet || was == now {
		return nil
	}
	var givers []postroom.AccountID
	for _, g := range grants {
		if g.Mode == postroom.Offer && g.By != 0 && g.By != who.account.ID && !slices.Contains(givers, g.By) {
			givers = append(givers, g.By)
		}
	}
	if len(givers) == 0 {
		return nil
	}
	row, err := d.session.store.openNotice(tx, sharesAnswered, postroom.SendTarget{Account: ref.Account})
	if err != nil {
		return err
	}
	for _, giver := range givers {
		known := slices.ContainsFunc(row.entries, func(e noticeEntry) bool {
			return e.Grantee == toAccount(giver) && e.By == who.account.ID && e.Folder == ref.Collection
		})
		if !known {
			row.entries = append(row.entries, noticeEntry{Grantee: toAccount(giver), By: who.account.ID, Folder: ref.Collection, Was: was})
		}
	}
	return d.session.store.saveNotice(tx, row)
}

// tellAnswers tells somebody what others have answered to their offers on one
// account; what was taken back meanwhile is not told.
func (t *teller) tellAnswers(who *principal, target *noticeTarget) (Notice, bool, error) {
	n := Notice{Kind: ShareAnswered, Shares: []NoticeShare{target.share}}
	for _, e := range t.row.entries {
		node := target.tree.nodes[e.Folder]
		if e.Grantee != toAccount(who.account.ID) || node == nil {
			continue
		}
		other, err := t.moment.principal(e.By)
		if err != nil {
			return n, false, err
		}
		if other == nil {
			continue
		}
		said, err := t.session.session.store.answersOf(t.tx, other)
		if err != nil {
			return n, false, err
		}
		state := said.state(said.counting(node))
		if state == e.Was || state < postroom.ShareAccepted {
			continue
		}
		n.Answers = append(n.Answers, NoticeAnswer{Who: postroom.Account{ID: other.account.ID, Address: other.account.Address,
			Name: other.account.Name}, Path: node.path, Kind: target.kinds[e.Folder], State: state})
	}
	return n, len(n.Answers) > 0, nil
}
