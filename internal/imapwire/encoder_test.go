package imapwire

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
	"time"
)

// printed returns what write makes an Encoder send.
func printed(write func(*Encoder)) string {
	var b bytes.Buffer
	e := NewEncoder(bufio.NewWriter(&b))
	write(e)
	if err := e.Flush(); err != nil {
		return "error: " + err.Error()
	}
	return b.String()
}

type printCase struct {
	write func(*Encoder)
	want  string
}

func checkPrint(t *testing.T, cases []printCase) {
	t.Helper()
	for _, c := range cases {
		if got := printed(c.write); got != c.want+"\r\n" {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func TestPrintStatus(t *testing.T) {
	checkPrint(t, []printCase{
		{func(e *Encoder) { e.Status(Status{Kind: OK, Text: "IMAP4rev2 server ready"}) }, "* OK IMAP4rev2 server ready"},
		{func(e *Encoder) { e.Status(Status{Kind: OK}) }, "* OK - "},
		{func(e *Encoder) { e.Status(Status{"A142", OK, CodeReadWrite, "SELECT completed"}) }, "A142 OK [READ-WRITE] SELECT completed"},
		{func(e *Encoder) { e.Status(Status{"a\r\nb", NO, "X\r\nY", "a\r\nb OK"}) }, "a  b NO [X  Y] a  b OK"},
		{func(e *Encoder) { e.Status(Status{Kind: PREAUTH, Text: "hi"}) }, "* PREAUTH hi"},
		{func(e *Encoder) {
			e.Status(Status{"a", OK, CodeCopyUID(432432, set("42:69"), set("1202:1229")), "Done"})
		}, "a OK [COPYUID 432432 42:69 1202:1229] Done"},
		{func(e *Encoder) { e.Status(Status{"a", OK, CodeAppendUID(38505, SeqSetOf(3955)), "Done"}) }, "a OK [APPENDUID 38505 3955] Done"},
		{func(e *Encoder) {
			e.Status(Status{"", OK, CodePermanentFlags([]Flag{FlagDeleted, FlagAny}), "Limited"})
		}, `* OK [PERMANENTFLAGS (\Deleted \*)] Limited`},
		{func(e *Encoder) { e.Status(Status{"", OK, CodeMailboxID("F2212ea87-6097"), "Ok"}) }, "* OK [MAILBOXID (F2212ea87-6097)] Ok"},
		{func(e *Encoder) { e.Status(Status{"d", OK, CodeModified(set("7,9")), "Conditional STORE failed"}) }, "d OK [MODIFIED 7,9] Conditional STORE failed"},
		{func(e *Encoder) { e.Continue("idling") }, "+ idling"},
		{func(e *Encoder) { e.Challenge(nil) }, "+ "},
		{func(e *Encoder) { e.Challenge([]byte("abc")) }, "+ YWJj"},
	})
}

func TestPrintMailboxData(t *testing.T) {
	checkPrint(t, []printCase{
		{func(e *Encoder) { e.Capability([]string{"IMAP4rev1", "AUTH=PLAIN", "LITERAL+"}) }, "* CAPABILITY IMAP4rev1 AUTH=PLAIN LITERAL+"},
		{func(e *Encoder) { e.Enabled(nil) }, "* ENABLED"},
		{func(e *Encoder) { e.Flags([]Flag{FlagSeen, "$x"}) }, `* FLAGS (\Seen $x)`},
		{func(e *Encoder) { e.Exists(172) }, "* 172 EXISTS"},
		{func(e *Encoder) { e.Recent(1) }, "* 1 RECENT"},
		{func(e *Encoder) { e.Expunge(3) }, "* 3 EXPUNGE"},
		{func(e *Encoder) { e.Vanished(set("405,407")) }, "* VANISHED 405,407"},
		{func(e *Encoder) { e.VanishedEarlier(set("41,43:116")) }, "* VANISHED (EARLIER) 41,43:116"},
		{func(e *Encoder) { e.List(&ListData{Attrs: []MailboxAttr{AttrNoSelect}, Delim: '/'}) }, `* LIST (\Noselect) "/" ""`},
		{func(e *Encoder) { e.List(&ListData{Delim: '/', Name: "Foo", ChildInfo: []string{"SUBSCRIBED"}}) }, `* LIST () "/" Foo ("CHILDINFO" ("SUBSCRIBED"))`},
		{func(e *Encoder) { e.List(&ListData{Delim: '.', Name: "NewMailbox", OldName: "Old Mailbox"}) }, `* LIST () "." NewMailbox ("OLDNAME" ("Old Mailbox"))`},
		{func(e *Encoder) { e.LSub(&ListData{Name: "日本語"}) }, `* LSUB () NIL &ZeVnLIqe-`},
		{func(e *Encoder) { e.SetNames(UTF8); e.LSub(&ListData{Name: "日本語"}) }, `* LSUB () NIL "日本語"`},
		{func(e *Encoder) {
			e.MailboxStatus("blurdybloop", []StatusValue{{Item: StatusMessages, Number: 231}, {Item: StatusMailboxID, ID: "F1"}, {Item: StatusAppendLimit, None: true}})
		}, "* STATUS blurdybloop (MESSAGES 231 MAILBOXID (F1) APPENDLIMIT NIL)"},
		{func(e *Encoder) {
			e.Namespace([]NamespaceData{{"", '/'}}, []NamespaceData{{"Other Users/", '/'}}, nil)
		}, `* NAMESPACE (("" "/")) (("Other Users/" "/")) NIL`},
		{func(e *Encoder) { e.ID([]IDField{{"name", "x", false}, {"os", "", true}}) }, `* ID ("name" "x" "os" NIL)`},
		{func(e *Encoder) { e.ID(nil) }, "* ID NIL"},
		{func(e *Encoder) { e.ACL("INBOX", []ACLEntry{{"Fred", "rwipslxetad"}, {"a b", "r"}}) }, `* ACL INBOX Fred rwipslxetad "a b" r`},
		{func(e *Encoder) { e.ListRights("~/Mail/saved", "smith", "la", []string{"r", "swicdkxte"}) }, "* LISTRIGHTS ~/Mail/saved smith la r swicdkxte"},
		{func(e *Encoder) { e.ListRights("x", "y", "", []string{"l"}) }, `* LISTRIGHTS x y "" l`},
		{func(e *Encoder) { e.MyRights("INBOX", "rwiptsldaex") }, "* MYRIGHTS INBOX rwiptsldaex"},
		{func(e *Encoder) {
			e.Metadata("", []MetadataEntry{{"/shared/comment", []byte("a")}, {"/private/x", nil}, {"/b", []byte("\x00")}})
		}, "* METADATA \"\" (/shared/comment \"a\" /private/x NIL /b ~{1}\r\n\x00)"},
		{func(e *Encoder) { e.MetadataChanged("INBOX", []string{"/shared/comment", "/private/comment"}) }, `* METADATA "INBOX" /shared/comment /private/comment`},
		{func(e *Encoder) { e.Quota("", []QuotaUsage{{"STORAGE", 10, 512}}) }, `* QUOTA "" (STORAGE 10 512)`},
		{func(e *Encoder) { e.QuotaRoot("INBOX", []string{""}) }, `* QUOTAROOT INBOX ""`},
		{func(e *Encoder) { e.JMAPAccess("https://example.test/jmap") }, `* JMAPACCESS "https://example.test/jmap"`},
		{func(e *Encoder) { e.SearchFound([]uint32{2, 5, 6}, 917162500) }, "* SEARCH 2 5 6 (MODSEQ 917162500)"},
		{func(e *Encoder) { e.SearchFound(nil, 0) }, "* SEARCH"},
		{func(e *Encoder) { e.SortFound([]uint32{9, 2}, 0) }, "* SORT 9 2"},
		{func(e *Encoder) { e.ESearch(&ESearchData{Tag: "A282", Min: 2, Count: u32(3)}) }, `* ESEARCH (TAG "A282") MIN 2 COUNT 3`},
		{func(e *Encoder) {
			e.ESearch(&ESearchData{Tag: "a", UID: true, Max: 9, All: set("17,900,901"), ModSeq: 5})
		}, `* ESEARCH (TAG "a") UID MAX 9 ALL 17,900,901 MODSEQ 5`},
		{func(e *Encoder) {
			e.ESearch(&ESearchData{Tag: "A01", UID: true, Partial: &ResultRange{-1, -100}, PartialSet: set("200:250")})
		}, `* ESEARCH (TAG "A01") UID PARTIAL (-1:-100 200:250)`},
		{func(e *Encoder) { e.ESearch(&ESearchData{Tag: "x", Partial: &ResultRange{1, 2}}) }, `* ESEARCH (TAG "x") PARTIAL (1:2 NIL)`},
		{func(e *Encoder) {
			e.ESearch(&ESearchData{Tag: "t", Mailbox: "folder1", UIDValid: 1, UID: true, All: set("4001")})
		}, `* ESEARCH (TAG "t" MAILBOX folder1 UIDVALIDITY 1) UID ALL 4001`},
		{func(e *Encoder) {
			leaf := func(n uint32, c ...*ThreadNode) *ThreadNode { return &ThreadNode{n, c} }
			e.Threads([]*ThreadNode{leaf(2), leaf(3, leaf(6, leaf(4, leaf(23)), leaf(44, leaf(7, leaf(96))))), leaf(0, leaf(3), leaf(5))})
		}, "* THREAD (2)(3 6 (4 23)(44 7 96))((3)(5))"},
	})
}

func TestPrintFetch(t *testing.T) {
	at := time.Date(1996, 7, 7, 2, 44, 25, 0, time.FixedZone("", -7*3600))
	text := &BodyStructure{Type: "TEXT", Subtype: "PLAIN", Params: []Param{{"CHARSET", "US-ASCII"}}, Size: 3028, Lines: 92}
	terry := []Address{{"Terry Gray", "", "gray", "cac.washington.edu"}}
	env := &Envelope{Date: "Wed, 17 Jul 1996 02:23:25 -0700 (PDT)", Subject: "IMAP4rev2 WG mtg summary", From: terry,
		To: []Address{{"", "", "imap", "cac.washington.edu"}}, MessageID: "<B27397-0100000@cac.washington.edu>"}
	envText := `("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary" (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) NIL NIL NIL "<B27397-0100000@cac.washington.edu>")`
	checkPrint(t, []printCase{
		{func(e *Encoder) {
			f := e.Fetch(12)
			f.Flags([]Flag{FlagSeen})
			f.InternalDate(at)
			f.Size(4286)
			f.Envelope(env)
			f.Body(text)
			f.End()
		}, `* 12 FETCH (FLAGS (\Seen) INTERNALDATE " 7-Jul-1996 02:44:25 -0700" RFC822.SIZE 4286 ENVELOPE ` + envText +
			` BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92))`},
		{func(e *Encoder) {
			f := e.Fetch(1)
			f.UID(9)
			f.ModSeq(624140003)
			f.EmailID("M1")
			f.ThreadID("")
			f.ThreadID("T1")
			f.SaveDate(time.Time{})
			f.Preview("Hi")
			f.NoPreview()
			f.End()
		}, `* 1 FETCH (UID 9 MODSEQ (624140003) EMAILID (M1) THREADID NIL THREADID (T1) SAVEDATE NIL PREVIEW "Hi" PREVIEW NIL)`},
		{func(e *Encoder) {
			f := e.Fetch(2)
			f.Section(&FetchItem{Kind: FetchSection, Peek: true, Section: Section{Path: []uint32{1, 2}, Text: SectionHeaderFields, Fields: []string{"DATE", "FROM"}}, Partial: &Partial{5, 10}}, 3, strings.NewReader("abcd"))
			f.SectionBytes(&FetchItem{Kind: FetchBinary, Section: Section{Path: []uint32{2}}}, []byte{0})
			f.BinarySize(&FetchItem{Kind: FetchBinarySize, Section: Section{Path: []uint32{2}}}, 7)
			f.NoSection(&FetchItem{Kind: FetchSection, Section: Section{Path: []uint32{9}, Text: SectionMIME}})
			f.NoSection(&FetchItem{Kind: FetchBinarySize, Section: Section{Path: []uint32{9}}})
			f.SectionBytes(&FetchItem{Kind: FetchRFC822}, nil)
			f.End()
		}, "* 2 FETCH (BODY[1.2.HEADER.FIELDS (DATE FROM)]<5> {3}\r\nabc BINARY[2] ~{1}\r\n\x00 BINARY.SIZE[2] 7 BODY[9.MIME] NIL BINARY.SIZE[9] 0 RFC822 {0}\r\n)"},
		{func(e *Encoder) {
			mixed := &BodyStructure{Type: "multipart", Subtype: "MIXED", Params: []Param{{"BOUNDARY", "x"}}, Children: []*BodyStructure{
				text, {Type: "message", Subtype: "rfc822", Size: 5, Lines: 2, Envelope: &Envelope{Blank: SubjectText | MessageIDText}, Message: text, Disposition: "attachment",
					DispositionParams: []Param{{"filename", "a\"b"}}, Language: []string{"en", "de"}}}}
			f := e.Fetch(3)
			f.BodyStructure(mixed)
			f.End()
		}, `* 3 FETCH (BODYSTRUCTURE (("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92 NIL NIL NIL NIL)` +
			`("message" "rfc822" NIL NIL NIL "7BIT" 5 (NIL "" NIL NIL NIL NIL NIL NIL NIL "") ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92 NIL NIL NIL NIL) 2 NIL ("attachment" ("filename" "a\"b")) ("en" "de") NIL)` +
			` "MIXED" ("BOUNDARY" "x") NIL NIL NIL))`},
		{func(e *Encoder) { e.FetchLine(1, 2, AppendFlags(nil, []Flag{FlagSeen, "x y"}), 3) }, `* 1 FETCH (UID 2 FLAGS (\Seen xy) MODSEQ (3))`},
		{func(e *Encoder) { e.FetchLine(1, 2, AppendFlags(nil, nil), 0) }, `* 1 FETCH (UID 2 FLAGS ())`},
	})
}

func TestString(t *testing.T) {
	for _, c := range []struct{ in, rev1, rev2 string }{
		{"", `""`, `""`},
		{`a "b" \c`, `"a \"b\" \\c"`, `"a \"b\" \\c"`},
		{"a\r\nb", "{4}\r\na\r\nb", "{4}\r\na\r\nb"},
		{"ä", "{2}\r\nä", `"ä"`},
		{"\xff", "{1}\r\n\xff", "{1}\r\n\xff"},
		{"a\x00b", "{2}\r\nab", "{2}\r\nab"},
	} {
		if got := printed(func(e *Encoder) { e.String(c.in) }); got != c.rev1 {
			t.Errorf("%q: %q", c.in, got)
		}
		if got := printed(func(e *Encoder) { e.SetNames(UTF8); e.String(c.in) }); got != c.rev2 {
			t.Errorf("%q: %q with UTF-8", c.in, got)
		}
	}
}

func TestShortBody(t *testing.T) {
	e := NewEncoder(bufio.NewWriter(&bytes.Buffer{}))
	e.Fetch(1).Section(&FetchItem{Kind: FetchSection}, 9, strings.NewReader("abc"))
	if e.Flush() != ErrShortBody || e.Err() != ErrShortBody {
		t.Error(e.Err())
	}
}

func TestFetchAllocates(t *testing.T) {
	e := NewEncoder(bufio.NewWriterSize(&bytes.Buffer{}, 1<<20))
	flags := []Flag{FlagSeen, FlagAnswered, "$Forwarded"}
	text := AppendFlags(nil, flags)
	e.Fetch(1).UID(1) // the scratch buffer
	if n := testing.AllocsPerRun(100, func() {
		f := e.Fetch(70000)
		f.UID(700000)
		f.Flags(flags)
		f.ModSeq(1 << 40)
		f.End()
		e.FetchLine(70000, 700000, text, 1<<40)
	}); n != 0 {
		t.Errorf("%v allocations per message", n)
	}
}
