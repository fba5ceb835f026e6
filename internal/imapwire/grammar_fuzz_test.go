package imapwire

import (
	"bufio"
	"bytes"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// parseLine parses one command as a connection would.
func parseLine(line string) (Request, error) {
	d := NewDecoder(bufio.NewReader(strings.NewReader(line+"\r\n")), Limits{Line: 8192, Literal: 8192, NonSync: 8192, Command: 1 << 16, Literals: 64, Message: 1 << 16, Skip: 1 << 16, Depth: 20})
	d.Continue = func() error { return nil }
	return d.Next()
}

// fuzzGrammar feeds the arguments of some commands with anything that is one
// line. A command or an error comes, whatever case the words are in, and what is
// said in a quoted string can be said in a literal. What is given to begin with
// is understood, or refused if "!" stands before it.
func fuzzGrammar(f *testing.F, verbs []string, arguments ...string) {
	for _, a := range arguments {
		a, refused := strings.CutPrefix(a, "!")
		f.Add(a)
		understood := false
		for _, verb := range verbs {
			_, err := parseLine("a " + verb + " " + a)
			understood = understood || err == nil
		}
		if understood == refused {
			f.Errorf("%v, %s: understood is %v", verbs, a, understood)
		}
	}
	f.Fuzz(func(t *testing.T, arguments string) {
		if strings.ContainsAny(arguments, "\r\n{") {
			return
		}
		for _, verb := range verbs {
			req, err := parseLine("a " + verb + " " + arguments)
			var ce *CommandError
			if err != nil && !errors.As(err, &ce) {
				t.Fatalf("%s %q: %v", verb, arguments, err)
			}
			checkResult(t, req, ce)
			if err != nil {
				continue
			}
			if again, err := parseLine("a " + strings.ToLower(verb) + " " + arguments); err != nil || !reflect.DeepEqual(req, again) {
				t.Fatalf("%s %q is %#v, in lower case %#v, %v", verb, arguments, req.Command, again.Command, err)
			}
			if again, err := parseLine("a " + verb + " " + literals(arguments)); err == nil && !reflect.DeepEqual(req, again) {
				t.Fatalf("%s %q is %#v, with literals %#v", verb, arguments, req.Command, again.Command)
			}
		}
	})
}

// literals says in literals what stands in quoted strings.
func literals(arguments string) string {
	var out bytes.Buffer
	for {
		before, rest, quoted := strings.Cut(arguments, `"`)
		out.WriteString(before)
		if !quoted {
			return out.String()
		}
		var text []byte
		for rest != "" && rest[0] != '"' {
			if rest[0] == '\\' && len(rest) > 1 {
				rest = rest[1:]
			}
			text, rest = append(text, rest[0]), rest[1:]
		}
		out.WriteString("{" + strconv.Itoa(len(text)) + "+}\r\n")
		out.Write(text)
		arguments = strings.TrimPrefix(rest, `"`)
	}
}

func FuzzNotify(f *testing.F) {
	fuzzGrammar(f, []string{"NOTIFY"}, "NONE", "SET STATUS (selected (MessageNew (UID FLAGS BODY.PEEK[]) MessageExpunge FlagChange))",
		"SET (selected-delayed (MessageNew MessageExpunge)) (personal (MailboxName SubscriptionChange))", `SET (subtree (a "b c") NONE) (mailboxes d (MessageNew MessageExpunge))`,
		"!SET (inboxes (MailboxMetadataChange ServerMetadataChange)) (subscribed (AnnotationChange))")
}

func FuzzMetadata(f *testing.F) {
	fuzzGrammar(f, []string{"GETMETADATA", "SETMETADATA"}, `INBOX /shared/comment`, `(MAXSIZE 1024 DEPTH infinity) "" (/private/a "/shared/b")`,
		`INBOX (DEPTH 1) /private/x`, `INBOX (/private/comment "x \"y\" \\" /shared/comment NIL)`, `"" (/shared/admin "mailto:x")`)
}

func FuzzSearch(f *testing.F) {
	fuzzGrammar(f, []string{"SEARCH", "UID SEARCH"}, "ALL", "RETURN (MIN MAX COUNT SAVE) CHARSET UTF-8 OR (NOT SEEN TEXT \"a\\\"b\") MODSEQ 5", "RETURN (PARTIAL -1:-100) UNDELETED",
		"!RETURN (PARTIAL 23500:24000 ALL) UNDELETED UNKEYWORD $Junk", `MODSEQ "/flags/\\draft" all 620162338`, "OLDER 86400 YOUNGER 1 SAVEDBEFORE 1-Jan-2020 SAVEDATESUPPORTED",
		"FUZZY (SUBJECT x) EMAILID E1 THREADID T1", "$ UID 1:*,5 LARGER 4 HEADER X-Y \"\"", "RETURN (UPDATE CONTEXT) FROM x", "RETURN () 1:5 SENTON \"1-Jan-2020\"")
}

func FuzzMultiSearch(f *testing.F) {
	fuzzGrammar(f, []string{"ESEARCH"}, `IN (mailboxes "folder1" subtree "folder2") unseen`, `IN (mailboxes "folder1" subtree-one "folder2") subject "chad"`,
		"IN (personal inboxes selected) RETURN (COUNT PARTIAL 1:5) ALL", "IN (subscribed selected-delayed) RETURN () NOT DELETED", "FROM x")
}

func FuzzSort(f *testing.F) {
	fuzzGrammar(f, []string{"SORT", "UID SORT"}, "(SUBJECT) UTF-8 SINCE 1-Feb-1994", "RETURN (PARTIAL 1:10 COUNT) (REVERSE DATE DISPLAYFROM) US-ASCII ALL",
		"RETURN (CONTEXT UPDATE) (ARRIVAL CC FROM SIZE TO DISPLAYTO) UTF-8 TEXT \"x\"", "!(REVERSE REVERSE DATE) UTF-8 ALL")
}

func FuzzThread(f *testing.F) {
	fuzzGrammar(f, []string{"THREAD", "UID THREAD"}, "ORDEREDSUBJECT UTF-8 SINCE 5-MAR-2000", "REFERENCES US-ASCII TEXT \"gewp\"", "REFS UTF-8 NOT 1:*")
}

func FuzzSelect(f *testing.F) {
	fuzzGrammar(f, []string{"SELECT", "EXAMINE"}, "INBOX", `"a b" (CONDSTORE)`, "INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))",
		"INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541 (1,3 41,43)) CONDSTORE)", "x (QRESYNC (1 2 (1 2)))", "!INBOX (QRESYNC (1 18446744073709551615 1:*))")
}

func FuzzList(f *testing.F) {
	fuzzGrammar(f, []string{"LIST"}, `"" "%"`, `(SUBSCRIBED RECURSIVEMATCH) "" ("foo" %) RETURN (CHILDREN STATUS (MESSAGES SIZE))`, `(REMOTE SPECIAL-USE) "a/" *`,
		`"" % RETURN (MYRIGHTS METADATA ("/shared/x" /private/y) SUBSCRIBED SPECIAL-USE)`, `!() "" () RETURN ()`)
}

func FuzzFetch(f *testing.F) {
	fuzzGrammar(f, []string{"FETCH", "UID FETCH"}, "1:* ALL", "1,2:5,* (FLAGS BODY.PEEK[HEADER.FIELDS (A \"B\")]<0.5>) (CHANGEDSINCE 5 VANISHED)", "1:* (UID) (PARTIAL -1:-30)",
		"$ (BINARY.SIZE[1.2] BINARY.PEEK[1]<1.2> PREVIEW (LAZY) SAVEDATE EMAILID)", "3 BODY[1.2.MIME]", "1 (BODY[TEXT] MODSEQ)", "4294967295:1 FAST")
}

func FuzzStore(f *testing.F) {
	fuzzGrammar(f, []string{"STORE", "UID STORE"}, `1:* +FLAGS.SILENT (\Seen x)`, `$ (UNCHANGEDSINCE 5) FLAGS \Deleted $Forwarded`, "1 -FLAGS ()", `!* FLAGS (\*)`)
}
