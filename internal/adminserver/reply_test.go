package adminserver

import (
	"errors"
	"reflect"
	"testing"

	"postroom"
)

// A refusal says what its words are made of; a fault of the server says nothing.
func TestProblemTellsReason(t *testing.T) {
	got := problem(postroom.Errorf(postroom.Exists, "domain already exists: %s", "example.test"))
	want := &postroom.Reason{Template: "domain already exists: %s", Values: []string{"example.test"}}
	if got.Status != 409 || got.Detail != "domain already exists: example.test" || !reflect.DeepEqual(got.Reason, want) {
		t.Errorf("%+v, reason %+v", got, got.Reason)
	}
	if fault := problem(errors.New("the disk is gone")); fault.Reason != nil || fault.Detail != "internal server error" {
		t.Errorf("%+v", fault)
	}
}
