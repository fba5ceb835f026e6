package jmapserver_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

var update = flag.Bool("update", false, "write the transcripts and goldens")

// talk is a transcript of method calls, sent over HTTP: what was asked, and below
// it what was answered. A file of testdata/transcripts is played, or was written by
// the test that its first line names. In a file that is played stand
//
//	! grant info anna lrswi     a grant on the root of an account, or on info/Inbox;
//	                            "" takes it away
//	! send-right info anna      sendAs
//	! deliver info Subject      a message from outside
//	! letter anna,info one      a message of letters, to both
//	! using core mail           the capabilities of what follows; all without it
//	anna: [[method, arguments, id], …]    a request, up to an empty line
//	= name 0/1/list/0/id        keeps a part of the last responses as $name
//
// $info stands for the id of an account. Times, states and numbers of uploads are
// left out.
type talk struct {
	t     *testing.T
	o     *office
	b     strings.Builder
	using []string
	names map[string]string
	last  any // the responses
	count int
}

// letters are messages that transcripts deliver.
var letters = map[string]string{
	"one": "Subject: one\r\nFrom: Ben <ben@example.test>\r\nTo: anna@example.test\r\nDate: Sun, 22 Nov 2026 09:00:00 +0100\r\nMessage-ID: <1@x>\r\n\r\nfirst words\r\n",
	"two": "Subject: Re: one\r\nFrom: x@y.test\r\nDate: Sun, 22 Nov 2026 09:30:00 +0100\r\nMessage-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\n\r\nsecond words\r\n",
	"receipt": "Return-Path: <x@y.test>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nFrom: X <x@y.test>\r\nTo: info@example.test\r\nMessage-ID: <3@y>\r\n" +
		"Disposition-Notification-To: X <x@y.test>\r\nDate: Sun, 22 Nov 2026 09:40:00 +0100\r\n\r\ntell me\r\n",
	"elsewhere": "Return-Path: <x@y.test>\r\nSubject: there\r\nFrom: x@y.test\r\nMessage-ID: <4@y>\r\nDisposition-Notification-To: other@y.test\r\n\r\ntell them\r\n",
	"read": "Subject: Read: Hello\r\nFrom: x@y.test\r\nMessage-ID: <5@y>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n" +
		"--b\r\n\r\nIt was displayed.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\nReporting-UA: y.test; Reader\r\nFinal-Recipient: rfc822;x@y.test\r\n" +
		"Original-Message-ID: <1@x>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\nX-More: yes\r\n--b--\r\n",
}

var allCapabilities = []string{"urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission",
	"urn:ietf:params:jmap:vacationresponse", "urn:ietf:params:jmap:mail:share", "urn:ietf:params:jmap:principals", "urn:ietf:params:jmap:quota",
	"urn:ietf:params:jmap:blob", "urn:ietf:params:jmap:mdn", "urn:x-postroom:shared-mailbox"}

func newTalk(t *testing.T, s *store.Store) *talk { return talkIn(t, newOffice(t, s)) }

func talkIn(t *testing.T, o *office) *talk {
	k := &talk{t: t, o: o, names: make(map[string]string), using: allCapabilities}
	for name, a := range k.people() {
		k.names[name] = string(jmapwire.AccountID(a.ID))
	}
	return k
}

func (k *talk) people() map[string]postroom.Account {
	return map[string]postroom.Account{"anna": k.o.Anna, "ben": k.o.Ben, "cleo": k.o.Cleo, "info": k.o.Info}
}

func (k *talk) account(a postroom.Account) jmapwire.ID { return jmapwire.AccountID(a.ID) }

// writtenBy begins a transcript that a test writes.
const writtenBy = "# Written by "

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(want), writtenBy) {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, storetest.Open(t, func(*store.Options) {}))
			k.play(string(want))
			k.compare(file, k.b.String())
		})
	}
}

// wrote compares what was said so far with the file of that name.
func (k *talk) wrote(name string) {
	k.t.Helper()
	test, _, _ := strings.Cut(k.t.Name(), "/")
	k.compare(filepath.Join("testdata", "transcripts", name+".txt"), writtenBy+test+".\n"+k.b.String())
}

func (k *talk) compare(file, got string) {
	k.t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			k.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		k.t.Fatal(err)
	}
	if got != string(want) {
		k.t.Errorf("%s differs:\n%s", file, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\nis     %s\nshould %s", i+1, g[i], w[i])
		}
	}
	return "one is longer than the other"
}

func (k *talk) play(text string) {
	who, request := "", []string(nil)
	flush := func() {
		if who != "" {
			k.b.WriteString("\n")
			k.ask(who, strings.Join(request, "\n"))
			who = ""
		}
	}
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		user, rest, asks := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(line, "  ") && who == "": // an old response
			continue
		case strings.HasPrefix(line, "  "):
			request = append(request, line)
		case line == "" && who != "":
			flush()
			continue
		default:
			flush()
			switch words := strings.Fields(line); {
			case asks && !strings.Contains(user, " "):
				who, request = user, []string{rest}
			case strings.HasPrefix(line, "! "):
				k.order(words[1:])
			case strings.HasPrefix(line, "= "):
				k.names[words[1]] = fmt.Sprint(at(k.last, words[2]))
			}
		}
		k.b.WriteString(line + "\n")
	}
	flush()
}

// at follows a path into JSON.
func at(v any, path string) any {
	for _, key := range strings.Split(path, "/") {
		switch of := v.(type) {
		case map[string]any:
			v = of[key]
		case []any:
			n, err := strconv.Atoi(key)
			if err != nil || n >= len(of) {
				return nil
			}
			v = of[n]
		}
	}
	return v
}

func (k *talk) order(words []string) {
	k.t.Helper()
	people := k.people()
	switch words[0] {
	case "using":
		k.using = nil
		for _, name := range words[1:] {
			k.using = append(k.using, "urn:ietf:params:jmap:"+name)
		}
	case "grant":
		name, path, _ := strings.Cut(words[1], "/")
		ref := storetest.In(people[name], postroom.RootCollection)
		if path != "" {
			c, err := k.o.Console.Directory().FindCollection(k.t.Context(), people[name].Address, "/"+path)
			if err != nil {
				k.t.Fatal(err)
			}
			ref = c.Ref
		}
		if len(words) == 3 {
			k.o.Revoke(ref, people[words[2]])
			return
		}
		r, err := rights.ParseIMAP(words[3])
		if err != nil {
			k.t.Fatal(err)
		}
		k.o.Grant(ref, people[words[2]], r)
	case "send-right":
		k.o.GrantSend(people[words[1]], people[words[2]], postroom.SendAs)
	case "deliver":
		k.count++
		k.o.Deliver(fmt.Sprintf("From: Outside <outside@example.org>\r\nTo: %s@example.test\r\nSubject: %s\r\nMessage-ID: <m%d@example.org>\r\n"+
			"Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nhello\r\n", words[1], strings.Join(words[2:], " "), k.count), people[words[1]])
	case "letter":
		var to []postroom.Account
		for _, name := range strings.Split(words[1], ",") {
			to = append(to, people[name])
		}
		k.o.Deliver(letters[words[2]], to...)
	default:
		k.t.Fatalf("unknown order: %v", words)
	}
}

var (
	name = regexp.MustCompile(`\$([a-z0-9]+)`)
	// changing are the parts of responses that differ from run to run.
	changing = []struct {
		find *regexp.Regexp
		with string
	}{
		{regexp.MustCompile(`"(\w*[sS]tate)": "(?:N?\d[^"]*|[0-9a-f]{16}|[0-9a-f]{20})"`), `"$1": "STATE"`},
		{regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`), "TIME"},
		{regexp.MustCompile(`U(\d+)-\d+`), "U$1-NUMBER"},
	}
)

// ask sends a list of method calls as a person, and notes what is answered.
func (k *talk) ask(user, calls string) string {
	k.t.Helper()
	calls = name.ReplaceAllStringFunc(calls, func(n string) string {
		if value, is := k.names[n[1:]]; is {
			return value
		}
		return n // a keyword
	})
	using, err := json.Marshal(k.using)
	if err != nil {
		k.t.Fatal(err)
	}
	body := `{"using":` + string(using) + `,"methodCalls":` + calls + `}`
	r, err := http.NewRequestWithContext(k.t.Context(), "POST", k.o.http.URL+"/jmap/api", strings.NewReader(body))
	if err != nil {
		k.t.Fatal(err)
	}
	r.SetBasicAuth(user+"@example.test", storetest.Password)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		k.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		k.t.Fatalf("%s: %s %v", calls, b, err)
	}
	k.keep(b)
	return string(b)
}

// says is ask with the calls alone, of which it notes the text.
func (k *talk) says(user, calls string) string {
	k.t.Helper()
	k.b.WriteString(user + ": [" + k.steady(calls) + "]\n\n")
	return k.ask(user, "["+calls+"]")
}

// steady leaves out of a text what is another each time.
func (k *talk) steady(text string) string {
	for _, c := range changing {
		text = c.find.ReplaceAllString(text, c.with)
	}
	for _, name := range []string{"anna", "ben", "cleo", "info"} {
		text = strings.ReplaceAll(text, `"`+k.names[name]+`"`, `"$`+name+`"`)
	}
	return text
}

// keep writes the responses, each on lines of its own.
func (k *talk) keep(response []byte) {
	k.t.Helper()
	var of struct {
		Results []json.RawMessage `json:"methodResponses"`
	}
	var all map[string]any
	if json.Unmarshal(response, &of) != nil || json.Unmarshal(response, &all) != nil {
		k.t.Fatalf("%s", response)
	}
	k.last = all["methodResponses"]
	for _, r := range of.Results {
		var b bytes.Buffer
		if err := json.Indent(&b, r, "  ", " "); err != nil {
			k.t.Fatal(err)
		}
		k.b.WriteString("  " + k.steady(b.String()) + "\n")
	}
}
