package store_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// TestAttached: which emails have attachments is told by the column, of copies
// in other accounts too; of emails older than the column by their summaries.
func TestAttached(t *testing.T) { inTown(t, testAttached) }

func testAttached(t *testing.T, w *town) {
	ctx := t.Context()
	w.grant("info", postroom.InboxCollection, "anna", rights.Admin)
	anna := w.signIn("anna")
	own, err := w.dir.Account(ctx, "anna@example.test")
	w.must(err)
	info, err := w.dir.Account(ctx, "info@example.test")
	w.must(err)
	insert := func(subject, head string) {
		m, err := anna.Mail(ctx, own.ID)
		w.must(err)
		raw := "Subject: " + subject + "\r\nReferences: <1@x.test> <2@x.test>\r\nIn-Reply-To: <2@x.test>\r\n" + head + "\r\nx\r\n"
		_, err = m.Insert(ctx, store.NewEmail{Raw: strings.NewReader(raw), Size: int64(len(raw)), Mailboxes: []postroom.CollectionID{postroom.InboxCollection}})
		w.must(err)
	}
	const with = "MIME-Version: 1.0\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n"
	want := func(of postroom.AccountID, uids map[postroom.UID]bool) {
		t.Helper()
		m, err := anna.Mail(ctx, of)
		w.must(err)
		x, err := m.Index(ctx)
		w.must(err)
		got := make(map[postroom.UID]bool)
		for _, r := range x.Rows {
			got[r.UID] = r.Attached
		}
		if !maps.Equal(got, uids) {
			t.Errorf("account %d: %v, not %v", of, got, uids)
		}
	}
	insert("without", "")
	insert("with", with)
	insert("dated, with", "Date: Mon, 02 Jan 2006 15:04:05 +0100\r\n"+with)
	w.must(w.store.TamperForTest(ctx, `UPDATE email SET attached = NULL`))
	inbox, err := anna.Mailbox(ctx, postroom.CollectionRef{Account: own.ID, Collection: postroom.InboxCollection}, store.ReadWrite)
	w.must(err)
	_, err = inbox.Copy(ctx, []postroom.UID{1, 2, 3}, postroom.CollectionRef{Account: info.ID, Collection: postroom.InboxCollection})
	w.must(err)
	w.must(w.store.TamperForTest(ctx, `UPDATE email SET summary = substr(summary, 1, 40) WHERE attached IS NOT NULL`))
	want(info.ID, map[postroom.UID]bool{1: false, 2: true, 3: true})
	want(own.ID, map[postroom.UID]bool{1: false, 2: true, 3: true})
	insert("new, with", with)
	insert("new, without", "")
	want(own.ID, map[postroom.UID]bool{1: false, 2: true, 3: true, 4: true, 5: false})
}

// TestAttachedOfOld: keeping house fills the column in for emails that are older
// than it, in more than one step and more than one account; then it tells by
// itself.
func TestAttachedOfOld(t *testing.T) { inTown(t, testAttachedOfOld) }

func testAttachedOfOld(t *testing.T, w *town) {
	ctx := t.Context()
	const count = 150
	has := func(uid int) bool { return uid%7 == 3 }
	accounts := make(map[string]postroom.AccountID)
	for _, name := range []string{"anna", "ben"} {
		of, err := w.dir.Account(ctx, name+"@example.test")
		w.must(err)
		accounts[name] = of.ID
		m, err := w.signIn(name).Mail(ctx, of.ID)
		w.must(err)
		for uid := 1; uid <= count; uid++ {
			raw := fmt.Sprintf("Subject: %d\r\n", uid)
			if has(uid) {
				raw += "MIME-Version: 1.0\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n"
			}
			raw += "\r\nx\r\n"
			_, err := m.Insert(ctx, store.NewEmail{Raw: strings.NewReader(raw), Size: int64(len(raw)), Mailboxes: []postroom.CollectionID{postroom.InboxCollection}})
			w.must(err)
		}
	}
	// Of those that are filled in already nothing is changed.
	w.must(w.store.TamperForTest(ctx, `UPDATE email SET attached = NULL WHERE email_id <> 5`))
	w.must(w.store.TamperForTest(ctx, `UPDATE email SET attached = 1 WHERE email_id = 5`))
	w.must(w.store.KeepHouse(ctx))
	w.must(w.store.TamperForTest(ctx, `UPDATE email SET summary = substr(summary, 1, 1)`))
	for name, id := range accounts {
		m, err := w.signIn(name).Mail(ctx, id)
		w.must(err)
		x, err := m.Index(ctx)
		w.must(err)
		if len(x.Rows) != count {
			t.Errorf("%s: %d rows", name, len(x.Rows))
		}
		for _, r := range x.Rows {
			if want := has(int(r.UID)) || r.Email == 5; r.Attached != want {
				t.Errorf("%s, %d: %t", name, r.UID, r.Attached)
			}
		}
	}
}
