package imapserver_test

import (
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"postroom/internal/store/storetest"
)

const infoInbox = "Shared/info@example.test/INBOX"

// desk is a session of an independent client with what it was told unasked.
type desk struct {
	*imapclient.Client
	exists   chan uint32
	expunges chan uint32
}

func (h *house) desk(user string) *desk {
	h.T.Helper()
	d := &desk{exists: make(chan uint32, 100), expunges: make(chan uint32, 100)}
	c, err := imapclient.DialInsecure(h.addr, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Expunge: func(n uint32) { d.expunges <- n },
		Mailbox: func(m *imapclient.UnilateralDataMailbox) {
			if m.NumMessages != nil {
				d.exists <- *m.NumMessages
			}
		},
	}})
	if err != nil {
		h.T.Fatal(err)
	}
	d.Client = c
	h.T.Cleanup(func() { c.Close() })
	if err := c.Login(user+"@example.test", storetest.Password).Wait(); err != nil {
		h.T.Fatal(err)
	}
	return d
}

// must takes the outcome of a command.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func told(t *testing.T, what string, c <-chan uint32) uint32 {
	t.Helper()
	select {
	case n := <-c:
		return n
	case <-time.After(patience):
		t.Fatalf("was never told of %s", what)
		return 0
	}
}

// TestWorkingDay is a day of anna and ben at info@, through a client that was
// not written with this server.
func TestWorkingDay(t *testing.T) {
	h := newHouse(t)
	h.letter(h.Info)
	anna, ben := h.desk("anna"), h.desk("ben")

	// In the morning: where is what.
	ns := must[*imap.NamespaceData](t)(anna.Namespace().Wait())
	if len(ns.Shared) != 1 || ns.Shared[0].Prefix != "Shared/" {
		t.Errorf("namespaces: %+v", ns)
	}
	boxes := must[[]*imap.ListData](t)(anna.List("", "*", &imap.ListOptions{ReturnStatus: &imap.StatusOptions{NumMessages: true, NumUnseen: true}}).Collect())
	found := false
	for _, b := range boxes {
		found = found || b.Mailbox == infoInbox && b.Status != nil && *b.Status.NumMessages == 1 && *b.Status.NumUnseen == 1
	}
	if !found {
		t.Errorf("%s is not listed with one unread message", infoInbox)
	}

	// Ben waits for mail; it comes.
	ok(t, waitSelect(ben, infoInbox))
	idle := must[*imapclient.IdleCommand](t)(ben.Idle())
	h.letter(h.Info)
	if n := told(t, "new mail", ben.exists); n != 2 {
		t.Errorf("EXISTS %d", n)
	}

	// Anna reads, flags, files and answers.
	selected := must[*imap.SelectData](t)(anna.Select(infoInbox, nil).Wait())
	if selected.NumMessages != 2 || selected.UIDNext != 3 {
		t.Errorf("selected: %+v", selected)
	}
	messages := must[[]*imapclient.FetchMessageBuffer](t)(anna.Fetch(imap.SeqSetNum(1, 2), &imap.FetchOptions{
		UID: true, Flags: true, Envelope: true, InternalDate: true, RFC822Size: true,
		BodyStructure: &imap.FetchItemBodyStructure{Extended: true},
		BodySection:   []*imap.FetchItemBodySection{{Specifier: imap.PartSpecifierText}},
	}).Collect())
	if len(messages) != 2 || messages[0].Envelope.Subject != "Number 1" || messages[0].Flags[0] != imap.FlagSeen ||
		!strings.Contains(string(messages[1].BodySection[0].Bytes), "the price") {
		t.Errorf("fetched: %+v", messages)
	}
	ok(t, anna.Store(imap.SeqSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagAnswered}}, nil).Close())
	hits := must[*imap.SearchData](t)(anna.UIDSearch(&imap.SearchCriteria{Flag: []imap.Flag{imap.FlagAnswered}}, &imap.SearchOptions{ReturnAll: true}).Wait())
	if uids := hits.AllUIDs(); len(uids) != 1 || uids[0] != 1 {
		t.Errorf("answered: %v", uids)
	}
	ok(t, anna.Create("Shared/info@example.test/Offers", nil).Wait())
	copied := must[*imap.CopyData](t)(anna.Copy(imap.UIDSetNum(1), "Shared/info@example.test/Offers").Wait())
	if copied.DestUIDs.String() != "1" {
		t.Errorf("copied: %+v", copied)
	}
	appended := anna.Append("Shared/info@example.test/Sent", int64(len(letter)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}})
	_, err := appended.Write([]byte(letter))
	ok(t, err)
	ok(t, appended.Close())
	if data := must[*imap.AppendData](t)(appended.Wait()); data.UID != 1 {
		t.Errorf("appended: %+v", data)
	}
	moved := must[*imapclient.MoveData](t)(anna.Move(imap.UIDSetNum(2), "Shared/info@example.test/Trash").Wait())
	if moved.DestUIDs == nil {
		t.Errorf("moved: %+v", moved)
	}
	if n := told(t, "the move", ben.expunges); n != 2 {
		t.Errorf("EXPUNGE %d", n)
	}
	ok(t, idle.Close())
	ok(t, idle.Wait())

	// Ben tidies up.
	ok(t, ben.Store(imap.UIDSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}, Silent: true}, nil).Close())
	if gone := must[[]uint32](t)(ben.UIDExpunge(imap.UIDSetNum(1)).Collect()); len(gone) != 1 {
		t.Errorf("expunged: %v", gone)
	}
	ok(t, ben.Unselect().Wait())
	status := must[*imap.StatusData](t)(ben.Status("Shared/info@example.test/Trash", &imap.StatusOptions{NumMessages: true, Size: true}).Wait())
	if *status.NumMessages != 1 {
		t.Errorf("trash: %+v", status)
	}
	sharing(t, anna, ben)
	ok(t, anna.Logout().Wait())
}

// sharing is anna giving ben a look at her inbox, and taking it back.
func sharing(t *testing.T, anna, ben *desk) {
	const seenByBen = "Other Users/anna@example.test/INBOX"
	ok(t, anna.SetACL("INBOX", imap.RightsIdentifier("ben@example.test"), imap.RightModificationReplace, imap.RightSet("lrs")).Wait())
	mine := must[*imapclient.MyRightsData](t)(ben.MyRights(seenByBen).Wait())
	if string(mine.Rights) != "lrs" {
		t.Errorf("rights: %q", mine.Rights)
	}
	acl := must[*imapclient.GetACLData](t)(anna.GetACL("INBOX").Wait())
	if string(acl.Rights["ben@example.test"]) != "lrs" {
		t.Errorf("access list: %+v", acl)
	}
	ok(t, waitSelect(ben, seenByBen))
	if err := ben.Create(seenByBen+"/Sub", nil).Wait(); err == nil {
		t.Error("ben made a mailbox below anna's inbox")
	}
	quota := must[[]imapclient.QuotaData](t)(anna.GetQuotaRoot("INBOX").Wait())
	if len(quota) != 1 {
		t.Errorf("quota: %+v", quota)
	}
	meta := must[*imapclient.GetMetadataData](t)(ben.GetMetadata(seenByBen, []string{"/shared/vendor/postroom/owner"}, nil).Wait())
	if v := meta.Entries["/shared/vendor/postroom/owner"]; v == nil || string(*v) != "anna@example.test" {
		t.Errorf("owner: %+v", meta)
	}
	ok(t, anna.SetACL("INBOX", imap.RightsIdentifier("ben@example.test"), imap.RightModificationRemove, imap.RightSet("lrs")).Wait())
	select {
	case <-ben.Closed():
	case <-time.After(patience):
		t.Error("ben still has anna's inbox open")
	}
}

func waitSelect(d *desk, mailbox string) error {
	_, err := d.Select(mailbox, nil).Wait()
	return err
}
