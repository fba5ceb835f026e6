package jmapserver

import (
	"errors"

	"postroom"
	"postroom/internal/jmapwire"
)

// methodErrors are the errors of a method call by the kinds of the store's
// errors (RFC 8620 §3.6.2). NotFound is about the account: what is not there of
// an account is no error of a call.
var methodErrors = map[postroom.ErrorKind]string{
	postroom.Internal:       "serverFail",
	postroom.NotFound:       "accountNotFound",
	postroom.Denied:         "forbidden",
	postroom.Exists:         "invalidArguments",
	postroom.Invalid:        "invalidArguments",
	postroom.NotEmpty:       "invalidArguments",
	postroom.OverQuota:      "overQuota",
	postroom.TooLarge:       "requestTooLarge",
	postroom.Limit:          "requestTooLarge",
	postroom.Stale:          "stateMismatch",
	postroom.SignInFailed:   "forbidden",
	postroom.SignInDisabled: "forbidden",
	postroom.Unavailable:    "serverUnavailable",

	postroom.ConfirmationNeeded: "forbidden",
}

// setErrors are the errors of one object of a set (RFC 8620 §5.3).
var setErrors = map[postroom.ErrorKind]string{
	postroom.Internal:       "serverFail",
	postroom.NotFound:       "notFound",
	postroom.Denied:         "forbidden",
	postroom.Exists:         "invalidProperties",
	postroom.Invalid:        "invalidProperties",
	postroom.NotEmpty:       "forbidden",
	postroom.OverQuota:      "overQuota",
	postroom.TooLarge:       "tooLarge",
	postroom.Limit:          "overQuota",
	postroom.Stale:          "notFound",
	postroom.SignInFailed:   "forbidden",
	postroom.SignInDisabled: "forbidden",
	postroom.Unavailable:    "rateLimit",

	postroom.ConfirmationNeeded: "forbidden",
}

// methodError is what a failed call is told. The text of what is not found is
// left out: it would tell what exists from what does not.
func (c *call) methodError(method string, err error) *jmapwire.Error {
	return c.reply(methodErrors, method, err)
}

// setError is what is told of one object that failed.
func (c *call) setError(method string, err error) *jmapwire.Error {
	return c.reply(setErrors, method, err)
}

func (c *call) reply(table map[postroom.ErrorKind]string, method string, err error) *jmapwire.Error {
	if own := (*jmapwire.Error)(nil); errors.As(err, &own) {
		return own
	}
	kind := postroom.KindOf(err)
	e := &jmapwire.Error{Type: table[kind]}
	switch kind {
	case postroom.NotFound, postroom.Denied:
	case postroom.Internal:
		if c.ctx.Err() == nil {
			c.server.opts.Logger.Error("jmap", "method", method, "error", err)
		}
		e.Description = postroom.TextOf(err)
	default:
		e.Description, e.Reason = postroom.TextOf(err), postroom.ReasonOf(err)
	}
	return e
}

// because is invalidProperties for what the store says of them.
func because(err error, names ...string) *jmapwire.Error {
	e := jmapwire.InvalidProperties(postroom.TextOf(err), names...)
	e.Reason = postroom.ReasonOf(err)
	return e
}

// saying is an error of a type with the text of err, and what that was made of.
func saying(kind string, err error) *jmapwire.Error {
	return &jmapwire.Error{Type: kind, Description: postroom.TextOf(err), Reason: postroom.ReasonOf(err)}
}
