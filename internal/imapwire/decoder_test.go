package imapwire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

// newTestDecoder returns a Decoder over input that counts continuations.
func newTestDecoder(input string, limits Limits) (*Decoder, *int) {
	d := NewDecoder(bufio.NewReaderSize(strings.NewReader(input), 64), limits)
	asked := new(int)
	d.Continue = func() error { *asked++; return nil }
	return d, asked
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func set(s string) SeqSet {
	v, err := ParseSeqSet(s)
	if err != nil {
		panic(err)
	}
	return v
}

func u64(n uint64) *uint64 { return &n }
func u32(n uint32) *uint32 { return &n }

// parseCase is a command line without tag and CRLF, and what it means.
type parseCase struct {
	line string
	want Command
}

func checkParse(t *testing.T, cases []parseCase) {
	t.Helper()
	for _, c := range cases {
		d, _ := newTestDecoder("A1 "+c.line+"\r\nA2 NOOP\r\n", SessionLimits(1<<20))
		req, err := d.Next()
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		if req.Tag != "A1" || !reflect.DeepEqual(req.Command, c.want) {
			t.Errorf("%s:\n got %#v\nwant %#v", c.line, req.Command, c.want)
		}
		if word, _, _ := strings.Cut(c.line, " "); !strings.HasPrefix(req.Command.Name(), strings.ToUpper(word)) {
			t.Errorf("%s: name %q", c.line, req.Command.Name())
		}
		if req, err = d.Next(); err != nil || req.Tag != "A2" {
			t.Errorf("%s: next command: %v %v", c.line, req, err)
		}
	}
}

func TestParseSession(t *testing.T) {
	checkParse(t, []parseCase{
		{"CAPABILITY", &Capability{}},
		{"noop", &Noop{}},
		{"LOGOUT", &Logout{}},
		{"STARTTLS", &StartTLS{}},
		{"UNAUTHENTICATE", &Unauthenticate{}},
		{"NAMESPACE", &Namespace{}},
		{"CHECK", &Check{}},
		{"CLOSE", &Close{}},
		{"UNSELECT", &Unselect{}},
		{"IDLE", &Idle{}},
		{"GETJMAPACCESS", &GetJMAPAccess{}},
		{"COMPRESS deflate", &Compress{"DEFLATE"}},
		{"AUTHENTICATE gssapi", &Authenticate{Mechanism: "GSSAPI"}},
		{"AUTHENTICATE PLAIN AHRlc3QAdGVzdA==", &Authenticate{"PLAIN", []byte("\x00test\x00test")}},
		{"AUTHENTICATE EXTERNAL =", &Authenticate{"EXTERNAL", []byte{}}},
		{"LOGIN SMITH SESAME", &Login{"SMITH", "SESAME"}},
		{`LOGIN "a \"b\" \\c" "pässword"`, &Login{`a "b" \c`, "pässword"}},
		{"LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man", &Login{"FRED FOOBAR", "fat man"}},
		{"LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man", &Login{"FRED FOOBAR", "fat man"}},
		{"LOGIN {0}\r\n {0+}\r\n", &Login{"", ""}},
		{"ENABLE CONDSTORE X-GOOD-IDEA utf8=accept", &Enable{[]string{"CONDSTORE", "X-GOOD-IDEA", "UTF8=ACCEPT"}}},
		{"ID NIL", &ID{}},
		{"ID ()", &ID{}},
		{`ID ("name" "sodr" "version" NIL)`, &ID{[]IDField{{"name", "sodr", false}, {"version", "", true}}}},
	})
}

func TestParseMailboxes(t *testing.T) {
	checkParse(t, []parseCase{
		{"SELECT inbox", &Select{Mailbox: "INBOX"}},
		{"EXAMINE blurdybloop", &Select{Mailbox: "blurdybloop", ReadOnly: true}},
		{"SELECT INBOX (CONDSTORE)", &Select{Mailbox: "INBOX", CondStore: true}},
		{"SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))", &Select{Mailbox: "INBOX",
			QResync: &QResync{UIDValidity: 67890007, ModSeq: 20050715194045000, KnownUIDs: set("41,43:211,214:541")}}},
		{"SELECT INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541 (1:2 3:4)) CONDSTORE)", &Select{Mailbox: "INBOX", CondStore: true,
			QResync: &QResync{67890007, 90060115194045000, set("41:211,214:541"), set("1:2"), set("3:4")}}},
		{"SELECT INBOX (QRESYNC (1 2 (1 3)))", &Select{Mailbox: "INBOX",
			QResync: &QResync{UIDValidity: 1, ModSeq: 2, SeqMatch: set("1"), UIDMatch: set("3")}}},
		{"CREATE owatagusiam/", &Create{Mailbox: "owatagusiam/"}},
		{`CREATE "~peter/mail/&U,BTFw-/&ZeVnLIqe-"`, &Create{Mailbox: "~peter/mail/台北/日本語"}},
		{`CREATE MySpecial (USE (\Drafts \sent))`, &Create{"MySpecial", []MailboxAttr{AttrDrafts, AttrSent}}},
		{"DELETE blurdybloop", &Delete{"blurdybloop"}},
		{"RENAME blurdybloop sarasoop", &Rename{"blurdybloop", "sarasoop"}},
		{"SUBSCRIBE #news.comp.mail.mime", &Subscribe{"#news.comp.mail.mime"}},
		{"UNSUBSCRIBE {5}\r\na b c", &Unsubscribe{"a b c"}},
		{`LIST "" ""`, &List{Patterns: []string{""}}},
		{`LIST ~/Mail/ %`, &List{Reference: "~/Mail/", Patterns: []string{"%"}}},
		{`LIST (SUBSCRIBED REMOTE) "" "*"`, &List{Patterns: []string{"*"}, Extended: true, Select: ListSelect{Subscribed: true, Remote: true}}},
		{`LIST (RECURSIVEMATCH SUBSCRIBED) "" ("INBOX" "Drafts" Sent/%) RETURN (CHILDREN SPECIAL-USE)`, &List{
			Patterns: []string{"INBOX", "Drafts", "Sent/%"}, Extended: true,
			Select: ListSelect{Subscribed: true, RecursiveMatch: true}, Return: ListReturn{Children: true, SpecialUse: true}}},
		{`LIST () "" % RETURN (STATUS (MESSAGES UNSEEN) MYRIGHTS METADATA ("/shared/comment") SUBSCRIBED)`, &List{
			Patterns: []string{"%"}, Extended: true, Return: ListReturn{Subscribed: true, MyRights: true,
				Status: []StatusItem{StatusMessages, StatusUnseen}, Metadata: []string{"/shared/comment"}}}},
		{`LSUB "#news." "comp.mail.*"`, &LSub{"#news.", "comp.mail.*"}},
		{"STATUS blurdybloop (UIDNEXT MESSAGES uidnext)", &GetStatus{"blurdybloop", []StatusItem{StatusUIDNext, StatusMessages}}},
		{"STATUS a (HIGHESTMODSEQ SIZE DELETED APPENDLIMIT MAILBOXID)", &GetStatus{"a",
			[]StatusItem{StatusHighestModSeq, StatusSize, StatusDeleted, StatusAppendLimit, StatusMailboxID}}},
		{"SETACL INBOX/Drafts Byron lrswikda", &SetACL{"INBOX/Drafts", "Byron", StoreReplace, "lrswikda"}},
		{`SETACL INBOX -Byron "-lrw"`, &SetACL{"INBOX", "-Byron", StoreRemove, "lrw"}},
		{"SETACL INBOX John +c", &SetACL{"INBOX", "John", StoreAdd, "c"}},
		{"DELETEACL INBOX Fred", &DeleteACL{"INBOX", "Fred"}},
		{"GETACL INBOX/Drafts", &GetACL{"INBOX/Drafts"}},
		{"LISTRIGHTS ~/Mail/saved smith", &ListRights{"~/Mail/saved", "smith"}},
		{"MYRIGHTS INBOX", &MyRights{"INBOX"}},
		{`GETMETADATA "" /shared/Comment`, &GetMetadata{Entries: []string{"/shared/comment"}}},
		{`GETMETADATA "INBOX" (/shared/comment /private/comment)`, &GetMetadata{Mailbox: "INBOX", Entries: []string{"/shared/comment", "/private/comment"}}},
		{`GETMETADATA "INBOX" (MAXSIZE 1024) (/shared/comment /private/comment)`, &GetMetadata{Mailbox: "INBOX",
			Entries: []string{"/shared/comment", "/private/comment"}, MaxSize: u32(1024)}},
		{`GETMETADATA (DEPTH infinity) "INBOX" /private/filters`, &GetMetadata{Mailbox: "INBOX", Entries: []string{"/private/filters"}, Depth: DepthInfinity}},
		{"SETMETADATA INBOX (/private/comment {33}\r\nMy new comment across\r\ntwo lines. /shared/comment NIL)", &SetMetadata{"INBOX",
			[]MetadataEntry{{"/private/comment", []byte("My new comment across\r\ntwo lines.")}, {"/shared/comment", nil}}}},
		{"SETMETADATA INBOX (/private/comment ~{2+}\r\n\x00a)", &SetMetadata{"INBOX", []MetadataEntry{{"/private/comment", []byte("\x00a")}}}},
		{`GETQUOTA ""`, &GetQuota{}},
		{"GETQUOTAROOT INBOX", &GetQuotaRoot{"INBOX"}},
		{`SETQUOTA "" (STORAGE 512)`, &SetQuota{"", []QuotaLimit{{"STORAGE", 512}}}},
	})
}

func TestParseMessages(t *testing.T) {
	fast := []FetchItem{{Kind: FetchFlags, Peek: true}, {Kind: FetchInternalDate, Peek: true}, {Kind: FetchSize, Peek: true}}
	from := Section{Text: SectionHeaderFields, Fields: []string{"DATE", "FROM"}}
	uids := set("3000:3002")
	checkParse(t, []parseCase{
		{"EXPUNGE", &Expunge{}},
		{"UID EXPUNGE 3000:3002", &Expunge{UIDs: &uids}},
		{"COPY 2:4 MEETING", &Copy{Set: set("2:4"), Mailbox: "MEETING"}},
		{"UID COPY $ MEETING", &Copy{UID: true, Set: set("$"), Mailbox: "MEETING"}},
		{"UID MOVE 42:69 foo", &Move{UID: true, Set: set("42:69"), Mailbox: "foo"}},
		{"MOVE 1,* foo", &Move{Set: set("1,*"), Mailbox: "foo"}},
		{`STORE 2:4 +FLAGS (\Deleted)`, &Store{Set: set("2:4"), Mode: StoreAdd, Flags: []Flag{FlagDeleted}}},
		{`UID STORE 6,4,8 (UNCHANGEDSINCE 12121230045) -FLAGS.SILENT \seen $Forwarded`, &Store{UID: true, Set: set("6,4,8"),
			Mode: StoreRemove, Silent: true, Flags: []Flag{FlagSeen, FlagForwarded}, UnchangedSince: u64(12121230045)}},
		{`STORE 1 FLAGS ()`, &Store{Set: set("1"), Flags: []Flag{}}},
		{"FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])", &Fetch{Set: set("2:4"),
			Items: []FetchItem{fast[0], {Kind: FetchSection, Section: from}}}},
		{"FETCH 1 FAST", &Fetch{Set: set("1"), Items: fast}},
		{"FETCH 1 full", &Fetch{Set: set("1"), Items: append(fast[:3:3], FetchItem{Kind: FetchEnvelope, Peek: true}, FetchItem{Kind: FetchBody, Peek: true})}},
		{"UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)", &Fetch{UID: true, Set: set("300:500"), Items: fast[:1], ChangedSince: u64(12345), Vanished: true}},
		{"UID FETCH 1:* (UID FLAGS) (PARTIAL -1:-30)", &Fetch{UID: true, Set: set("1:*"),
			Items: []FetchItem{{Kind: FetchUID, Peek: true}, fast[0]}, Partial: &ResultRange{-1, -30}}},
		{"FETCH 1 BODY.PEEK[4.2.2.1]<0.2048>", &Fetch{Set: set("1"), Items: []FetchItem{
			{Kind: FetchSection, Peek: true, Section: Section{Path: []uint32{4, 2, 2, 1}}, Partial: &Partial{0, 2048}}}}},
		{"FETCH 1 (BODY[] BODY[TEXT] BODY[4.1.MIME] BODY[3.HEADER] BODY BODYSTRUCTURE)", &Fetch{Set: set("1"), Items: []FetchItem{
			{Kind: FetchSection}, {Kind: FetchSection, Section: Section{Text: SectionBodyText}},
			{Kind: FetchSection, Section: Section{Path: []uint32{4, 1}, Text: SectionMIME}},
			{Kind: FetchSection, Section: Section{Path: []uint32{3}, Text: SectionHeader}},
			{Kind: FetchBody, Peek: true}, {Kind: FetchBodyStructure, Peek: true}}}},
		{"FETCH 1 (BINARY[1.2]<3.4> BINARY.PEEK[] BINARY.SIZE[2])", &Fetch{Set: set("1"), Items: []FetchItem{
			{Kind: FetchBinary, Section: Section{Path: []uint32{1, 2}}, Partial: &Partial{3, 4}},
			{Kind: FetchBinary, Peek: true}, {Kind: FetchBinarySize, Peek: true, Section: Section{Path: []uint32{2}}}}}},
		{"FETCH 1:2 (PREVIEW (LAZY) EMAILID THREADID SAVEDATE MODSEQ RFC822 RFC822.HEADER)", &Fetch{Set: set("1:2"), Items: []FetchItem{
			{Kind: FetchPreview, Peek: true, Lazy: true}, {Kind: FetchEmailID, Peek: true}, {Kind: FetchThreadID, Peek: true},
			{Kind: FetchSaveDate, Peek: true}, {Kind: FetchModSeq, Peek: true}, {Kind: FetchRFC822}, {Kind: FetchRFC822Header, Peek: true}}}},
		{"FETCH 1 PREVIEW (CHANGEDSINCE 5)", &Fetch{Set: set("1"), Items: []FetchItem{{Kind: FetchPreview, Peek: true}}, ChangedSince: u64(5)}},
	})
}

func TestParseSearch(t *testing.T) {
	not := func(f Flag) SearchKey { return SearchNot{SearchFlag{f}} }
	checkParse(t, []parseCase{
		{"SEARCH ALL", &Search{Key: SearchAll{}}},
		{`SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"`, &Search{Key: SearchAnd{[]SearchKey{
			SearchFlag{FlagFlagged}, SearchDate{InternalDay, Since, day(1994, 2, 1)}, SearchNot{SearchText{InFrom, "Smith"}}}}}},
		{"SEARCH CHARSET UTF-8 TEXT {10}\r\nмать 1", &Search{Key: SearchText{InText, "мать 1"}}},
		{"UID SEARCH RETURN (MIN COUNT) 1:* UNSEEN", &Search{UID: true, Return: &SearchReturn{Min: true, Count: true},
			Key: SearchAnd{[]SearchKey{SearchSeq{set("1:*")}, not(FlagSeen)}}}},
		{"SEARCH RETURN (CONTEXT) SEEN", &Search{Return: &SearchReturn{All: true, Context: true}, Key: SearchFlag{FlagSeen}}},
		{"SEARCH RETURN (COUNT UPDATE (UID FLAGS)) SEEN", &Search{Return: &SearchReturn{Count: true, Update: true,
			UpdateItems: []FetchItem{{Kind: FetchUID, Peek: true}, {Kind: FetchFlags, Peek: true}}}, Key: SearchFlag{FlagSeen}}},
		{"SEARCH RETURN (UPDATE) SEEN", &Search{Return: &SearchReturn{Update: true}, Key: SearchFlag{FlagSeen}}},
		{`CANCELUPDATE "b1" "b2"`, &CancelUpdate{Tags: []string{"b1", "b2"}}},
		{"SEARCH RETURN () $", &Search{Return: &SearchReturn{All: true}, Key: SearchSeq{set("$")}}},
		{"SEARCH RETURN (SAVE) UID 3:4,7", &Search{Return: &SearchReturn{Save: true}, Key: SearchUID{set("3:4,7")}}},
		{"UID SEARCH RETURN (PARTIAL -1:-100) UNDELETED", &Search{UID: true, Return: &SearchReturn{Partial: &ResultRange{-1, -100}}, Key: not(FlagDeleted)}},
		{"SEARCH RETURN (PARTIAL 500:1) NEW", &Search{Return: &SearchReturn{Partial: &ResultRange{1, 500}},
			Key: SearchAnd{[]SearchKey{SearchFlag{FlagRecent}, not(FlagSeen)}}}},
		{`SEARCH OR (SUBJECT a BODY {1+}` + "\r\nb) NOT OR CC c BCC d", &Search{Key: SearchOr{
			SearchAnd{[]SearchKey{SearchText{InSubject, "a"}, SearchText{InBody, "b"}}},
			SearchNot{SearchOr{SearchText{InCc, "c"}, SearchText{InBcc, "d"}}}}}},
		{`SEARCH MODSEQ "/flags/\\draft" all 620162338`, &Search{Key: SearchModSeq{`/flags/\draft`, "ALL", 620162338}}},
		{"SEARCH MODSEQ 7", &Search{Key: SearchModSeq{ModSeq: 7}}},
		{"SEARCH YOUNGER 259200 OLDER 1", &Search{Key: SearchAnd{[]SearchKey{SearchYounger{72 * time.Hour}, SearchOlder{time.Second}}}}},
		{"SEARCH SAVEDBEFORE \"28-FEB-2024\" SENTON 01-Jan-2000 SAVEDATESUPPORTED", &Search{Key: SearchAnd{[]SearchKey{
			SearchDate{SaveDay, Before, day(2024, 2, 28)}, SearchDate{SentDay, On, day(2000, 1, 1)}, SearchSaveDateSupported{}}}}},
		{"SEARCH EMAILID M6d99ac3275bb4e THREADID T64b478a75b7ea9", &Search{Key: SearchAnd{[]SearchKey{
			SearchEmailID{"M6d99ac3275bb4e"}, SearchThreadID{"T64b478a75b7ea9"}}}}},
		{`SEARCH HEADER Message-ID "" KEYWORD $Junk UNKEYWORD x LARGER 10 SMALLER 20 FUZZY SUBJECT "IMAP"`, &Search{Key: SearchAnd{[]SearchKey{
			SearchHeader{"Message-ID", ""}, SearchFlag{FlagJunk}, not("x"), SearchLarger{10}, SearchSmaller{20},
			SearchFuzzy{SearchText{InSubject, "IMAP"}}}}}},
		{`SORT (SUBJECT REVERSE DATE) UTF-8 ALL`, &Sort{Criteria: []SortCriterion{{SortSubject, false}, {SortDate, true}}, Key: SearchAll{}}},
		{`UID SORT RETURN (COUNT) (ARRIVAL) US-ASCII SEEN`, &Sort{UID: true, Return: &SearchReturn{Count: true},
			Criteria: []SortCriterion{{SortArrival, false}}, Key: SearchFlag{FlagSeen}}},
		{`THREAD REFERENCES UTF-8 SINCE 5-MAR-2000`, &Thread{Algorithm: "REFERENCES", Key: SearchDate{InternalDay, Since, day(2000, 3, 5)}}},
		{`ESEARCH IN (MAILBOXES ("folder1" "folder2") SUBTREE-ONE "folder3" SELECTED) RETURN (MIN) UNSEEN`, &ESearch{
			In:     []MailboxFilter{{FilterMailboxes, []string{"folder1", "folder2"}}, {FilterSubtreeOne, []string{"folder3"}}, {Kind: FilterSelected}},
			Return: &SearchReturn{Min: true}, Key: not(FlagSeen)}},
		{"NOTIFY NONE", &Notify{}},
		{`NOTIFY SET STATUS (selected (MessageNew (FLAGS UID) MessageExpunge)) (subtree Lists (MailboxName)) (personal NONE)`, &Notify{Status: true, Groups: []NotifyGroup{
			{MailboxFilter{Kind: FilterSelected}, []NotifyEvent{NotifyMessageNew, NotifyMessageExpunge}, []FetchItem{{Kind: FetchFlags, Peek: true}, {Kind: FetchUID, Peek: true}}},
			{MailboxFilter{FilterSubtree, []string{"Lists"}}, []NotifyEvent{NotifyMailboxName}, nil},
			{MailboxFilter{Kind: FilterPersonal}, nil, nil}}}},
	})
}

func TestRefused(t *testing.T) {
	deep := strings.Repeat("NOT ", 100) + "ALL"
	for _, c := range []struct{ line, reply string }{
		{"", "* BAD expected a tag and a command"},
		{"NOOP", "* BAD expected a tag and a command"},
		{"a FROB", "a BAD FROB: unknown command"},
		{"a UID NOOP", "a BAD NOOP: unknown command"},
		{"a NOOP x", "a BAD NOOP: unexpected text after the command"},
		{"a NOOP\x00", "a BAD NUL is not allowed"},
		{"a NO\rOP", "a BAD CR is not allowed inside a line"},
		{"a LOGIN \"x", "a BAD LOGIN: quoted string without end"},
		{"a LOGIN x\xff y", "a BAD LOGIN: expected a space"},
		{"a LOGIN \"\xff\" y", "a BAD LOGIN: text is not UTF-8"},
		{"a LOGIN {1+}\r\n\x00 y", "a BAD LOGIN: NUL is not allowed"},
		{"a LOGIN {99999999999999999999} y", "a BAD LOGIN: malformed literal"},
		{"a LOGIN {99999999999999999999}", "a BAD [TOOBIG] literal size is not a number"},
		{"a LOGIN {4294967295}", "a BAD [TOOBIG] literal too large"},
		{"a LOGIN {5000+}\r\n" + strings.Repeat("x", 5000) + " y", "a BAD [TOOBIG] literal too large"},
		{"a FROB {5+}\r\na X\r\n {3+}\r\nb c", "a BAD FROB: unknown command"},
		{"a FETCH 0 FLAGS", "a BAD FETCH: expected a sequence set"},
		{"a FETCH 1 (ALL)", "a BAD FETCH: unknown item"},
		{"a FETCH 1 BODY[1.]", "a BAD FETCH: expected a word"},
		{"a FETCH 1 BODY[]<0.0>", "a BAD FETCH: a partial of 0 octets"},
		{"a FETCH 1 (FLAGS) (VANISHED)", "a BAD FETCH: VANISHED needs UID FETCH and CHANGEDSINCE"},
		{"a SEARCH CHARSET KOI8-R ALL", "a NO [BADCHARSET (US-ASCII UTF-8)] charset is not supported"},
		{"a SEARCH " + deep, "a BAD SEARCH: nested too deep"},
		{"a SEARCH ON 31-Feb-2000", "a BAD SEARCH: expected a date such as 1-Feb-1994"},
		{"a SEARCH ON 1-Feb-94", "a BAD SEARCH: expected a date such as 1-Feb-1994"},
		{"a SEARCH ON 001-Feb-1994", "a BAD SEARCH: expected a date such as 1-Feb-1994"},
		{"a SEARCH ON -Feb-1994", "a BAD SEARCH: expected a date such as 1-Feb-1994"},
		{"a LIST (RECURSIVEMATCH) \"\" *", "a BAD LIST: RECURSIVEMATCH needs another selection option"},
		{"a SELECT \"a&b\"", "a BAD SELECT: malformed mailbox name"},
		{"a SETACL INBOX x LR", "a BAD SETACL: rights are lower-case letters and digits"},
		{"a " + strings.Repeat("x", 70000), "a BAD [TOOBIG] line too long"},
		{"a " + strings.Repeat("x", 70000) + "{4+}\r\nb X", "a BAD [TOOBIG] line too long"},
		{"a SEARCH" + strings.Repeat(" TEXT {1+}\r\nx", 300), "a BAD [TOOBIG] too many literals"},
		{"a SEARCH" + strings.Repeat(" TEXT {4000+}\r\n"+strings.Repeat("x", 4000), 200), "a BAD [TOOBIG] literal too large"},
		{strings.Repeat("{", 70000) + " b", "* BAD [TOOBIG] line too long"},
		{"a X {5+}\n12345", "a BAD lines must end in CRLF"},
		{"a SEARCH" + strings.Repeat(" TEXT "+strings.Repeat("x", 60000)+" TEXT {1+}\r\ny", 10), "a BAD [TOOBIG] command too large"},
		{"a SEARCH" + strings.Repeat(" ALL", 1001), "a NO [LIMIT] SEARCH: too many keys or items"},
		{"a FETCH 1 (UID" + strings.Repeat(" BODY[]", 1000) + ")", "a NO [LIMIT] FETCH: too many keys or items"},
		{"a NOTIFY SET (personal (Frobbed))", "a NO [" + string(badEvent) + "] unknown event"},
	} {
		d, asked := newTestDecoder(c.line+"\r\nb NOOP\r\n", SessionLimits(1<<20))
		_, err := d.Next()
		var ce *CommandError
		if !errors.As(err, &ce) || ce.Fatal {
			t.Errorf("%.60q: %v", c.line, err)
			continue
		}
		if got := printed(func(e *Encoder) { e.Status(ce.Status()) }); got != c.reply+"\r\n" {
			t.Errorf("%.60q: reply %q, want %q", c.line, got, c.reply)
		}
		if *asked != 0 {
			t.Errorf("%.60q: asked for a literal of a bad command", c.line)
		}
		if req, err := d.Next(); err != nil || req.Tag != "b" {
			t.Errorf("%.60q: out of step: %v %v", c.line, req, err)
		}
		if _, err := d.Next(); err != io.EOF {
			t.Errorf("%.60q: %v at the end", c.line, err)
		}
	}
}

func TestFatal(t *testing.T) {
	for _, line := range []string{
		"a LOGIN {4294967295+}\r\n",
		"a LOGIN {99999999999999999999+}\r\n",
		"a FROB {4294967295+}\r\n",
		"a APPEND INBOX {4294967295+}\r\n",
		strings.Repeat("x", 200000),
		"a FROB" + strings.Repeat(" {0+}\r\n", 10000),
	} {
		d, _ := newTestDecoder(line+strings.Repeat("y", 100), PreAuthLimits())
		req, err := d.Next()
		if a, ok := req.Command.(*Append); ok {
			_, err = a.Next()
		}
		var ce *CommandError
		if !errors.As(err, &ce) || !ce.Fatal || ce.Status().Kind != BYE {
			t.Errorf("%.40q: %v", line, err)
		}
	}
}

func TestBareLF(t *testing.T) {
	d, _ := newTestDecoder("a NOOP\nb NOOP\r\n\nc NOOP\r\n", PreAuthLimits())
	for _, want := range []string{"a!", "b", "!", "c"} {
		req, err := d.Next()
		got := req.Tag
		var ce *CommandError
		if errors.As(err, &ce) {
			got = ce.Tag + "!"
		}
		if got != want {
			t.Errorf("got %q %v, want %q", got, err, want)
		}
	}
}

func TestSASLAndIdle(t *testing.T) {
	d, _ := newTestDecoder("a AUTHENTICATE PLAIN\r\nAGEAYg==\r\nb AUTHENTICATE PLAIN\r\n*\r\nc AUTHENTICATE X\r\n!\r\nd IDLE\r\ndone\r\ne IDLE\r\nf NOOP\r\n", PreAuthLimits())
	next := func(tag string) {
		if req, err := d.Next(); err != nil || req.Tag != tag {
			t.Fatalf("%v %v, want %s", req, err, tag)
		}
	}
	next("a")
	if raw, err := d.SASLResponse(); err != nil || !bytes.Equal(raw, []byte("\x00a\x00b")) {
		t.Errorf("%q %v", raw, err)
	}
	next("b")
	if _, err := d.SASLResponse(); err != ErrCancelled {
		t.Error(err)
	}
	next("c")
	var ce *CommandError
	if _, err := d.SASLResponse(); !errors.As(err, &ce) || ce.Tag != "c" {
		t.Error(err)
	}
	next("d")
	if err := d.IdleDone(); err != nil {
		t.Error(err)
	}
	next("e")
	if err := d.IdleDone(); !errors.As(err, &ce) || ce.Tag != "e" {
		t.Error(err)
	}
	if _, err := d.Next(); err != io.EOF {
		t.Error(err)
	}
}

func TestAnswersOf(t *testing.T) {
	for _, c := range []struct {
		line string
		want bool
	}{
		{"FETCH 1 BODY[]", true}, {"FETCH 1 (FLAGS RFC822.TEXT)", true}, {"FETCH 1 (BODY BODY.PEEK[] RFC822.HEADER)", false},
		{"SEARCH OR SEEN (ALL NOT FUZZY MODSEQ 3)", true}, {"SEARCH OR SEEN NOT ALL", false},
		{"SEARCH RETURN (SAVE) MODSEQ 1", true}, {"SEARCH RETURN (SAVE MIN) ALL", false},
	} {
		d, _ := newTestDecoder("a "+c.line+"\r\n", SessionLimits(0))
		req, err := d.Next()
		got := false
		switch cmd := req.Command.(type) {
		case *Fetch:
			got = cmd.MarksSeen()
		case *Search:
			got = AsksModSeq(cmd.Key) && (cmd.Return == nil || cmd.Return.OnlySave())
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %v %v", c.line, got, err)
		}
	}
}

// TestMemory announces and repeats as an attacker does: what is kept does not
// grow with it.
func TestMemory(t *testing.T) {
	limits := PreAuthLimits()
	long := "a LOGIN " + strings.Repeat("x", 15000) + " y\r\n"
	d, _ := newTestDecoder(long+"b NOOP\r\n"+strings.Repeat("c", 30000)+"\r\nd NOOP\r\n", limits)
	for i := 0; i < 4; i++ {
		d.Next()
	}
	if cap(d.line) > keepLine {
		t.Errorf("%d octets are kept", cap(d.line))
	}
}
