package judge_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// client is a program of another author: each method waits and fails the test.
type client struct {
	*imapclient.Client
	t    *testing.T
	root string
}

// take is the outcome of a command.
func take[T any](t *testing.T, what string) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return v
	}
}

func (c *client) ok(what string, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

func (c *client) equal(what string, got, want any) {
	c.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestClient goes through all that go-imap's client can ask, in an own mailbox
// and in a shared one.
func TestClient(t *testing.T) {
	own, shared := postrooms(t)
	for _, s := range []*server{own, shared} {
		t.Run(s.name, func(t *testing.T) {
			raw, err := imapclient.DialInsecure(s.addr, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			c := &client{Client: raw, t: t, root: s.prefix + "client"}
			c.ok("AUTHENTICATE", c.Authenticate(sasl.NewPlainClient("", s.users[0], s.password)))
			c.begin()
			c.names()
			c.put()
			c.read()
			c.search()
			c.order()
			c.change()
			c.annotate()
			c.rights(s)
			c.ok("LOGOUT", c.Logout().Wait())
		})
	}
}

func (c *client) begin() {
	caps := take[imap.CapSet](c.t, "CAPABILITY")(c.Capability().Wait())
	for _, want := range []imap.Cap{imap.CapIMAP4rev1, imap.CapIMAP4rev2, imap.CapACL, imap.CapQuota, imap.CapMetadata, imap.CapSort, imap.CapMove,
		imap.CapESearch, imap.CapSearchRes, imap.CapCondStore, imap.CapListExtended, imap.CapListStatus, imap.CapNamespace, imap.CapIdle, imap.CapBinary, imap.CapUTF8Accept} {
		if !caps.Has(want) {
			c.t.Errorf("%s is not offered", want)
		}
	}
	id := take[*imap.IDData](c.t, "ID")(c.ID(&imap.IDData{Name: "judge", Version: "1"}).Wait())
	c.equal("ID", id.Name, "Postroom")
	take[*imapclient.EnableData](c.t, "ENABLE")(c.Enable(imap.CapUTF8Accept).Wait())
	ns := take[*imap.NamespaceData](c.t, "NAMESPACE")(c.Namespace().Wait())
	c.equal("NAMESPACE", []string{ns.Personal[0].Prefix, ns.Other[0].Prefix, ns.Shared[0].Prefix}, []string{"", "Other Users/", "Shared/"})
}

func (c *client) names() {
	for _, name := range []string{"", "/Gr\u00fc\u00dfe", "/old"} {
		c.ok("CREATE", c.Create(c.root+name, nil).Wait())
	}
	c.ok("RENAME", c.Rename(c.root+"/old", c.root+"/new & \"odd\"", nil).Wait())
	c.ok("SUBSCRIBE", c.Subscribe(c.root+"/new & \"odd\"").Wait())
	c.ok("UNSUBSCRIBE", c.Unsubscribe(c.root+"/Gr\u00fc\u00dfe").Wait())
	list := take[[]*imap.ListData](c.t, "LIST")(c.List("", c.root+"*", &imap.ListOptions{ReturnChildren: true, ReturnSubscribed: true,
		ReturnStatus: &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, NumUnseen: true, Size: true, HighestModSeq: true}}).Collect())
	var names []string
	for _, l := range list {
		names = append(names, strings.TrimPrefix(l.Mailbox, c.root))
		if l.Status == nil || *l.Status.NumMessages != 0 || l.Status.UIDNext != 1 {
			c.t.Errorf("%s has %+v", l.Mailbox, l.Status)
		}
		if got := slices.Contains(l.Attrs, imap.MailboxAttrSubscribed); got == strings.HasSuffix(l.Mailbox, "\u00dfe") {
			c.t.Errorf("%s is subscribed to: %v", l.Mailbox, got)
		}
	}
	c.equal("LIST", names, []string{"", "/Gr\u00fc\u00dfe", "/new & \"odd\""})
	below := take[[]*imap.ListData](c.t, "LIST RECURSIVEMATCH")(c.List("", c.root, &imap.ListOptions{SelectSubscribed: true, SelectRecursiveMatch: true}).Collect())
	if len(below) != 1 || below[0].ChildInfo == nil || !below[0].ChildInfo.Subscribed {
		c.t.Errorf("below are %+v", below)
	}
}

func (c *client) put() {
	for i, text := range []string{oddities[0].text, multipart("mixed", "b", "", "Content-Type: text/plain\r\n\r\none\r\n", "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"),
		"Subject: Re: One\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\nReferences: <1@example.test>\r\nMessage-ID: <3@example.test>\r\n\r\nanswer\r\n"} {
		cmd := c.Append(c.root, int64(len(text)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen, "work"}[:i%3%2+1], Time: time.Date(2026, 3, 1+i, 0, 0, 0, 0, time.UTC)})
		_, err := cmd.Write([]byte(text))
		c.ok("APPEND", err)
		c.ok("APPEND", cmd.Close())
		c.equal("APPENDUID", take[*imap.AppendData](c.t, "APPEND")(cmd.Wait()).UID, i+1)
	}
}

func (c *client) read() {
	data := take[*imap.SelectData](c.t, "SELECT")(c.Select(c.root, &imap.SelectOptions{CondStore: true}).Wait())
	if data.NumMessages != 3 || data.UIDNext != 4 || data.HighestModSeq == 0 || !slices.Contains(data.PermanentFlags, imap.FlagWildcard) {
		c.t.Errorf("SELECT: %+v", data)
	}
	image := &imap.FetchItemBinarySection{Part: []int{2}, Peek: true}
	part := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Subject"}, Peek: true, Partial: &imap.SectionPartial{Size: 10}}
	all := take[[]*imapclient.FetchMessageBuffer](c.t, "FETCH")(c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{Envelope: true, Flags: true, InternalDate: true,
		RFC822Size: true, UID: true, ModSeq: true, BodyStructure: &imap.FetchItemBodyStructure{Extended: true}, BodySection: []*imap.FetchItemBodySection{part}}).Collect())
	if len(all) != 3 || all[0].Envelope.Subject != "One" || all[1].BodyStructure.MediaType() != "multipart/mixed" || all[2].ModSeq == 0 ||
		!all[2].InternalDate.Equal(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)) || string(all[0].FindBodySection(part)) != "Subject: O" {
		c.t.Errorf("FETCH: %+v", all)
	}
	one := take[[]*imapclient.FetchMessageBuffer](c.t, "FETCH BINARY")(c.Fetch(imap.UIDSetNum(2), &imap.FetchOptions{BinarySection: []*imap.FetchItemBinarySection{image},
		BinarySectionSize: []*imap.FetchItemBinarySectionSize{{Part: []int{2}}, {Part: []int{9}}}}).Collect())
	size, known := one[0].FindBinarySectionSize([]int{2})
	if !bytes.Equal(one[0].FindBinarySection(image), []byte{0, 1, 2}) || !known || size != 3 {
		c.t.Errorf("BINARY: %+v", one[0])
	}
}

func (c *client) search() {
	found := take[*imap.SearchData](c.t, "SEARCH")(c.UIDSearch(&imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{
		{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "one"}}}, {Larger: 100000}}}, Not: []imap.SearchCriteria{{NotFlag: []imap.Flag{imap.FlagSeen}}},
		SentSince: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), UID: []imap.UIDSet{{{Start: 1, Stop: 0}}}},
		&imap.SearchOptions{ReturnAll: true, ReturnCount: true, ReturnMin: true, ReturnMax: true}).Wait())
	c.equal("ESEARCH", []any{found.All, found.Count, found.Min, found.Max}, "[1,3 2 1 3]")
	plain := take[*imap.SearchData](c.t, "SEARCH")(c.Search(&imap.SearchCriteria{Flag: []imap.Flag{"work"}, ModSeq: &imap.SearchCriteriaModSeq{ModSeq: 1}}, nil).Wait())
	if fmt.Sprint(plain.AllSeqNums()) != "[2]" || plain.ModSeq == 0 {
		c.t.Errorf("SEARCH MODSEQ: %v, %d", plain.AllSeqNums(), plain.ModSeq)
	}
}

func (c *client) order() {
	everything := &imap.SearchCriteria{}
	c.equal("SORT", take[[]uint32](c.t, "SORT")(c.Sort(&imapclient.SortOptions{SearchCriteria: everything,
		SortCriteria: []imapclient.SortCriterion{{Key: imapclient.SortKeyDate, Reverse: true}, {Key: imapclient.SortKeySubject}}}).Wait()), "[3 1 2]")
	c.equal("UID SORT", take[[]uint32](c.t, "UID SORT")(c.UIDSort(&imapclient.SortOptions{SearchCriteria: everything,
		SortCriteria: []imapclient.SortCriterion{{Key: imapclient.SortKeyArrival}}}).Wait()), "[1 2 3]")
	threads := take[[]imapclient.ThreadData](c.t, "THREAD")(c.UIDThread(&imapclient.ThreadOptions{Algorithm: imap.ThreadOrderedSubject, SearchCriteria: everything}).Wait())
	c.equal("UID THREAD", threads, "[{[1 3] []} {[2] []}]")
	take[[]imapclient.ThreadData](c.t, "THREAD")(c.Thread(&imapclient.ThreadOptions{Algorithm: imap.ThreadReferences, SearchCriteria: everything}).Wait())
}

func (c *client) change() {
	flag := func(f imap.Flag) *imap.StoreFlags {
		return &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{f}}
	}
	changed := take[[]*imapclient.FetchMessageBuffer](c.t, "STORE")(c.Store(imap.UIDSetNum(1), flag(imap.FlagFlagged), nil).Collect())
	if len(changed) != 1 || changed[0].ModSeq == 0 {
		c.t.Errorf("STORE: %+v", changed)
	}
	stale := take[[]*imapclient.FetchMessageBuffer](c.t, "STORE UNCHANGEDSINCE")(c.Store(imap.UIDSetNum(1), flag("late"), &imap.StoreOptions{UnchangedSince: changed[0].ModSeq - 1}).Collect())
	for _, m := range stale {
		if slices.Contains(m.Flags, "late") {
			c.t.Error("a change was made that should not have been")
		}
	}
	fresh := take[[]*imapclient.FetchMessageBuffer](c.t, "FETCH CHANGEDSINCE")(c.Fetch(imap.UIDSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{Flags: true, UID: true, ChangedSince: changed[0].ModSeq - 1}).Collect())
	c.equal("CHANGEDSINCE", []any{len(fresh), fresh[0].UID}, "[1 1]")
	copied := take[*imap.CopyData](c.t, "COPY")(c.Copy(imap.SeqSetNum(1, 2), c.root+"/Gr\u00fc\u00dfe").Wait())
	c.equal("COPYUID", copied.DestUIDs, "1:2")
	moved := take[*imapclient.MoveData](c.t, "MOVE")(c.Move(imap.UIDSetNum(3), c.root+"/Gr\u00fc\u00dfe").Wait())
	c.equal("MOVE", moved.DestUIDs, "3")
	c.ok("STORE", c.Store(imap.SeqSetNum(1, 2), flag(imap.FlagDeleted), nil).Close())
	c.equal("UID EXPUNGE", take[[]uint32](c.t, "UID EXPUNGE")(c.UIDExpunge(imap.UIDSetNum(2)).Collect()), "[2]")
	c.equal("EXPUNGE", take[[]uint32](c.t, "EXPUNGE")(c.Expunge().Collect()), "[1]")
	idle := take[*imapclient.IdleCommand](c.t, "IDLE")(c.Idle())
	c.ok("IDLE", idle.Close())
	c.ok("IDLE", idle.Wait())
	c.ok("NOOP", c.Noop().Wait())
	c.ok("CLOSE", c.UnselectAndExpunge().Wait())
	status := take[*imap.StatusData](c.t, "STATUS")(c.Status(c.root+"/Gr\u00fc\u00dfe", &imap.StatusOptions{NumMessages: true, NumUnseen: true, NumDeleted: true, UIDNext: true, UIDValidity: true, Size: true, HighestModSeq: true, AppendLimit: true}).Wait())
	c.equal("STATUS", []any{*status.NumMessages, *status.NumUnseen, *status.NumDeleted, status.UIDNext}, "[3 0 0 4]")
	c.ok("DELETE", c.Delete(c.root+"/new & \"odd\"").Wait())
}

func (c *client) annotate() {
	text := []byte("a \"note\"\r\nof two lines \u00fc")
	for _, entry := range []string{"/private/comment", "/shared/comment"} {
		c.ok("SETMETADATA", c.SetMetadata(c.root, map[string]*[]byte{entry: &text}).Wait())
		data := take[*imapclient.GetMetadataData](c.t, "GETMETADATA")(c.GetMetadata(c.root, []string{entry}, &imapclient.GetMetadataOptions{Depth: imapclient.GetMetadataDepthInfinity}).Wait())
		if v := data.Entries[entry]; v == nil || !bytes.Equal(*v, text) {
			c.t.Errorf("%s is %v", entry, data.Entries)
		}
		c.ok("SETMETADATA NIL", c.SetMetadata(c.root, map[string]*[]byte{entry: nil}).Wait())
	}
}

func (c *client) rights(s *server) {
	mine := take[*imapclient.MyRightsData](c.t, "MYRIGHTS")(c.MyRights(c.root).Wait())
	if !strings.Contains(string(mine.Rights), "lr") {
		c.t.Errorf("MYRIGHTS %q", mine.Rights)
	}
	quota := take[[]imapclient.QuotaData](c.t, "GETQUOTAROOT")(c.GetQuotaRoot(c.root).Wait())
	if len(quota) != 1 {
		c.t.Errorf("GETQUOTAROOT: %+v", quota)
	}
	take[*imapclient.QuotaData](c.t, "GETQUOTA")(c.GetQuota(quota[0].Root).Wait())
	if err := c.SetQuota(quota[0].Root, map[imap.QuotaResourceType]int64{imap.QuotaResourceStorage: 1}).Wait(); err == nil {
		c.t.Error("SETQUOTA was taken")
	}
	err := c.SetACL(c.root, "ben@example.test", imap.RightModificationReplace, imap.RightSet("lr")).Wait()
	if s.prefix != "" { // managers do not administer
		if err == nil {
			c.t.Error("SETACL was taken without the right a")
		}
		return
	}
	c.ok("SETACL", err)
	acl := take[*imapclient.GetACLData](c.t, "GETACL")(c.GetACL(c.root).Wait())
	c.equal("GETACL", string(acl.Rights["ben@example.test"]), "lr")
}
