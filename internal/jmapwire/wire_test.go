package jmapwire

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for in, good := range map[string]bool{
		`{"a":1,"b":{"a":[]}}`: true, `[{"a":1},{"a":1}]`: true, `"\ud83d\ude00"`: true, `{"a":{"a":{"a":1}}}`: true,
		`{"a":1,"a":2}`: false, `{"a":1,"\u0061":2}`: false, `"\ud83d"`: false, `"\ude00\ud83d"`: false, "\"\xff\"": false, `{`: false, ``: false,
		strings.Repeat("[", 100) + strings.Repeat("]", 100): true, strings.Repeat("[", 101) + strings.Repeat("]", 101): false,
		strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000): false,
	} {
		if err := Check([]byte(in)); (err == nil) != good {
			t.Errorf("%.60s: %v", in, err)
		}
	}
}

func TestParseRequest(t *testing.T) {
	for in, problem := range map[string]string{
		`{"using":["a"],"methodCalls":[["A/b",{},"c"]],"other":1}`: "",
		`{"using":["a"]}`:                                        "notRequest",
		`{"using":null,"methodCalls":[]}`:                        "notRequest",
		`{"using":[1],"methodCalls":[]}`:                         "notRequest",
		`{"using":[],"methodCalls":[["a",{}]]}`:                  "notRequest",
		`{"using":[],"methodCalls":[["a",null,"c"]]}`:            "notRequest",
		`{"using":[],"methodCalls":[],"createdIds":{"a b":"c"}}`: "notRequest",
		`{"using":[],"methodCalls":[],"createdIds":{"a":"c"}}`:   "",
		`{"using":[],"using":[],"methodCalls":[]}`:               "notJSON",
		`[]`: "notRequest", `null`: "notRequest",
	} {
		_, p := ParseRequest([]byte(in))
		if got := ""; p != nil {
			if got = strings.TrimPrefix(p.Type, problems); got != problem {
				t.Errorf("%s: %s, want %q", in, got, problem)
			}
		} else if problem != "" {
			t.Errorf("%s: taken, want %s", in, problem)
		}
	}
}

func TestResolve(t *testing.T) {
	results := []Result{{"A/get", json.RawMessage(`{"list":[{"id":"x","ids":["1","2"]},{"id":"y","ids":["3"]}],"a/b":{"~":5},"n":null}`), "t0"}}
	for path, want := range map[string]string{
		"/list/*/id": `["x","y"]`, "/list/*/ids": `["1","2","3"]`, "/list/1/id": `"y"`, "/a~1b/~0": `5`, "/n": `null`, "/list/*/no": "", "/list/2": "",
		"/list/01": "", "list": "", "/no": "", "/a~2b": "",
	} {
		args, err := Resolve(Object{"#v": json.RawMessage(`{"resultOf":"t0","name":"A/get","path":"` + path + `"}`)}, results)
		if got := string(args["v"]); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %s, %v", path, got, err)
		}
	}
	_, err := Resolve(Object{"#v": json.RawMessage(`{"resultOf":"t0","name":"B/get","path":""}`)}, results)
	if err == nil || err.Type != "invalidResultReference" {
		t.Errorf("another name: %v", err)
	}
	_, err = Resolve(Object{"#v": nil, "v": nil}, results)
	if err == nil || err.Type != "invalidArguments" {
		t.Errorf("both: %v", err)
	}
}

// References to references do not grow without bound.
func TestResolveIsBounded(t *testing.T) {
	big := Result{"A/get", json.RawMessage(`{"l":["` + strings.Repeat("x", MaxResolved/2) + `"]}`), "t0"}
	ref := json.RawMessage(`{"resultOf":"t0","name":"A/get","path":"/l/*"}`)
	if _, err := Resolve(Object{"#a": ref, "#b": ref, "#c": ref}, []Result{big}); err == nil {
		t.Error("taken")
	}
}

func TestDates(t *testing.T) {
	for in, good := range map[string]bool{"2026-11-22T10:00:00Z": true, "2026-11-22T10:00:00.5Z": true, "2026-11-22T10:00:00.50Z": true,
		"2026-11-22T10:00:00.000Z": false, "2026-11-22t10:00:00z": false, "2026-11-22T10:00:00+01:00": false, "2026-13-22T10:00:00Z": false, "": false} {
		if _, ok := ParseUTCDate(in); ok != good {
			t.Errorf("%s: %v", in, ok)
		}
	}
}

func TestPatch(t *testing.T) {
	for in, good := range map[string]bool{`{"a":1,"b/c":null}`: true, `{"a/b":1,"a/c":1}`: true, `{"a":1,"a/b":1}`: false, `{"a/b":1,"a/b/c":1}`: false,
		`{"a":1,"ab":1}`: true, `[]`: false, `{"a~3":1}`: false} {
		if _, err := ParsePatch(json.RawMessage(in)); (err == nil) != good {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for in, want := range map[string]string{`{"accountId":"A1","ids":null}`: "", `{"accountId":"A1","Ids":null}`: "Ids", `{"ids":[]}`: "accountId",
		`{"accountId":null}`: "accountId", `{"accountId":"a b"}`: "accountId", `{"accountId":"A1","ids":[1]}`: "ids", `{"accountId":"A1","x":1}`: "x"} {
		var o Object
		if err := json.Unmarshal([]byte(in), &o); err != nil {
			t.Fatal(err)
		}
		var g Get
		err := Decode(o, &g)
		if (err == nil) != (want == "") || err != nil && err.Properties[0] != want {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestBlobIDs(t *testing.T) {
	for _, part := range []string{"", "1", "1.2.3"} {
		b, ok := ParseBlobID(7, EmailBlobID(7, 9, part))
		if !ok || b.Email != 9 || b.Part != part {
			t.Errorf("%q: %+v %v", part, b, ok)
		}
	}
	for _, id := range []ID{"", "B7", "B7-", "B7-09", "B8-9", "B7-9_", "E7-9", "B7--9"} {
		if b, ok := ParseBlobID(7, id); ok {
			t.Errorf("%s is %+v", id, b)
		}
	}
}

// Whatever comes, nothing panics, and what is taken can be written again.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"using":["a"],"methodCalls":[["A/b",{"#x":{"resultOf":"0","name":"A/b","path":"/list/*/id"}},"c"]]}`))
	f.Add([]byte(`{"using":[],"methodCalls":[],"createdIds":{"a":"b"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, p := ParseRequest(b)
		if p != nil {
			return
		}
		for _, c := range r.Calls {
			args, err := Resolve(c.Args, []Result{{"A/b", json.RawMessage(`{"list":[{"id":[1,[2]]}]}`), "0"}})
			if err == nil {
				if _, err := json.Marshal(args); err != nil {
					t.Fatal(err)
				}
			}
			var q Query
			_ = Decode(c.Args, &q)
			filter, bad := ParseFilter(c.Args["filter"])
			if bad == nil {
				filter.Match(func(*Filter) bool { return true })
			}
			_, _ = ParseSort(c.Args["sort"])
			_, _ = ParsePatch(c.Args["update"])
		}
	})
}
