package store

import (
	"fmt"
	"slices"

	"postroom/internal/store/internal/db"
)

// leftoverInvariants find what outlived that to which it belonged.
var leftoverInvariants = []struct{ text, query string }{
	{"grant on %v-%v to the organisation %v, which is not there", `SELECT x.account_id, x.collection_id, x.grantee_id FROM access_grant x
		WHERE x.grantee_kind = 5 AND x.grantee_id NOT IN (SELECT id FROM organisation)`},
	{"send right on %v, %v to the organisation %v, which is not there", `SELECT x.target_account, x.target_group, x.grantee_id
		FROM send_grant x WHERE x.grantee_kind = 5 AND x.grantee_id NOT IN (SELECT id FROM organisation)`},
	{"grant on %v-%v to the guest %v, who is not there", `SELECT x.account_id, x.collection_id, x.grantee_id FROM access_grant x
		WHERE x.grantee_kind = 8 AND x.grantee_id NOT IN (SELECT id FROM guest)`},
	{"send right on %v, %v to the guest %v, who is not there", `SELECT x.target_account, x.target_group, x.grantee_id FROM send_grant x
		WHERE x.grantee_kind = 8 AND x.grantee_id NOT IN (SELECT id FROM guest)`},
	{"guest %v is of organisation %v, which is not there", `SELECT id, org_id FROM guest WHERE org_id NOT IN (SELECT id FROM organisation)`},
	{"plan %v is of organisation %v, which is not there", `SELECT id, org_id FROM plan WHERE org_id NOT IN (SELECT id FROM organisation)`},
	{"domain %v is of organisation %v, which is not there", `SELECT id, org_id FROM domain WHERE org_id NOT IN (SELECT id FROM organisation)`},
	{"organisation %v gives new accounts a plan that is not there", `SELECT o.id FROM organisation o
		WHERE o.person_plan <> 0 AND o.person_plan NOT IN (SELECT id FROM plan WHERE org_id = o.id)
		OR o.shared_plan <> 0 AND o.shared_plan NOT IN (SELECT id FROM plan WHERE org_id = o.id)
		OR o.resource_plan <> 0 AND o.resource_plan NOT IN (SELECT id FROM plan WHERE org_id = o.id)`},
	{"letter %v is to account %v, which is not there", `SELECT id, account_id FROM group_letter
		WHERE account_id <> 0 AND account_id NOT IN (SELECT id FROM account)`},
	{"annotation of %v-%v, which is not there", `SELECT n.account_id, n.collection_id FROM annotation n
		LEFT JOIN account a ON a.id = n.account_id
		LEFT JOIN collection c ON c.account_id = n.account_id AND c.collection_id = n.collection_id
		WHERE a.id IS NULL OR n.collection_id <> 0 AND c.collection_id IS NULL`},
	{"annotation of %v-%v belongs to %v, who is not there", `SELECT account_id, collection_id, owner_id FROM annotation
		WHERE owner_id <> 0 AND owner_id NOT IN (SELECT id FROM account)`},
	{"note of conversation %v-%v, which is not there", `SELECT DISTINCT n.account_id, n.thread_id FROM note n
		LEFT JOIN email e ON e.account_id = n.account_id AND e.thread_id = n.thread_id WHERE e.email_id IS NULL`},
	{"mention of %v in note %v-%v, which is not there", `SELECT m.person_id, m.account_id, m.note_id FROM mention m
		LEFT JOIN note n ON n.account_id = m.account_id AND n.note_id = m.note_id AND n.removed = 0 WHERE n.note_id IS NULL`},
	{"%v, who is mentioned, is not there", `SELECT DISTINCT person_id FROM mention WHERE person_id NOT IN (SELECT id FROM account)`},
	{"somebody is at conversation %v-%v, which is not there", `SELECT DISTINCT p.account_id, p.thread_id FROM presence p
		LEFT JOIN email e ON e.account_id = p.account_id AND e.thread_id = p.thread_id WHERE e.email_id IS NULL`},
	{"%v, who is at a conversation, is not there", `SELECT DISTINCT person_id FROM presence WHERE person_id NOT IN (SELECT id FROM account)`},
	{"push subscription %v is of credential %v, which is not there", `SELECT id, credential_id FROM push_subscription
		WHERE credential_id NOT IN (SELECT id FROM credential)`},
	{"%v, who was told of a changed share, is not there", `SELECT DISTINCT person_id FROM share_notification
		WHERE person_id NOT IN (SELECT id FROM account) UNION SELECT person_id FROM share_notified WHERE person_id NOT IN (SELECT id FROM account)`},
	{"read state of %v-%v, which is not there", `SELECT DISTINCT r.account_id, r.collection_id FROM read_state r
		LEFT JOIN collection c ON c.account_id = r.account_id AND c.collection_id = r.collection_id WHERE c.collection_id IS NULL`},
	{"group %v has members by hand and a filter", `SELECT DISTINCT g.id FROM mail_group g JOIN group_member m ON m.group_id = g.id
		WHERE g.filter <> '' AND m.account_id = 0`},
}

// misplaced finds addresses in the lists of grants to send that their target
// does not have.
func misplaced(tx *db.Tx, faults *[]string) error {
	var grants []listedGrant
	err := eachListed(tx, `WHERE add_addresses NOT IN ('[]', 'null') OR drop_addresses NOT IN ('[]', 'null')`, nil, func(g listedGrant) {
		grants = append(grants, g)
	})
	if err != nil {
		return err
	}
	for _, g := range grants {
		have, err := addressesOf(tx, g.target)
		if err != nil {
			return err
		}
		for _, a := range slices.Concat(g.add, g.drop) {
			if !slices.ContainsFunc(have, func(o ownAddress) bool { return o.address == a }) {
				*faults = append(*faults, fmt.Sprintf("grant %d to send lists %q, which account %d, group %d does not have",
					g.seq, a, g.target.Account, g.target.Group))
			}
		}
	}
	return nil
}
