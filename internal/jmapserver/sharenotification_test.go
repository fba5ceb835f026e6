package jmapserver_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// until reads changes until all types were told for an account.
func (e *events) until(account postroom.Account, types ...string) {
	e.t.Helper()
	for len(types) > 0 {
		for _, kind := range e.heard()[jmapwire.AccountID(account.ID)] {
			types = slices.DeleteFunc(types, func(t string) bool { return t == kind })
		}
	}
}

// Who is told of what in sharing, quotas, identities and absences.
func TestChangesOfSharingAreTold(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		ctx, d := t.Context(), o.Console.Directory()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		limited := o.Info
		limited.QuotaBytes = 1 << 20
		must(d.UpdateAccount(ctx, limited))
		ben, anna := o.events(t, "ben", "types=*"), o.events(t, "anna", "types=Mailbox")
		root := storetest.In(o.Info, postroom.RootCollection)
		o.Grant(root, o.Ben, rights.Viewer)
		ben.until(o.Ben, "ShareNotification", "Principal", "Session")
		o.Deliver(letter, o.Info)
		ben.until(o.Info, "Quota", "Email")
		mine := o.SignIn("ben").Directory()
		must(mine.SetOutOfOffice(ctx, o.Ben.ID, postroom.OutOfOffice{Enabled: true, Text: "away"}))
		ben.until(o.Ben, "VacationResponse")
		_, err := mine.CreateIdentity(ctx, postroom.Identity{Account: o.Ben.ID, Name: "Work", Address: o.Ben.Address})
		must(err)
		ben.until(o.Ben, "Identity")
		// Who shares a mailbox hears with whom it is shared, from whatever program.
		inbox := storetest.In(o.Anna, postroom.InboxCollection)
		must(d.PutGrant(ctx, postroom.Grant{Target: inbox, Rights: rights.Viewer,
			Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(o.Ben.ID)}}))
		anna.until(o.Anna, "Mailbox")
		o.Revoke(inbox, o.Ben)
		anna.until(o.Anna, "Mailbox")
	})
}

// The states that are pushed are those the calls answer with.
func TestPushedStatesAreThoseOfTheCalls(t *testing.T) {
	s := storetest.Open(t, func(*store.Options) {})
	o := newOffice(t, s)
	o.Deliver(letter, o.Ben)
	events := o.events(t, "ben", "types=*")
	o.Grant(storetest.In(o.Info, postroom.RootCollection), o.Ben, rights.Viewer)
	pushed := make(map[string]string)
	for pushed["ShareNotification"] == "" || pushed["Principal"] == "" {
		_, data := events.next()
		var change struct{ Changed map[string]map[string]string }
		if err := json.Unmarshal([]byte(data), &change); err != nil {
			t.Fatal(err)
		}
		for kind, state := range change.Changed[string(jmapwire.AccountID(o.Ben.ID))] {
			pushed[kind] = state
		}
	}
	k := talkIn(t, o)
	for _, kind := range []string{"ShareNotification", "Principal"} {
		if got := k.says("ben", fmt.Sprintf(`[%q,{"accountId":%q,"ids":[]},"0"]`, kind+"/get", k.account(o.Ben))); !strings.Contains(got, `"state":"`+pushed[kind]+`"`) {
			t.Errorf("%s: pushed %s, and not\n%s", kind, pushed[kind], got)
		}
	}
}
