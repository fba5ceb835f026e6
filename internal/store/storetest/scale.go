package storetest

import (
	"context"
	"path/filepath"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/rights/world"
	"postroom/internal/store"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/system"
)

// Numbers of the first account and the first group of a filled organisation.
const (
	FirstAccount = 2_000_000
	FirstGroup   = 10_000_000
	pastAll      = 20_000_000
)

// rowsAtOnce bounds one transaction of Fill.
const rowsAtOnce = 200_000

// Fill makes a world in an empty folder: the organisation Large with accounts
// a0@large.test, a1@…, and groups g0@large.test, g1@… It writes the rows itself,
// in SQL and without audit or change log: one by one through the door a million
// accounts would take hours.
func Fill(ctx context.Context, dir string, w world.World) error {
	s, err := store.Open(ctx, store.Options{Dir: dir, Hostname: "mx.large.test"})
	if err != nil {
		return err
	}
	d := system.Console(s).Directory()
	org, err := d.CreateOrganisation(ctx, "Large")
	if err != nil {
		return err
	}
	domain, err := d.CreateDomain(ctx, org.ID, "large.test")
	if err != nil {
		return err
	}
	plans, err := d.Plans(ctx)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	f := filler{ctx: ctx, org: org.ID, domain: domain.ID}
	for _, p := range plans {
		if p.Org == org.ID {
			f.plan = p.ID
		}
	}
	if f.db, err = db.Open(ctx, db.Options{File: filepath.Join(dir, "postroom.db")}); err != nil {
		return err
	}
	defer f.db.Close()
	f.fill(w)
	return f.err
}

type filler struct {
	ctx    context.Context
	db     *db.DB
	org    postroom.OrgID
	domain postroom.DomainID
	plan   postroom.PlanID
	err    error
}

func (f *filler) fill(w world.World) {
	f.rows(w.Accounts, `INSERT INTO account (id, uuid, org_id, domain_id, plan_id, address, name, kind, state, login, created)
		SELECT $3 + i, 'account-' || i, $4, $5, $6, 'a' || i || '@large.test', 'A ' || i, 1, 2, 1, 1 FROM n`,
		FirstAccount, f.org, f.domain, f.plan)
	f.rows(w.Accounts, `INSERT INTO address (address, account_id, is_primary, delegable)
		SELECT 'a' || i || '@large.test', $3 + i, 1, 1 FROM n`, FirstAccount)
	f.rows(w.Accounts, `INSERT INTO account_counter (account_id, modseq, next_collection, next_email, next_thread, used_bytes)
		SELECT $3 + i, 1, $4, 1, 1, 0 FROM n`, FirstAccount, postroom.FirstUserCreated)
	f.mailboxes(w)
	f.rows(w.Groups, `INSERT INTO mail_group (id, uuid, org_id, domain_id, address, created)
		SELECT $3 + i, 'group-' || i, $4, $5, 'g' || i || '@large.test', 1 FROM n`, FirstGroup, f.org, f.domain)
	f.rows(w.Groups, `INSERT INTO address (address, group_id, is_primary, delegable)
		SELECT 'g' || i || '@large.test', $3 + i, 1, 1 FROM n`, FirstGroup)
	// world.World.Parent: each but the first of a chain is in the one before.
	f.rows(w.Groups, `INSERT INTO group_member (group_id, member_group, since)
		SELECT $3 + i - 1, $3 + i, 1 FROM n WHERE i % $4 <> 0`, FirstGroup, world.Depth)
	for n := range world.DirectGroups {
		f.rows(w.Accounts, `INSERT INTO group_member (group_id, account_id, since)
			SELECT DISTINCT $3 + (i * 7 + $4 * 31337) % $5, $6 + i, 1 FROM n WHERE NOT EXISTS (SELECT 1 FROM group_member m
			WHERE m.account_id = $6 + i AND m.group_id = $3 + (i * 7 + $4 * 31337) % $5)`, FirstGroup, n, w.Groups, FirstAccount)
	}
	f.grants(w)
	f.rows(1, `UPDATE directory_sequence SET value = $3 + 0 * (SELECT COUNT(*) FROM n) WHERE id = 1`, pastAll)
}

func (f *filler) mailboxes(w world.World) {
	for id, name := range map[postroom.CollectionID]string{postroom.RootCollection: "", postroom.InboxCollection: "Inbox"} {
		parent := 0
		if name != "" {
			parent = int(postroom.RootCollection)
		}
		f.rows(w.Accounts, `INSERT INTO collection (account_id, collection_id, parent_id, kind, name, path, uidvalidity, modseq)
			SELECT $3 + i, $4, $5, $6, $7, '/' || $7, 1, 1 FROM n`, FirstAccount, id, parent, postroom.MailCollection, name)
	}
}

func (f *filler) grants(w world.World) {
	for round := range (w.Grants + w.Accounts - 1) / w.Accounts {
		count := min(w.Accounts, w.Grants-round*w.Accounts)
		collection := postroom.RootCollection
		if round%2 == 1 {
			collection = postroom.InboxCollection
		}
		kind, grantee, size := postroom.GranteeAccount, `$9 + (i + $7 * 389) % $8`, w.Accounts
		first := FirstAccount
		if round%world.GroupEvery == 0 {
			kind, grantee, size, first = postroom.GranteeGroup, `$9 + (i * 13 + $7 * 7) % $8`, w.Groups, FirstGroup
		}
		f.rows(count, `INSERT INTO access_grant (account_id, collection_id, grantee_kind, grantee_id, negative, rights, mode, since, seq)
			SELECT $3 + i, $4, $5, `+grantee+`, 0, $6, 1, 1, 1 + i + $10 FROM n`,
			FirstAccount, collection, kind, rights.Viewer, round, size, first, round*w.Accounts)
	}
}

// rows runs a statement for the numbers i of n below count, some at a time.
func (f *filler) rows(count int, statement string, args ...any) {
	for from := 0; from < count && f.err == nil; from += rowsAtOnce {
		f.err = f.db.Write(f.ctx, func(tx *db.Tx) error {
			all := append([]any{from, min(count, from+rowsAtOnce)}, args...)
			_, err := tx.Exec(`WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2) `+statement, all...)
			return err
		})
	}
}

// LargeMailbox names the inbox of an account of a filled organisation.
func LargeMailbox(account int) postroom.CollectionRef {
	return postroom.CollectionRef{Account: postroom.AccountID(FirstAccount + account), Collection: postroom.InboxCollection}
}
