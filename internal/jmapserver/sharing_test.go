package jmapserver_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

func TestPrincipals(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		k := newTalk(t, s)
		d := k.o.Console.Directory()
		for _, g := range []postroom.Group{{Address: "team@example.test", Name: "Team"}, {Address: "secret@example.test", HideInGAL: true}} {
			if _, err := d.CreateGroup(t.Context(), g); err != nil {
				t.Fatal(err)
			}
		}
		hidden := k.o.Cleo
		hidden.HideInGAL = true
		if err := d.UpdateAccount(t.Context(), hidden); err != nil {
			t.Fatal(err)
		}
		anna, ben := k.account(k.o.Anna), k.account(k.o.Ben)
		k.says("anna", fmt.Sprintf(`["Principal/get",{"accountId":%q,"properties":["type","name","email","timeZone","description","capabilities"]},"0"]`, anna))
		k.says("anna", fmt.Sprintf(`["Principal/query",{"accountId":%q,"filter":{"text":"TEA"}},"0"]`, anna))
		k.says("anna", fmt.Sprintf(`["Principal/query",{"accountId":%q,"filter":{"operator":"NOT","conditions":[{"type":"group"}]},`+
			`"sort":[{"property":"email","isAscending":false}],"calculateTotal":true},"0"]`, anna))
		k.says("anna", fmt.Sprintf(`["Principal/query",{"accountId":%q,"filter":{"shoeSize":1}},"0"],["Principal/query",{"accountId":%q,"sort":[{"property":"age"}]},"1"]`, anna, anna))
		hiddenID := fmt.Sprintf("P%d", k.o.Cleo.ID)
		k.says("anna", fmt.Sprintf(`["Principal/get",{"accountId":%q,"ids":[%q,"P999999","PG999999"]},"0"]`, anna, hiddenID))
		k.says("cleo", fmt.Sprintf(`["Principal/get",{"accountId":%q,"ids":[%q],"properties":["email"]},"0"]`, k.account(k.o.Cleo), hiddenID))
		k.says("anna", fmt.Sprintf(`["Principal/get",{"accountId":%q},"0"]`, ben)) // nothing of his may be seen
		k.says("anna", fmt.Sprintf(`["Principal/changes",{"accountId":%q,"sinceState":"old"},"0"]`, anna))
		k.wrote("principals")
		accounts := fmt.Sprintf(`["Principal/get",{"accountId":%q,"ids":["P%d"],"properties":["accounts"]},"0"]`, anna, k.o.Ben.ID)
		if got := k.says("anna", accounts); !strings.Contains(got, `"accounts":null`) {
			t.Errorf("an account that may not be seen is told: %s", got)
		}
		k.o.Grant(storetest.In(k.o.Ben, postroom.RootCollection), k.o.Anna, rights.Viewer)
		if got := k.says("anna", accounts); !strings.Contains(got, fmt.Sprintf(`"accounts":{%q:{"name":"ben@example.test","isPersonal":false,"isReadOnly":true`, ben)) {
			t.Errorf("the account that came is not told: %s", got)
		}
	})
}

// folder is a mailbox that anna shares.
func (k *talk) folder() postroom.CollectionRef {
	ref, err := k.o.SignIn("anna").CreateCollection(k.t.Context(), k.o.Anna.Address, "Projects", store.NewCollection{Kind: postroom.MailCollection})
	if err != nil {
		k.t.Fatal(err)
	}
	return ref
}

func TestGrantsAndShares(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		k := newTalk(t, s)
		anna, ben, cleo := k.account(k.o.Anna), k.account(k.o.Ben), k.account(k.o.Cleo)
		box := jmapwire.MailboxID(k.folder())
		k.says("anna", fmt.Sprintf(`["Grant/describe",{"accountId":%q,"role":"editor","locale":"de"},"0"],["Grant/describe",{"accountId":%q,"role":"king"},"1"]`, anna, anna))
		until := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
		k.says("anna", fmt.Sprintf(`["Grant/set",{"accountId":%q,"create":{"a":{"mailboxId":%q,"principalId":"P%d","role":"editor","until":%q},`+
			`"b":{"mailboxId":%q,"grantee":"cleo@example.test","rights":{"mayReadItems":true},"mode":"automount"},`+
			`"c":{"mailboxId":%q,"principalId":"P999999","role":"viewer"},"d":{"mailboxId":%q,"principalId":"P%d"},`+
			`"e":{"mailboxId":%q,"principalId":"P%d","role":"viewer","until":"2020-01-01T00:00:00Z"}}},"0"]`,
			anna, box, k.o.Ben.ID, until, box, box, box, k.o.Ben.ID, box, k.o.Ben.ID))
		k.says("anna", fmt.Sprintf(`["Grant/get",{"accountId":%q},"0"],["Share/get",{"accountId":%q,"byMe":true,"properties":["withEmail","state","summary"]},"1"]`, anna, anna))
		k.says("anna", fmt.Sprintf(`["Mailbox/get",{"accountId":%q,"ids":[%q],"properties":["name","shareWith","myRights"]},"0"]`, anna, box))
		k.says("ben", fmt.Sprintf(`["Share/get",{"accountId":%q},"0"],["Grant/get",{"accountId":%q},"1"],["Mailbox/get",{"accountId":%q,"properties":["shareWith"]},"2"]`, ben, anna, anna))
		share := fmt.Sprintf("S%s-%s", box, ben)
		k.says("ben", fmt.Sprintf(`["Share/set",{"accountId":%q,"update":{%q:{"state":"declined"},"S1-1-A1":{"state":"accepted"}}},"0"]`, ben, share))
		k.says("ben", fmt.Sprintf(`["Share/get",{"accountId":%q,"properties":["state"]},"0"],["Mailbox/get",{"accountId":%q},"1"]`, ben, anna))
		k.says("ben", fmt.Sprintf(`["Share/set",{"accountId":%q,"update":{%q:{"state":"accepted","name":"Plans"}},"destroy":["S1-1-A1"]},"0"]`, ben, share))
		k.says("ben", fmt.Sprintf(`["Share/get",{"accountId":%q,"properties":["state","name"]},"0"],["Share/get",{"accountId":%q},"1"]`, ben, anna))
		// Who may not share is refused, who sees nothing finds nothing.
		grant := fmt.Sprintf("G%s-1-%d", box, k.o.Cleo.ID)
		k.says("ben", fmt.Sprintf(`["Grant/set",{"accountId":%q,"create":{"a":{"mailboxId":%q,"principalId":"P%d","role":"viewer"}},"update":{%q:{"role":"admin"}},"destroy":[%q]},"0"]`,
			anna, box, k.o.Cleo.ID, grant, grant))
		k.says("anna", fmt.Sprintf(`["Grant/set",{"accountId":%q,"update":{%q:{"role":"viewer","until":null},%q:{"rights":{"mayReadItems":true,"maySetSeen":true}}},"destroy":["G9-9-1-9"]},"0"]`,
			anna, grant, fmt.Sprintf("G%s-1-%d", box, k.o.Ben.ID)))
		k.says("anna", fmt.Sprintf(`["Grant/set",{"accountId":%q,"destroy":[%q]},"0"]`, anna, grant))
		k.says("cleo", fmt.Sprintf(`["Share/get",{"accountId":%q},"0"],["Grant/get",{"accountId":%q},"1"],["Mailbox/get",{"accountId":%q},"2"],`+
			`["Grant/set",{"accountId":%q,"destroy":[%q]},"3"],["Grant/get",{"accountId":"A999999"},"4"]`, cleo, anna, anna, anna, grant))
		k.wrote("shares")
	})
}

// Who holds the right to share shares for others.
func TestSharingForOthers(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		k := newTalk(t, s)
		info := k.account(k.o.Info)
		root := storetest.In(k.o.Info, postroom.RootCollection)
		k.o.Grant(root, k.o.Anna, rights.Admin)
		k.o.Grant(root, k.o.Ben, rights.Manager)
		create := fmt.Sprintf(`["Grant/set",{"accountId":%q,"create":{"a":{"grantee":"cleo@example.test","role":"viewer"}}},"0"]`, info)
		k.says("ben", create)
		k.says("anna", create)
		k.says("cleo", fmt.Sprintf(`["Mailbox/get",{"accountId":%q,"properties":["name","shareWith"]},"0"]`, info))
		k.wrote("sharing_for_others")
	})
}

func TestQuota(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		k := newTalk(t, s)
		limited := k.o.Anna
		limited.QuotaBytes = 1 << 20
		if err := k.o.Console.Directory().UpdateAccount(t.Context(), limited); err != nil {
			t.Fatal(err)
		}
		k.o.Deliver(letter, k.o.Anna)
		anna, info := k.account(k.o.Anna), k.account(k.o.Info)
		k.says("anna", fmt.Sprintf(`["Quota/get",{"accountId":%q},"0"],["Quota/get",{"accountId":%q},"1"]`, anna, info))
		k.says("anna", fmt.Sprintf(`["Quota/query",{"accountId":%q,"filter":{"type":"Email"},"calculateTotal":true},"0"],`+
			`["Quota/query",{"accountId":%q,"filter":{"scope":"domain"}},"1"],["Quota/query",{"accountId":%q,"filter":{"size":1}},"2"],`+
			`["Quota/changes",{"accountId":%q,"sinceState":"old"},"3"]`, anna, anna, anna, anna))
		box := k.folder()
		k.o.Grant(box, k.o.Cleo, postroom.Lookup)
		k.says("ben", fmt.Sprintf(`["Quota/get",{"accountId":%q},"0"]`, anna))  // sees nothing of it
		k.says("cleo", fmt.Sprintf(`["Quota/get",{"accountId":%q},"0"]`, anna)) // sees a mailbox and may not read it
		k.o.Grant(box, k.o.Ben, rights.Viewer)
		k.says("ben", fmt.Sprintf(`["Quota/get",{"accountId":%q,"properties":["used","hardLimit"]},"0"]`, anna))
		k.wrote("quota")
	})
}

func TestShareWith(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		k := newTalk(t, s)
		anna, box := k.account(k.o.Anna), jmapwire.MailboxID(k.folder())
		ben, cleo := fmt.Sprintf("P%d", k.o.Ben.ID), fmt.Sprintf("P%d", k.o.Cleo.ID)
		set := func(user, patch string) {
			k.says(user, fmt.Sprintf(`["Mailbox/set",{"accountId":%q,"update":{%q:%s}},"0"]`, anna, box, patch))
		}
		set("ben", fmt.Sprintf(`{"shareWith/%s":{"mayReadItems":true}}`, ben)) // sees nothing of it
		set("anna", fmt.Sprintf(`{"shareWith":{%q:{"mayReadItems":true,"maySetSeen":true},%q:{"mayReadItems":true}}}`, ben, cleo))
		set("ben", fmt.Sprintf(`{"shareWith/%s":{"mayReadItems":true}}`, ben)) // may not share
		set("anna", fmt.Sprintf(`{"shareWith/%s":null,"shareWith/%s":{"mayReadItems":true,"mayShare":true}}`, cleo, ben))
		set("ben", fmt.Sprintf(`{"shareWith/%s":{"mayReadItems":true}}`, cleo)) // may
		for _, wrong := range []string{`{"shareWith/P999999":{"mayReadItems":true}}`, `{"shareWith/x":{"mayReadItems":true}}`,
			fmt.Sprintf(`{"shareWith/%s":{"mayFly":true}}`, ben), fmt.Sprintf(`{"shareWith/%s/mayReadItems":true}`, ben),
			fmt.Sprintf(`{"shareWith/%s":null,"name":"Other"}`, ben), `{"shareWith":7}`,
			fmt.Sprintf(`{"shareWith":{"P%d":{"mayReadItems":true}}}`, k.o.Anna.ID)} {
			set("anna", wrong)
		}
		k.says("anna", fmt.Sprintf(`["Mailbox/get",{"accountId":%q,"ids":[%q],"properties":["shareWith"]},"0"]`, anna, box))
		set("anna", `{"shareWith":null}`)
		k.says("anna", fmt.Sprintf(`["Mailbox/get",{"accountId":%q,"ids":[%q],"properties":["shareWith"]},"0"]`, anna, box))
		k.says("ben", fmt.Sprintf(`["Mailbox/get",{"accountId":%q},"0"]`, anna))
		k.wrote("share_with")
	})
}

func TestBlobs(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		k := newTalk(t, s)
		anna := k.account(k.o.Anna)
		k.o.Deliver(letter, k.o.Anna)
		mail := jmapwire.EmailBlobID(k.o.Anna.ID, 1, "")
		k.says("anna", fmt.Sprintf(`["Blob/upload",{"accountId":%q,"create":{"a":{"data":[{"data:asText":"The quick brown fox"}],"type":"text/plain"},`+
			`"b":{"data":[{"blobId":"#a","offset":4,"length":5},{"data:asBase64":"/w=="}]},"c":{"data":[{"blobId":"#a","offset":99}]},`+
			`"d":{"data":[{"data:asText":"x","data:asBase64":"eA=="}]},"e":{"data":[{"blobId":"B1-1"}]},"f":{"data":[{"data:asBase64":"!"}]}}},"0"],`+
			`["Blob/get",{"accountId":%q,"ids":["#a","#b"],"properties":["data","size","digest:sha","digest:sha-256"]},"1"],`+
			`["Blob/get",{"accountId":%q,"ids":["#a"],"offset":4,"length":1000,"properties":["data:asBase64"]},"2"],`+
			`["Blob/lookup",{"accountId":%q,"typeNames":["Email"],"ids":["#a",%q,"#none"]},"3"],["Blob/lookup",{"accountId":%q,"typeNames":["Event"],"ids":[]},"4"]`,
			anna, anna, anna, anna, mail, anna))
		k.says("anna", fmt.Sprintf(`["Blob/get",{"accountId":%q,"ids":[%q],"length":10},"0"],["Blob/get",{"accountId":%q,"ids":[],"properties":["digest:md5"]},"1"]`, anna, mail, anna))
		other := fmt.Sprintf(`["Blob/get",{"accountId":%q,"ids":[%q]},"0"],["Blob/lookup",{"accountId":%q,"typeNames":["Email"],"ids":[%q]},"1"],`+
			`["Blob/upload",{"accountId":%q,"create":{"a":{"data":[]}}},"2"]`, anna, mail, anna, mail, anna)
		k.says("ben", other) // sees nothing of it
		k.o.Grant(k.folder(), k.o.Ben, rights.Viewer)
		k.says("ben", other) // may read another mailbox of it
		k.o.Grant(storetest.In(k.o.Anna, postroom.RootCollection), k.o.Ben, rights.Viewer)
		k.says("ben", other) // may read it
		k.wrote("blobs")
	})
}
