package store

import (
	"context"

	"postroom"
)

// The questions an administrator asks. The console and administrators of the
// organisation may ask about anybody in it; holders of Administer about their
// target; everybody about themselves.

// AccessAnswer is the answer of CheckAccess and ExplainAccess.
type AccessAnswer struct {
	Allowed bool `json:"allowed"`
	// Text is the readable tree, many lines.
	Text string `json:"text"`
	// Steps is rights.Explanation in JSON form.
	Steps any `json:"steps"`
}

// ExplainAccess answers whether user may do action on a collection, and why.
// Action is a right letter or word (interface.md) or a send right's name, for
// which path is ignored.
func (d *Directory) ExplainAccess(ctx context.Context, user, target, path, action string) (AccessAnswer, error) {
	panic("unbuilt")
}

// Holder is somebody with access to an account.
type Holder struct {
	Account    postroom.Account
	Collection string // path
	Rights     postroom.Rights
	Send       []string // sendAs, sendOnBehalfOf
	Via        []string // readable paths
}

// WhoHasAccess lists everyone with access to an account.
func (d *Directory) WhoHasAccess(ctx context.Context, target string) ([]Holder, error) {
	panic("unbuilt")
}

// WhatAccess lists everything a user has on others' accounts.
func (d *Directory) WhatAccess(ctx context.Context, user string) ([]Holder, error) {
	panic("unbuilt")
}
