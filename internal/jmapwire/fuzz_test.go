package jmapwire

import (
	"encoding/json"
	"slices"
	"testing"

	"postroom"
)

// What a patch says is what its text says.
func FuzzPatch(f *testing.F) {
	f.Add([]byte(`{"keywords/$seen":true,"mailboxIds/1-2":null,"a~1b":1}`))
	f.Add([]byte(`{"a":1,"a/b":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, bad := ParsePatch(b)
		if bad != nil {
			return
		}
		var o Object
		if json.Unmarshal(b, &o) != nil || len(o) != len(list) {
			t.Fatalf("%d patches of %d", len(list), len(o))
		}
		for _, p := range list {
			if _, is := o[p.Key()]; !is || len(p.Path) == 0 {
				t.Errorf("%q is not there", p.Key())
			}
		}
		_, _ = ParseSet(b)
	})
}

// Filters and sorts are bounded, and answer for every condition.
func FuzzFilter(f *testing.F) {
	f.Add([]byte(`{"operator":"AND","conditions":[{"text":"x"},{"operator":"NOT","conditions":[]}]}`), []byte(`[{"property":"subject","isAscending":false}]`))
	f.Add([]byte(`null`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, filter, sort []byte) {
		if Check(filter) == nil {
			if of, bad := ParseFilter(filter); bad == nil {
				n := 0
				of.Each(func(*Filter) *Error { n++; return nil })
				of.Match(func(*Filter) bool { return false })
				if n > MaxConditions {
					t.Errorf("%d conditions", n)
				}
			}
		}
		if list, bad := ParseSort(sort); bad == nil && len(list) > MaxSort {
			t.Errorf("%d comparators", len(list))
		}
	})
}

// An id has one spelling: what is read is written as it was.
func FuzzID(f *testing.F) {
	for _, id := range []string{"A1", "E1-2", "T1-2", "1-2", "B1-2_1_2", "U1-2", "2026-03-02T10:00:00.5Z", "#x"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const account = postroom.AccountID(1)
		id := ID(text)
		var again []ID
		if a, ok := ParseAccountID(id); ok {
			again = append(again, AccountID(a))
		}
		if n, ok := ParseMailboxID(account, id); ok {
			again = append(again, MailboxID(postroom.CollectionRef{Account: account, Collection: n}))
		}
		if n, ok := ParseEmailID(account, id); ok {
			again = append(again, EmailID(account, n))
		}
		if n, ok := ParseThreadID(account, id); ok {
			again = append(again, ThreadID(account, n))
		}
		if b, ok := ParseBlobID(account, id); ok && b.Email != 0 {
			again = append(again, EmailBlobID(account, b.Email, b.Part))
		}
		if slices.ContainsFunc(again, func(other ID) bool { return other != id }) {
			t.Errorf("%q is %q", id, again)
		}
		if at, ok := ParseUTCDate(text); ok {
			if back, ok := ParseUTCDate(UTCDate(at)); !ok || !back.Equal(at) {
				t.Errorf("%q is %v", text, at)
			}
		}
		b, err := json.Marshal(text)
		if err != nil {
			return
		}
		var read ID
		if json.Unmarshal(b, &read) == nil && string(read) != text {
			t.Errorf("%q is read as %q", text, read)
		}
	})
}

// References find what they name and no more than is allowed.
func FuzzResolve(f *testing.F) {
	f.Add("/list/*/id", []byte(`{"list":[{"id":"x"},{"id":["y"]}]}`))
	f.Add("/a~1b/0", []byte(`{"a/b":[1]}`))
	f.Fuzz(func(t *testing.T, path string, result []byte) {
		if Check(result) != nil {
			return
		}
		ref, err := json.Marshal(map[string]string{"resultOf": "0", "name": "A/b", "path": path})
		if err != nil {
			return
		}
		args, bad := Resolve(Object{"#x": ref}, []Result{{"A/b", result, "0"}})
		if bad == nil && (!json.Valid(args["x"]) || len(args["x"]) > MaxResolved) {
			t.Errorf("%d bytes: %.100s", len(args["x"]), args["x"])
		}
	})
}
