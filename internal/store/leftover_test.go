package store

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// Each kind of leftover is a fault that Check tells.
func TestCheckFindsLeftovers(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Hostname: "mx.example.test"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := s.NewSession(mint.Seal(mint.Warrant{Purpose: mint.Console, Mask: postroom.AllRights})).Directory()
	org, err := d.CreateOrganisation(ctx, "Example")
	if err == nil {
		_, err = d.CreateDomain(ctx, org.ID, "example.test")
	}
	if err != nil {
		t.Fatal(err)
	}
	anna, err := d.CreateAccount(ctx, NewAccount{Address: "anna@example.test", Kind: postroom.Person, Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	if faults, err := s.Check(ctx); err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	for _, c := range []struct{ query, fault string }{
		{`INSERT INTO access_grant (account_id, collection_id, grantee_kind, grantee_id, negative, rights, mode, since, seq) VALUES ($1, 999, 6, 0, 0, 1, 1, 1, 901)`, "grant on collection"},
		{`INSERT INTO access_grant (account_id, collection_id, grantee_kind, grantee_id, negative, rights, mode, since, seq) VALUES ($1, 1, 1, 999, 0, 1, 1, 1, 902)`, "to grantee 1 999"},
		{`INSERT INTO access_grant (account_id, collection_id, grantee_kind, grantee_id, negative, rights, mode, since, seq) VALUES ($1, 1, 5, 999, 0, 1, 1, 1, 903)`, "to the organisation 999"},
		{`INSERT INTO access_grant (account_id, collection_id, grantee_kind, grantee_id, negative, rights, mode, since, seq) VALUES ($1, 1, 8, 999, 0, 1, 1, 1, 904)`, "to the guest 999"},
		{`INSERT INTO send_grant (target_group, grantee_kind, grantee_id, send_right, deny, displayed, since, seq) VALUES (999, 1, $1, 4, 0, 0, 1, 905)`, "send right on 0, 999"},
		{`INSERT INTO send_grant (target_account, grantee_kind, grantee_id, send_right, deny, displayed, since, seq) VALUES ($1, 3, 999, 1, 0, 0, 1, 906)`, "to domain or plan 999"},
		{`INSERT INTO send_grant (target_account, grantee_kind, grantee_id, send_right, deny, displayed, since, seq) VALUES ($1, 5, 999, 1, 0, 0, 1, 907)`, "to the organisation 999"},
		{`INSERT INTO send_grant (target_account, grantee_kind, grantee_id, send_right, deny, displayed, since, seq) VALUES ($1, 8, 999, 1, 0, 0, 1, 908)`, "to the guest 999"},
		{`INSERT INTO send_grant (target_account, grantee_kind, grantee_id, send_right, deny, displayed, since, seq, add_addresses) VALUES ($1, 6, 0, 1, 0, 0, 1, 909, '["gone@example.test"]')`, `lists "gone@example.test"`},
		{`INSERT INTO identity (id, uuid, account_id, name, name_key, address) VALUES (910, 'u', 999, 'x', 'x', 'x@example.test')`, "identity 910"},
		{`INSERT INTO subscription (account_id, home_id, name, wanted) VALUES ($1, 999, 'x', 1)`, "subscription of account"},
		{`INSERT INTO share_answer (account_id, collection_id, grantee_kind, grantee_id, person_id, accepted, answered) VALUES ($1, 1, 1, 999, 999, 1, 1)`, "answer to the share"},
		{`INSERT INTO read_state (account_id, collection_id, uid, reader_id, seen, modseq) VALUES ($1, 2, 999, $1, 1, 1)`, "read state of"},
		{`INSERT INTO group_request (id, group_id, act, account_id, outside, state, created, expires, forget) VALUES (911, 999, 1, $1, '', 2, 1, 1, 1)`, "request 911"},
		{`INSERT INTO group_letter (id, request_id, kind, account_id, outside, due) VALUES (912, 999, 1, $1, '', 1)`, "letter 912 is about"},
		{`INSERT INTO group_letter (id, request_id, kind, account_id, outside, due) VALUES (913, 999, 1, 998, '', 1)`, "letter 913 is to account"},
		{`INSERT INTO credential (id, account_id, kind, name, mask, may_send, hash, created) VALUES (914, 999, 2, 'x', 1, 1, 'x', 1)`, "credential 914"},
		{`INSERT INTO group_member (group_id, account_id, since) VALUES (999, $1, 1)`, "group 999 has the member"},
		{`INSERT INTO wording (org_id, kind, locale) VALUES (999, 'new', 'en')`, "wording"},
		{`INSERT INTO annotation (account_id, collection_id, owner_id, entry, modseq) VALUES ($1, 999, 0, '/x', 1)`, "annotation of"},
		{`INSERT INTO annotation (account_id, collection_id, owner_id, entry, modseq) VALUES ($1, 2, 999, '/x', 1)`, "belongs to 999"},
		{`INSERT INTO note (account_id, note_id, thread_id, author_id, author, text, mentions, created, changed, modseq) VALUES ($1, 1, 999, $1, 'a', 'x', '[]', 1, 1, 1)`, "note of conversation"},
		{`INSERT INTO mention (account_id, person_id, note_id, thread_id, seen, told) VALUES ($1, $1, 998, 1, 0, 0)`, "mention of"},
		{`INSERT INTO mention (account_id, person_id, note_id, thread_id, seen, told) VALUES ($1, 998, 997, 1, 0, 0)`, "998, who is mentioned"},
		{`INSERT INTO presence (account_id, thread_id, person_id, stream_id, activity, since, until_at) VALUES ($1, 999, $1, '', 1, 1, 1)`, "somebody is at"},
		{`INSERT INTO presence (account_id, thread_id, person_id, stream_id, activity, since, until_at) VALUES ($1, 1, 998, '', 1, 1, 1)`, "998, who is at"},
		{`INSERT INTO invitation (account_id, hash, created, until_at) VALUES (999, 'x', 1, 1)`, "invitation of account 999"},
		{`INSERT INTO guest (id, org_id, address, created) VALUES (915, 999, 'x@example.org', 1)`, "guest 915"},
		{`INSERT INTO plan (id, uuid, org_id, name, name_key, created) VALUES (916, 'p', 999, 'x', 'x', 1)`, "plan 916"},
		{`INSERT INTO domain (id, uuid, org_id, name, created) VALUES (917, 'd', 999, 'gone.test', 1)`, "domain 917"},
		{`UPDATE organisation SET shared_plan = 999`, "gives new accounts a plan"},
		{`INSERT INTO address (address, account_id, group_id, is_primary, delegable) VALUES ('old@example.test', 999, 0, 0, 0)`, `address "old@example.test"`},
		{`INSERT INTO departure (account_id, collection_id, modseq, first_uid, last_uid, stays) VALUES (999, 2, 1, 1, 1, '1 1')`, "change log of 999-2"},
		{`INSERT INTO departure (account_id, collection_id, modseq, first_uid, last_uid, stays) VALUES ($1, 2, 999999, 1, 1, '1 1')`, "is ahead of its account"},
		{`INSERT INTO departure (account_id, collection_id, modseq, first_uid, last_uid, stays) VALUES ($1, 2, 1, 1, 3, '1 1,1 1')`, "is not of each"},
		{`INSERT INTO departure (account_id, collection_id, modseq, first_uid, last_uid, stays) VALUES ($1, 2, 1, 1, 1, 'x 1')`, "is not of each"},
		{`INSERT INTO departure (account_id, collection_id, modseq, first_uid, last_uid, stays) VALUES ($1, 2, 1, 3, 1, '')`, "ends before it"},
		{`INSERT INTO departure (account_id, collection_id, modseq, first_uid, last_uid, stays) VALUES ($1, 2, 1, 1, 9, ''), ($1, 2, 1, 3, 4, ''), ($1, 2, 1, 5, 5, '')`, "from UID 5 on"},
		{`INSERT INTO email_gone (account_id, email_id, thread_id) VALUES (999, 1, 1)`, "was of no account"},
		{`INSERT INTO audit_email (account_id, email_id, message_hash, org_id, removed) VALUES ($1, 1, 1, 1, 1)`, "no place where it was"},
		{`INSERT INTO audit_place (account_id, collection_id, first_uid, last_uid, first_email, org_id, path, removed) VALUES ($1, 2, 1, 3, 1, 1, '/', 1), ($1, 2, 3, 4, 1, 1, '/', 1)`, "are in two runs"},
		{`INSERT INTO audit_place (account_id, collection_id, first_uid, last_uid, first_email, org_id, path, removed) VALUES ($1, 2, 1, 1001, 1, 1, '/', 1)`, "too long"},
		{`INSERT INTO out_of_office_told (account_id, sender, again) VALUES (999, 'x', 1)`, "out-of-office"},
	} {
		undo := context.Canceled
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			args := []any{anna.ID}
			if !strings.Contains(c.query, "$1") {
				args = nil
			}
			if _, err := tx.Exec(c.query, args...); err != nil {
				t.Errorf("%s: %v", c.query, err)
				return undo
			}
			var faults []string
			if err := contradictions(tx, &faults); err != nil {
				t.Errorf("%s: %v", c.query, err)
			}
			if !strings.Contains(strings.Join(faults, "\n"), c.fault) {
				t.Errorf("%s: found %q", c.query, faults)
			}
			return undo
		})
		if err != undo {
			t.Fatal(err)
		}
	}
}
