package jmapserver_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/jmapserver"
	"postroom/internal/jmapwire"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/submission"
)

var update = flag.Bool("update", false, "write the transcripts")

// transcript plays one file of testdata/transcripts:
//
//	! grant info anna lrswi     a grant on the root of an account; "" takes it away
//	! send-right info anna      sendAs
//	! deliver info Subject      a message from outside
//	anna: [[method, arguments, id], …]    a request, up to an empty line
//	= name 0/1/list/0/id        keeps a part of the last responses as $name
//
// and, below each request, the responses that are right. $info stands for the id of
// an account; times and states are left out.
type transcript struct {
	t     *testing.T
	house *storetest.House
	srv   *jmapserver.Server
	names map[string]string
	last  any
	count int
	out   strings.Builder
}

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			s := storetest.Open(t, func(*store.Options) {})
			h := storetest.NewHouse(t, s)
			tr := &transcript{t: t, house: h, names: make(map[string]string)}
			tr.srv = jmapserver.New(jmapserver.Options{Logger: slog.New(slog.DiscardHandler),
				Submission: submission.New(submission.Options{Hostname: "mail.example.test", Logger: slog.New(slog.DiscardHandler)})})
			for name, a := range map[string]postroom.Account{"anna": h.Anna, "ben": h.Ben, "info": h.Info} {
				tr.names[name] = string(jmapwire.AccountID(a.ID))
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tr.play(string(want))
			if *update {
				if err := os.WriteFile(file, []byte(tr.out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got := tr.out.String(); got != string(want) {
				t.Errorf("%s differs:\n%s", file, firstDifference(got, string(want)))
			}
		})
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

func (tr *transcript) play(text string) {
	who, request := "", []string(nil)
	flush := func() {
		if who != "" {
			tr.out.WriteString("\n")
			tr.ask(who, strings.Join(request, "\n"))
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
				tr.order(words[1:])
			case strings.HasPrefix(line, "= "):
				tr.names[words[1]] = fmt.Sprint(at(tr.last, words[2]))
			}
		}
		tr.out.WriteString(line + "\n")
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

func (tr *transcript) account(name string) postroom.Account {
	return map[string]postroom.Account{"anna": tr.house.Anna, "ben": tr.house.Ben, "info": tr.house.Info}[name]
}

func (tr *transcript) order(words []string) {
	tr.t.Helper()
	root := storetest.In(tr.account(words[1]), postroom.RootCollection)
	switch words[0] {
	case "grant":
		if len(words) == 3 {
			tr.house.Revoke(root, tr.account(words[2]))
			return
		}
		r, err := rights.ParseIMAP(words[3])
		if err != nil {
			tr.t.Fatal(err)
		}
		tr.house.Grant(root, tr.account(words[2]), r)
	case "send-right":
		tr.house.GrantSend(tr.account(words[1]), tr.account(words[2]), postroom.SendAs)
	case "deliver":
		tr.count++
		tr.house.Deliver(fmt.Sprintf("From: Outside <outside@example.org>\r\nTo: %s@example.test\r\nSubject: %s\r\nMessage-ID: <m%d@example.org>\r\n"+
			"Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nhello\r\n", words[1], strings.Join(words[2:], " "), tr.count), tr.account(words[1]))
	default:
		tr.t.Fatalf("unknown order: %v", words)
	}
}

var name = regexp.MustCompile(`\$([a-z0-9]+)`)

// changing are the parts of responses that differ from run to run.
var changing = []struct {
	find *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`"(\w*[sS]tate)": "[^"]*"`), `"$1": "STATE"`},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`), "TIME"},
	{regexp.MustCompile(`"state": "[^"]*"`), `"state": "STATE"`},
}

func (tr *transcript) ask(who, calls string) {
	tr.t.Helper()
	calls = name.ReplaceAllStringFunc(calls, func(n string) string {
		if value, is := tr.names[n[1:]]; is {
			return value
		}
		return n // a keyword
	})
	body := `{"using":["urn:ietf:params:jmap:core","urn:ietf:params:jmap:mail","urn:ietf:params:jmap:submission",` +
		`"urn:ietf:params:jmap:vacationresponse","urn:x-postroom:shared-mailbox"],"methodCalls":` + calls + `}`
	request, problem := jmapwire.ParseRequest([]byte(body))
	if problem != nil {
		tr.t.Fatalf("%s: %+v", calls, problem)
	}
	response, problem := tr.srv.Run(tr.t.Context(), tr.house.SignIn(who), request)
	if problem != nil {
		tr.t.Fatalf("%+v", problem)
	}
	b, err := json.Marshal(response)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.keep(b)
}

// keep writes the responses, each on lines of its own.
func (tr *transcript) keep(response []byte) {
	var of struct {
		Results []json.RawMessage `json:"methodResponses"`
	}
	var all map[string]any
	if json.Unmarshal(response, &of) != nil || json.Unmarshal(response, &all) != nil {
		tr.t.Fatalf("%s", response)
	}
	tr.last = all["methodResponses"]
	for _, r := range of.Results {
		var b bytes.Buffer
		if err := json.Indent(&b, r, "  ", " "); err != nil {
			tr.t.Fatal(err)
		}
		text := b.String()
		for _, c := range changing {
			text = c.find.ReplaceAllString(text, c.with)
		}
		for name, id := range tr.names {
			if strings.HasPrefix(id, "A") {
				text = strings.ReplaceAll(text, `"`+id+`"`, `"$`+name+`"`)
			}
		}
		tr.out.WriteString("  " + text + "\n")
	}
}
