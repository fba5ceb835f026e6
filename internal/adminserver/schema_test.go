package adminserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"postroom/internal/adminserver"
	"postroom/internal/adminwire"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// asks a server that lets everybody in up to the schemas.
func asks(t *testing.T, method, path, body string) *httptest.ResponseRecorder {
	server := adminserver.New(adminserver.Options{Logger: storetest.Logger(t),
		Session: func(*http.Request) (*store.Session, error) { return &store.Session{}, nil }})
	r := httptest.NewRequest(method, adminwire.Prefix+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	return w
}

// What a schema refuses says part by part what its words are made of.
func TestSchemaTellsReasons(t *testing.T) {
	for _, c := range []struct{ method, path, body, location, template, value string }{
		{"PATCH", "/accounts/ben@example.test/out-of-office", `{"days":0}`, "body.days", "expected number >= %v", "1"},
		{"PATCH", "/accounts/ben@example.test/out-of-office", `{"days":366}`, "body.days", "expected number <= %v", "365"},
		{"PATCH", "/accounts/ben@example.test/out-of-office", `{"days":1.5}`, "body.days", "expected integer", ""},
		{"PATCH", "/accounts/ben@example.test/out-of-office", `{"days":"a"}`, "body.days", "expected integer", ""},
		{"PATCH", "/accounts/ben@example.test/out-of-office", `{"outsiders":1}`, "body.outsiders", "expected string", ""},
		{"PATCH", "/accounts/ben@example.test/out-of-office", `{"outsiders":"x"}`, "body.outsiders", `expected value to be one of "%s"`, "same, other, none"},
		{"PATCH", "/accounts/ben@example.test/out-of-office", `{"dayz":1}`, "body.dayz", "unexpected property", ""},
		{"PATCH", "/accounts/ben@example.test/out-of-office", `{"until":"tomorrow"}`, "body.until", "expected string to be RFC 3339 date-time", ""},
		{"PATCH", "/accounts/ben@example.test/out-of-office", `[]`, "body", "expected object", ""},
		{"POST", "/accounts", `{}`, "body", "expected required property %s to be present", "address"},
		{"GET", "/accounts?max=a", "", "query.max", "invalid integer", ""},
		{"GET", "/accounts?max=-1", "", "query.max", "expected number >= %v", "0"},
		{"GET", "/accounts?maxx=1", "", "query.maxx", "unknown query parameter", ""},
		{"GET", "/audit?from=x", "", "query.from", "invalid date/time for format %s", "2006-01-02T15:04:05.999999999Z07:00"},
	} {
		w := asks(t, c.method, c.path, c.body)
		var got adminwire.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%s %s: %d %s", c.path, c.body, w.Code, w.Body)
		}
		if got.Kind != "invalid" || got.Reason == nil || got.Reason.Template != "validation failed" {
			t.Errorf("%s %s: %s", c.path, c.body, w.Body)
		}
		if !slices.ContainsFunc(got.Errors, func(f adminwire.Fault) bool {
			return f.Location == c.location && f.Reason != nil && f.Reason.Template == c.template && strings.Join(f.Reason.Values, "") == c.value &&
				strings.Contains(got.Detail, f.Detail+" ("+f.Location+")")
		}) {
			t.Errorf("%s %s: %s", c.path, c.body, w.Body)
		}
	}
}

// A body that is not there or no JSON has no parts of that kind.
func TestNoSchemaNoReason(t *testing.T) {
	for body, reason := range map[string]string{"": "request body is required", "{": "validation failed"} {
		w := asks(t, "POST", "/accounts", body)
		var got adminwire.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Reason == nil || got.Reason.Template != reason {
			t.Fatalf("%q: %d %s", body, w.Code, w.Body)
		}
		for _, f := range got.Errors {
			if f.Reason != nil || f.Detail == "" {
				t.Errorf("%q: %s", body, w.Body)
			}
		}
	}
}

// The schemas use nothing that is refused in words without a reason.
func TestSchemasUseOnlyWhatIsWorded(t *testing.T) {
	w := asks(t, "GET", "/openapi.json", "")
	var api struct {
		Paths      map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &api); err != nil || len(api.Components.Schemas) < 10 {
		t.Fatalf("%d: %v, %d schemas", w.Code, err, len(api.Components.Schemas))
	}
	unworded := []string{"minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
		"multipleOf", "exclusiveMinimum", "exclusiveMaximum", "dependentRequired", "oneOf", "anyOf", "not"}
	formats := []string{"date-time", "int32", "int64", "double", "float"}
	var walk func(where string, v any)
	walk = func(where string, v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(where, e)
			}
		case map[string]any:
			format, has := v["format"].(string)
			if has && !slices.Contains(formats, format) {
				t.Errorf("%s: format %s", where, format)
			}
			for key, e := range v {
				if names, ok := e.(map[string]any); ok && key == "properties" {
					for name, schema := range names {
						walk(where+"."+name, schema)
					}
					continue
				}
				if slices.Contains(unworded, key) {
					t.Errorf("%s: %s", where, key)
				}
				walk(where, e)
			}
		}
	}
	delete(api.Components.Schemas, "ErrorModel") // the framework's own, which nobody sends
	for name, schema := range api.Components.Schemas {
		walk(name, schema)
	}
	for path, operations := range api.Paths {
		walk(path, operations)
	}
}
